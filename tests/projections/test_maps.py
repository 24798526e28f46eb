"""UMAP, t-SNE and PaCMAP: drawn from the given graph, the same every time, and on spaces with hardly anything in them.

All tests that draw with umap-learn are in this file, because every process that does compiles it for half a minute.
"""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.errors import MissingExtraError
from pipelines.projections import PROJECTIONS, Graph, aligned, pca, tsne_map
from pipelines.projections.umap_map import _edges
from tests.oracles import all_distances, graph_of

pacmap = pytest.param(
    "pacmap", marks=pytest.mark.skipif(find_spec("pacmap") is None, reason="pacmap is not installed")
)
ITERATIVE = ["umap", "tsne", pacmap]


@pytest.fixture(scope="module")
def vectors() -> NDArray[np.float32]:
    """Four clusters of 40 objects, in turn."""
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(4, 10)) * 5
    return (centers[np.arange(160) % 4] + rng.normal(size=(160, 10))).astype(np.float32)


@pytest.fixture(scope="module")
def graph(vectors) -> Graph:
    return graph_of(vectors, 60)


def share_beside_their_own(coordinates: NDArray[np.float32], groups: NDArray[np.integer]) -> float:
    """Share of the objects whose nearest other in the map is of the same group."""
    return float((groups[all_distances(coordinates, "euclidean").argmin(axis=1)] == groups).mean())


@pytest.fixture
def threads() -> Iterator[int]:
    """As many threads as numba was given; set again afterwards."""
    given = numba.get_num_threads()
    yield given
    numba.set_num_threads(given)


@pytest.mark.parametrize("method", ITERATIVE)
def test_the_same_seed_gives_the_same_bytes_on_any_number_of_threads(
    method, vectors, graph, threads, monkeypatch
):
    monkeypatch.setattr(tsne_map, "ALONE", 0)
    drawn = set()
    for jobs in (1, min(3, threads)):
        monkeypatch.setattr(tsne_map, "JOBS", jobs)
        numba.set_num_threads(jobs)
        drawn.add(PROJECTIONS[method](vectors, graph, 7).coordinates.tobytes())
        assert numba.get_num_threads() == jobs
    assert len(drawn) == 1
    assert PROJECTIONS[method](vectors, graph, 8).coordinates.tobytes() not in drawn


def test_the_grid_of_tsne_sums_in_one_order(vectors, graph, monkeypatch):
    for name, value in {"ALONE": 0, "LARGE": 0, "EXAGGERATED": 50, "PLAIN": 50}.items():
        monkeypatch.setattr(tsne_map, name, value)
    drawn = set()
    for jobs in (1, 2):
        monkeypatch.setattr(tsne_map, "JOBS", jobs)
        drawn.add(PROJECTIONS["tsne"](vectors, graph, 7).coordinates.tobytes())
    assert len(drawn) == 1


@pytest.mark.parametrize("method", ITERATIVE)
def test_clusters_stay_apart_and_arguments_stay_as_they_are(method, vectors, graph):
    given = vectors.tobytes(), graph.rows.tobytes(), graph.distances.tobytes()
    found = PROJECTIONS[method](vectors, graph, 0).coordinates
    assert found.dtype == np.float32
    assert found.shape == (160, 2)
    assert share_beside_their_own(found, np.arange(160) % 4) == 1
    assert (vectors.tobytes(), graph.rows.tobytes(), graph.distances.tobytes()) == given


@pytest.mark.parametrize("method", ["umap", "tsne"])
def test_the_map_shows_the_graph_even_where_the_vectors_say_otherwise(method, vectors):
    other = np.random.default_rng(1).permutation(160)
    found = PROJECTIONS[method](vectors, graph_of(vectors[other], 60), 0).coordinates
    assert share_beside_their_own(found, other % 4) > 0.98


def test_the_edges_are_those_that_umap_learn_finds_itself(vectors, graph):
    from umap import UMAP

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = UMAP(n_neighbors=15, n_epochs=1, init="random", random_state=0).fit(vectors)
    found = _edges(graph, 10**9).toarray()
    np.testing.assert_allclose(found, model.graph_.toarray(), atol=1e-4)


@pytest.mark.parametrize("method", ["pca", *ITERATIVE])
@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
def test_a_handful_of_objects_is_drawn(method, n, vectors):
    few = vectors[:n]
    found = PROJECTIONS[method](few, graph_of(few, 60), 0)
    assert found.coordinates.shape == (n, 2)
    assert np.isfinite(found.coordinates).all()
    assert ("fallback" in found.facts) == (n < 5 and method != "pca")
    if n < 5:
        np.testing.assert_array_equal(found.coordinates, pca(few).coordinates)


@pytest.mark.parametrize("method", ITERATIVE)
def test_equal_vectors_are_drawn_in_one_point(method):
    equal = np.full((40, 3), 2, np.float32)
    found = PROJECTIONS[method](equal, graph_of(equal, 20), 0)
    assert (found.coordinates == 0).all()
    assert found.facts == {"fallback": 1.0}


