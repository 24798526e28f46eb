"""Chance and scores where each space is searched among its own objects: enumerated, simulated, and as before."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from pipelines.similarity import (
    Others,
    chance_adjusted,
    chance_jaccard,
    curve_of,
    jaccard,
    overlap_at_every_k,
    overlap_chances,
    overlap_counts,
    overlap_p_values,
    second_order_cosine,
)


@pytest.mark.parametrize("others", [Others(3, 5, 4), Others(2, 2, 6), Others(1, 4, 3), Others(4, 4, 4)])
@pytest.mark.parametrize("k", [1, 2])
def test_chances_equal_the_count_of_all_pairs_of_lists(others, k):
    common = range(others.common)
    in_a = [*common, *(f"a{i}" for i in range(others.a - others.common))]
    in_b = [*common, *(f"b{i}" for i in range(others.b - others.common))]
    found = [len({*one} & {*two}) for one in combinations(in_a, k) for two in combinations(in_b, k)]
    expected = np.bincount(found, minlength=k + 1) / len(found)
    chances = overlap_chances(k, others)
    np.testing.assert_allclose(chances, expected, atol=1e-12)
    assert chances @ np.arange(k + 1) == pytest.approx(k * others.expected_share(k))
    tails = [expected[c:].sum() for c in range(k + 1)]
    c = np.arange(k + 1, dtype=np.uint16)
    np.testing.assert_allclose(overlap_p_values(c, k, others.common + 1, others), tails, atol=1e-12)


@pytest.mark.parametrize(("k", "n"), [(1, 3), (10, 40), (39, 40), (250, 5000)])
def test_without_missing_objects_chance_is_the_one_of_common_objects(k, n):
    others = Others(n - 1, n - 1, n - 1)
    assert overlap_chances(k, others) @ jaccard(np.arange(k + 1), k) == pytest.approx(chance_jaccard(k, n))
    c = np.arange(k + 1, dtype=np.uint16)
    np.testing.assert_allclose(chance_adjusted(c, k, n, others), chance_adjusted(c, k, n))
    np.testing.assert_allclose(overlap_p_values(c, k, n, others), overlap_p_values(c, k, n), atol=1e-9)


def random_lists(rng, n, alone, shift, k):
    """Lists of n objects among n + alone; those of this space alone are numbered from n + shift on."""
    numbers = np.concatenate([np.arange(n), n + shift + np.arange(alone)])
    lists = [rng.permutation(np.delete(numbers, i))[:k] for i in range(n)]
    return np.array(lists, np.int32)


def test_unrelated_spaces_score_the_chance_level_and_zero_when_adjusted():
    rng, n, k = np.random.default_rng(5), 400, 30
    others = Others(n - 1, n - 1 + 200, n - 1 + 100)
    counts = np.zeros((k, k + 1), np.int64)
    for _ in range(40):
        a, b = random_lists(rng, n, 200, 0, k), random_lists(rng, n, 100, 200, k)
        overlap_counts(overlap_at_every_k(a, b, n + 300), counts)
    curve = curve_of(counts, others)
    np.testing.assert_allclose(curve.jaccard_mean[9:], curve.jaccard_chance[9:], rtol=0.05)
    np.testing.assert_allclose(curve.chance_adjusted[9:], 0, atol=0.002)
    assert abs(curve.chance_adjusted[-1]) < abs(curve_of(counts).chance_adjusted[-1])


def test_second_order_similarity_passes_over_what_the_other_space_lacks():
    rng = np.random.default_rng(2)
    vectors_a, vectors_b = (rng.normal(size=(6, 3)).astype(np.float32) for _ in "ab")
    a = np.array([[1, 6, 2], [7, 8, 6], *[[0, 1, 6]] * 4], np.int32)
    b = np.array([[2, 9, 3], [9, 10, 11], *[[0, 9, 1]] * 4], np.int32)
    found = second_order_cosine(vectors_a, a, vectors_b, b, 3)
    unit_a, unit_b = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (vectors_a, vectors_b))
    one, two = (unit[[1, 2, 3]] @ unit[0] for unit in (unit_a, unit_b))
    assert found[0] == pytest.approx(one @ two / np.linalg.norm(one) / np.linalg.norm(two), abs=1e-6)
    assert np.isnan(found[1])
