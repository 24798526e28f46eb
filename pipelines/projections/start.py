"""Where the objects of an iterative map start, and the map of spaces that have too little in them to iterate on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.projections.pca import pca
from pipelines.projections.record import Progress, Projection

FEWEST = 5
"""Below this many objects a neighborhood is everything, and neighbor graphs say nothing."""

RANGE = 10.0
NOISE = 1e-4
FAR = 3.0


def nothing_to_draw(vectors: NDArray[np.float32]) -> bool:
    """Tell whether a space has fewer than `FEWEST` objects, or all of them at one place."""
    return len(vectors) < FEWEST or bool(np.all(vectors == vectors[0]))


def fallback(vectors: NDArray[np.float32], progress: Progress) -> Projection:
    """Return the PCA map, with the fact ``fallback`` = 1, for a space that has nothing to draw."""
    return Projection(pca(vectors, progress=progress).coordinates, {"fallback": 1.0})


def starting_map(
    vectors: NDArray[np.float32], initial: NDArray[np.float32] | None, seed: int
) -> NDArray[np.float64]:
    """Return where the objects start: at `initial`, or at their places in the PCA map.

    Noise of 1e-4 tells apart objects that would start at the same place and then never part.

    Parameters
    ----------
    vectors
        float32, shape (n, d).
    initial
        float32, shape (n, 2), kept in its own scale; None: the PCA map with each axis scaled to a range of 10, as
        umap-learn does (McInnes et al. 2018), and with outliers pulled in, which would squeeze all others together.
    seed
        Of the noise.

    Returns
    -------
    float64, shape (n, 2)

    Raises
    ------
    ValueError
        `initial` has another shape, or is not finite.
    """
    n = len(vectors)
    if initial is None:
        start = _scaled(pca(vectors).coordinates.astype(np.float64))
    else:
        if initial.shape != (n, 2) or not np.isfinite(initial).all():
            raise ValueError(
                f"initial has shape {initial.shape}: it must hold two finite numbers for each of {n} objects"
            )
        start = initial.astype(np.float64)
    return start + np.random.RandomState(seed).normal(scale=NOISE, size=(n, 2))


def _scaled(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
    coordinates = coordinates - np.median(coordinates, axis=0)
    # With more than 95 % of the objects at one place nothing can be called far.
    limits = FAR * np.percentile(np.abs(coordinates), 95, axis=0)
    limits[limits == 0] = np.inf
    coordinates = np.clip(coordinates, -limits, limits)
    extent = np.ptp(coordinates, axis=0)
    scaled: NDArray[np.float64] = coordinates * np.divide(RANGE, extent, out=np.zeros(2), where=extent > 0)
    return scaled
