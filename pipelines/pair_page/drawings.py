"""Drawings of a pair as inline SVG: the overlap curve, the histogram, one map of a domino. Arrays in, SVG out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.pictures import color

_BINS = 40
_CHART = (420, 220)
_EDGES = (34, 12, 20, 26)
_MAP, _MARGIN = 100.0, 8.0


def curve_svg(
    mean: NDArray[np.floating],
    chance: NDArray[np.floating],
    runs: NDArray[np.floating] | None,
    k: int,
) -> str:
    """Draw the mean similarity at every k, beside chance and, where known, two runs of the same model.

    Parameters
    ----------
    mean, chance
        Shape (K,), 0 … 1.
    runs
        Shape (at most K,), 0 … 1.
    k
        Marked on the curve.
    """
    top = max(float(np.nanmax(one)) for one in (mean, chance, runs) if one is not None and len(one)) * 1.08
    parts = [_frame(len(mean), top)]
    for name, line in (("chance", chance), ("runs", runs), ("mean", mean)):
        if line is not None:
            parts.append(f'<polyline class="{name}" points="{_line(line, len(mean), top)}"/>')
    x, y = _place(k, float(mean[k - 1]), len(mean), top)
    parts.append(f'<circle class="here" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
    return _chart("Mean Jaccard similarity at every k", parts)


def histogram_svg(similarity: NDArray[np.floating], mean: float, chance: float) -> str:
    """Draw how many objects have which similarity, with the mean and the chance level.

    Parameters
    ----------
    similarity
        Shape (n,), 0 … 1, n ≥ 1.
    """
    counts = np.bincount(np.minimum((similarity * _BINS).astype(int), _BINS - 1), minlength=_BINS)
    left, top, right, bottom = _EDGES
    width, height = _CHART[0] - left - right, _CHART[1] - top - bottom
    parts = []
    for place in np.flatnonzero(counts).tolist():
        tall = max(counts[place] / counts.max() * height, 1)
        x, y = left + place * width / _BINS, _CHART[1] - bottom - tall
        bar = f'x="{x:.1f}" y="{y:.1f}" width="{width / _BINS - 1:.1f}" height="{tall:.1f}"'
        parts.append(f'<rect {bar} fill="{color((place + 0.5) / _BINS)}"/>')
    for name, value in (("chance", chance), ("mean", mean)):
        x = left + value * width
        parts.append(f'<line class="{name}" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{_CHART[1] - bottom}"/>')
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts.append(_text(left + share * width, _CHART[1] - 8, f"{share:.0%}", "middle"))
    parts.append(f'<path class="axis" d="M{left} {_CHART[1] - bottom}h{width}"/>')
    parts.append(_text(left - 6, top + 8, f"{counts.max():,}", "end"))
    return _chart("How many objects have which similarity", parts)


def neighborhood_svg(
    places: NDArray[np.floating], neighbors: NDArray[np.integer], common: NDArray[np.bool_], row: int
) -> str:
    """Draw an object and its neighbors where a map places them: common ones as circles, unique ones as diamonds.

    Parameters
    ----------
    places
        The whole map, shape (objects, 2).
    neighbors, common
        Shape (m,): rows of the map, and whether the other space has them as well.
    row
        The object's.
    """
    points = _fitted(places[np.append(neighbors, row)].astype(np.float64))
    marks = []
    for (x, y), is_common in zip(points[:-1].tolist(), common.tolist(), strict=True):
        if not np.isfinite(x):
            continue
        if is_common:
            marks.append(f'<circle class="common" cx="{x:.1f}" cy="{y:.1f}" r="2.3"/>')
        else:
            marks.append(f'<path class="unique" d="M{x:.1f} {y - 3:.1f}l3 3-3 3-3-3z"/>')
    x, y = points[-1].tolist()
    marks.append(f'<circle class="object" cx="{x:.1f}" cy="{y:.1f}" r="3.6"/>')
    return f'<svg class="near" viewBox="0 0 {_MAP:g} {_MAP:g}" aria-hidden="true">{"".join(marks)}</svg>'


def _fitted(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points in the square of a map, y upwards; those far from the middle half are drawn at its border."""
    low, high = np.nanquantile(points, [0.05, 0.95], axis=0)
    low, high = np.fmin(low, points[-1]), np.fmax(high, points[-1])
    span = float(np.max(high - low)) or 1.0
    scaled = (points - (low + high) / 2) / span * [1, -1] * (_MAP - 2 * _MARGIN) + _MAP / 2
    placed: NDArray[np.float64] = np.clip(scaled, _MARGIN / 2, _MAP - _MARGIN / 2)
    return placed


def _frame(k_max: int, top: float) -> str:
    """Return the axes of the curve with a few round numbers."""
    left, _, right, bottom = _EDGES
    ks = sorted({1, *(round(k_max * share) for share in (0.25, 0.5, 0.75, 1))})
    parts = [_text(_place(k, 0, k_max, top)[0], _CHART[1] - 8, str(k), "middle") for k in ks]
    step = 10 ** np.floor(np.log10(top))
    step = step / 5 if top / step < 2 else step / 2 if top / step < 4 else step
    for value in np.arange(0, top, step).tolist():
        y = _place(1, value, k_max, top)[1]
        parts.append(f'<path class="grid" d="M{left} {y:.1f}H{_CHART[0] - right}"/>')
        parts.append(_text(left - 6, y + 4, f"{value:.3g}", "end"))
    parts.append(f'<path class="axis" d="M{left} {_CHART[1] - bottom}H{_CHART[0] - right}"/>')
    return "".join(parts)


def _line(values: NDArray[np.floating], k_max: int, top: float) -> str:
    """Return the points of a line; of many k, every other one is enough for the eye."""
    step = max(1, len(values) // 200)
    ks = np.unique([*range(1, len(values) + 1, step), len(values)])
    points = (_place(int(k), float(values[k - 1]), k_max, top) for k in ks)
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _place(k: int, value: float, k_max: int, top: float) -> tuple[float, float]:
    left, above, right, bottom = _EDGES
    x = left + (k - 1) / max(k_max - 1, 1) * (_CHART[0] - left - right)
    return x, _CHART[1] - bottom - value / (top or 1) * (_CHART[1] - above - bottom)


def _text(x: float, y: float, told: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{told}</text>'


def _chart(title: str, parts: list[str]) -> str:
    size = f'viewBox="0 0 {_CHART[0]} {_CHART[1]}"'
    return f'<svg class="chart" {size} role="img" aria-label="{title}">{"".join(parts)}</svg>'
