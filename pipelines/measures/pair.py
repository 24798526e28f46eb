"""All whole-pair measures of one pair: those of the vectors alone, and those under one metric."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.measures.cka import debiased_cka
from pipelines.measures.cknna import cknna
from pipelines.measures.dependence import counts_without_groups
from pipelines.measures.intervals import jackknife_interval
from pipelines.measures.moments import grouped_moments
from pipelines.measures.neighborhoods import overlap_measures, rnx_area
from pipelines.measures.procrustes import procrustes_similarity
from pipelines.measures.record import Measured, Progress
from pipelines.measures.rsa import distance_rank_correlation
from pipelines.similarity import Others

CKNNA_K = 10
"""Neighborhood size of CKNNA in the paper."""


def _quiet(done: int, total: int) -> None:
    """Tell nobody."""


def measure_vectors(
    vectors_a: NDArray[np.float32], vectors_b: NDArray[np.float32], progress: Progress = _quiet
) -> list[Measured]:
    """Return debiased linear CKA, the Procrustes similarity and the Procrustes distance.

    They use no metric. The interval is a delete-group jackknife over objects.

    Parameters
    ----------
    vectors_a, vectors_b
        float32, shapes (n, da) and (n, db), finite, n ≥ 2: the same objects in the same order.

    Examples
    --------
    >>> vectors = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    >>> [f"{measured.name} {measured.value:.4f}" for measured in measure_vectors(vectors, 2 * vectors)]
    ['cka 1.0000', 'procrustes_similarity 1.0000', 'procrustes_distance 0.0000']
    """
    n = len(vectors_a)
    values = [
        (debiased_cka(moments), procrustes_similarity(moments))
        for moments in grouped_moments(vectors_a, vectors_b, progress)
    ]
    (alignment, turned), without = values[0], values[1:]
    low, high = jackknife_interval(alignment, (cka for cka, _ in without), (-np.inf, np.inf))
    least, most = jackknife_interval(turned, (similarity for _, similarity in without), (0.0, 1.0))
    return [
        Measured("cka", alignment, low, high, n, None, None, "jackknife"),
        Measured("procrustes_similarity", turned, least, most, n, None, None, "jackknife"),
        Measured(
            "procrustes_distance", 2 - 2 * turned, 2 - 2 * most, 2 - 2 * least, n, None, None, "jackknife"
        ),
    ]


def measure_neighborhoods(
    vectors_a: NDArray[np.float32],
    vectors_b: NDArray[np.float32],
    neighbors_a: NDArray[np.int32],
    neighbors_b: NDArray[np.int32],
    overlap: NDArray[np.uint16],
    metric: str,
    ks: Sequence[int] = (10, 50),
    seed: int = 0,
    progress: Progress = _quiet,
    others: Others | None = None,
) -> list[Measured]:
    """Return the measures of neighborhoods and distances under one metric.

    Parameters
    ----------
    vectors_a, vectors_b
        float32, shapes (n, da) and (n, db), finite: the same objects in the same order.
    neighbors_a, neighbors_b
        int32, shape (n, K): neighbors under `metric` in rows 0 … n − 1, nearest first, never the object itself.
    overlap
        uint16, shape (n, K): c(k) for k = 1 … K.
    metric
        ``cosine`` or ``euclidean``.
    ks
        Neighborhood sizes, cut to K; of those that become equal one is kept.
    others
        Where each space was searched for itself, and neighbors from n on are objects that the other lacks; None: all
        were searched among the common objects.

    Returns
    -------
    list of Measured
        ``jaccard_mean``, ``jaccard_median``, ``chance_adjusted_mean`` and ``mutual_knn`` at every k of `ks`, then
        ``rnx_auc_pair``, ``cknna`` and ``rsa``. With `others` the first two are left out: they are defined for lists of
        the same objects alone.
    """
    depth = overlap.shape[1]
    sizes = sorted({min(k, depth) for k in ks})
    without = counts_without_groups(neighbors_a, neighbors_b, sizes[-1], seed)
    progress(1, 4)
    measured = [one for k in sizes for one in overlap_measures(overlap, without, k, metric, seed, others)]
    if others is None:
        measured.append(rnx_area(overlap, without, metric))
    progress(2, 4)
    if others is None:
        measured.append(cknna(vectors_a, vectors_b, neighbors_a, neighbors_b, metric, min(CKNNA_K, depth)))
    progress(3, 4)
    measured.append(distance_rank_correlation(vectors_a, vectors_b, metric, seed))
    progress(4, 4)
    return measured
