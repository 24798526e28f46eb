"""Principal component analysis: the linear map that keeps the most variance."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA


@dataclass(frozen=True)
class Projection:
    """A 2-D map of a space.

    Attributes
    ----------
    coordinates
        float32, shape (n, 2).
    facts
        What the method says about its map.
    """

    coordinates: NDArray[np.float32]
    facts: dict[str, float] = field(default_factory=dict)


def pca(vectors: NDArray[np.float32]) -> Projection:
    """Project onto the first two principal components (Pearson 1901), signs fixed by the largest loading.

    Parameters
    ----------
    vectors
        float32, shape (n, d), n ≥ 2. With d = 1 the second coordinate is 0.

    Returns
    -------
    Projection
        With ``explained_variance_x`` and ``explained_variance_y``: shares of the variance, 0 … 1.
    """
    n, dimensions = vectors.shape
    solver = "covariance_eigh" if n >= dimensions else "full"
    components = min(2, n, dimensions)
    exact = vectors.astype(np.float64)
    if np.all(exact == exact[0]):
        return Projection(
            np.zeros((n, 2), np.float32), {"explained_variance_x": 0.0, "explained_variance_y": 0.0}
        )
    model = PCA(n_components=components, svd_solver=solver).fit(exact)
    coordinates = np.zeros((n, 2), np.float32)
    coordinates[:, :components] = model.transform(exact)
    shares = [*model.explained_variance_ratio_.tolist(), 0.0]
    return Projection(coordinates, {"explained_variance_x": shares[0], "explained_variance_y": shares[1]})
