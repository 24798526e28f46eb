"""The legend of the maps: what the colours say, as HTML in which text from a stranger is escaped."""

from __future__ import annotations

from viewer.text import safe_text
from viewer.views.coloring import Coloring, Kind

_TICKS = 3
_OUTLINES = {
    "circle": '<circle r="4.6"/>',
    "square": '<path d="M-4.2-4.2h8.4v8.4h-8.4z"/>',
    "triangle": '<path d="M0-5 5 4H-5z"/>',
    "diamond": '<path d="M0-5.6 4.2 0 0 5.6-4.2 0z"/>',
    "inverted_triangle": '<path d="M0 5 5-4H-5z"/>',
    "hex": '<path d="M-5 0-2.5-4.4h5L5 0 2.5 4.4h-5z"/>',
    "star": '<path d="M0-5.6 1.6-1.7 5.6-1.5 2.5 1.1 3.5 5.1 0 2.9-3.5 5.1-2.5 1.1-5.6-1.5-1.6-1.7z"/>',
    "square_pin": '<path d="M-5-5Q0-2 5-5 2 0 5 5 0 2-5 5-2 0-5-5z"/>',
    "triangle_pin": '<path d="M0-5.6Q1 1 5.4 4.2 0 2-5.4 4.2-1 1 0-5.6z"/>',
    "plus": '<path d="M-1.7-5.2h3.4v3.5h3.5v3.4H1.7v3.5h-3.4V1.7h-3.5v-3.4h3.5z"/>',
}


def legend(coloring: Coloring, has_shapes: bool) -> str:
    """Return the legend of a colouring.

    Parameters
    ----------
    has_shapes
        Whether the map tells kinds apart by shape as well.
    """
    head = f"<h3>{safe_text(coloring.name)}</h3>"
    if coloring.kinds:
        items = "".join(_kind(kind, has_shapes) for kind in coloring.kinds)
        return f'{head}<ul class="kinds">{items}</ul>'
    steps = len(coloring.fill)
    stops = ", ".join(
        f"{color} {100 * at / steps:.1f}% {100 * (at + 1) / steps:.1f}%"
        for at, color in enumerate(coloring.fill)
    )
    width = (coloring.high - coloring.low) / (_TICKS - 1)
    ticks = "".join(f"<span>{_tick(coloring, coloring.low + at * width)}</span>" for at in range(_TICKS))
    bar = f'<div class="bar" style="background:linear-gradient(90deg, {stops})"></div>'
    return f'{head}{bar}<div class="ticks">{ticks}</div>'


def _tick(coloring: Coloring, value: float) -> str:
    return f"{value:.0%}" if coloring.is_share else f"{value:.3g}".replace("-", "−")


def _kind(kind: Kind, has_shapes: bool) -> str:
    outline = _OUTLINES[kind.shape if has_shapes else "square"]
    mark = f'<svg viewBox="-6 -6 12 12" fill="{kind.color}" aria-hidden="true">{outline}</svg>'
    name = safe_text(kind.name)
    return f'<li title="{name}">{mark}<span>{name}</span><b>{kind.count:,}</b></li>'
