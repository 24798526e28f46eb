"""What the maps are coloured by, as arrays, colours and shapes: numbers on a scale, or the ten most frequent kinds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artifacts.answers import Quantity
from artifacts.catalog import Comparison
from artifacts.quantities import BEYOND_NOISE, CHANCE_ADJUSTED, GROUP, PLACEMENT_ERROR, quantity
from artifacts.queries import SIMILARITY
from viewer import palette
from viewer.state import Selection
from viewer.views.sorting import sort_name

SHAPES = (
    "circle", "square", "triangle", "diamond", "inverted_triangle", "hex", "star", "square_pin", "triangle_pin", "plus",
)  # fmt: skip
SHAPES_UP_TO = 5_000
"""The browser draws one shape after the other, so that with very many objects the last shape would hide the others."""

_NAMES = {
    CHANCE_ADJUSTED: "chance-adjusted overlap",
    BEYOND_NOISE: "changed beyond noise",
    PLACEMENT_ERROR: "placement error of the map",
    GROUP: "group that moved together",
}


@dataclass(frozen=True, eq=False)
class Kind:
    """One of the kinds that colours and shapes tell apart."""

    name: str
    count: int
    color: str
    shape: str


@dataclass(frozen=True, eq=False)
class Coloring:
    """How objects are coloured.

    Attributes
    ----------
    name
        What it shows, in words; may be text from a stranger.
    a, b
        float32, shape (n,): the number, NaN where unknown, or the place in `kinds`, in the map of A and in that of B.
    low, high
        Ends of the scale, those of the first and the last colour.
    fill
        Colours from `low` to `high`, or of each kind.
    kinds
        Empty where numbers are shown.
    """

    name: str
    a: NDArray[np.float32]
    b: NDArray[np.float32]
    low: float
    high: float
    fill: tuple[str, ...]
    kinds: tuple[Kind, ...] = ()

    @property
    def edge(self) -> tuple[str, ...]:
        """Colours of the outlines."""
        return palette.EDGE if self.fill is palette.FILL else palette.darker(self.fill)

    @property
    def has_shapes(self) -> bool:
        """Whether points show their kind by shape as well."""
        return bool(self.kinds) and len(self.a) <= SHAPES_UP_TO

    @property
    def is_share(self) -> bool:
        """Whether the numbers are written in percent."""
        return self.fill is palette.FILL

    def value_text(self, side: str, row: int) -> str:
        """Return what is known of an object, in words."""
        value = float((self.b if side == "b" else self.a)[row])
        if np.isnan(value):
            return "none"
        if self.kinds:
            return self.kinds[int(value)].name
        return f"{value:.0%}" if self.is_share else f"{value:.3g}"


def color_name(name: str) -> str:
    """Return what one colours by, in words.

    Examples
    --------
    >>> color_name("group"), color_name("metadata:kind")
    ('group that moved together', 'kind')
    """
    return _NAMES.get(name) or sort_name(name)


def coloring_of(selection: Selection, comparison: Comparison) -> Coloring:
    """Return the colours of a comparison as the selection wants them."""
    by = selection.color
    found = quantity(selection.queries, comparison, selection.metric, selection.k, selection.projection, by)
    if found.names:
        return _kinds(color_name(by), found)
    fill = palette.FILL if by == SIMILARITY else palette.NUMBERS
    return Coloring(color_name(by), found.a, found.b, found.low, found.high, fill)


def _kinds(name: str, found: Quantity) -> Coloring:
    """Keep the ten most frequent texts, the larger ones first; the rest are one kind, and so are those without any."""
    known = found.a[~np.isnan(found.a)].astype(np.int64)
    counts = np.bincount(known, minlength=len(found.names))
    order = np.argsort(-counts, kind="stable")
    top, rest = order[: len(palette.KINDS)], order[len(palette.KINDS) :]
    kinds = [
        Kind(found.names[place], int(counts[place]), palette.KINDS[at], SHAPES[at])
        for at, place in enumerate(top.tolist())
    ]
    codes = np.full(len(found.names) + 1, len(kinds), np.float32)
    codes[top] = np.arange(len(top))
    if len(rest):
        kinds.append(Kind(f"{len(rest):,} other", int(counts[rest].sum()), palette.OTHER, "circle"))
    missing = len(found.a) - len(known)
    if missing:
        codes[-1] = len(kinds)
        kinds.append(Kind("none", missing, palette.MISSING, "circle"))
    # The last place stands for objects without a text.
    shade = codes[np.where(np.isnan(found.a), len(found.names), found.a).astype(np.int64)]
    colors = tuple(kind.color for kind in kinds)
    return Coloring(name, shade, shade, -0.5, len(kinds) - 0.5, colors, tuple(kinds))
