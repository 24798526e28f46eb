"""Definitions of the measures of a whole pair."""

from __future__ import annotations

from pipelines.measures.definition import Definition

LEE_2015 = "Lee, Peluffo-Ordóñez & Verleysen 2015, Neurocomputing 169"
HUH = "Huh, Cheung, Wang & Isola 2024, ICML (Platonic Representation Hypothesis)"

OWN = "Where each space is searched among its own objects, n_A and n_B of them"

ABOUT_PAIRS = (
    Definition(
        "overlap_mean",
        "Mean overlap",
        "pair",
        "0 … k",
        "higher is more similar",
        "Mean over the common objects of c(k).",
        "Boggust, Carter & Satyanarayan 2022, IUI, doi:10.1145/3490099.3511122",
        "O(nK)",
    ),
    Definition(
        "jaccard_mean",
        "Mean Jaccard similarity",
        "pair",
        "0 … 1",
        "higher is more similar",
        "Mean over the common objects of c / (2k − c), with a bootstrap interval over objects.",
        "Boggust, Carter & Satyanarayan 2022, IUI, doi:10.1145/3490099.3511122",
        "O(n + Bk) for B resamples",
    ),
    Definition(
        "jaccard_median",
        "Median Jaccard similarity",
        "pair",
        "0 … 1",
        "higher is more similar",
        "Median over the common objects of c / (2k − c), with a bootstrap interval over objects.",
        "Boggust, Carter & Satyanarayan 2022, IUI, doi:10.1145/3490099.3511122",
        "O(n + Bk) for B resamples",
    ),
    Definition(
        "jaccard_chance",
        "Chance level of the Jaccard similarity",
        "pair",
        "0 … 1",
        "neither",
        "What unrelated spaces score on average: E[X / (2k − X)], X hypergeometric with k of n − 1 drawn twice. "
        f"{OWN}: k of A's others hold a hypergeometric number x of the common ones, X is hypergeometric given x; "
        "E[X] = k² (n − 1) / ((n_A − 1)(n_B − 1)).",
        "this project",
        "O(k)",
    ),
    Definition(
        "chance_adjusted_mean",
        "Mean chance-adjusted overlap",
        "pair",
        "−k / (n − 1 − k) … 1",
        "higher is more similar",
        "Mean over the common objects of R_NX(k) = ((n − 1) c / k − k) / (n − 1 − k): 0 is chance, 1 identical. "
        f"{OWN}: (c / k − e) / (1 − e) with e = E[X] / k of the chance level.",
        "Lee & Verleysen 2009, Neurocomputing 72",
        "O(n + Bk) for B resamples",
    ),
    Definition(
        "mutual_knn",
        "Mutual kNN",
        "pair",
        "0 … 1",
        "higher is more similar",
        "Mean share of neighbors in common: the mean of c(k) / k; the paper takes k = 10.",
        HUH,
        "O(n + Bk) for B resamples",
    ),
    Definition(
        "rnx_auc_pair",
        "Area under R_NX",
        "pair",
        "below 0 … 1",
        "higher is more similar",
        "Chance-adjusted overlap over all scales, small ones counting more: Σ R_NX(k) / k divided by Σ 1 / k, "
        "k = 1 … min(K, n − 2). The k beside the value is the largest of them. "
        f"{OWN}: not measured.",
        LEE_2015,
        "O(nK)",
    ),
    Definition(
        "cka",
        "Debiased linear CKA",
        "pair",
        "about 0 … 1",
        "higher is more similar",
        "HSIC(A, B) / √(HSIC(A, A) HSIC(B, B)) with linear kernels and the unbiased HSIC, so unrelated spaces score 0 "
        "on average at any n; small negative values are noise. It does not see rotation, scale and translation.",
        "Kornblith, Norouzi, Lee & Hinton 2019, ICML; Song et al. 2012, JMLR 13, eq. 5",
        "O(n (d_A + d_B)²)",
    ),
    Definition(
        "cknna",
        "CKNNA",
        "pair",
        "about 0 … 1",
        "higher is more similar",
        "Debiased CKA of kernels that are 0 outside the pairs (i, j) with j in A_k(i) ∩ B_k(i); the kernel is the "
        "cosine, or under euclidean the inner product of centred vectors. k = 10. "
        "Unrelated spaces share k² / (n − 1) neighbors by chance and so score a little above 0. "
        f"{OWN}: not measured.",
        HUH,
        "O(nkd)",
    ),
    Definition(
        "procrustes_similarity",
        "Procrustes similarity",
        "pair",
        "0 … 1",
        "higher is more similar",
        "‖XᵀY‖_*, the largest inner product of A with a rotated B, both centred and with Frobenius norm 1. "
        "Unrelated spaces score well above 0 unless n is many times d.",
        "Schönemann 1966, Psychometrika 31",
        "O(n (d_A + d_B)² + d³)",
    ),
    Definition(
        "procrustes_distance",
        "Procrustes distance",
        "pair",
        "0 … 2",
        "lower is more similar",
        "2 − 2‖XᵀY‖_*: the squared distance that is left after A is centred, scaled and rotated onto B.",
        "Ding, Denain & Steinhardt 2021, NeurIPS",
        "O(n (d_A + d_B)² + d³)",
    ),
    Definition(
        "rsa",
        "Representational similarity",
        "pair",
        "−1 … 1",
        "higher is more similar",
        "Spearman correlation between the distances of pairs of objects in A and in B, over 200 000 sampled pairs or "
        "all where there are fewer.",
        "Kriegeskorte, Mur & Bandettini 2008, Front. Syst. Neurosci. 2",
        "O(m (d + log m)) for m pairs",
    ),
)
