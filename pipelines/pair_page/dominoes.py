"""The dominoes of a page: one object each, its neighborhoods in A and B drawn and told, without a script."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from pipelines.pair_page.drawings import neighborhood_svg
from pipelines.pair_page.record import DrawnObject, PairFacts
from pipelines.pictures import color
from pipelines.shown import data_uri

_TOLD = 10


def column(facts: PairFacts, title: str, drawn: Sequence[DrawnObject], tied: int) -> str:
    """Return one end of the ranking: its title, and its dominoes below one another."""
    ties = f" <small>{tied:,} objects are tied at the end</small>" if tied > 1 else ""
    return f"<section><h3>{title}{ties}</h3>{''.join(_domino(facts, one) for one in drawn)}</section>"


def _domino(facts: PairFacts, one: DrawnObject) -> str:
    name = facts.keys[one.row]
    sides = "".join(
        f"<div>{neighborhood_svg(places, near, common, one.row)}<small>{side}</small></div>"
        for side, places, near, common in zip("AB", facts.maps, one.neighbors, one.common, strict=True)
    )
    both = one.neighbors[0][one.common[0]]
    alone = [near[~common] for near, common in zip(one.neighbors, one.common, strict=True)]
    told = "".join(
        f"<dt>{label}</dt><dd>{_chips(facts, rows.tolist(), kind)}</dd>"
        for label, rows, kind in (
            ("both", both, "common"),
            ("A alone", alone[0], "unique"),
            ("B alone", alone[1], "unique"),
        )
    )
    mark = f'<i style="background:{color(one.similarity)}"></i>'
    head = f"{_image(facts, one.row)}<h4><bdi>{escape(name)}</bdi></h4>"
    share = f"<span>{mark}{one.similarity:.0%} <small>{one.overlap} of {facts.k}</small></span>"
    return f'<article><header>{head}{share}</header><div class="sides">{sides}</div><dl>{told}</dl></article>'


def _chips(facts: PairFacts, rows: Sequence[int], kind: str) -> str:
    shown = "".join(_chip(facts, row, kind) for row in rows[:_TOLD])
    rest = f"<small>+ {len(rows) - _TOLD}</small>" if len(rows) > _TOLD else ""
    return shown + rest or "<small>none</small>"


def _chip(facts: PairFacts, row: int, kind: str) -> str:
    name = escape(facts.keys[row])
    inside = _image(facts, row) or name
    return f'<span class="chip {kind}" title="{name}">{inside}</span>'


def _image(facts: PairFacts, row: int) -> str:
    image = facts.images.get(row)
    return f'<img class="picture" src="{data_uri(image)}" alt="{escape(facts.keys[row])}">' if image else ""
