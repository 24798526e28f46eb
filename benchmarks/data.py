"""Made-up embeddings that look like real ones: clustered, anisotropic, of intrinsic dimension 25."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def embeddings(n: int, d: int, seed: int = 0, noise: float = 0.1) -> NDArray[np.float32]:
    """Return float32 (n, d); the same `seed` and another `noise` gives a related space."""
    rng = np.random.default_rng(seed)
    centers = rng.normal(size=(60, 25)) * 1.5
    mixing = rng.normal(size=(25, d)) * np.exp(-np.arange(d) / d)
    out = np.empty((n, d), np.float32)
    for start in range(0, n, 65_536):
        rows = min(65_536, n - start)
        latent = rng.normal(size=(rows, 25)) + centers[rng.integers(0, 60, rows)]
        out[start : start + rows] = latent @ mixing + noise * rng.normal(size=(rows, d))
    return out