@pytest.mark.parametrize("method", ITERATIVE)
def test_duplicates_are_drawn(method, vectors):
    repeated = vectors[np.arange(160) % 12]
    found = PROJECTIONS[method](repeated, graph_of(repeated, 60), 0).coordinates
    assert np.isfinite(found).all()
    assert share_beside_their_own(found, np.arange(160) % 12) > 0.9


@pytest.mark.parametrize("method", ITERATIVE)
def test_one_huge_vector_does_not_press_the_others_together(method, vectors):
    huge = vectors.copy()
    huge[3] *= 1e6
    found = PROJECTIONS[method](huge, graph_of(huge, 60), 0).coordinates
    others = np.arange(160) != 3
    assert np.isfinite(found).all()
    assert share_beside_their_own(found[others], np.arange(160)[others] % 4) == 1
    assert found[others].std() > 0.5 * found.std()


@pytest.mark.parametrize("method", ITERATIVE)
def test_a_space_of_one_dimension_is_drawn(method, vectors):
    line = vectors[:, :1].copy()
    assert np.isfinite(PROJECTIONS[method](line, graph_of(line, 60), 0).coordinates).all()


@pytest.mark.parametrize("method", ITERATIVE)
def test_a_zero_vector_is_drawn_under_cosine(method, vectors):
    zero = vectors.copy()
    zero[5] = 0
    found = PROJECTIONS[method](zero, graph_of(zero, 60, "cosine"), 0).coordinates
    assert np.isfinite(found).all()


@pytest.mark.parametrize("method", ITERATIVE)
def test_a_graph_in_two_pieces_is_drawn_without_a_warning(method, vectors):
    far = vectors + 1000 * (np.arange(160) % 2)[:, None].astype(np.float32)
    pieces = graph_of(far, 10)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ImportWarning)
        found = PROJECTIONS[method](far, pieces, 0).coordinates
    assert share_beside_their_own(found, np.arange(160) % 2) == 1


@pytest.mark.parametrize(
    ("method", "steps"), [("pca", 1), ("umap", 500), ("tsne", 750), (pacmap.values[0], 1)]
)
def test_progress_counts_up_to_the_end(method, steps, vectors, graph):
    if method == "pacmap":
        pytest.importorskip("pacmap")
    told: list[tuple[int, int]] = []
    PROJECTIONS[method](vectors, graph, 0, None, lambda done, total: told.append((done, total)))
    assert {total for _, total in told} == {steps}
    assert told == sorted(told)
    assert told[-1][0] == steps


@pytest.mark.parametrize("method", ["umap", "tsne"])
def test_objects_stay_on_the_side_where_they_start(method, vectors, graph):
    corners = np.array([[-5, -5], [-5, 5], [5, -5], [5, 5]], np.float32)
    initial = corners[np.arange(160) % 4]
    found = PROJECTIONS[method](vectors, graph, 0, initial).coordinates
    found = found - found.mean(axis=0)
    assert (np.sign(found) == np.sign(initial)).mean() > 0.9


@pytest.mark.parametrize("method", ITERATIVE)
def test_a_start_of_the_wrong_shape_is_refused(method, vectors, graph):
    with pytest.raises(
        ValueError, match=r"initial has shape \(3, 2\): it must hold two finite numbers for each of 160"
    ):
        PROJECTIONS[method](vectors, graph, 0, np.zeros((3, 2), np.float32))


def test_few_neighbors_lower_the_perplexity_and_the_neighborhood(vectors, graph):
    short = replace(graph, rows=graph.rows[:, :6], distances=graph.distances[:, :6])
    assert PROJECTIONS["tsne"](vectors, short, 0).facts["perplexity"] == 2
    assert PROJECTIONS["umap"](vectors, short, 0).facts["neighbors"] == 7


def test_an_aligned_umap_leaves_in_place_what_did_not_move(vectors, graph):
    a = PROJECTIONS["umap"](vectors, graph, 0).coordinates
    moved = vectors.copy()
    moved[:8] = vectors[1:9]
    everyone = np.arange(160)
    found = aligned("umap", moved, graph_of(moved, 60), a, everyone, everyone, 0).coordinates
    distances = np.linalg.norm(found - a, axis=1) / np.linalg.norm(a - a.mean(axis=0), axis=1).mean()
    assert np.median(distances[8:]) < 0.2
    assert distances[:8].min() > 0.5


def test_a_missing_pacmap_names_the_extra(vectors, graph, monkeypatch):
    monkeypatch.setitem(sys.modules, "pacmap", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'embedding-comparator\[pacmap\]'"):
        PROJECTIONS["pacmap"](vectors, graph, 0)


def test_heavy_libraries_are_loaded_by_drawing_alone():
    code = "import sys, pipelines.projections; print({'umap', 'openTSNE', 'pacmap'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
