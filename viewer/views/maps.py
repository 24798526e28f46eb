"""The two maps, coloured by similarity, sharing one selection; a new k or metric patches one column.

What is chosen with the lasso or the box in either map is chosen in both, and on the page. The neighborhood of the
domino that is pointed at is drawn on top: common neighbors as circles, unique ones as diamonds.
"""

from __future__ import annotations

from typing import Any

import holoviews as hv
import numpy as np
import panel as pn
from bokeh.models import (
    BoxSelectTool,
    ColumnDataSource,
    HoverTool,
    LassoSelectTool,
    PanTool,
    ResetTool,
    Scatter,
    WheelZoomTool,
)
from bokeh.models.tools import Tool
from bokeh.transform import linear_cmap
from numpy.typing import NDArray

from artifacts.catalog import Comparison
from viewer import palette
from viewer.state import Selection

_SIDE = 182
_POINT_SIZES = ((500, 7), (2_000, 5.5), (10_000, 4), (40_000, 3))
_SMALLEST_POINT = 2
_COLUMNS = ("x_a", "y_a", "x_b", "y_b", "similarity")
_FAINT = 0.12
_COMMON, _UNIQUE, _OBJECT, _GREY = "#17804a", "#7a3fae", "#e58a00", "#9aa4b0"


class Maps:
    """Both maps of the selected comparison, drawn from one shared source.

    Parameters
    ----------
    selection
        What to show.
    """

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self._source = ColumnDataSource(_nothing())
        self._lit = {side: ColumnDataSource(_nothing_lit()) for side in "ab"}
        self._figures: dict[str, Any] = {}
        self._renderers: dict[str, Any] = {}
        self._is_showing = False
        self._source.selected.on_change("indices", lambda _name, _old, new: self._choose(new))
        self.a = pn.pane.HoloViews(
            self._points("a"), margin=0, width=_SIDE, height=_SIDE + 26, linked_axes=False
        )
        self.b = pn.pane.HoloViews(
            self._points("b"), margin=0, width=_SIDE, height=_SIDE + 26, linked_axes=False
        )

    def roots(self) -> dict[str, pn.viewable.Viewable]:
        """Return the maps by their place in the page's template."""
        return {"map_a": self.a, "map_b": self.b}

    def refresh(self, changed: set[str]) -> None:
        """Move the points of a new comparison or projection; else only colour them again."""
        comparison = self.selection.comparison
        if comparison is None:
            self._source.data = _nothing()
        elif {"comparison", "projection"} & changed:
            self._replace(comparison)
        elif {"metric", "k"} & changed:
            self._source.data["similarity"] = self._similarity(comparison)
        if {"comparison", "chosen"} & changed:
            self._show_chosen()
        if {"pointed", "lit", "comparison", "projection", "metric", "k"} & changed:
            self._light(comparison)

    def _replace(self, comparison: Comparison) -> None:
        queries = self.selection.queries
        a, b = queries.coordinates(comparison, self.selection.projection)
        for side, points in (("a", a), ("b", b)):
            self._frame(side, points)
        self._source.data = {
            "x_a": a[:, 0], "y_a": a[:, 1], "x_b": b[:, 0], "y_b": b[:, 1],
            "similarity": self._similarity(comparison),
            "key": queries.keys(comparison),
        }  # fmt: skip

    def _similarity(self, comparison: Comparison) -> NDArray[np.float32]:
        k = self.selection.k
        return palette.jaccard(self.selection.queries.overlap(comparison, self.selection.metric, k), k)

    def _choose(self, indices: list[int]) -> None:
        """Take what the reader drew around in a map."""
        if not self._is_showing:
            self.selection.choose(np.array(indices, np.int64), "drawn around in a map")

    def _show_chosen(self) -> None:
        chosen = self.selection.chosen
        wanted = chosen.rows.tolist() if chosen else []
        if self._source.selected.indices != wanted:
            self._is_showing = True
            self._source.selected.indices = wanted
            self._is_showing = False

    def _light(self, comparison: Comparison | None) -> None:
        """Draw the neighborhood of the pointed object, or what is lit, on top of both maps; fade the rest."""
        row, lit = self.selection.pointed, self.selection.lit
        is_lit = comparison is not None and (row >= 0 or lit is not None)
        for renderer in self._renderers.values():
            renderer.glyph.fill_alpha = renderer.glyph.line_alpha = _FAINT if is_lit else 1.0
        if comparison is not None and row < 0 and lit is not None:
            self._light_objects(comparison, lit.rows)
            return
        if comparison is None or row < 0:
            for source in self._lit.values():
                source.data = _nothing_lit()
            return
        queries, k = self.selection.queries, self.selection.k
        near = queries.neighborhoods(comparison, self.selection.metric, k, np.array([row], np.int32))
        maps = queries.coordinates(comparison, self.selection.projection)
        for side, points, rows, common in (
            ("a", maps[0], near.neighbors_a[0], near.common_a[0]),
            ("b", maps[1], near.neighbors_b[0], near.common_b[0]),
        ):
            places = points[np.append(rows, row)]
            self._lit[side].data = {
                "x": places[:, 0],
                "y": places[:, 1],
                "color": [*np.where(common, _COMMON, _UNIQUE).tolist(), _OBJECT],
                "marker": [*np.where(common, "circle", "diamond").tolist(), "circle"],
                "size": [*np.where(common, 6, 8).tolist(), 11],
            }

    def _light_objects(self, comparison: Comparison, rows: NDArray[np.int32]) -> None:
        maps, count = self.selection.queries.coordinates(comparison, self.selection.projection), len(rows)
        for side, points in zip("ab", maps, strict=True):
            self._lit[side].data = {
                "x": points[rows, 0], "y": points[rows, 1],
                "color": [_OBJECT] * count, "marker": ["circle"] * count, "size": [7] * count,
            }  # fmt: skip

    def _points(self, side: str) -> hv.Points:
        """Return an empty map whose data come from the shared source."""
        empty = {name: np.empty(0) for name in (f"x_{side}", f"y_{side}", "similarity")}
        return hv.Points(empty, kdims=[f"x_{side}", f"y_{side}"], vdims=["similarity"]).opts(
            hooks=[lambda plot, _: self._adopt(side, plot)],
            marker="circle", size=4, line_width=0.6, xaxis=None, yaxis=None, default_tools=[], tools=[],
            bgcolor="rgba(0,0,0,0)", width=_SIDE, height=_SIDE + 26, xlim=(0, 1), ylim=(0, 1), border=0,
        )  # fmt: skip

    def _adopt(self, side: str, plot: Any) -> None:
        """Give a plot that HoloViews has made the shared source, its outline and its tools."""
        figure, renderer = plot.state, plot.handles["glyph_renderer"]
        if self._figures.get(side) is figure:
            return
        self._figures[side], self._renderers[side] = figure, renderer
        renderer.data_source = plot.handles["source"] = plot.handles["cds"] = self._source
        renderer.selection_glyph = renderer.muted_glyph = None
        renderer.nonselection_glyph = Scatter(
            x=f"x_{side}", y=f"y_{side}", size=3, line_color=None, fill_color=_GREY, fill_alpha=0.35
        )
        glyph = renderer.glyph
        glyph.fill_color = glyph.hatch_color = linear_cmap("similarity", list(palette.FILL), 0, 1)
        glyph.line_color = linear_cmap("similarity", list(palette.EDGE), 0, 1)
        marks = Scatter(x="x", y="y", size="size", marker="marker", fill_color="color")
        marks.line_color, marks.line_width = "#ffffff", 0.7
        lit = figure.add_glyph(self._lit[side], marks)
        lit.nonselection_glyph = lit.selection_glyph = None
        figure.output_backend = "webgl"
        figure.tools = _tools(renderer)
        figure.toolbar.active_drag, figure.toolbar.active_scroll = figure.tools[0], figure.tools[3]
        figure.toolbar.logo = None
        figure.toolbar_location = "above"
        figure.toolbar.autohide = True
        figure.background_fill_alpha = figure.border_fill_alpha = 0
        figure.outline_line_color = None

    def _frame(self, side: str, points: NDArray[np.float32]) -> None:
        """Show all points of a map, one unit as long across as up."""
        low, high = points.min(axis=0), points.max(axis=0)
        half = float((high - low).max()) * 0.53 or 1.0
        for axis, middle in zip(("x_range", "y_range"), (low + high) / 2, strict=True):
            span = getattr(self._figures[side], axis)
            start, end = float(middle) - half, float(middle) + half
            span.update(start=start, end=end, reset_start=start, reset_end=end)
        fitting = [size for most, size in _POINT_SIZES if len(points) <= most]
        self._renderers[side].glyph.size = fitting[0] if fitting else _SMALLEST_POINT


def _nothing() -> dict[str, Any]:
    return {name: np.empty(0, np.float32) for name in _COLUMNS} | {"key": []}


def _nothing_lit() -> dict[str, Any]:
    return {"x": np.empty(0), "y": np.empty(0), "color": [], "marker": [], "size": []}


def _tools(renderer: Any) -> list[Tool]:
    hover = HoverTool(
        # Bokeh escapes @columns in this form; only {safe} would insert them as HTML.
        tooltips=[("key", "@key"), ("similarity", "@similarity{0%}")],
        point_policy="snap_to_data",
        visible=False,
        renderers=[renderer],
    )
    return [
        LassoSelectTool(continuous=False, renderers=[renderer], persistent=False),
        BoxSelectTool(renderers=[renderer], persistent=False),
        PanTool(),
        WheelZoomTool(),
        ResetTool(),
        hover,
    ]
