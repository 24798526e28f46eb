"""Every engine under every metric against float64 brute force, the choice between them, and the measured recall."""

from __future__ import annotations

import sys
from importlib.util import find_spec

import numpy as np
import pytest

from pipelines.errors import MissingExtraError
from pipelines.neighbors import (
    ENGINES,
    EXACT_ENGINES,
    METRICS,
    choose_engine,
    exact_neighbors,
    measured_recall,
)
from pipelines.neighbors.lists import NeighborLists
from tests.neighbors.test_exact import KINDS, clustered, duplicated, normal, with_zeros
from tests.oracles import all_distances

EXTRAS = {"faiss", "torch"}
INSTALLED = [
    pytest.param(
        engine,
        marks=pytest.mark.skipif(
            engine in EXTRAS and find_spec(engine) is None, reason=f"the extra {engine} is not installed"
        ),
    )
    for engine in ENGINES
]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("engine", INSTALLED)
@pytest.mark.parametrize("kind", [normal, clustered, duplicated, with_zeros])
def test_every_engine_finds_nearly_all_neighbors_with_their_distances(engine, metric, kind):
    vectors = kind(np.random.default_rng(0), 900, 12)
    found = ENGINES[engine](vectors, 40, [metric], None)[metric]
    distances = all_distances(vectors, metric)
    rows = found.rows.astype(np.int64)
    kth = np.sort(distances, axis=1)[:, 39]
    near = np.take_along_axis(distances, rows, axis=1)
    assert (near <= kth[:, None] + 1e-6).mean() > (0.999 if engine in EXACT_ENGINES else 0.95)
    np.testing.assert_allclose(found.distances, near, rtol=1e-6, atol=1e-6)
    assert all(i not in row and len(set(row)) == 40 for i, row in enumerate(rows.tolist()))
    assert (np.diff(found.distances, axis=1) >= 0).all()


def test_nn_descent_gives_the_same_bytes_twice():
    vectors = clustered(np.random.default_rng(1), 2000, 8)
    one, two = (ENGINES["nndescent"](vectors, 30, ["cosine"], None)["cosine"] for _ in "ab")
    assert one.rows.tobytes() == two.rows.tobytes()


@pytest.mark.parametrize("engine", INSTALLED)
@pytest.mark.parametrize("n", [2, 3, 20])
def test_every_engine_searches_tiny_spaces(engine, n):
    vectors = normal(np.random.default_rng(0), n, 3)
    found = ENGINES[engine](vectors, n - 1, ["euclidean"], None)["euclidean"]
    assert [sorted(row) for row in found.rows.tolist()] == [[j for j in range(n) if j != i] for i in range(n)]


def test_recall_is_one_for_exact_search_and_falls_with_what_is_missing():
    vectors = normal(np.random.default_rng(0), 600, 6)
    lists = exact_neighbors(vectors, 20, ["cosine"])["cosine"]
    assert measured_recall(vectors, lists, "cosine") == 1.0
    farthest = np.argsort(all_distances(vectors, "cosine"), axis=1)[:, -6:-1].astype(np.int32)
    spoiled = NeighborLists(np.hstack([lists.rows[:, :15], farthest]), lists.distances)
    assert measured_recall(vectors, spoiled, "cosine") == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("n", "d", "engine"), [(10_000, 768, "exact"), (200_000, 100, "exact"), (1_000_000, 100, "nndescent")]
)
def test_exact_search_is_chosen_while_it_is_affordable(n, d, engine):
    assert choose_engine(n, d) == engine


@pytest.mark.skipif(find_spec("torch") is None, reason="the extra torch is not installed")
@pytest.mark.parametrize("kind", KINDS)
def test_torch_gives_the_very_lists_of_exact_search(kind):
    vectors = kind(np.random.default_rng(5), 700, 16)
    ours = exact_neighbors(vectors, 50, list(METRICS))
    theirs = ENGINES["torch"](vectors, 50, list(METRICS), None)
    for metric in METRICS:
        np.testing.assert_array_equal(theirs[metric].rows, ours[metric].rows)
        np.testing.assert_array_equal(theirs[metric].distances, ours[metric].distances)


@pytest.mark.parametrize("engine", sorted(EXTRAS))
def test_an_extra_that_is_missing_is_named_with_the_command_that_installs_it(engine, monkeypatch):
    monkeypatch.setitem(sys.modules, engine, None)
    with pytest.raises(MissingExtraError, match=rf"pip install 'embedding-comparator\[{engine}\]'"):
        ENGINES[engine](normal(np.random.default_rng(0), 30, 3), 5, ["cosine"], None)


@pytest.mark.skipif(find_spec("faiss") is None, reason="the extra faiss is not installed")
def test_faiss_reports_nearly_full_recall_where_it_looks_into_a_part_of_the_cells():
    vectors = clustered(np.random.default_rng(2), 12_000, 16)
    lists = ENGINES["faiss"](vectors, 50, ["euclidean"], None)["euclidean"]
    assert measured_recall(vectors, lists, "euclidean") > 0.95
