"""Average overlap and rank displacement against plain Python."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.similarity import average_overlap, overlap_at_every_k, rank_displacement


def random_lists(n, depth, rng):
    """Neighbor lists int32 (n, depth) in random order, never the object itself."""
    others = rng.permuted(np.tile(np.arange(n - 1), (n, 1)), axis=1)[:, :depth]
    return (others + (others >= np.arange(n)[:, None])).astype(np.int32)


def naive_displacement(one, two, k):
    kept = [abs(one.index(j) - two.index(j)) for j in one[:k] if j in two[:k]]
    return np.mean(kept) / k if kept else np.nan


SIZES = [(n, depth) for n in (2, 3, 4, 7, 12) for depth in range(1, n)] + [(60, 20)]


@pytest.mark.parametrize(("n", "depth"), SIZES)
def test_rank_displacement_equals_the_mean_over_kept_neighbors_at_every_k(n, depth):
    rng = np.random.default_rng(n * 100 + depth)
    a, b = random_lists(n, depth, rng), random_lists(n, depth, rng)
    for k in range(1, depth + 1):
        expected = [naive_displacement(x, y, k) for x, y in zip(a.tolist(), b.tolist(), strict=True)]
        np.testing.assert_allclose(rank_displacement(a, b, n, k), expected, rtol=1e-6)
        np.testing.assert_array_equal(rank_displacement(a, b, n, k), rank_displacement(b, a, n, k))
    np.testing.assert_array_equal(rank_displacement(a, b, n), rank_displacement(a, b, n, depth))


@pytest.mark.parametrize(("n", "depth"), SIZES)
def test_average_overlap_equals_its_definition_at_every_depth(n, depth):
    rng = np.random.default_rng(n * 100 + depth)
    a, b = random_lists(n, depth, rng), random_lists(n, depth, rng)
    overlap = overlap_at_every_k(a, b, n)
    for k in range(1, depth + 1):
        expected = [
            np.mean([len(set(x[:j]) & set(y[:j])) / j for j in range(1, k + 1)])
            for x, y in zip(a.tolist(), b.tolist(), strict=True)
        ]
        np.testing.assert_allclose(average_overlap(overlap, k), expected, atol=1e-12)
    np.testing.assert_array_equal(average_overlap(overlap), average_overlap(overlap, depth))


def test_a_space_agrees_fully_with_itself():
    lists = random_lists(40, 15, np.random.default_rng(0))
    assert average_overlap(overlap_at_every_k(lists, lists, 40)).tolist() == [1.0] * 40
    assert rank_displacement(lists, lists, 40).tolist() == [0.0] * 40


def test_without_a_kept_neighbor_there_is_no_displacement_and_no_overlap():
    a, b = np.array([[1, 2]], np.int32), np.array([[3, 4]], np.int32)
    assert np.isnan(rank_displacement(a, b, 5)).all()
    assert average_overlap(overlap_at_every_k(a, b, 5)).tolist() == [0.0]


def test_objects_in_another_order_have_the_same_scores_in_that_order():
    rng = np.random.default_rng(1)
    a, b, order = random_lists(30, 8, rng), random_lists(30, 8, rng), rng.permutation(30)
    moved = rank_displacement(a[order], b[order], 30)
    np.testing.assert_array_equal(moved, rank_displacement(a, b, 30)[order])


@pytest.mark.parametrize("k", [0, 4])
def test_a_k_outside_the_lists_is_refused(k):
    lists = random_lists(5, 3, np.random.default_rng(0))
    with pytest.raises(ValueError, match=f"k = {k} is outside 1 … K = 3"):
        rank_displacement(lists, lists, 5, k)
    with pytest.raises(ValueError, match=f"k = {k} is outside 1 … K = 3"):
        average_overlap(overlap_at_every_k(lists, lists, 5), k)
