"""PaCMAP by the optional package pacmap, from the stored neighbors."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import MissingExtraError
from pipelines.projections.record import Graph, Progress, Projection, silent
from pipelines.projections.start import fallback, nothing_to_draw, starting_map

NEIGHBORS, CANDIDATES = 10, 60
"""Neighbors of an object, chosen among that many nearest by scaled distance."""

LARGEST_SEED = 2**30
"""pacmap adds up to 5 n to its seed in 32 bits."""


def pacmap(
    vectors: NDArray[np.float32],
    graph: Graph,
    seed: int,
    initial: NDArray[np.float32] | None = None,
    progress: Progress = silent,
) -> Projection:
    """Draw the map of pairwise controlled manifold approximation (Wang, Huang, Rudin & Shaposhnik 2021).

    The pairs of near objects come from the graph; the pairs that are halfway and far are drawn with the seed.

    Parameters
    ----------
    vectors
        float32, shape (n, d), finite: gives the start, and the distances of objects halfway.
    graph
        Neighbors of the same objects; the nearest 60 are used, or as many as there are.
    seed
        0 … 2³² − 1, of which 30 bits are used.
    initial
        float32, shape (n, 2), in any scale.
    progress
        Called at the start and at the end: pacmap does not tell how far it is.

    Returns
    -------
    Projection
        With ``neighbors``. Fewer than 5 objects, or all of them equal, give the PCA map with ``fallback`` = 1.

    Raises
    ------
    pipelines.errors.MissingExtraError
        pacmap is not installed.
    """
    if nothing_to_draw(vectors):
        return fallback(vectors, progress)
    progress(0, 1)
    distance = "angular" if graph.metric == "cosine" else "euclidean"
    with _quiet():
        try:
            from pacmap import PaCMAP
        except ImportError:
            raise MissingExtraError("pacmap") from None
        # The backend is never asked; annoy is the one whose absence pacmap does not mind.
        model = PaCMAP(
            n_neighbors=min(NEIGHBORS, graph.rows.shape[1]),
            distance=distance,
            random_state=seed % LARGEST_SEED,
            knn_backend="annoy",
        )
        model.decide_num_pairs(len(vectors))
        model.pair_neighbors = _near_pairs(graph, model.n_neighbors)
        # A second column, since pacmap fits two principal components even to one.
        space = vectors if vectors.shape[1] > 1 else np.column_stack([vectors, np.zeros_like(vectors)])
        drawn = model.fit_transform(space, init=starting_map(vectors, initial, seed).astype(np.float32))
    progress(1, 1)
    return Projection(np.array(drawn, np.float32), {"neighbors": float(model.n_neighbors)})


def _near_pairs(graph: Graph, wanted: int) -> NDArray[np.int32]:
    """Return int32, shape (n · wanted, 2): the nearest by d² / (σᵢ σⱼ), with σ the mean distance of the 4th to 6th."""
    rows = graph.rows[:, :CANDIDATES]
    distances = graph.distances[:, :CANDIDATES].astype(np.float64)
    if graph.metric == "cosine":
        distances = np.sqrt(2.0 * distances)
    usual = distances[:, 3:6] if distances.shape[1] > 3 else distances[:, -1:]
    sigma = np.maximum(usual.mean(axis=1), 1e-10)
    scaled = distances**2 / (sigma[:, None] * sigma[rows])
    nearest = np.argsort(scaled, axis=1, kind="stable")[:, :wanted]
    pairs = np.empty((len(rows) * wanted, 2), np.int32)
    pairs[:, 0] = np.repeat(np.arange(len(rows), dtype=np.int32), wanted)
    pairs[:, 1] = np.take_along_axis(rows, nearest, axis=1).ravel()
    return pairs


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep pacmap from warning that a seed was set, and of small n, which it handles."""
    logger = logging.getLogger("pacmap.pacmap")
    disabled, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = disabled
