"""Ranks in lists, beyond them and in a map, against sorting everything."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.neighbors.distances import scales_of
from pipelines.neighbors.lists import METRICS
from pipelines.projections.ranks import map_neighbors, places_in_lists, ranks_beyond
from tests.oracles import all_distances, graph_of


def test_places_are_counted_from_one_and_absent_objects_come_after_the_last():
    lists = np.array([[2, 0, 4], [3, 1, 0]], np.int32)
    wanted = np.array([[4, 3], [3, 2]], np.int32)
    assert places_in_lists(lists, wanted, 5).tolist() == [[3, 4], [1, 4]]


@pytest.mark.parametrize("metric", METRICS)
def test_ranks_equal_places_in_the_sorted_whole(metric):
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(30, 3)).astype(np.float32)[rng.integers(0, 30, 90)]
    vectors[7] = 0
    whole = np.argsort(all_distances(vectors, metric).round(12), axis=1, kind="stable")
    lists = whole[:, :8].astype(np.int32)
    objects = np.array([3, 7, 50])
    wanted = np.array([rng.permutation(np.delete(np.arange(90), o))[:20] for o in objects], np.int32)
    places = places_in_lists(lists[objects], wanted, 90)
    code = METRICS[metric]
    found = ranks_beyond(vectors, scales_of(vectors, code), code, objects, wanted, places, 8)
    for o, asked, ranks in zip(objects, wanted, found, strict=True):
        assert ranks.tolist() == [whole[o].tolist().index(j) + 1 for j in asked]


def test_neighbors_in_a_map_equal_brute_force():
    coordinates = np.random.default_rng(0).normal(size=(300, 2)).astype(np.float32)
    np.testing.assert_array_equal(map_neighbors(coordinates, 20), graph_of(coordinates, 20).rows)


def test_no_object_at_a_crowded_place_is_its_own_neighbor():
    coordinates = np.zeros((60, 2), np.float32)
    coordinates[50:] = np.random.default_rng(0).normal(size=(10, 2))
    found = map_neighbors(coordinates, 5)
    assert (found != np.arange(60)[:, None]).all()
    assert all(len(set(row)) == 5 for row in found.tolist())
    assert (found[:50] < 50).all()
