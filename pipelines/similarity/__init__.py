"""How much two neighborhoods agree: arrays in, arrays out."""

from pipelines.similarity.alignment import Alignment, aligned_cosine
from pipelines.similarity.chance import Others, chance_jaccard, chance_overlap, overlap_chances
from pipelines.similarity.curve import PairCurve, curve_of, overlap_counts
from pipelines.similarity.noise import changed_beyond_noise, noise_p_values
from pipelines.similarity.noise_floor import NoiseFloor, PairNoise, noise_floor, pair_noise
from pipelines.similarity.overlap import distance_change, overlap_at_every_k
from pipelines.similarity.ranks import average_overlap, rank_displacement
from pipelines.similarity.scores import chance_adjusted, jaccard, rank_biased_overlap, tie_ranks
from pipelines.similarity.second_order import second_order_cosine
from pipelines.similarity.significance import benjamini_hochberg, overlap_p_values

__all__ = [
    "Alignment",
    "NoiseFloor",
    "Others",
    "PairCurve",
    "PairNoise",
    "aligned_cosine",
    "average_overlap",
    "benjamini_hochberg",
    "chance_adjusted",
    "chance_jaccard",
    "chance_overlap",
    "changed_beyond_noise",
    "curve_of",
    "distance_change",
    "jaccard",
    "noise_floor",
    "noise_p_values",
    "overlap_at_every_k",
    "overlap_chances",
    "overlap_counts",
    "overlap_p_values",
    "pair_noise",
    "rank_biased_overlap",
    "rank_displacement",
    "second_order_cosine",
    "tie_ranks",
]
