"""How much two neighborhoods agree: arrays in, arrays out."""

from pipelines.similarity.chance import chance_jaccard, chance_overlap
from pipelines.similarity.curve import PairCurve, curve_of, overlap_counts
from pipelines.similarity.overlap import distance_change, overlap_at_every_k
from pipelines.similarity.scores import chance_adjusted, jaccard, rank_biased_overlap, tie_ranks

__all__ = [
    "PairCurve",
    "chance_adjusted",
    "chance_jaccard",
    "chance_overlap",
    "curve_of",
    "distance_change",
    "jaccard",
    "overlap_at_every_k",
    "overlap_counts",
    "rank_biased_overlap",
    "tie_ranks",
]
