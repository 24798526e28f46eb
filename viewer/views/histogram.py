"""How many objects have which similarity; drag across it to see the objects of a range.

A line marks the mean, a dashed one the chance level.
"""

from __future__ import annotations

from typing import Any

import holoviews as hv
import numpy as np
import panel as pn
from bokeh.events import DoubleTap, SelectionGeometry
from bokeh.models import BoxSelectTool, HoverTool
from bokeh.transform import linear_cmap

from artifacts.catalog import Comparison
from viewer import palette
from viewer.state import Selection
from viewer.views.hooks import weak_hook

_BINS = 20
_EDGES = np.linspace(0, 1, _BINS + 1)
_TICKS = [(share / 5, f"{share * 20}%") for share in range(6)]
_GREY = "#7c8592"


class Histogram:
    """The distribution of the similarity in the selected comparison.

    Parameters
    ----------
    selection
        What to show.
    """

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self._handles: dict[str, Any] = {}
        self.pane = pn.pane.HoloViews(self._plot(), margin=0, height=170, sizing_mode="stretch_width")

    def roots(self) -> dict[str, pn.viewable.Viewable]:
        """Return the plot by its place in the page's template."""
        return {"histogram": self.pane}

    def refresh(self, changed: set[str]) -> None:
        """Count again and move the lines."""
        comparison = self.selection.comparison
        self._handles["mean"].visible = self._handles["chance"].visible = comparison is not None
        if comparison is None:
            self._handles["bars"]["source"].data["top"] = np.zeros(_BINS, np.int64)
        elif {"comparison", "metric", "k"} & changed:
            self._count(comparison)

    def _count(self, comparison: Comparison) -> None:
        metric, k, queries = self.selection.metric, self.selection.k, self.selection.queries
        objects = queries.histogram(comparison, metric, k)
        similarity = palette.jaccard(np.arange(k + 1), k)
        bins = np.minimum((similarity * _BINS).astype(int), _BINS - 1)
        counts = np.bincount(bins, weights=objects, minlength=_BINS).astype(np.int64)
        bars = self._handles["bars"]
        bars["source"].data["top"] = counts
        bars["y_range"].end = float(counts.max()) * 1.06
        curve = queries.curve(comparison, metric)
        self._handles["mean"].location = float(curve.jaccard_mean[k - 1])
        self._handles["chance"].location = float(curve.jaccard_chance[k - 1])

    def _plot(self) -> hv.Overlay:
        bars = hv.Histogram((_EDGES, np.zeros(_BINS)), kdims="similarity", vdims="objects").opts(
            hooks=[weak_hook(self._adopt_bars)],
            line_width=0,
            bgcolor="rgba(0,0,0,0)",
            xlim=(0, 1),
            ylim=(0, 1),
        )
        mean = hv.VLine(0).opts(hooks=[weak_hook(self._adopt_mean)], color=_GREY, line_width=1.5)
        chance = hv.VLine(0).opts(
            hooks=[weak_hook(self._adopt_chance)], color=_GREY, line_width=1.5, line_dash=[4, 3]
        )
        return (bars * mean * chance).opts(
            default_tools=[], toolbar=None, height=170, responsive=True, yaxis=None, xlabel="", ylabel="",
            xticks=_TICKS, show_frame=False, hooks=[_restyle], xlim=(0, 1),
        )  # fmt: skip

    def _adopt_bars(self, plot: Any, element: hv.Histogram) -> None:
        """Keep what `refresh` patches, colour the bars by their middle, and explain one under the pointer."""
        glyph, source = plot.handles["glyph"], plot.handles["source"]
        source.data["middle"] = (_EDGES[1:] + _EDGES[:-1]) / 2
        glyph.fill_color = linear_cmap("middle", list(palette.FILL), 0, 1)
        self._handles["bars"] = {"source": source, "y_range": plot.handles["y_range"]}
        hover = HoverTool(tooltips=[("similarity", "@left{0%} to @right{0%}"), ("objects", "@top{0,0}")])
        brush = BoxSelectTool(dimensions="width", renderers=[], persistent=False)
        plot.state.add_tools(hover, brush)
        plot.state.toolbar.active_drag = brush
        plot.state.on_event(SelectionGeometry, self._brush)
        plot.state.on_event(DoubleTap, lambda _: self.selection.choose(None))

    def _adopt_mean(self, plot: Any, element: hv.VLine) -> None:
        self._handles["mean"] = plot.handles["glyph"]

    def _adopt_chance(self, plot: Any, element: hv.VLine) -> None:
        self._handles["chance"] = plot.handles["glyph"]

    def _brush(self, event: SelectionGeometry) -> None:
        """Choose the objects whose similarity lies in the bins that were dragged across."""
        comparison, geometry = self.selection.comparison, dict(event.geometry or {})
        if comparison is None or not event.final or "x0" not in geometry:
            return
        low, high = sorted(float(str(geometry[end])) for end in ("x0", "x1"))
        first = min(max(int(low * _BINS), 0), _BINS - 1)
        last = min(max(int(np.ceil(high * _BINS)) - 1, first), _BINS - 1)
        k = self.selection.k
        overlap = self.selection.queries.overlap(comparison, self.selection.metric, k)
        bins = np.minimum((palette.jaccard(overlap, k) * _BINS).astype(int), _BINS - 1)
        rows = np.flatnonzero((bins >= first) & (bins <= last))
        ends = f"{first * 100 // _BINS} % to {(last + 1) * 100 // _BINS} %"
        self.selection.choose(rows, f"similarity {ends} at k = {k}")


def _restyle(plot: Any, element: hv.Overlay) -> None:
    """Leave the background to the page and write in a grey that shows on light and dark."""
    figure = plot.state
    figure.background_fill_alpha = figure.border_fill_alpha = 0
    figure.outline_line_color = None
    figure.min_border_left = figure.min_border_right = 14
    figure.xgrid.visible = figure.ygrid.visible = False
    figure.xaxis.axis_line_color = figure.xaxis.major_tick_line_color = _GREY
    figure.xaxis.major_label_text_color = _GREY
    figure.xaxis.major_label_text_font_size = "11px"
    figure.xaxis.minor_tick_line_color = None
