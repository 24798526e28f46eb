"""Chance p-values against exact fractions, and the false discovery rate against scipy."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from pipelines.neighbors import exact_neighbors
from pipelines.similarity import benjamini_hochberg, overlap_at_every_k, overlap_p_values


def naive_p(c, k, others):
    ways = sum(comb(k, j) * comb(others - k, k - j) for j in range(c, k + 1))
    return float(Fraction(ways, comb(others, k)))


@pytest.mark.parametrize(
    ("k", "n"), [(1, 2), (1, 3), (3, 5), (4, 5), (10, 12), (10, 200), (50, 1797), (50, 20_000)]
)
def test_the_p_value_of_an_overlap_equals_the_exact_fraction(k, n):
    overlap = np.arange(k + 1, dtype=np.uint16)
    expected = [naive_p(c, k, n - 1) for c in range(k + 1)]
    np.testing.assert_allclose(overlap_p_values(overlap, k, n), expected, rtol=1e-7, atol=1e-300)


def test_unrelated_spaces_are_significant_no_more_often_than_their_level():
    rng = np.random.default_rng(0)
    n, k = 1200, 30
    a, b = (
        exact_neighbors(rng.normal(size=(n, 16)).astype(np.float32), k, ["cosine"])["cosine"].rows
        for _ in "ab"
    )
    p = overlap_p_values(overlap_at_every_k(a, b, n)[:, -1], k, n)
    assert (p <= 0.05).mean() < 0.06
    assert not benjamini_hochberg(p).any()


@pytest.mark.parametrize("level", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("n", [1, 2, 10, 500])
def test_benjamini_hochberg_equals_scipys_adjusted_p_values(n, level):
    rng = np.random.default_rng(n)
    for _ in range(20):
        p = np.round(rng.random(n) ** 4, 3)
        np.testing.assert_array_equal(benjamini_hochberg(p, level), false_discovery_control(p) <= level)


def test_objects_without_a_p_value_are_not_chosen_and_do_not_count():
    p = np.array([0.04, np.nan, np.nan])
    assert benjamini_hochberg(p, 0.05).tolist() == [True, False, False]
    assert not benjamini_hochberg(np.full(3, np.nan)).any()
    assert benjamini_hochberg(np.empty(0)).shape == (0,)
