"""Overlap at every k, rank-biased overlap, distance change and the order of objects against plain Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.similarity import (
    chance_adjusted,
    distance_change,
    jaccard,
    overlap,
    overlap_at_every_k,
    rank_biased_overlap,
    tie_ranks,
)


@st.composite
def list_pairs(draw):
    """Two sets of neighbor lists of the same objects: int32 (m, K), entries 0 … n − 1, never the object."""
    n = draw(st.integers(2, 25))
    depth = draw(st.integers(1, n - 1))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    others = [[j for j in range(n) if j != i] for i in range(n)]
    a, b = (np.array([rng.permutation(row)[:depth] for row in others], np.int32) for _ in "ab")
    return a, b, n


@settings(max_examples=200, deadline=None)
@given(list_pairs())
def test_overlap_equals_the_intersection_of_python_sets_at_every_k(pair):
    a, b, n = pair
    expected = [
        [len(set(one[:k]) & set(two[:k])) for k in range(1, len(one) + 1)]
        for one, two in zip(a.tolist(), b.tolist(), strict=True)
    ]
    assert overlap_at_every_k(a, b, n).tolist() == expected


@settings(max_examples=100, deadline=None)
@given(list_pairs())
def test_overlap_does_not_change_when_a_and_b_are_swapped(pair):
    a, b, n = pair
    np.testing.assert_array_equal(overlap_at_every_k(a, b, n), overlap_at_every_k(b, a, n))


@settings(max_examples=100, deadline=None)
@given(list_pairs(), st.floats(0.05, 0.99))
def test_rank_biased_overlap_equals_its_definition(pair, p):
    a, b, n = pair
    depth = a.shape[1]
    expected = []
    for one, two in zip(a.tolist(), b.tolist(), strict=True):
        agreement = [len(set(one[:d]) & set(two[:d])) / d for d in range(1, depth + 1)]
        total = sum(agreement[d - 1] * p**d for d in range(1, depth + 1))
        expected.append(agreement[-1] * p**depth + (1 - p) / p * total)
    np.testing.assert_allclose(rank_biased_overlap(overlap_at_every_k(a, b, n), p), expected, atol=1e-12)


def test_rank_biased_overlap_is_one_for_the_same_list_and_zero_for_disjoint_ones():
    depth = np.arange(1, 31, dtype=np.uint16)
    same_and_disjoint = np.vstack([depth, np.zeros(30, np.uint16)])
    np.testing.assert_allclose(rank_biased_overlap(same_and_disjoint, 0.9), [1.0, 0.0], atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(list_pairs(), st.integers(0, 2**32 - 1))
def test_distance_change_equals_the_mean_over_kept_neighbors(pair, seed):
    a, b, n = pair
    rng = np.random.default_rng(seed)
    da, db = (np.sort(rng.random(a.shape), axis=1).astype(np.float32) for _ in "ab")
    expected = []
    for i in range(len(a)):
        in_b = dict(zip(b[i].tolist(), db[i], strict=True))
        kept = [abs(d / 0.5 - in_b[j] / 2.0) for j, d in zip(a[i].tolist(), da[i], strict=True) if j in in_b]
        expected.append(np.mean(kept) if kept else np.inf)
    np.testing.assert_allclose(distance_change(a, b, da, db, 0.5, 2.0, n), expected, rtol=1e-5, atol=1e-6)


def test_ties_go_by_rank_biased_overlap_then_distance_change_then_key():
    ranks = tie_ranks(np.array([0.5, 0.1, 0.5, 0.5]), np.array([1.0, 0.0, 2.0, 1.0]), ["b", "z", "c", "a"])
    assert ranks.tolist() == [3, 0, 1, 2]


@given(st.integers(1, 200), st.data())
def test_jaccard_equals_intersection_over_union(k, data):
    c = data.draw(st.integers(0, k))
    a, b = set(range(k)), set(range(k - c, 2 * k - c))
    assert float(jaccard(c, k)) == pytest.approx(len(a & b) / len(a | b))


def test_chance_adjusted_overlap_is_zero_at_chance_and_one_when_identical():
    assert chance_adjusted([10 * 10 / 99, 10], 10, 100).tolist() == pytest.approx([0.0, 1.0])


def test_chance_adjusted_overlap_has_no_value_where_every_list_is_the_same():
    assert np.isnan(chance_adjusted([9], 9, 10)).all()


def test_the_marks_of_earlier_objects_are_cleared_before_they_overflow(monkeypatch):
    rng = np.random.default_rng(0)
    one, two = (np.array([rng.permutation(12)[:4] for _ in range(30)], np.int32) for _ in "ab")
    expected = overlap_at_every_k(one, two, 12)
    monkeypatch.setattr(overlap, "_LARGEST", np.int32(8))
    assert overlap.overlap_at_every_k.py_func(one, two, 12).tolist() == expected.tolist()
