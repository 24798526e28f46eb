"""The small picture of a history: one line a measure over the pairs. Numbers in, PNG bytes out."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFont

SIZE = (520, 220)
"""Width and height in pixels."""

_LEFT, _TOP, _RIGHT, _BOTTOM = 34, 26, 172, 24
_SCALE, _LINE = 3, 13
_INK, _GREY, _RULE, _PAPER = "#24292f", "#7c8592", "#e3e6ea", "#ffffff"
_COLORS = ("#3859a4", "#d63a2b", "#1b8a5a", "#8a5fb0")
"""Told apart with every kind of colour vision, and named beside the end of their lines as well."""


def history_picture(
    title: str, pairs: Sequence[str], measures: Mapping[str, Sequence[float | None]]
) -> bytes:
    """Draw measures between 0 and 1 over the pairs of a dataset.

    Parameters
    ----------
    title
        What stands above.
    pairs
        Names of the pairs, at least one; the first and the last are written.
    measures
        Name to one value a pair, at most four names; None: no value. Values outside of 0 … 1 are drawn at the edge.

    Returns
    -------
    bytes
        PNG of 520 × 220 pixels.

    Examples
    --------
    >>> history_picture("words", ["v1..v2", "v2..v3"], {"cka": [0.9, None]})[1:4]
    b'PNG'
    """
    image = Image.new("RGB", (SIZE[0] * _SCALE, SIZE[1] * _SCALE), _PAPER)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(11 * _SCALE)
    _frame(draw, font, title, pairs)
    ends: list[tuple[float, str, str]] = []
    for color, (name, values) in zip(_COLORS, measures.items(), strict=False):
        points = list(_points(values))
        for (at, start), (after, end) in pairwise(points):
            if after == at + 1:
                draw.line(
                    (*_place(at, start, len(pairs)), *_place(after, end, len(pairs))), color, 2 * _SCALE
                )
        for at, value in points:
            draw.circle(_place(at, value, len(pairs)), 3 * _SCALE, fill=color)
        if points:
            ends.append((_place(*points[-1], len(pairs))[1], f"{name} {points[-1][1]:.2f}", color))
    lowest = 0.0
    for y, told, color in sorted(ends):
        lowest = max(y, lowest + _LINE * _SCALE)  # no name hides another
        draw.text(((SIZE[0] - _RIGHT + 10) * _SCALE, lowest), told, color, font, anchor="lm")
    buffer = io.BytesIO()
    small = image.resize(SIZE, Image.Resampling.LANCZOS)
    small.quantize(64, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _frame(
    draw: ImageDraw.ImageDraw,
    font: ImageFont.ImageFont | ImageFont.FreeTypeFont,
    title: str,
    pairs: Sequence[str],
) -> None:
    draw.text((8 * _SCALE, 6 * _SCALE), title, _INK, font)
    for share in (0, 0.5, 1):
        left, y = _place(0, share, 1)
        draw.line((left, y, (SIZE[0] - _RIGHT) * _SCALE, y), _RULE, _SCALE)
        draw.text((left - 6 * _SCALE, y), f"{share:g}", _GREY, font, anchor="rm")
    below = (SIZE[1] - _BOTTOM + 6) * _SCALE
    draw.text((_LEFT * _SCALE, below), pairs[0], _GREY, font)
    if len(pairs) > 1:
        draw.text(((SIZE[0] - _RIGHT) * _SCALE, below), pairs[-1], _GREY, font, anchor="ra")


def _points(values: Sequence[float | None]) -> Iterator[tuple[int, float]]:
    yield from ((at, value) for at, value in enumerate(values) if value is not None)


def _place(at: int, value: float, count: int) -> tuple[float, float]:
    """Return where a value stands, in pixels of the large image."""
    width, height = SIZE[0] - _LEFT - _RIGHT, SIZE[1] - _TOP - _BOTTOM
    x = _LEFT + width * at / max(count - 1, 1)
    return x * _SCALE, (_TOP + height * (1 - min(max(value, 0), 1))) * _SCALE
