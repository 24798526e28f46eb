"""Principal component analysis: the linear map that keeps the most variance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits

from pipelines.projections.record import Graph, Progress, Projection, silent


def pca(
    vectors: NDArray[np.float32],
    graph: Graph | None = None,
    seed: int = 0,
    initial: NDArray[np.float32] | None = None,
    progress: Progress = silent,
) -> Projection:
    """Project onto the first two principal components (Pearson 1901), signs fixed by the largest loading.

    Parameters
    ----------
    vectors
        float32, shape (n, d), n ≥ 2. With d = 1 the second coordinate is 0.
    graph, seed, initial
        Accepted as by every method, and of no influence: the map is linear and unique.
    progress
        Told once, at the end.

    Returns
    -------
    Projection
        With ``explained_variance_x`` and ``explained_variance_y``: shares of the variance, 0 … 1.
    """
    n, dimensions = vectors.shape
    coordinates = np.zeros((n, 2), np.float32)
    shares = [0.0, 0.0]
    exact = vectors.astype(np.float64)
    if not np.all(exact == exact[0]):
        components = min(2, n, dimensions)
        solver = "covariance_eigh" if n >= dimensions else "full"
        # Products are summed in another order on several threads, and UMAP and t-SNE start from here.
        with threadpool_limits(1, "blas"):
            model = PCA(n_components=components, svd_solver=solver).fit(exact)
            coordinates[:, :components] = model.transform(exact)
        shares = [*model.explained_variance_ratio_.tolist(), 0.0]
    progress(1, 1)
    return Projection(coordinates, {"explained_variance_x": shares[0], "explained_variance_y": shares[1]})
