"""A search cut into parts that can be made apart from one another, on other machines too, and joined again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipelines.neighbors.engines import ENGINES, EXACT_ENGINES, measured_recall
from pipelines.neighbors.exact import exact_neighbors
from pipelines.neighbors.lists import NeighborLists, Progress

LEAST = 512
"""Objects of a part: with fewer, preparing all objects would cost as much as searching for some."""

SPREAD = 3
"""Parts a worker, so that a slow or lost one holds up little."""


@dataclass(frozen=True)
class Part:
    """What is searched apart: the neighbors of the objects `start` … `stop` − 1 among all, under some metrics."""

    engine: str
    k: int
    metrics: tuple[str, ...]
    start: int
    stop: int


@dataclass(frozen=True)
class Searched:
    """Neighbor lists and their recall, 0 … 1; 1 for engines that search exactly."""

    lists: NeighborLists
    recall: float


def search_parts(engine: str, n: int, k: int, metrics: Sequence[str], workers: int) -> list[Part]:
    """Cut a search among n objects into parts; the result does not depend on how it is cut.

    Exact search is cut into strips of objects, each under all metrics. An index is built of all objects under one
    metric, so other engines are cut by metric.

    Parameters
    ----------
    workers
        How many parts can be worked on at once; for one, a single part is best.

    Examples
    --------
    >>> [(part.start, part.stop) for part in search_parts("exact", 2000, 5, ["cosine"], 4)]
    [(0, 666), (666, 1333), (1333, 2000)]
    """
    if workers == 1:
        return [Part(engine, k, tuple(metrics), 0, n)]
    if engine != "exact":
        return [Part(engine, k, (metric,), 0, n) for metric in metrics]
    count = max(1, min(SPREAD * workers, n // LEAST))
    cuts = [n * place // count for place in range(count + 1)]
    return [Part(engine, k, tuple(metrics), start, stop) for start, stop in pairwise(cuts)]


def search_part(
    vectors: NDArray[np.float32], part: Part, threads: int | None = None, progress: Progress | None = None
) -> dict[str, Searched]:
    """Make one part of a search.

    Parameters
    ----------
    vectors
        float32, shape (n, d), finite: all objects.
    threads
        Of exact search; None: as many as there are processors.
    progress
        Called with (steps done, all steps).

    Raises
    ------
    ValueError
        Unknown metric, or k outside 1 … n − 1.
    pipelines.errors.MissingExtraError
        The engine is not installed.
    """
    if part.engine == "exact":
        rows = slice(part.start, part.stop)
        found = exact_neighbors(vectors, part.k, part.metrics, progress, threads, rows)
    else:
        found = ENGINES[part.engine](vectors, part.k, part.metrics, progress)
    exact = part.engine in EXACT_ENGINES
    return {
        metric: Searched(lists, 1.0 if exact else measured_recall(vectors, lists, metric))
        for metric, lists in found.items()
    }


def join_parts(n: int, made: Iterable[tuple[Part, dict[str, Searched]]]) -> dict[str, Searched]:
    """Return the whole search, from its parts in whatever order they come.

    Parameters
    ----------
    n
        Objects searched.
    """
    whole: dict[str, Searched] = {}
    for part, found in made:
        for metric, one in found.items():
            if part.stop - part.start == n:
                whole[metric] = one
                continue
            if metric not in whole:
                shape = n, part.k
                lists = NeighborLists(np.empty(shape, np.int32), np.empty(shape, np.float32))
                whole[metric] = Searched(lists, one.recall)
            whole[metric].lists.rows[part.start : part.stop] = one.lists.rows
            whole[metric].lists.distances[part.start : part.stop] = one.lists.distances
    return whole
