"""What the page of a pair tells, gathered from the store once: records of numbers and keys, no HTML."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artifacts.answers import Curve, Group, Measure, Noise
from artifacts.catalog import Comparison
from artifacts.matched import MatchingReport
from artifacts.queries import Queries
from pipelines.similarity import jaccard

_MOST_DRAWN = 50
_MOST_IMAGES = 250_000


@dataclass(frozen=True)
class DrawnObject:
    """One object with its neighborhoods, as a domino shows them.

    Attributes
    ----------
    row
        Its common row.
    similarity
        Jaccard similarity at the report's k, 0 … 1.
    overlap
        Neighbors in common at that k.
    neighbors
        Of A and of B: int32, shape (min(k, 50),), rows of `PairFacts.keys`, nearest first.
    common
        Of A and of B: bool, the shape of the neighbors: whether the other space has it among its first k as well.
    """

    row: int
    similarity: float
    overlap: int
    neighbors: tuple[NDArray[np.int32], NDArray[np.int32]]
    common: tuple[NDArray[np.bool_], NDArray[np.bool_]]


@dataclass(frozen=True)
class PairFacts:
    """Everything that the page of a pair tells.

    Attributes
    ----------
    similarity
        float, shape (n,): Jaccard similarity of every common object at k.
    runs
        float64, shape (at most K,): mean similarity of two runs of the same model at every k; None unknown.
    maps
        Of A and of B: float32, shape (objects, 2), rows as in `keys`; NaN where the space lacks the object.
    quality
        Of A's map and of B's: trustworthiness, continuity and more.
    images
        Row to the PNG of the object, of those that fit into a small page.
    """

    comparison: Comparison
    metric: str
    k: int
    projection: str
    keys: list[str]
    similarity: NDArray[np.floating]
    curve: Curve
    runs: NDArray[np.float64] | None
    noise: Noise | None
    measures: list[Measure]
    health: tuple[list[Measure], list[Measure]]
    groups: list[Group]
    matching: MatchingReport
    maps: tuple[NDArray[np.float32], NDArray[np.float32]]
    quality: tuple[dict[str, float], dict[str, float]]
    least: list[DrawnObject]
    most: list[DrawnObject]
    tied: tuple[int, int]
    images: dict[int, bytes]


def pair_facts(queries: Queries, comparison: Comparison, metric: str, k: int, top: int) -> PairFacts:
    """Gather what the page of a pair tells.

    Parameters
    ----------
    k
        Neighbors compared, 1 … K.
    top
        Objects drawn of each end of the ranking.
    """
    ends = queries.extremes(comparison, metric, k, top)
    least, most = (_drawn(queries, comparison, metric, k, rows) for rows in (ends.least, ends.most))
    projection = comparison.projections[-1]
    return PairFacts(
        comparison,
        metric,
        k,
        projection,
        keys=queries.all_keys(comparison),
        similarity=jaccard(queries.overlap(comparison, metric, k), k),
        curve=queries.curve(comparison, metric),
        runs=queries.replicates_curve(comparison, metric),
        noise=queries.noise(comparison, metric),
        measures=queries.measures(comparison),
        health=(queries.health(comparison, "a"), queries.health(comparison, "b")),
        groups=queries.groups(comparison, metric),
        matching=queries.matching(comparison),
        maps=queries.all_coordinates(comparison, projection),
        quality=(
            queries.map_quality(comparison, projection, "a"),
            queries.map_quality(comparison, projection, "b"),
        ),
        least=least,
        most=most,
        tied=(ends.tied_least, ends.tied_most),
        images=_images(queries, comparison, [*least, *most]),
    )


def _drawn(
    queries: Queries, comparison: Comparison, metric: str, k: int, rows: NDArray[np.int32]
) -> list[DrawnObject]:
    near = queries.neighborhoods(comparison, metric, k, rows)
    overlaps = near.overlaps[:, k - 1]
    scores = jaccard(overlaps, k)
    return [
        DrawnObject(
            int(row),
            float(scores[at]),
            int(overlaps[at]),
            (near.neighbors_a[at, :_MOST_DRAWN], near.neighbors_b[at, :_MOST_DRAWN]),
            (near.common_a[at, :_MOST_DRAWN], near.common_b[at, :_MOST_DRAWN]),
        )
        for at, row in enumerate(rows)
    ]


def _images(queries: Queries, comparison: Comparison, drawn: list[DrawnObject]) -> dict[int, bytes]:
    """Return the images of the drawn objects, then those of their nearest neighbors, while they are small."""
    if not queries.has_thumbnails(comparison):
        return {}
    near = [row for one in drawn for side in one.neighbors for row in side[:8].tolist() if row < comparison.n]
    rows = list(dict.fromkeys([*(one.row for one in drawn), *near]))
    found: dict[int, bytes] = {}
    left = _MOST_IMAGES
    for row, image in zip(rows, queries.thumbnails(comparison, np.array(rows, np.int32)), strict=True):
        left -= len(image or b"")
        if image and left > 0:
            found[row] = image
    return found
