"""The small picture of a pair: the histogram of its similarity and its two maps. Arrays in, PNG bytes out."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

PANEL = (160, 160)
"""Width and height of one panel in pixels."""

_BINS = 20
_DOTS = 4_000
_SCALE = 4
_INK, _GREY, _PAPER = "#24292f", "#7c8592", "#ffffff"
_STEPS = (
    "#a50026", "#bf1a27", "#d63a2b", "#e65a35", "#f37c45", "#f99c55", "#fbbb66", "#f5d06b",
    "#e8d979", "#c5d69f", "#9fcfc4", "#82b9d6", "#6a9fcb", "#5587be", "#4470b0", "#3859a4", "#313695",
)  # fmt: skip
"""Red for similarity 0 over yellow to blue for 1, as on the page."""


@dataclass(frozen=True)
class _Sheet:
    """Lengths of a panel in pixels, at a zoom."""

    zoom: int

    @property
    def panel(self) -> tuple[int, int]:
        return PANEL[0] * self.zoom, PANEL[1] * self.zoom

    @property
    def title(self) -> int:
        return 18 * self.zoom

    @property
    def margin(self) -> int:
        return 8 * self.zoom

    @property
    def font(self) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
        return ImageFont.load_default(11 * self.zoom)


def pair_picture(
    similarity: NDArray[np.floating],
    maps: Mapping[str, NDArray[np.floating]],
    title: str = "similarity",
    zoom: int = 1,
) -> bytes:
    """Draw the histogram of a similarity and, beside it, maps whose points have the colour of their similarity.

    Parameters
    ----------
    similarity
        Shape (n,), 0 … 1, n ≥ 1.
    maps
        Title to coordinates, shape (n, 2) each; one panel a map. Of more than 4,000 objects, 4,000 are drawn.
    title
        What stands above the histogram.
    zoom
        2 for screens of twice the pixels.

    Returns
    -------
    bytes
        PNG of 160 × 160 pixels a panel, times the zoom.

    Examples
    --------
    >>> pair_picture(np.array([0.0, 1.0]), {"A": np.eye(2)})[1:4]
    b'PNG'
    """
    sheet = _Sheet(zoom)
    image = Image.new("RGB", (sheet.panel[0] * (1 + len(maps)), sheet.panel[1]), _PAPER)
    image.paste(_histogram(sheet, similarity, title), (0, 0))
    for place, (name, coordinates) in enumerate(maps.items(), start=1):
        image.paste(_map(sheet, similarity, coordinates, name), (place * sheet.panel[0], 0))
    buffer = io.BytesIO()
    image.quantize(128, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def map_picture(
    similarity: NDArray[np.floating], coordinates: NDArray[np.floating], side: int, zoom: int = 2
) -> bytes:
    """Draw one map on nothing, so that it lies on light and dark alike.

    Parameters
    ----------
    similarity
        Shape (n,), 0 … 1, n ≥ 1.
    coordinates
        Shape (n, 2). Of more than 4,000 objects, 4,000 are drawn.
    side
        Width and height in pixels of the page; the picture has `zoom` times as many.

    Returns
    -------
    bytes
        PNG with transparency.
    """
    room = np.array([side, side]) * zoom
    dots = _dots(similarity, coordinates, room, zoom, "#00000000")
    buffer = io.BytesIO()
    dots.quantize(96, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
        buffer, "PNG", optimize=True
    )
    return buffer.getvalue()


def _histogram(sheet: _Sheet, similarity: NDArray[np.floating], title: str) -> Image.Image:
    panel, draw = _panel(sheet, title)
    counts = np.bincount(np.minimum((similarity * _BINS).astype(int), _BINS - 1), minlength=_BINS)
    base, left, width = (
        sheet.panel[1] - sheet.title,
        sheet.margin,
        (sheet.panel[0] - 2 * sheet.margin) / _BINS,
    )
    heights = np.ceil(counts / counts.max() * (base - sheet.title - sheet.margin)).astype(int)
    for place, height in enumerate(heights.tolist()):
        sides = left + round(place * width), left + round((place + 1) * width) - 1 - sheet.zoom
        if height:
            draw.rectangle((sides[0], base - height, sides[1], base - 1), fill=color((place + 0.5) / _BINS))
    draw.line((left, base, sheet.panel[0] - sheet.margin, base), fill=_GREY)
    for share, anchor in ((0, "la"), (0.5, "ma"), (1, "ra")):
        x = left + share * (sheet.panel[0] - 2 * sheet.margin)
        draw.text((x, base + 3 * sheet.zoom), f"{share:g}", fill=_GREY, font=sheet.font, anchor=anchor)
    return panel


def _map(
    sheet: _Sheet, similarity: NDArray[np.floating], coordinates: NDArray[np.floating], title: str
) -> Image.Image:
    panel, _ = _panel(sheet, title)
    room = np.array([sheet.panel[0] - 2 * sheet.margin, sheet.panel[1] - sheet.title - sheet.margin])
    panel.paste(_dots(similarity, coordinates, room, sheet.zoom, _PAPER), (sheet.margin, sheet.title))
    return panel


def _dots(
    similarity: NDArray[np.floating],
    coordinates: NDArray[np.floating],
    room: NDArray[np.int64],
    zoom: int,
    paper: str,
) -> Image.Image:
    """Return the points of a map, drawn larger and scaled down so that they are smooth."""
    room = room * _SCALE
    dots = Image.new("RGBA" if len(paper) > 7 else "RGB", (int(room[0]), int(room[1])), paper)
    draw = ImageDraw.Draw(dots)
    chosen = np.linspace(0, len(similarity) - 1, min(len(similarity), _DOTS)).astype(int)
    places = _fitted(coordinates[chosen].astype(np.float64), room, 3 * _SCALE * zoom)
    radius = _SCALE * zoom * (2.2 if len(chosen) < 500 else 1.2)
    order = np.argsort(-similarity[chosen], kind="stable")  # the least similar, which one looks for, on top
    for at in order.tolist():
        draw.circle(tuple(places[at].tolist()), radius, fill=color(similarity[chosen[at]]))
    return dots.resize((dots.width // _SCALE, dots.height // _SCALE), Image.Resampling.LANCZOS)


def _fitted(coordinates: NDArray[np.float64], room: NDArray[np.int64], edge: int) -> NDArray[np.float64]:
    """Return coordinates as pixels of `room`, in proportion, y upwards."""
    middle = (coordinates.min(axis=0) + coordinates.max(axis=0)) / 2
    span = np.ptp(coordinates, axis=0)
    inside = room - 2 * edge
    scale = min((inside[side] / span[side] for side in (0, 1) if span[side] > 0), default=1.0)
    fitted: NDArray[np.float64] = (coordinates - middle) * [scale, -scale] + room / 2
    return fitted


def _panel(sheet: _Sheet, title: str) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    panel = Image.new("RGB", sheet.panel, _PAPER)
    draw = ImageDraw.Draw(panel)
    draw.text((sheet.margin, 3 * sheet.zoom), _shortened(sheet, title), fill=_INK, font=sheet.font)
    return panel, draw


def _shortened(sheet: _Sheet, title: str) -> str:
    """Return a title that fits above a panel, its middle left out where it does not."""
    room = sheet.panel[0] - 2 * sheet.margin
    kept = len(title)
    shown = title
    while kept > 2 and sheet.font.getlength(shown) > room:
        kept -= 1
        shown = f"{title[: (kept + 1) // 2]}…{title[-(kept // 2) :]}"
    return shown


def color(similarity: float) -> str:
    """Return the colour of a similarity, 0 … 1, as on the page."""
    return _STEPS[min(int(similarity * len(_STEPS)), len(_STEPS) - 1)]
