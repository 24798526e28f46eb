"""What every method of projection is given and returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Progress = Callable[[int, int], None]
"""Called with (steps done, all steps)."""


def silent(done: int, total: int) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True)
class Graph:
    """The stored neighbors of n objects among themselves, which every map of a space is drawn from.

    Attributes
    ----------
    rows
        int32, shape (n, k): nearest first, never the object itself.
    distances
        float32, shape (n, k), ≥ 0.
    metric
        What the distances are: ``cosine`` or ``euclidean``.
    """

    rows: NDArray[np.int32]
    distances: NDArray[np.float32]
    metric: str


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


class Method(Protocol):
    """A function that draws a map; the same arguments give the same bytes on the same machine."""

    def __call__(
        self,
        vectors: NDArray[np.float32],
        graph: Graph,
        seed: int,
        initial: NDArray[np.float32] | None = None,
        progress: Progress = silent,
    ) -> Projection:
        """Draw the map.

        Parameters
        ----------
        vectors
            float32, shape (n, d), finite, n ≥ 2.
        graph
            The neighbors of the same n objects; methods that need fewer take the nearest.
        seed
            0 … 2³² − 1.
        initial
            float32, shape (n, 2), finite: where the objects start. None: at their places in the PCA map.
        progress
            Told about the steps.
        """
