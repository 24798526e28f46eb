"""Exact neighbors against float64 brute force, on friendly and on hostile data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipelines.neighbors import METRICS, NeighborLists, exact, exact_neighbors, places, workers
from pipelines.neighbors.distances import nearest_of_all
from pipelines.neighbors.finish import Search, finish_block
from pipelines.neighbors.sweep import EUCLIDEAN, Candidates, prepare
from tests.oracles import all_distances, neighbor_sets


def search(vectors: NDArray[np.float32], k: int, metric: str) -> NeighborLists:
    return exact_neighbors(vectors, k, [metric])[metric]


def clustered(rng: np.random.Generator, n: int, d: int) -> NDArray[np.float32]:
    centers = rng.normal(size=(5, d)) * 4
    return (centers[rng.integers(0, 5, n)] + 0.1 * rng.normal(size=(n, d))).astype(np.float32)


def duplicated(rng: np.random.Generator, n: int, d: int) -> NDArray[np.float32]:
    vectors = rng.normal(size=(n, d)).astype(np.float32)
    return vectors[rng.integers(0, max(1, n // 4), n)]


def with_zeros(rng: np.random.Generator, n: int, d: int) -> NDArray[np.float32]:
    vectors = rng.normal(size=(n, d)).astype(np.float32)
    vectors[rng.random(n) < 0.1] = 0
    return vectors


def far_from_origin(rng: np.random.Generator, n: int, d: int) -> NDArray[np.float32]:
    return (1000 + rng.normal(size=(n, d))).astype(np.float32)


def one_huge_norm(rng: np.random.Generator, n: int, d: int) -> NDArray[np.float32]:
    vectors = rng.normal(size=(n, d)).astype(np.float32)
    vectors[n // 2] *= 1e6
    return vectors


def normal(rng: np.random.Generator, n: int, d: int) -> NDArray[np.float32]:
    return rng.normal(size=(n, d)).astype(np.float32)


KINDS = [normal, clustered, duplicated, with_zeros, far_from_origin, one_huge_norm]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "d", "k"), [(400, 20, 30), (333, 1, 7), (150, 200, 100), (40, 3, 38)])
def test_neighbors_equal_brute_force(kind, n, d, k, metric):
    vectors = kind(np.random.default_rng(n + d), n, d)
    found = search(vectors, k, metric)
    expected, clear = neighbor_sets(vectors, k, metric)
    wrong = [row for row in np.flatnonzero(clear) if set(found.rows[row].tolist()) != expected[row]]
    assert wrong == []


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("kind", KINDS)
def test_distances_are_those_of_the_neighbors_in_ascending_order(kind, metric):
    vectors = kind(np.random.default_rng(3), 300, 12)
    found = search(vectors, 20, metric)
    expected = np.take_along_axis(all_distances(vectors, metric), found.rows.astype(np.int64), axis=1)
    np.testing.assert_allclose(found.distances, expected, rtol=1e-6, atol=1e-6)
    assert (np.diff(found.distances, axis=1) >= 0).all()


@pytest.mark.parametrize("metric", METRICS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_object_is_its_own_neighbor_and_none_comes_twice(metric, data):
    n = data.draw(st.integers(2, 60))
    d = data.draw(st.integers(1, 4))
    values = data.draw(st.lists(st.integers(-2, 2), min_size=n * d, max_size=n * d))
    vectors = np.array(values, np.float32).reshape(n, d)
    rows = search(vectors, data.draw(st.integers(1, n - 1)), metric).rows
    assert all(i not in row and len(set(row)) == len(row) for i, row in enumerate(rows.tolist()))


@pytest.mark.parametrize("metric", METRICS)
def test_duplicates_are_at_distance_zero_and_ties_go_by_row(metric):
    vectors = np.repeat(np.random.default_rng(0).normal(size=(3, 7)), 100, axis=0).astype(np.float32)
    found = search(vectors, 99, metric)
    assert (found.distances == 0).all()
    assert found.rows[150].tolist() == [row for row in range(100, 200) if row != 150]


def test_zero_vectors_are_at_cosine_distance_one_from_everything():
    vectors = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    vectors[[7, 9]] = 0
    found = search(vectors, 49, "cosine")
    assert (found.distances[7] == 1).all()
    assert found.rows[7].tolist() == [row for row in range(50) if row != 7]


@pytest.mark.parametrize("kind", KINDS)
def test_sample_blocks_room_and_threads_change_nothing(kind, monkeypatch):
    vectors = kind(np.random.default_rng(1), 700, 10)
    whole = exact_neighbors(vectors, 60, list(METRICS), threads=1)
    monkeypatch.setattr(exact, "SAMPLE", 150)  # thresholds are guesses
    monkeypatch.setattr(exact, "SPARE_BYTES", 0)  # candidates are compacted
    monkeypatch.setattr(workers, "BLOCK", 97)
    monkeypatch.setattr(workers, "TILE", 13)
    monkeypatch.setattr(places, "CELL", 20)
    pieces = exact_neighbors(vectors, 60, list(METRICS), threads=3)
    for metric in METRICS:
        np.testing.assert_array_equal(whole[metric].rows, pieces[metric].rows)
        np.testing.assert_array_equal(whole[metric].distances, pieces[metric].distances)


@pytest.mark.parametrize("kind", KINDS)
def test_both_metrics_in_one_sweep_equal_each_alone(kind):
    vectors = kind(np.random.default_rng(2), 300, 5)
    both = exact_neighbors(vectors, 33, list(METRICS))
    for metric in METRICS:
        np.testing.assert_array_equal(both[metric].rows, search(vectors, 33, metric).rows)


@pytest.mark.parametrize("metric", METRICS)
def test_a_reordered_space_has_the_same_neighbors(metric):
    rng = np.random.default_rng(5)
    vectors = clustered(rng, 200, 6)
    order = rng.permutation(200)
    straight = search(vectors, 10, metric).rows
    reordered = search(vectors[order], 10, metric).rows
    assert [sorted(order[row]) for row in reordered] == [sorted(straight[i]) for i in order]


def test_progress_ends_when_all_pairs_of_blocks_are_done():
    told: list[tuple[int, int]] = []
    vectors = normal(np.random.default_rng(0), 3 * workers.BLOCK, 3)
    exact_neighbors(vectors, 5, ["cosine"], lambda *step: told.append(step))
    assert told[-1] == (6, 6)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


@pytest.mark.parametrize("k", [0, 5])
def test_k_outside_the_other_objects_is_refused(k):
    with pytest.raises(ValueError, match="outside 1 … n − 1 = 4"):
        exact_neighbors(np.eye(5, dtype=np.float32), k, ["cosine"])


def test_an_unknown_metric_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="unknown metric 'dot': choose one of cosine, euclidean"):
        exact_neighbors(np.eye(5, dtype=np.float32), 2, ["dot"])


def test_neighbors_that_float32_cannot_tell_apart_are_in_the_order_of_float64():
    heights = np.arange(40, 0, -1, dtype=np.float32) / 1000
    vectors = np.vstack([[[0, 0]], np.column_stack([np.full(40, 1000), heights])]).astype(np.float32)
    found = search(vectors, 40, "euclidean")
    assert len(set(found.distances[0].tolist())) == 1
    assert found.rows[0].tolist() == list(range(40, 0, -1))


@pytest.mark.parametrize("metric", METRICS)
def test_large_spaces_equal_a_look_at_all_objects(metric):
    vectors = clustered(np.random.default_rng(4), 6000, 24)
    found = search(vectors, 250, metric)
    norms = np.linalg.norm(vectors.astype(np.float64), axis=1)
    scales = 1 / norms if metric == "cosine" else np.ones(6000)
    for row in range(0, 6000, 60):
        near, distances = nearest_of_all(vectors, scales, METRICS[metric], row, 250)
        assert found.rows[row].tolist() == near.tolist()
        assert found.distances[row].tolist() == distances.astype(np.float32).tolist()


def test_an_object_whose_neighbors_may_not_all_be_candidates_is_said_to_be_unsure():
    vectors = normal(np.random.default_rng(0), 50, 4)
    space = prepare(vectors, np.arange(50))
    distances = all_distances(vectors, "euclidean")
    scores = (space.halves[:, None] - 0.5 * distances**2).astype(np.float32)
    rows = np.array([[j for j in range(50) if j != i] for i in range(50)], np.int32)
    given = np.take_along_axis(scores, rows.astype(np.int64), axis=1)
    tenth = np.sort(given, axis=1)[:, -10]
    thresholds = np.vstack([tenth, tenth])
    thresholds[:, 7] += 0.1  # an object left out may be nearer than the tenth
    thresholds[:, [i for i in range(50) if i != 7]] -= 0.1
    candidates = Candidates(
        thresholds, np.stack([rows] * 2), np.stack([given] * 2), np.full((2, 50), 49, np.int32)
    )
    lists = NeighborLists(np.empty((50, 10), np.int32), np.empty((50, 10), np.float32))
    search = Search(vectors, np.ones(50), EUCLIDEAN, space, candidates, np.arange(50, dtype=np.int32), 0)
    assert finish_block(search, slice(0, 50), lists).tolist() == [7]
