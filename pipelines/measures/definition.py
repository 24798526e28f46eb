"""What the product says about one of its measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scope = Literal["object", "pair", "space", "map"]
Direction = Literal["higher is more similar", "lower is more similar", "neither"]


@dataclass(frozen=True)
class Definition:
    """A measure, told to the person who reads its number.

    Attributes
    ----------
    name
        As in tables and records.
    title
        As on the page.
    scope
        What one value describes.
    range
        Smallest … largest value.
    direction
        Which end means that A and B (for a map: the map and its space) agree; ``neither`` where none does.
    definition
        One or two sentences with the formula.
    source
        Paper, year and venue.
    cost
        Operations for n objects of width d with K neighbors each.
    """

    name: str
    title: str
    scope: Scope
    range: str
    direction: Direction
    definition: str
    source: str
    cost: str
