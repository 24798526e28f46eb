"""Orders, ranks and overlaps equal those of plain lists."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from artifacts.ranking import ends_of, first_of, neighborhoods_of, overlaps_of, ranks_in, scale_of

OBJECTS, K = 60, 12


def lists(seed: int, objects: int = 7) -> NDArray[np.int32]:
    """Neighbors of some objects among 30: two such lists share about four in ten."""
    rng = np.random.default_rng(seed)
    return np.array([rng.permutation(30)[:K] for _ in range(objects)], np.int32)


@pytest.mark.parametrize("count", [0, 1, 7, 59, 60, 100])
def test_the_first_are_those_of_a_sorted_list(count: int) -> None:
    rng = np.random.default_rng(1)
    score, tie = rng.integers(0, 5, OBJECTS), rng.permutation(OBJECTS)
    slow = sorted(range(OBJECTS), key=lambda row: (score[row], tie[row]))
    assert first_of(score, tie, count).tolist() == slow[:count]


@pytest.mark.parametrize("start", [0, 10, 55, 70])
def test_both_ends_are_those_of_sorted_lists_and_objects_without_a_value_are_last(start: int) -> None:
    rng = np.random.default_rng(2)
    values = rng.integers(0, 8, OBJECTS).astype(float)
    values[rng.permutation(OBJECTS)[:9]] = np.nan
    order = np.argsort(values, kind="stable").astype(np.int32)
    inside = order[order % 4 != 0]
    low, high = ends_of(values, inside, start, 10)
    rows = [row for row in range(OBJECTS) if row % 4]
    known = sorted((row for row in rows if values[row] == values[row]), key=lambda row: (values[row], row))
    unknown = [row for row in rows if values[row] != values[row]]
    assert low.rows.tolist() == (known + unknown)[start : start + 10]
    assert high.rows.tolist() == (known[::-1] + unknown)[start : start + 10]
    for end in (low, high):
        np.testing.assert_array_equal(end.values, values[end.rows])
        same = [sum(str(values[one]) == str(values[row]) for one in rows) for row in end.rows]
        assert end.ties.tolist() == same


def test_texts_sort_as_texts_and_booleans_as_numbers() -> None:
    texts = np.array(["b", None, "a", "B", "a"], dtype=object)
    scale = scale_of(texts)
    assert scale.names == ("B", "a", "b")
    assert np.nan_to_num(scale.values, nan=-1).tolist() == [2, -1, 1, 0, 1]
    assert scale_of(np.array([True, False])).values.tolist() == [1, 0]


def test_ranks_are_the_places_in_the_other_list() -> None:
    one, other = lists(3), lists(4)
    slow = [
        [1 + b.index(name) if name in b else 0 for name in a]
        for a, b in zip(one.tolist(), other.tolist(), strict=True)
    ]
    assert ranks_in(one, other).tolist() == slow
    assert 0.2 < (np.array(slow) > 0).mean() < 0.7


def test_overlaps_are_the_sizes_of_the_common_sets_at_every_k() -> None:
    one, other = lists(5), lists(6)
    slow = [
        [len(set(a[:k]) & set(b[:k])) for k in range(1, K + 1)]
        for a, b in zip(one.tolist(), other.tolist(), strict=True)
    ]
    assert overlaps_of(ranks_in(one, other)).tolist() == slow


@pytest.mark.parametrize("k", [1, 5, K])
def test_neighborhoods_know_the_rank_and_the_distance_in_the_other_space(k: int) -> None:
    list_a, list_b = lists(7), lists(8)
    far_a, far_b = (np.sort(np.random.default_rng(s).random((7, K)), axis=1).astype("f4") for s in (1, 2))
    near = neighborhoods_of((list_a, list_b), (far_a, far_b), k)
    for object_ in range(7):
        place_in_b = {name: rank for rank, name in enumerate(list_b[object_].tolist())}
        for rank, name in enumerate(list_a[object_, :k].tolist()):
            there = place_in_b.get(name)
            assert near.ranks_a[object_, rank] == (0 if there is None else there + 1)
            assert near.common_a[object_, rank] == (there is not None and there < k)
            expected = np.nan if there is None else far_b[object_, there]
            np.testing.assert_equal(near.across_a[object_, rank], expected)
    np.testing.assert_array_equal(near.distances_b, far_b[:, :k])
    assert near.overlaps[:, k - 1].tolist() == near.common_a.sum(axis=1).tolist()


def test_no_objects_have_no_neighborhoods() -> None:
    empty = np.empty((0, K), np.int32)
    near = neighborhoods_of((empty, empty), (empty.astype("f4"), empty.astype("f4")), 5)
    assert near.neighbors_a.shape == near.across_b.shape == (0, 5)
    assert near.overlaps.shape == (0, K)
