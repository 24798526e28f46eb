"""The Procrustes distance against the best rotation found by scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes

from pipelines.measures import measure_vectors


def test_a_space_is_never_nearer_to_itself_than_zero():
    for seed in range(50):
        a = np.random.default_rng(seed).normal(size=(20, 7)).astype(np.float32)
        _, similarity, distance = measure_vectors(a, a)
        assert similarity.value <= 1
        assert distance.low >= 0


def test_the_interval_is_that_of_the_values_without_each_twentieth():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(90, 4)).astype(np.float32)
    b = (a + rng.normal(size=(90, 4))).astype(np.float32)
    groups = np.arange(90) % 20
    kept = [groups != group for group in range(20)]
    without = np.array([measure_vectors(a[rows], b[rows])[1].value for rows in kept])
    error = np.sqrt(19 / 20 * ((without - without.mean()) ** 2).sum())
    similarity = measure_vectors(a, b)[1]
    assert similarity.high - similarity.value == pytest.approx(2.0930240544 * error, rel=1e-6)


@pytest.mark.parametrize(("n", "da", "db"), [(2, 1, 1), (20, 3, 3), (80, 6, 2), (15, 30, 40)])
def test_the_distance_is_what_the_best_rotation_leaves(n, da, db):
    rng = np.random.default_rng(n)
    a, b = (rng.normal(size=(n, d)).astype(np.float32) for d in (da, db))
    width = max(da, db)
    x, y = (np.pad(vectors.astype(np.float64), ((0, 0), (0, width - vectors.shape[1]))) for vectors in (a, b))
    x, y = ((matrix - matrix.mean(axis=0)) for matrix in (x, y))
    x, y = x / np.linalg.norm(x), y / np.linalg.norm(y)
    rotation, _ = orthogonal_procrustes(x, y)
    _, similarity, distance = measure_vectors(a, b)
    assert distance.value == pytest.approx(np.linalg.norm(x @ rotation - y) ** 2, abs=1e-9)
    assert distance.value == pytest.approx(2 - 2 * similarity.value)
    if n > 2:
        assert [distance.low, distance.high] == pytest.approx(
            [2 - 2 * similarity.high, 2 - 2 * similarity.low]
        )
        assert 0 <= distance.low <= distance.value <= distance.high <= 2
