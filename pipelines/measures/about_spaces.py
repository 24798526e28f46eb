"""Definitions of the measures of one space: its health."""

from __future__ import annotations

from pipelines.measures.definition import Definition

OURS = "this project"


def _plain(name: str, title: str, reach: str, definition: str, cost: str = "O(nd)") -> Definition:
    return Definition(name, title, "space", reach, "neither", definition, OURS, cost)


def _published(name: str, title: str, reach: str, definition: str, source: str, cost: str) -> Definition:
    return Definition(name, title, "space", reach, "neither", definition, source, cost)


ABOUT_SPACES = (
    _plain("norm_min", "Smallest norm", "0 … ∞", "Smallest Euclidean norm of a vector: min |x|."),
    _plain("norm_median", "Median norm", "0 … ∞", "Median Euclidean norm of the vectors."),
    _plain("norm_mean", "Mean norm", "0 … ∞", "Mean Euclidean norm of the vectors."),
    _plain("norm_max", "Largest norm", "0 … ∞", "Largest Euclidean norm of a vector: max |x|."),
    _plain(
        "norm_variation",
        "Variation of the norms",
        "0 … ∞",
        "Coefficient of variation of the norms: standard deviation / mean. Where it is 0, cosine and euclidean "
        "neighbors are the same.",
    ),
    _plain("unit_norm_share", "Share of unit vectors", "0 … 1", "Share of vectors with | |x| − 1 | ≤ 0.001."),
    _plain(
        "zero_vectors",
        "Zero vectors",
        "0 … n",
        "Number of vectors that are 0. They have no direction and lie at cosine distance 1 from everything.",
    ),
    _plain(
        "duplicate_objects",
        "Duplicate objects",
        "0 … n",
        "Number of objects that share their vector exactly with another; −0 equals 0.",
    ),
    _plain(
        "duplicate_groups",
        "Duplicated vectors",
        "0 … n / 2",
        "Number of distinct vectors that more than one object has.",
    ),
    _published(
        "mean_cosine",
        "Mean cosine (anisotropy)",
        "−1 / (n − 1) … 1",
        "Mean cosine between distinct objects, (|s|² − n) / (n (n − 1)) with s the sum of the unit vectors: near 0 "
        "where directions spread evenly, near 1 where all vectors lie in a narrow cone.",
        "Ethayarajh 2019, EMNLP, doi:10.18653/v1/D19-1006",
        "O(nd)",
    ),
    _published(
        "isoscore",
        "IsoScore",
        "0 … 1",
        "How evenly the variance spreads over dimensions: (d φ − 1) / (d − 1), φ = (d − δ² (d − √d))² / d², "
        "δ = ‖√d λ / ‖λ‖ − 1‖ / √(2 (d − √d)), λ the principal variances. 1 is isotropic, 0 is one direction.",
        "Rudman, Gillman, Rayne & Eickhoff 2022, Findings of ACL, doi:10.18653/v1/2022.findings-acl.262",
        "O(nd² + d³)",
    ),
    _published(
        "effective_rank",
        "Effective rank",
        "1 … d",
        "exp of the entropy of the singular values of the centred space: exp(−Σ p log p), p = σ / Σ σ.",
        "Roy & Vetterli 2007, EUSIPCO",
        "O(nd² + d³)",
    ),
    _published(
        "participation_ratio",
        "Participation ratio",
        "1 … d",
        "Number of principal axes that carry the variance: (Σ λ)² / Σ λ².",
        "Gao et al. 2017, bioRxiv, doi:10.1101/214262",
        "O(nd² + d³)",
    ),
    _published(
        "intrinsic_dimension",
        "Intrinsic dimension (TwoNN)",
        "0 … ∞",
        "Number of dimensions that neighborhoods really have: (r − 1) / T, T the sum of the r smallest log(r₂ / r₁) "
        "plus (n − r) times the r-th, r = 0.9 n, where r₁ and r₂ are the distances to the two nearest objects. "
        "Duplicates count once.",
        "Facco, d'Errico, Rodriguez & Laio 2017, Scientific Reports 7",
        "O(nK)",
    ),
    _published(
        "hub_skewness",
        "Hubness (skewness)",
        "below 0 … ∞",
        "Skewness of N_k, the number of lists of k neighbors that an object is in. Above 1, a few hubs are neighbors "
        "of very many objects.",
        "Radovanović, Nanopoulos & Ivanović 2010, JMLR 11",
        "O(nk)",
    ),
    _published(
        "robin_hood",
        "Hubness (Robin Hood index)",
        "0 … 1",
        "Share of all neighbor places that would have to move for every object to have as many: "
        "Σ |N_k − k| / (2 n k).",
        "Feldbauer & Flexer 2019, Knowledge and Information Systems 59",
        "O(nk)",
    ),
    _published(
        "antihub_share",
        "Share of antihubs",
        "0 … 1",
        "Share of objects that are among the k neighbors of no other: N_k = 0.",
        "Radovanović, Nanopoulos & Ivanović 2010, JMLR 11",
        "O(nk)",
    ),
    _published(
        "largest_hub",
        "Largest hub",
        "k … n − 1",
        "Number of lists of k neighbors that the most frequent neighbor is in: max N_k.",
        "Radovanović, Nanopoulos & Ivanović 2010, JMLR 11",
        "O(nk)",
    ),
    _plain(
        "recall",
        "Recall of the neighbors",
        "0 … 1",
        "Share of the exact k nearest neighbors that the search found, on a sample of objects; 1 for exact search.",
        "O(nd) an object of the sample",
    ),
)
