"""The Procrustes distance against the best rotation found by scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes

from pipelines.measures import measure_vectors


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
