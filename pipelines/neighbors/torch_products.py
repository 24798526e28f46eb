"""Exact neighbors with the products made by torch, on a GPU where there is one; the certificates are the sweep's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import MissingExtraError
from pipelines.neighbors.finish import finish
from pipelines.neighbors.lists import METRICS, NeighborLists, Progress, check_search
from pipelines.neighbors.sweep import COSINE, Candidates, Space, prepare

SPARE = 64
"""Candidates beyond k, so that the k-th neighbor is almost surely told from what is left out."""

BLOCK_BYTES = {"cpu": 2**26, "cuda": 2**30}
"""Memory of one block of products."""


def torch_neighbors(
    vectors: NDArray[np.float32], k: int, metrics: Sequence[str], progress: Progress | None = None
) -> dict[str, NeighborLists]:
    """Return the k nearest other objects of every object, under each metric; the same as `exact_neighbors`.

    Parameters
    ----------
    vectors
        float32, shape (n, d), finite.
    k
        Neighbors an object, 1 … n − 1.
    metrics
        Names in `METRICS`.
    progress
        Called with (objects searched, n).

    Raises
    ------
    ValueError
        Unknown metric, or k outside 1 … n − 1.
    pipelines.errors.MissingExtraError
        torch is not installed.
    """
    n = len(vectors)
    check_search(n, k, list(metrics))
    space = prepare(vectors, np.arange(n))
    codes = {metric: METRICS[metric] for metric in metrics}
    candidates = _select(space, min(n - 1, k + SPARE), list(codes.values()), progress)
    threads = os.cpu_count() or 1
    return {metric: finish(vectors, space, candidates, k, code, threads) for metric, code in codes.items()}


def _select(space: Space, capacity: int, metrics: list[int], progress: Progress | None) -> Candidates:
    """Keep for every object the candidates whose scores may be the largest, rounding errors allowed for."""
    try:
        import torch
    except ImportError:
        raise MissingExtraError("torch") from None
    n = len(space.centered)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    there = Space(*(torch.from_numpy(values).to(device) for values in space))
    candidates = Candidates(
        np.full((2, n), np.inf, np.float32),
        np.empty((2, n, capacity), np.int32),
        np.empty((2, n, capacity), np.float32),
        np.full((2, n), capacity, np.int32),
    )
    size = max(1, BLOCK_BYTES[device] // (4 * n))
    with torch.inference_mode():
        for start in range(0, n, size):
            block = slice(start, min(start + size, n))
            for metric in metrics:
                scores, errors = _scores(there, block, metric)
                most = scores + errors
                most[torch.arange(len(most)), torch.arange(block.start, block.stop)] = -torch.inf
                reached, places = torch.topk(most, capacity)
                # What is left out scores at most what the last candidate may: below the next float, for sure.
                last = np.nextafter(reached[:, -1].cpu().numpy(), np.float32(np.inf))
                candidates.thresholds[metric, block] = -np.inf if capacity == n - 1 else last
                candidates.places[metric, block] = places.cpu().numpy()
                candidates.scores[metric, block] = scores.gather(1, places).cpu().numpy()
            if progress:
                progress(block.stop, n)
    return candidates


def _scores(space: Any, block: slice, metric: int) -> tuple[Any, Any]:
    """Return the scores of all objects for those of a block, and the bounds of their rounding errors."""
    product = space.centered[block] @ space.centered.T
    errors = space.spans[block, None] * space.spans + (space.slacks[block, None] + space.slacks)
    if metric == COSINE:
        return (product + (space.shifts[block, None] + space.shifts)) / space.norms, errors / space.norms
    return product - space.halves, errors
