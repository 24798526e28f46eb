"""Colours: of similarity from red (nothing in common) over yellow to blue, of other numbers, and of kinds."""

from __future__ import annotations

import numpy as np
from bokeh.palettes import Viridis256
from numpy.typing import NDArray

FILL = (
    "#a50026", "#bf1a27", "#d63a2b", "#e65a35", "#f37c45", "#f99c55", "#fbbb66", "#f5d06b",
    "#e8d979", "#c5d69f", "#9fcfc4", "#82b9d6", "#6a9fcb", "#5587be", "#4470b0", "#3859a4", "#313695",
)  # fmt: skip
"""Red-yellow-blue as in the paper (ColorBrewer RdYlBu), its pale middle darkened so that it shows on white."""

EDGE = (
    "#7d001d", "#90141e", "#a12c21", "#ad4428", "#b75d34", "#bb7540", "#bc8c4d", "#b89c50",
    "#ada15a", "#929f77", "#779b93", "#628aa0", "#507798", "#40658e", "#335484", "#2a437b", "#252970",
)  # fmt: skip
"""The same colours, a quarter darker: the outline that keeps points apart on any background."""

NUMBERS = tuple(Viridis256[24:232:13])
"""Viridis without its ends, which one of the two backgrounds would swallow."""

KINDS = (
    "#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#882255", "#999933", "#5f4bb6", "#b89a00",
)  # fmt: skip
"""Okabe and Ito's colours and three of Tol's: told apart with every kind of colour vision, and by shape besides."""

OTHER, MISSING = "#98a1ac", "#c3c9d0"
"""Greys of the kinds beyond the first ten, and of objects of which nothing is known."""


def darker(fill: tuple[str, ...]) -> tuple[str, ...]:
    """Return the colours a quarter darker, for outlines.

    Examples
    --------
    >>> darker(("#804000",))
    ('#603000',)
    """
    parts = [[int(color[at : at + 2], 16) * 3 // 4 for at in (1, 3, 5)] for color in fill]
    return tuple("#" + "".join(f"{part:02x}" for part in color) for color in parts)


def colors(similarity: NDArray[np.floating]) -> list[str]:
    """Return the colour of each similarity in 0 … 1."""
    steps = np.minimum((np.asarray(similarity) * len(FILL)).astype(int), len(FILL) - 1)
    return [FILL[step] for step in steps.tolist()]


def jaccard(overlap: NDArray[np.integer], k: int) -> NDArray[np.float32]:
    """Return the Jaccard similarity c / (2k − c) of overlaps c; float32, the shape of `overlap`, 0 … 1."""
    table = np.arange(k + 1) / (2.0 * k - np.arange(k + 1))
    similarity: NDArray[np.float32] = table.astype(np.float32)[overlap]
    return similarity
