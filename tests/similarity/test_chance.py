"""The chance level against scipy's hypergeometric distribution, and against permuted objects."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import hypergeom

from pipelines.neighbors import exact_neighbors
from pipelines.similarity import chance_jaccard, chance_overlap, jaccard, overlap_at_every_k


@pytest.mark.parametrize(
    ("k", "n"), [(1, 2), (1, 3), (10, 670), (50, 1797), (250, 1_000_000), (9, 10), (30, 40)]
)
def test_chance_equals_the_hypergeometric_expectation(k, n):
    overlap = np.arange(k + 1)
    weights = hypergeom.pmf(overlap, n - 1, k, k)
    assert chance_jaccard(k, n) == pytest.approx(weights @ jaccard(overlap, k), rel=1e-6)
    assert chance_overlap(k, n) == pytest.approx(weights @ overlap, rel=1e-6)


def test_unrelated_spaces_score_at_chance():
    rng = np.random.default_rng(0)
    n, k = 1500, 40
    a, b = (
        exact_neighbors(rng.normal(size=(n, 16)).astype(np.float32), k, ["cosine"])["cosine"].rows
        for _ in "ab"
    )
    overlap = overlap_at_every_k(a, b, n)[:, -1]
    error = overlap.std() / np.sqrt(n)
    assert abs(overlap.mean() - chance_overlap(k, n)) < 5 * error
    assert jaccard(overlap, k).mean() == pytest.approx(chance_jaccard(k, n), rel=0.05)
