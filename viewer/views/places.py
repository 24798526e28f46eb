"""Which objects lie where in a map: inside what was drawn around, and nearest to the pointer. Arrays alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def rows_in_box(points: NDArray[np.float32], x0: float, x1: float, y0: float, y1: float) -> NDArray[np.int64]:
    """Return the rows of the points in a rectangle, its border included, ascending.

    Parameters
    ----------
    points
        float32, shape (n, 2).
    """
    x, y = points[:, 0], points[:, 1]
    return np.flatnonzero((x >= min(x0, x1)) & (x <= max(x0, x1)) & (y >= min(y0, y1)) & (y <= max(y0, y1)))


def rows_in_polygon(
    points: NDArray[np.float32], xs: Sequence[float], ys: Sequence[float]
) -> NDArray[np.int64]:
    """Return the rows of the points inside a closed polygon by the even-odd rule, ascending.

    Each edge looks only at the points between its two heights, so that the work hardly grows with the number of edges.

    Parameters
    ----------
    points
        float32, shape (n, 2).
    xs, ys
        The corners in order.

    Examples
    --------
    >>> rows_in_polygon(np.array([[1, 1], [3, 1]], np.float32), [0, 2, 2, 0], [0, 0, 2, 2])
    array([0])
    """
    if len(xs) < 3:
        return np.empty(0, np.int64)
    rows = rows_in_box(points, min(xs), max(xs), min(ys), max(ys))
    rows = rows[np.argsort(points[rows, 1], kind="stable")]
    x, y = points[rows, 0].astype(np.float64), points[rows, 1].astype(np.float64)
    corners = np.column_stack([xs, ys]).astype(np.float64)
    is_inside = np.zeros(len(rows), bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        low, high = np.searchsorted(y, [min(y0, y1), max(y0, y1)])
        crossing = x0 + (y[low:high] - y0) * (x1 - x0) / (y1 - y0)
        is_inside[low:high] ^= x[low:high] < crossing
    return np.sort(rows[is_inside])


def nearest_row(points: NDArray[np.float32], x: float, y: float, reach: float) -> int:
    """Return the row of the point nearest to a place and at most `reach` away; −1 where none is."""
    rows = rows_in_box(points, x - reach, x + reach, y - reach, y + reach)
    if not len(rows):
        return -1
    away = ((points[rows] - np.array([x, y])) ** 2).sum(axis=1)
    best = int(np.argmin(away))
    return int(rows[best]) if away[best] <= reach**2 else -1
