"""Whether intervals are as wide as they claim: how many of 200 small samples hold the population's value."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.measures import measure_neighborhoods, measure_vectors
from pipelines.neighbors import exact_neighbors
from pipelines.similarity import overlap_at_every_k

SAMPLES, N, D = 200, 60, 5


@pytest.fixture(scope="module")
def intervals():
    """Name to float64 (samples, 3): value, low, high at k = 10."""
    rows: dict[str, list[list[float]]] = {}
    for seed in range(SAMPLES):
        rng = np.random.default_rng(seed)
        a = rng.normal(size=(N, D)).astype(np.float32)
        b = (a + 0.7 * rng.normal(size=(N, D))).astype(np.float32)
        one, two = (exact_neighbors(vectors, 30, ["euclidean"])["euclidean"].rows for vectors in (a, b))
        overlap = overlap_at_every_k(one, two, N)
        found = measure_vectors(a, b) + measure_neighborhoods(a, b, one, two, overlap, "euclidean", (10,))
        for measured in found:
            rows.setdefault(measured.name, []).append([measured.value, measured.low, measured.high])
    return {name: np.array(row) for name, row in rows.items()}


@pytest.mark.parametrize(
    "name", ["jaccard_mean", "mutual_knn", "rnx_auc_pair", "cka", "cknna", "procrustes_similarity", "rsa"]
)
def test_most_intervals_hold_the_value_of_the_population(intervals, name):
    values, low, high = intervals[name].T
    population = values.mean()
    covered = ((low <= population) & (population <= high)).mean()
    assert covered >= 0.85
    assert covered < 1, "an interval that always holds the value is too wide"
