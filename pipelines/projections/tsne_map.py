"""t-SNE by openTSNE, from the stored neighbors."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import numpy as np
from numpy.typing import NDArray

from pipelines.projections.record import Graph, Progress, Projection, silent
from pipelines.projections.start import fallback, nothing_to_draw, starting_map

PERPLEXITY = 30.0
LARGE = 10_000
"""Below this many objects the forces come from a Barnes-Hut tree, from it on from interpolation on a grid."""

EXAGGERATED, PLAIN, EVERY = 250, 500, 50
COLD, WARM = 12.0, 2.0
"""Exaggeration in the first phase, from the PCA map and from a given one."""

START_STD = 1e-4
JOBS, ALONE = -1, 20_000
"""All processors above so many objects: openTSNE adds its sums in the same order whatever their number, but below,
threads would mostly wait for one another."""


def tsne(
    vectors: NDArray[np.float32],
    graph: Graph,
    seed: int,
    initial: NDArray[np.float32] | None = None,
    progress: Progress = silent,
) -> Projection:
    """Draw the map of t-distributed stochastic neighbor embedding (van der Maaten & Hinton 2008; Poličar et al. 2024).

    Perplexity 30, or a third of the number of neighbors; learning rate n / exaggeration (Belkina et al. 2019); start
    at the PCA map shrunk to a standard deviation of 1e-4 (Kobak & Berens 2019), or at `initial`.

    Parameters
    ----------
    vectors
        float32, shape (n, d), finite: gives the start alone.
    graph
        Neighbors of the same objects; the nearest 90 are used, or as many as there are.
    seed
        0 … 2³² − 1.
    initial
        float32, shape (n, 2): an earlier t-SNE map, kept in its own scale.
    progress
        Called with (iterations done, all iterations).

    Returns
    -------
    Projection
        With ``perplexity``. Fewer than 5 objects, or all of them equal, give the PCA map with ``fallback`` = 1.
    """
    if nothing_to_draw(vectors):
        return fallback(vectors, progress)
    from openTSNE import TSNEEmbedding
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    n, available = graph.rows.shape
    wanted = min(available, int(3 * PERPLEXITY))
    nearest = PrecomputedNeighbors(graph.rows[:, :wanted], graph.distances[:, :wanted])
    jobs = JOBS if n > ALONE else 1
    jobs = JOBS if n > ALONE else 1
    drawn = TSNEEmbedding(
        _start(vectors, initial, seed),
        PerplexityBasedNN(knn_index=nearest, perplexity=wanted / 3, n_jobs=jobs),
        negative_gradient_method="bh" if n < LARGE else "fft",
        n_jobs=jobs,
        callbacks=_counter(progress),
        callbacks_every_iters=EVERY,
        random_state=seed,
    )
    # An earlier map is only loosened: shrunk to a dot it would not be found again, left alone nothing could pass.
    drawn.optimize(EXAGGERATED, inplace=True, exaggeration=COLD if initial is None else WARM)
    drawn.optimize(PLAIN, inplace=True)
    return Projection(np.array(drawn, np.float32), {"perplexity": wanted / 3})


def _start(
    vectors: NDArray[np.float32], initial: NDArray[np.float32] | None, seed: int
) -> NDArray[np.float64]:
    start = starting_map(vectors, initial, seed)
    return start * (START_STD / start.std()) if initial is None else start


def _counter(progress: Progress) -> Callable[[int, float, object], None]:
    """Return the callback that counts through both phases; openTSNE starts each at 1."""
    calls = count(1)

    def tick(iteration: int, error: float, embedding: object) -> None:
        progress(EVERY * next(calls), EXAGGERATED + PLAIN)

    return tick
