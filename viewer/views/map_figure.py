"""One map as a figure: points from the shared source or a picture of very many, trails, and what is lit on top."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import holoviews as hv
import numpy as np
from bokeh.events import SelectionGeometry
from bokeh.models import (
    BoxSelectTool,
    ColumnDataSource,
    HoverTool,
    ImageRGBA,
    LassoSelectTool,
    LinearColorMapper,
    PanTool,
    ResetTool,
    Scatter,
    Segment,
    WheelZoomTool,
)
from numpy.typing import NDArray

from viewer.views.aggregate import Picture, Window
from viewer.views.coloring import Coloring
from viewer.views.hooks import weak_hook

_POINT_SIZES = ((500, 7), (2_000, 5.5), (10_000, 4), (40_000, 3))
_SMALLEST_POINT = 2
_FAINT = 0.14
_GREY, _TRAIL = "#9aa4b0", "#d97a00"


class MapFigure:
    """The figure of one map.

    Parameters
    ----------
    side
        ``a`` or ``b``: which columns of `source` it draws.
    source
        The points of both maps.
    on_draw
        Called with the side and what was drawn around.
    on_look
        Called when another part of the map is looked at.
    """

    def __init__(
        self,
        side: str,
        source: ColumnDataSource,
        on_draw: Callable[[str, SelectionGeometry], None],
        on_look: Callable[[], None],
    ) -> None:
        self.side = side
        self.figure: Any = None
        self._source, self._on_draw, self._on_look = source, on_draw, on_look
        self._picture = ColumnDataSource(_no_picture())
        self._trails = ColumnDataSource(_no_trails())
        self._lit = ColumnDataSource(_nothing_lit())
        self._fill, self._edge = (LinearColorMapper(palette=[_GREY], nan_color=_GREY) for _ in "fe")
        self._points: Any = None
        self._image = ImageRGBA(image="image", x="x", y="y", dw="dw", dh="dh")

    def plot(self) -> hv.Points:
        """Return the map as HoloViews makes it, still empty."""
        names = (f"x_{self.side}", f"y_{self.side}")
        empty = {name: np.empty(0) for name in (*names, "shade")}
        return hv.Points(empty, kdims=list(names), vdims=["shade"]).opts(
            hooks=[weak_hook(self._adopt)],
            marker="circle", size=4, line_width=0.6, xaxis=None, yaxis=None, default_tools=[], tools=[],
            bgcolor="rgba(0,0,0,0)", responsive=True, xlim=(0, 1), ylim=(0, 1), border=0,
        )  # fmt: skip

    def color(self, coloring: Coloring, shade: str) -> None:
        """Colour the points by a column of the source, and say what it is to who points at one."""
        for mapper, colors in ((self._fill, coloring.fill), (self._edge, coloring.edge)):
            mapper.update(palette=list(colors), low=coloring.low, high=coloring.high)
        glyph = self._points.glyph
        glyph.update(
            fill_color={"field": shade, "transform": self._fill},
            line_color={"field": shade, "transform": self._edge},
            marker={"field": "shape"} if coloring.has_shapes else {"value": "circle"},
        )
        written = "@label" if coloring.kinds else f"@{shade}{{{'0%' if coloring.is_share else '0.[000]'}}}"
        # Bokeh escapes @columns in this form; only {safe} would insert them as HTML.
        self._hover.tooltips = [("key", "@key"), (coloring.name, written)]

    def frame(self, points: NDArray[np.float32], count: int) -> None:
        """Show a part of the plane that holds all `points`, one unit as long across as up, sized for `count` points."""
        low, high = points.min(axis=0), points.max(axis=0)
        half = float((high - low).max()) * 0.53 or 1.0
        for span, middle in zip((self.figure.x_range, self.figure.y_range), (low + high) / 2, strict=True):
            start, end = float(middle) - half, float(middle) + half
            span.update(start=start, end=end, reset_start=start, reset_end=end)
        fitting = [size for most, size in _POINT_SIZES if count <= most]
        self._points.glyph.size = fitting[0] if fitting else _SMALLEST_POINT

    def window(self) -> Window:
        """Return the part of the map that is looked at."""
        x, y = self.figure.x_range, self.figure.y_range
        return Window(float(x.start), float(x.end), float(y.start), float(y.end))

    def show_picture(self, picture: Picture | None, window: Window | None = None) -> None:
        """Draw a window of the map as a picture; None: no picture."""
        if picture is None or window is None:
            self._picture.data = _no_picture()
            return
        self._picture.data = {
            "image": [picture.image], "x": [window.x0], "y": [window.y0],
            "dw": [window.x1 - window.x0], "dh": [window.y1 - window.y0],
        }  # fmt: skip

    def show_trails(self, starts: NDArray[np.float32], ends: NDArray[np.float32]) -> None:
        """Draw lines between places, float32 of shape (m, 2) each."""
        self._trails.data = {
            "x0": starts[:, 0], "y0": starts[:, 1], "x1": ends[:, 0], "y1": ends[:, 1],
        }  # fmt: skip

    def light(
        self, points: NDArray[np.float32], colors: list[str], markers: list[str], sizes: list[int]
    ) -> None:
        """Draw some places, float32 of shape (m, 2), on top of the map; none of them: nothing."""
        self._lit.data = {
            "x": points[:, 0], "y": points[:, 1], "color": colors, "marker": markers, "size": sizes,
        }  # fmt: skip

    def fade(self, is_faded: bool) -> None:
        """Make the map faint, so that what is lit stands out."""
        glyph = self._points.glyph
        glyph.fill_alpha = glyph.line_alpha = self._image.global_alpha = _FAINT if is_faded else 1.0

    def _adopt(self, plot: Any, element: hv.Points) -> None:
        """Give a plot that HoloViews has made the shared source, its outline and its tools."""
        figure, renderer = plot.state, plot.handles["glyph_renderer"]
        if self.figure is figure:
            return
        self.figure, self._points = figure, renderer
        renderer.data_source = plot.handles["source"] = plot.handles["cds"] = self._source
        renderer.selection_glyph = renderer.muted_glyph = None
        renderer.nonselection_glyph = Scatter(
            x=f"x_{self.side}", y=f"y_{self.side}", size=3, line_color=None, fill_color=_GREY, fill_alpha=0.35
        )
        renderer.glyph.hatch_color = None
        self._draw_layers(figure, renderer)
        self._add_tools(figure, renderer)
        figure.name, figure.x_range.name, figure.y_range.name = (
            f"map-{self.side}{part}" for part in ("", "-x", "-y")
        )
        figure.on_event(SelectionGeometry, lambda event: self._on_draw(self.side, event))
        for span in (figure.x_range, figure.y_range):
            for end in ("start", "end"):
                span.on_change(end, lambda _name, _old, _new: self._on_look())
        figure.output_backend = "webgl"
        figure.background_fill_alpha = figure.border_fill_alpha = 0
        figure.outline_line_color = None

    def _draw_layers(self, figure: Any, renderer: Any) -> None:
        image = figure.add_glyph(self._picture, self._image)
        trails = figure.add_glyph(
            self._trails,
            Segment(x0="x0", y0="y0", x1="x1", y1="y1", line_color=_TRAIL, line_alpha=0.75, line_width=1.2),
        )
        marks = Scatter(x="x", y="y", size="size", marker="marker", fill_color="color")
        marks.line_color, marks.line_width = "#ffffff", 0.7
        lit = figure.add_glyph(self._lit, marks)
        for layer in (image, trails, lit):
            layer.nonselection_glyph = layer.selection_glyph = None
        figure.renderers = [image, renderer, trails, lit]

    def _add_tools(self, figure: Any, renderer: Any) -> None:
        self._hover = HoverTool(point_policy="snap_to_data", visible=False, renderers=[renderer])
        figure.tools = [
            LassoSelectTool(continuous=False, renderers=[renderer], persistent=False),
            BoxSelectTool(renderers=[renderer], persistent=False),
            PanTool(),
            WheelZoomTool(),
            ResetTool(),
            self._hover,
        ]
        figure.toolbar.active_drag, figure.toolbar.active_scroll = figure.tools[0], figure.tools[3]
        figure.toolbar.logo = None
        figure.toolbar_location = "above"
        figure.toolbar.autohide = True


def _no_picture() -> dict[str, Any]:
    return {"image": [], "x": [], "y": [], "dw": [], "dh": []}


def _no_trails() -> dict[str, Any]:
    return {name: np.empty(0, np.float32) for name in ("x0", "y0", "x1", "y1")}


def _nothing_lit() -> dict[str, Any]:
    return {"x": np.empty(0), "y": np.empty(0), "color": [], "marker": [], "size": []}
