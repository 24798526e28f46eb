"""The words beside the maps: whose map it is, how far it can be trusted, how many objects it shows."""

from __future__ import annotations

from math import isfinite

from artifacts.catalog import Comparison
from viewer.map_look import BOTH
from viewer.state import Selection
from viewer.text import safe_text

_QUALITY = (
    (
        "trustworthiness",
        "trust",
        "Trustworthiness: whether neighbors in the map are neighbors in the space; 1 is best",
    ),
    ("continuity", "cont", "Continuity: whether neighbors in the space are neighbors in the map; 1 is best"),
    (
        "rnx",
        "R<sub>NX</sub>",
        "R_NX: neighbors that space and map have in common, beyond chance; 1 is best, 0 is chance",
    ),
)


def caption(selection: Selection, comparison: Comparison, side: str, in_view: int | None) -> str:
    """Return, as HTML, the caption of a map.

    Parameters
    ----------
    side
        ``a`` or ``b``.
    in_view
        Objects in the part that is looked at, where they are drawn as a picture; else None.
    """
    version = safe_text(comparison.a if side == "a" else comparison.b)
    found = selection.queries.map_quality(comparison, selection.projection, "a" if side == "a" else "b")
    k = f"{found['quality_k']:.0f}"
    numbers = "".join(
        f'<span title="{about}; k = {k}">{label} <b>{found[name]:.2f}</b></span>'
        for name, label, about in _QUALITY
        if isfinite(found[name])
    )
    seen = f'<span class="seen"><b>{in_view:,}</b> in view</span>' if in_view is not None else ""
    whose = f'<span class="version"><i>{side.upper()}</i> {version}</span>'
    return f'<p class="whose">{whose}{seen}</p><p class="quality">{numbers}</p>'


def drawn_words(comparison: Comparison) -> str:
    """Return, as HTML, that there are too many objects for points, and that none of them is left out."""
    about = "Each cell shows the mean of its objects, the more of them the more opaque"
    return f'<p class="drawn" title="{about}"><b>{comparison.n:,}</b> objects, aggregated</p>'


def trails_words(selection: Selection, comparison: Comparison, most: int) -> str:
    """Return, as HTML, whose trails are drawn, and what was wanted of the maps and cannot be had."""
    words = [f'<p class="note" role="alert">{safe_text(selection.note)}</p>'] if selection.note else []
    if selection.trails and selection.maps != BOTH:
        chosen = selection.chosen
        count, among = (len(chosen.rows), "chosen objects") if chosen else (comparison.n, "objects")
        whose = (
            f"all {count:,} {among}" if count <= most else f"the {most:,} least similar of {count:,} {among}"
        )
        words.append(f'<p class="note">Trails lead from A to B: {whose}.</p>')
    return "".join(words)
