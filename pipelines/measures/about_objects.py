"""Definitions of the measures of one object, and of a map."""

from __future__ import annotations

from pipelines.measures.definition import Definition

OURS = "this project"

ABOUT_OBJECTS = (
    Definition(
        "overlap",
        "Overlap",
        "object",
        "0 … k",
        "higher is more similar",
        "Number of neighbors in common among the first k: c(k) = |A_k ∩ B_k|.",
        "Boggust, Carter & Satyanarayan 2022, IUI, doi:10.1145/3490099.3511122",
        "O(nK) for every k at once",
    ),
    Definition(
        "jaccard",
        "Jaccard similarity",
        "object",
        "0 … 1",
        "higher is more similar",
        "Neighbors in common over neighbors in either: c / (2k − c).",
        "Jaccard 1912, New Phytologist 11",
        "O(n) from the overlap",
    ),
    Definition(
        "chance_adjusted",
        "Chance-adjusted overlap R_NX",
        "object",
        "−k / (n − 1 − k) … 1",
        "higher is more similar",
        "Overlap on a scale where 0 is chance and 1 identical: ((n − 1) c / k − k) / (n − 1 − k). "
        "No value at k = n − 1, where every list is the same. "
        "Where own objects are searched: (c / k − e) / (1 − e), see chance_adjusted_mean.",
        "Lee & Verleysen 2009, Neurocomputing 72",
        "O(n) from the overlap",
    ),
    Definition(
        "rank_biased_overlap",
        "Rank-biased overlap",
        "object",
        "0 … 1",
        "higher is more similar",
        "Overlap that counts near neighbors more, extrapolated beyond K: "
        "c(K) / K · p^K + (1 − p) / p · Σ c(k) / k · p^k, k = 1 … K.",
        "Webber, Moffat & Zobel 2010, ACM TOIS 28(4), eq. 32",
        "O(nK)",
    ),
    Definition(
        "average_overlap",
        "Average overlap",
        "object",
        "0 … 1",
        "higher is more similar",
        "Mean of the shares in common at every depth up to k: 1 / k · Σ c(j) / j, j = 1 … k.",
        "Fagin, Kumar & Sivakumar 2003, SIAM J. Discrete Math. 17",
        "O(nK)",
    ),
    Definition(
        "rank_displacement",
        "Rank displacement",
        "object",
        "0 … 1",
        "lower is more similar",
        "How far the neighbors in both lists moved: the mean of |rank in A − rank in B|, divided by K. "
        "No value where none is in both.",
        "Fagin, Kumar & Sivakumar 2003, SIAM J. Discrete Math. 17 (footrule)",
        "O(nK)",
    ),
    Definition(
        "second_order_cosine",
        "Second-order cosine",
        "object",
        "−1 … 1",
        "higher is more similar",
        "Cosine between the object's similarities to the neighbors of both spaces, taken once in A and once in B: "
        "cos(s_A, s_B), s_A(j) = cos(x_i, x_j), j in A_k ∪ B_k and in both spaces.",
        "Hamilton, Leskovec & Jurafsky 2016, EMNLP, doi:10.18653/v1/D16-1229",
        "O(nkd)",
    ),
    Definition(
        "aligned_cosine",
        "Aligned cosine",
        "object",
        "−1 … 1",
        "higher is more similar",
        "Cosine between the object's vectors after A is turned onto B by the best rotation: cos(R x, y), "
        "R = argmin ‖XRᵀ − Y‖.",
        "Hamilton, Leskovec & Jurafsky 2016, ACL, doi:10.18653/v1/P16-1141",
        "O(nd² + d³)",
    ),
    Definition(
        "distance_change",
        "Change of the distances",
        "object",
        "0 … ∞",
        "lower is more similar",
        "Mean of |d_A / scale_A − d_B / scale_B| over the neighbors in both lists, where a scale is the median "
        "distance to the K-th neighbor. Infinite where none is in both.",
        OURS,
        "O(nK)",
    ),
    Definition(
        "p_value",
        "Probability by chance",
        "object",
        "0 … 1",
        "lower is more similar",
        "Probability that unrelated spaces have as many neighbors in common or more: P(X ≥ c), "
        "X hypergeometric with k of n − 1 drawn twice; where own objects are searched, X as for jaccard_chance.",
        "Fisher 1935, J. Roy. Stat. Soc. 98 (exact test)",
        "O(n) from the overlap",
    ),
    Definition(
        "noise_quantile",
        "Place within the noise",
        "object",
        "0 … 1",
        "higher is more similar",
        "How often the overlap would be this low if the pair were one more pair of replicates: the rank of its "
        "residual, in units of the spread of its kind of objects, among those of replicates (a conformal p-value).",
        "Vovk, Gammerman & Shafer 2005, Algorithmic Learning in a Random World",
        "O(n log n)",
    ),
    Definition(
        "changed_beyond_noise",
        "Changed beyond noise",
        "object",
        "yes or no",
        "neither",
        "Whether the noise quantile is so small that, among all objects that are chosen this way, the share of wrong "
        "ones stays below the false discovery rate of the configuration.",
        "Benjamini & Hochberg 1995, J. Roy. Stat. Soc. B 57",
        "O(n log n)",
    ),
)

