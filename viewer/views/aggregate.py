"""Draws very many objects as one picture: the mean of what they are coloured by, the more of them the more opaque."""

from __future__ import annotations

from dataclasses import dataclass

import datashader as ds
import numpy as np
import pandas as pd
from datashader import transfer_functions as tf
from numpy.typing import NDArray

from viewer import palette
from viewer.views.coloring import Coloring

CELLS = 360
"""Width and height of the picture: two cells a pixel where maps are side by side, one where there is one map."""

_FAINTEST = 0.55
_UNCHOSEN_OPACITY = 0.45
_WIDEST = 3
_OFTEN_ALONE = 0.6


@dataclass(frozen=True)
class Window:
    """The part of a map that is looked at, in units of the map."""

    x0: float
    x1: float
    y0: float
    y1: float


@dataclass(frozen=True, eq=False)
class Picture:
    """A window of a map as a picture.

    Attributes
    ----------
    image
        uint32, shape (CELLS, CELLS): the bytes red, green, blue, opacity of a cell, the lowest row first.
    in_view
        Objects in the window; every one is in the picture.
    """

    image: NDArray[np.uint32]
    in_view: int


def picture(
    points: NDArray[np.float32],
    shade: NDArray[np.float32],
    coloring: Coloring,
    window: Window,
    chosen: NDArray[np.int32] | None,
) -> Picture:
    """Return all objects that a window holds.

    Parameters
    ----------
    points
        float32, shape (n, 2).
    shade
        float32, shape (n,): `Coloring.a` or `Coloring.b`.
    chosen
        Rows that keep their colour, the others are grey and below; None: all.
    """
    canvas = ds.Canvas(CELLS, CELLS, (window.x0, window.x1), (window.y0, window.y1))
    table = pd.DataFrame({"x": points[:, 0], "y": points[:, 1], "shade": shade}, copy=False)
    if chosen is None:
        image, count = _colored(canvas, table, coloring)
        return Picture(_spread(image), int(count.sum()))
    others = np.ones(len(points), bool)
    others[chosen] = False
    below = _counted(canvas, table[others])
    grey = np.broadcast_to(_rgb(palette.OTHER), (CELLS, CELLS, 3))
    image, count = _colored(canvas, table.iloc[chosen], coloring)
    under, over = _spread(_bytes(grey, _opacity(below) * _UNCHOSEN_OPACITY)), _spread(image)
    return Picture(np.where(over >> 24 > 0, over, under), int(count.sum() + below.sum()))


def _colored(
    canvas: ds.Canvas, table: pd.DataFrame, coloring: Coloring
) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return the picture of some objects, and how many are in each cell."""
    fill = np.stack([_rgb(color) for color in coloring.fill])
    if coloring.kinds:
        kinds = ds.category_modulo("kind", modulo=len(fill))
        counts = canvas.points(
            table.assign(kind=table["shade"].astype(np.int32)), "x", "y", ds.by(kinds)
        ).values
        count = counts.sum(axis=2)
        colors = counts @ fill / np.maximum(count, 1)[:, :, None]
    else:
        found = canvas.points(table, "x", "y", ds.summary(count=ds.count(), mean=ds.mean("shade")))
        count, mean = found["count"].values, found["mean"].values
        step = (mean - coloring.low) / (coloring.high - coloring.low) * len(fill)
        places = np.clip(np.nan_to_num(step), 0, len(fill) - 1).astype(np.int32)
        colors = np.where(np.isnan(mean)[:, :, None], _rgb(palette.MISSING), fill[places])
    return _bytes(colors, _opacity(count)), count


def _counted(canvas: ds.Canvas, table: pd.DataFrame) -> NDArray[np.uint32]:
    found: NDArray[np.uint32] = canvas.points(table, "x", "y", ds.summary(count=ds.count()))["count"].values
    return found


def _opacity(count: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return how opaque cells are, 0 … 1, by the logarithm of their counts: one object alone is seen already."""
    most = np.log1p(max(int(count.max(initial=0)), 1))
    share = np.log1p(count) / most
    return np.where(count > 0, _FAINTEST + (1 - _FAINTEST) * share, 0.0)


def _rgb(color: str) -> NDArray[np.float64]:
    return np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)], np.float64)


def _bytes(colors: NDArray[np.float64], opacity: NDArray[np.float64]) -> NDArray[np.uint32]:
    cells = np.empty((*opacity.shape, 4), np.uint8)
    cells[..., :3] = colors
    cells[..., 3] = opacity * 255
    return cells.view("<u4")[..., 0]


def _spread(image: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Widen cells that stand alone until they are seen."""
    found: NDArray[np.uint32] = tf.dynspread(tf.Image(image), threshold=_OFTEN_ALONE, max_px=_WIDEST).values
    return found
