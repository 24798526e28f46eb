"""t-SNE by openTSNE, from the stored neighbors."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import numpy as np
from numpy.typing import NDArray

from pipelines.projections.record import Graph, Progress, Projection, silent
from pipelines.projections.start import fallback, nothing_to_draw, starting_map

PERPLEXITY = 30.0
SMALL = 10_000
"""Up to this many objects the forces come from a Barnes-Hut tree, above it from interpolation on a grid."""

EXAGGERATED, PLAIN, EVERY = 250, 500, 50
START_STD = 1e-4
JOBS = -1
"""All processors: openTSNE adds its sums in the same order whatever their number."""


def tsne(
    vectors: NDArray[np.float32],
    graph: Graph,
    seed: int,
    initial: NDArray[np.float32] | None = None,
    progress: Progress = silent,
) -> Projection:
    """Draw the map of t-distributed stochastic neighbor embedding (van der Maaten & Hinton 2008; Poličar et al. 2024).

    Perplexity 30, or a third of the number of neighbors; learning rate n / exaggeration (Belkina et al. 2019); start
    at the PCA map or at `initial`, shrunk to a standard deviation of 1e-4 (Kobak & Berens 2019).

    Parameters
    ----------
    vectors
        float32, shape (n, d), finite: gives the start alone.
    graph
        Neighbors of the same objects; the nearest 90 are used, or as many as there are.
    seed
        0 … 2³² − 1.
    initial
        float32, shape (n, 2), in any scale.
    progress
        Called with (iterations done, all iterations).

    Returns
    -------
    Projection
        With ``perplexity``. Fewer than 5 objects, or all of them equal, give the PCA map with ``fallback`` = 1.
    """
    if nothing_to_draw(vectors):
        return fallback(vectors, progress)
    from openTSNE import TSNE
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    n, available = graph.rows.shape
    wanted = min(available, int(3 * PERPLEXITY))
    nearest = PrecomputedNeighbors(graph.rows[:, :wanted], graph.distances[:, :wanted])
    start = starting_map(vectors, initial, seed)
    method = TSNE(
        early_exaggeration_iter=EXAGGERATED,
        n_iter=PLAIN,
        negative_gradient_method="bh" if n <= SMALL else "fft",
        n_jobs=JOBS,
        callbacks=_counter(progress),
        callbacks_every_iters=EVERY,
        random_state=seed,
    )
    drawn = method.fit(
        affinities=PerplexityBasedNN(knn_index=nearest, perplexity=wanted / 3, n_jobs=JOBS),
        initialization=start * (START_STD / start.std()),
    )
    return Projection(np.array(drawn, np.float32), {"perplexity": wanted / 3})


def _counter(progress: Progress) -> Callable[[int, float, object], None]:
    """Return the callback that counts through both phases; openTSNE starts each at 1."""
    calls = count(1)

    def tick(iteration: int, error: float, embedding: object) -> None:
        progress(EVERY * next(calls), EXAGGERATED + PLAIN)

    return tick
