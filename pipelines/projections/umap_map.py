"""UMAP by umap-learn, from the stored neighbors: its graph and its optimizer, without its own search and start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix

from pipelines.projections.record import Graph, Progress, Projection, silent
from pipelines.projections.start import fallback, nothing_to_draw, starting_map

NEIGHBORS = 15
"""Size of a neighborhood, the object itself included (as umap-learn counts)."""

SPREAD, MIN_DIST = 1.0, 0.1
COLD_RATE, WARM_RATE = 1.0, 0.1
"""Learning rates from the PCA map and from a given one: a tenth leaves in place what need not move."""

EPOCHS_SMALL, EPOCHS_LARGE, SMALL = 500, 200, 10_000


def umap(
    vectors: NDArray[np.float32],
    graph: Graph,
    seed: int,
    initial: NDArray[np.float32] | None = None,
    progress: Progress = silent,
) -> Projection:
    """Draw the map of Uniform Manifold Approximation and Projection (McInnes, Healy & Melville 2018).

    The neighborhoods are those of the graph at every n; the vectors only give the start. `UMAP.fit` would search again
    below 4,096 objects, and would stretch an initial map to a square.

    Parameters
    ----------
    vectors
        float32, shape (n, d), finite.
    graph
        Neighbors of the same objects; the nearest 14 are used, or as many as there are.
    seed
        0 … 2³² − 1.
    initial
        float32, shape (n, 2), kept in its own scale; None: the PCA map over a range of 10.
    progress
        Called with (epochs done, all epochs).

    Returns
    -------
    Projection
        Centered; with ``neighbors`` (itself included) and ``epochs``. Fewer than 5 objects, or all of them equal, give
        the PCA map with ``fallback`` = 1.
    """
    if nothing_to_draw(vectors):
        return fallback(vectors, progress)
    from umap.layouts import optimize_layout_euclidean
    from umap.umap_ import find_ab_params, make_epochs_per_sample

    n = len(vectors)
    epochs = EPOCHS_SMALL if n <= SMALL else EPOCHS_LARGE
    edges = _edges(graph, epochs)
    a, b = find_ab_params(SPREAD, MIN_DIST)
    limits = np.iinfo(np.int32)
    places = np.ascontiguousarray(starting_map(vectors, initial, seed), np.float32)
    places = optimize_layout_euclidean(
        places,
        places,
        edges.row,
        edges.col,
        epochs,
        n,
        make_epochs_per_sample(edges.data, epochs),
        a,
        b,
        np.random.RandomState(seed).randint(limits.min, limits.max, 3).astype(np.int64),
        tqdm_kwds={"disable": False, "file": _Ticker(progress), "bar_format": "{n}/{total}"},
        initial_alpha=COLD_RATE if initial is None else WARM_RATE,
        move_other=True,
    )
    places -= places.mean(axis=0, dtype=np.float64)
    return Projection(places, {"neighbors": float(_width(graph)), "epochs": float(epochs)})


def _width(graph: Graph) -> int:
    return min(NEIGHBORS, int(graph.rows.shape[1]) + 1)


def _edges(graph: Graph, epochs: int) -> coo_matrix:
    """Return the weighted edges, without those too weak to be sampled once in all epochs."""
    from umap.umap_ import fuzzy_simplicial_set

    n, width = len(graph.rows), _width(graph)
    # umap-learn counts an object as its own first neighbor.
    rows = np.column_stack([np.arange(n, dtype=np.int32), graph.rows[:, : width - 1]])
    distances = np.column_stack([np.zeros(n, np.float32), graph.distances[:, : width - 1]])
    with _one_thread():
        weights, _, _ = fuzzy_simplicial_set(
            graph.rows, width, None, graph.metric, knn_indices=rows, knn_dists=distances
        )
    edges = weights.tocoo()
    edges.sum_duplicates()
    edges.data[edges.data < edges.data.max() / epochs] = 0.0
    edges.eliminate_zeros()
    return edges


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep numba on one thread: umap-learn's mean distance could depend on how many share the sum."""
    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(threads)


class _Ticker:
    """The file that tqdm, umap-learn's only hook, writes "done/total" to."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def write(self, text: str) -> None:
        done, slash, total = text.strip().partition("/")
        if slash:
            self._progress(int(done), int(total))

    def flush(self) -> None:
        """Do nothing; tqdm asks for it."""