ABOUT_MAPS = (
    Definition(
        "trustworthiness",
        "Trustworthiness",
        "map",
        "0 … 1",
        "higher is more similar",
        "1 − 2 / (nk (2n − 3k − 1)) · Σ (r(i, j) − k) over the k neighbors j in the map that are none in the space, "
        "where r is their rank there.",
        "Venna & Kaski 2001, ICANN",
        "O(n²d), or on a sample",
    ),
    Definition(
        "continuity",
        "Continuity",
        "map",
        "0 … 1",
        "higher is more similar",
        "Trustworthiness with space and map exchanged: it falls where neighbors in the space are torn apart.",
        "Venna & Kaski 2001, ICANN",
        "O(n²d), or on a sample",
    ),
    Definition(
        "rnx_auc",
        "Area under R_NX of a map",
        "map",
        "below 0 … 1",
        "higher is more similar",
        "Agreement of the neighbors in space and map over all scales: Σ R_NX(k) / k divided by Σ 1 / k.",
        "Lee, Peluffo-Ordóñez & Verleysen 2015, Neurocomputing 169",
        "O(nK)",
    ),
    Definition(
        "intrusion",
        "Intrusion",
        "map",
        "0 … 1",
        "lower is more similar",
        "How far in the space an object's k neighbors in the map are: the mean of min(max(r − k, 0), K − k) / (K − k), "
        "r their place among its K neighbors in the space, K + 1 beyond.",
        "after Lee & Verleysen 2009, Neurocomputing 72",
        "O(nK)",
    ),
    Definition(
        "extrusion",
        "Extrusion",
        "map",
        "0 … 1",
        "lower is more similar",
        "Intrusion with space and map exchanged: how far in the map an object's k neighbors in the space are.",
        "after Lee & Verleysen 2009, Neurocomputing 72",
        "O(nK)",
    ),
    Definition(
        "alignment_residual",
        "Alignment residual",
        "map",
        "0 … ∞",
        "lower is more similar",
        "Root mean square distance between the places of the common objects in both maps, after B's was laid onto "
        "A's by the objects that moved least, over the spread of A's.",
        "Schönemann & Carroll 1970, Psychometrika 35",
        "O(n)",
    ),
    Definition(
        "explained_variance_x",
        "Variance along x",
        "map",
        "0 … 1",
        "neither",
        "Share of the variance of the space along the first principal component: λ₁ / Σ λ.",
        "Pearson 1901, Philosophical Magazine 2",
        "O(nd² + d³)",
    ),
    Definition(
        "explained_variance_y",
        "Variance along y",
        "map",
        "0 … 1",
        "neither",
        "Share of the variance of the space along the second principal component: λ₂ / Σ λ.",
        "Pearson 1901, Philosophical Magazine 2",
        "O(nd² + d³)",
    ),
)
