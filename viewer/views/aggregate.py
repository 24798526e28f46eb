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

_COUNT_AND_MEAN = ds.summary(count=ds.count(), mean=ds.mean("shade"))
"""The one aggregation for numbers and for what is not chosen: datashader compiles each for some seconds, once."""

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
    below = canvas.points(table[others], "x", "y", _COUNT_AND_MEAN)["count"].values
    under = _spread(_cells(_packed([palette.OTHER])[0], below, _UNCHOSEN_OPACITY))
    image, count = _colored(canvas, table.iloc[chosen], coloring)
    over = _spread(image)
    return Picture(np.where(over >> 24 > 0, over, under), int(count.sum() + below.sum()))


def _colored(
    canvas: ds.Canvas, table: pd.DataFrame, coloring: Coloring
) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return the picture of some objects, and how many are in each cell."""
    if coloring.kinds:
        kinds = ds.by(ds.category_modulo("kind", modulo=len(coloring.kinds)))
        counts = canvas.points(table.assign(kind=table["shade"].astype(np.int32)), "x", "y", kinds).values
        count = counts.sum(axis=2)
        colors = _mixed(counts, count, coloring.fill)
    else:
        found = canvas.points(table, "x", "y", _COUNT_AND_MEAN)
        count, mean = found["count"].values, found["mean"].values
        steps = len(coloring.fill)
        step = (mean - coloring.low) * (steps / (coloring.high - coloring.low))
        places = np.where(np.isnan(step), steps, np.clip(step, 0, steps - 1)).astype(np.int32)
        colors = _packed([*coloring.fill, palette.MISSING])[places]
    return _cells(colors, count), count


def _mixed(
    counts: NDArray[np.uint32], count: NDArray[np.uint32], fill: tuple[str, ...]
) -> NDArray[np.uint32]:
    """Return the colours of cells that hold several kinds, each with the weight of its count."""
    shares = counts / np.maximum(count, 1)[:, :, None]
    parts = _packed(list(fill)).view(np.uint8).reshape(-1, 4).astype(np.float64)
    return (shares @ parts).astype(np.uint8).view("<u4")[..., 0]


def _cells(
    colors: NDArray[np.uint32] | np.uint32, count: NDArray[np.uint32], most: float = 1.0
) -> NDArray[np.uint32]:
    """Return cells as opaque as the logarithm of their counts, up to `most`: one object alone is seen already."""
    greatest = max(int(count.max(initial=0)), 1)
    opacity = _FAINTEST + (1 - _FAINTEST) * np.log1p(np.arange(greatest + 1)) / np.log1p(greatest)
    opacity[0] = 0
    steps = (opacity * most * 255).astype(np.uint32) << np.uint32(24)
    cells: NDArray[np.uint32] = colors | steps[count]
    return cells


def _packed(colors: list[str]) -> NDArray[np.uint32]:
    """Return colours as the bytes red, green, blue and 0."""
    parts = [[int(color[at : at + 2], 16) for at in (1, 3, 5)] + [0] for color in colors]
    return np.array(parts, np.uint8).view("<u4")[:, 0]


def _spread(image: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Widen cells that stand alone until they are seen."""
    found: NDArray[np.uint32] = tf.dynspread(tf.Image(image), threshold=_OFTEN_ALONE, max_px=_WIDEST).values
    return found
