"""Two maps in one frame: B's map started from A's and laid over it, so that what did not move stays put."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipelines.projections.methods import PROJECTIONS
from pipelines.projections.record import Graph, Progress, Projection, silent

LINEAR = {"pca"}
"""Methods without a start: their map of B is only laid over A's."""

ROUNDS = 20


@dataclass(frozen=True)
class Alignment:
    """The similarity transform x ↦ scale · x · rotation + shift.

    Attributes
    ----------
    rotation
        float64, shape (d, d), orthogonal; a reflection has determinant −1.
    scale
        > 0.
    shift
        float64, shape (d,).
    residual
        Root mean square distance that is left, over that of the fixed points from their mean: 0 … 1.
    """

    rotation: NDArray[np.float64]
    scale: float
    shift: NDArray[np.float64]
    residual: float

    def apply(self, points: ArrayLike) -> NDArray[np.float64]:
        """Transform points; shape (n, d), float64 returned."""
        return self.scale * (np.asarray(points, np.float64) @ self.rotation) + self.shift


def procrustes(
    moving: ArrayLike, fixed: ArrayLike, weights: ArrayLike | None = None, scaling: bool = True
) -> Alignment:
    """Return the rotation or reflection, scale and shift that lay points over others (Schönemann & Carroll 1970).

    Parameters
    ----------
    moving, fixed
        Shape (n, d), finite, n ≥ 1: the same objects in two frames.
    weights
        Shape (n,), ≥ 0, not all 0; None: all equal.
    scaling
        Whether the size may change.

    Returns
    -------
    Alignment
        The least weighted sum of squared distances. Points all at one place are only shifted.

    Raises
    ------
    ValueError
        The two sets have different shapes, or no points.

    Examples
    --------
    >>> procrustes([[0, 0], [1, 0]], [[5, 5], [5, 7]]).apply([[2, 0]]).round(6).tolist()
    [[5.0, 9.0]]
    """
    moving, fixed = np.asarray(moving, np.float64), np.asarray(fixed, np.float64)
    if moving.shape != fixed.shape or len(moving) == 0:
        raise ValueError(
            f"shapes {moving.shape} and {fixed.shape}: give the same objects, at least one, twice"
        )
    weights = np.ones(len(moving)) if weights is None else np.asarray(weights, np.float64)
    share = (weights / weights.sum())[:, None]
    center, target = (share * moving).sum(axis=0), (share * fixed).sum(axis=0)
    m, f = moving - center, fixed - target
    left, stretch, right = np.linalg.svd(m.T @ (share * f))
    spread, wanted = float((share * m**2).sum()), float((share * f**2).sum())
    rotation, scale = left @ right, 1.0
    if stretch.sum() == 0:
        rotation = np.eye(len(center))
    elif scaling:
        scale = float(stretch.sum()) / spread
    left_over = float((share * (scale * (m @ rotation) - f) ** 2).sum())
    residual = np.sqrt(left_over / wanted) if wanted > 0 else 0.0
    return Alignment(rotation, scale, target - scale * (center @ rotation), float(residual))


def aligned(
    method: str,
    vectors_b: NDArray[np.float32],
    graph_b: Graph,
    map_a: NDArray[np.float32],
    rows_a: NDArray[np.integer],
    rows_b: NDArray[np.integer],
    seed: int,
    progress: Progress = silent,
) -> Projection:
    """Draw B's map in the frame of A's.

    Parameters
    ----------
    method
        A name in `PROJECTIONS`: the one that drew A's map.
    vectors_b, graph_b
        The space B of n objects, and the neighbors in it.
    map_a
        float32, shape (n_A, 2): A's map.
    rows_a, rows_b
        Shape (c,), c ≥ 1: the rows of the common objects in A and in B.
    seed
        As for the method.
    progress
        Told by the method.

    Returns
    -------
    Projection
        float32, shape (n, 2), with the facts of the method, and ``alignment_residual``: see `Alignment`.
    """
    draw = PROJECTIONS[method]
    there = np.asarray(map_a, np.float32)[rows_a]
    initial = None if method in LINEAR else starting_places(graph_b, there, rows_b)
    drawn = draw(vectors_b, graph_b, seed, initial, progress)
    fit = steady(drawn.coordinates[rows_b], there)
    facts = drawn.facts | {"alignment_residual": fit.residual}
    return Projection(fit.apply(drawn.coordinates).astype(np.float32), facts)


def steady(moving: ArrayLike, fixed: ArrayLike) -> Alignment:
    """Return the alignment by those objects that moved least.

    Least squares alone would share the way of a few far movers among all, and would shrink a map that has little in
    common with the other to a dot. So far movers lose their weight in rounds (Cauchy weights, their scale the median
    distance), and the size comes from the spreads of the two sets.

    Parameters
    ----------
    moving, fixed
        Shape (n, d), as for `procrustes`.

    Returns
    -------
    Alignment
        With the residual of all objects, each of weight 1; it may exceed 1.
    """
    moving, fixed = np.asarray(moving, np.float64), np.asarray(fixed, np.float64)
    weights = np.ones(len(moving))
    for _ in range(ROUNDS):
        fit = _of_equal_spread(moving, fixed, weights)
        distances = np.linalg.norm(fit.apply(moving) - fixed, axis=1)
        usual = float(np.median(distances))
        if usual == 0:
            break
        weights = 1.0 / (1.0 + (distances / usual) ** 2)
    spread = _spread(fixed, np.ones(len(fixed)))
    residual = float(np.sqrt((distances**2).mean())) / spread if spread > 0 else 0.0
    return replace(fit, residual=residual)


def _of_equal_spread(
    moving: NDArray[np.float64], fixed: NDArray[np.float64], weights: NDArray[np.float64]
) -> Alignment:
    spread, wanted = _spread(moving, weights), _spread(fixed, weights)
    scale = wanted / spread if spread > 0 and wanted > 0 else 1.0
    return replace(procrustes(scale * moving, fixed, weights, scaling=False), scale=scale)


def _spread(points: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    center = np.average(points, axis=0, weights=weights)
    return float(np.sqrt(np.average(((points - center) ** 2).sum(axis=1), weights=weights)))


def starting_places(
    graph_b: Graph, there: NDArray[np.float32], rows_b: NDArray[np.integer]
) -> NDArray[np.float32]:
    """Return where the objects of B start: the common ones at their places in A's map, others beside their neighbors.

    Parameters
    ----------
    graph_b
        The neighbors in B of n objects.
    there
        float32, shape (c, 2): the places of the common objects in A's map.
    rows_b
        Shape (c,): their rows in B.

    Returns
    -------
    float32, shape (n, 2)
        An object that is only in B starts at the mean of its neighbors that are common; at the mean of all common
        objects where it has none.
    """
    n = len(graph_b.rows)
    places = np.tile(there.mean(axis=0), (n, 1))
    common = np.zeros(n, bool)
    places[rows_b], common[rows_b] = there, True
    new = np.flatnonzero(~common)
    near = graph_b.rows[new]
    known = common[near]
    counts = known.sum(axis=1)
    sums = (places[near] * known[:, :, None]).sum(axis=1)
    some = counts > 0
    places[new[some]] = sums[some] / counts[some, None]
    return places
