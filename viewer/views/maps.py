"""The two maps: what they are coloured by, what is chosen and lit in them, and how one becomes the other.

Below `AGGREGATED_ABOVE` objects the browser draws points from one shared source, and a new colour patches one column.
Above, the server draws all objects of the part that is looked at as a picture, and answers what is pointed at and
what was drawn around. Common neighbors are lit as circles, unique ones as diamonds.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import panel as pn
from bokeh.events import SelectionGeometry
from bokeh.models import ColumnDataSource
from numpy.typing import NDArray

from artifacts.catalog import Comparison
from artifacts.quantities import AT_K
from viewer.components.maps import MapLink
from viewer.map_look import BOTH, ONLY_B
from viewer.rate import Latest
from viewer.state import Selection
from viewer.views.aggregate import picture
from viewer.views.captions import caption, drawn_words, trails_words
from viewer.views.coloring import Coloring, coloring_of
from viewer.views.legend import legend
from viewer.views.map_figure import MapFigure
from viewer.views.places import nearest_row, rows_in_box, rows_in_polygon

AGGREGATED_ABOVE = 50_000
"""More objects than a browser without a fast graphics card draws and selects at once."""

AGGREGATED_VARIABLE = "EMBEDDING_COMPARATOR_AGGREGATED_ABOVE"
MOST_TRAILS = 120
_COLUMNS = ("x_a", "y_a", "x_b", "y_b", "shade")
_COMMON, _UNIQUE, _OBJECT = "#17804a", "#7a3fae", "#e58a00"
_DRAWN_AROUND = "drawn around in a map"
_SECONDS_BETWEEN_PICTURES = 0.1
_REACH = 0.03
"""How far from an object one may point, in widths of the map."""


class Maps:
    """Both maps of the selected comparison.

    Parameters
    ----------
    selection
        What to show.
    """

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self._source = ColumnDataSource(_nothing())
        self._maps = {
            side: MapFigure(side, self._source, self._choose_drawn, self._look_elsewhere) for side in "ab"
        }
        self._coloring: Coloring | None = None
        self._in_view = {"a": 0, "b": 0}
        self._is_showing = False
        self._source.name = "maps"
        self._source.selected.on_change("indices", lambda _name, _old, new: self._choose(new))
        self._pictures = Latest(lambda _: self._draw_pictures(), _SECONDS_BETWEEN_PICTURES)
        self.link = MapLink(margin=0)
        self.link.on_msg(lambda event: self._hear(event.data))
        self.panes = {side: _pane(self._maps[side]) for side in "ab"}
        self.captions = {side: _words() for side in "ab"}
        self.legend = _words()

    def roots(self) -> dict[str, pn.viewable.Viewable]:
        """Return maps, captions and legend by their place in the page's template."""
        return {
            **{f"map_{side}": pane for side, pane in self.panes.items()},
            **{f"caption_{side}": words for side, words in self.captions.items()},
            "map_legend": self.legend,
            "map_link": self.link,
        }

    @property
    def is_aggregated(self) -> bool:
        """Whether there are so many objects that the server draws them."""
        comparison = self.selection.comparison
        return comparison is not None and comparison.n > _aggregated_above()

    @property
    def _has_trails(self) -> bool:
        return self.selection.trails and self.selection.maps != BOTH

    def refresh(self, changed: set[str]) -> None:
        """Move the points of a new comparison or projection, colour them again, and light what is to be lit."""
        comparison = self.selection.comparison
        if comparison is None:
            self._source.data = _nothing()
            return
        is_new = bool({"comparison", "projection"} & changed)
        if is_new or {"maps", "unlinked"} & changed:
            self._tie(comparison)
        if is_new:
            self._place(comparison)
        at_k = {"k"} if self.selection.color in AT_K else set()
        if is_new or {"color", "metric", *at_k} & changed:
            self._color(comparison)
        if {"comparison", "chosen"} & changed:
            self._show_chosen()
        if self.is_aggregated and (is_new or {"color", "metric", "chosen", "maps", *at_k} & changed):
            self._draw_pictures()
        if is_new or {"pointed", "lit", "metric", "k", "maps", "trails"} & changed:
            self._light(comparison)
        if is_new or {"trails", "maps", "chosen", "metric", "k"} & changed:
            self._trail(comparison)
        self._tell(comparison)

    def _places(self, comparison: Comparison, side: str) -> NDArray[np.float32]:
        """Return where the figure of a side has the objects; the only map may show them where B has them."""
        a, b = self.selection.queries.coordinates(comparison, self.selection.projection)
        return b if side == "b" or self.selection.maps == ONLY_B else a

    def _tie(self, comparison: Comparison) -> None:
        """Tell the browser whether both maps are moved as one, and which the only one shows."""
        selection = self.selection
        aligned = selection.queries.is_aligned(comparison, selection.projection)
        self.link.param.update(
            linked=aligned and not selection.unlinked,
            shown="" if selection.maps == BOTH else selection.maps,
        )

    def _place(self, comparison: Comparison) -> None:
        """Send the places of the objects, and show all of them."""
        selection = self.selection
        a, b = selection.queries.coordinates(comparison, selection.projection)
        aligned = selection.queries.is_aligned(comparison, selection.projection)
        together = np.concatenate([a, b]) if aligned else None
        for side, points in (("a", a), ("b", b)):
            self._maps[side].frame(points if together is None else together, comparison.n)
            self._maps[side].show_picture(None)
        self._source.data = _nothing() if self.is_aggregated else {
            "x_a": a[:, 0], "y_a": a[:, 1], "x_b": b[:, 0], "y_b": b[:, 1],
            "shade": np.zeros(comparison.n, np.float32), "key": selection.queries.keys(comparison),
        }  # fmt: skip

    def _color(self, comparison: Comparison) -> None:
        """Patch what the colour is read from, and nothing else."""
        self._coloring = coloring = coloring_of(self.selection, comparison)
        if not self.is_aggregated:
            columns: dict[str, Any] = {"shade": coloring.a}
            if coloring.b is not coloring.a:
                columns["shade_b"] = coloring.b
            if coloring.kinds:
                codes = coloring.a.astype(np.int32)
                columns["label"] = np.array([kind.name for kind in coloring.kinds])[codes].tolist()
                if coloring.has_shapes:
                    columns["shape"] = np.array([kind.shape for kind in coloring.kinds])[codes].tolist()
            self._source.data.update(columns)
        for side, drawn in self._maps.items():
            drawn.color(coloring, "shade_b" if side == "b" and coloring.b is not coloring.a else "shade")

    def _draw_pictures(self) -> None:
        """Draw all objects of the windows that are looked at; `_tell` says how many."""
        comparison, coloring = self.selection.comparison, self._coloring
        if comparison is None or coloring is None or not self.is_aggregated:
            return
        chosen = self.selection.chosen.rows if self.selection.chosen else None
        for side in "ab" if self.selection.maps == BOTH else "a":
            drawn, points = self._maps[side], self._places(comparison, side)
            shade = coloring.b if side == "b" or self.selection.maps == ONLY_B else coloring.a
            window = drawn.window()
            made = picture(points, shade, coloring, window, chosen)
            drawn.show_picture(made, window)
            self._in_view[side] = made.in_view
        self._tell(comparison)

    def _look_elsewhere(self) -> None:
        if self.is_aggregated:
            self._pictures.put(1)

    def _choose(self, indices: list[int]) -> None:
        """Take the points that the browser found to be drawn around."""
        if not self._is_showing:
            self.selection.choose(np.array(indices, np.int64), _DRAWN_AROUND)

    def _choose_drawn(self, side: str, event: SelectionGeometry) -> None:
        """Find the objects that were drawn around in a picture, which holds no points that the browser could find."""
        comparison = self.selection.comparison
        if comparison is None or not self.is_aggregated or not event.final:
            return
        drawn: dict[str, Any] = dict(event.geometry or {})
        points = self._places(comparison, side)
        if drawn.get("type") == "poly":
            rows = rows_in_polygon(points, _numbers(drawn["x"]), _numbers(drawn["y"]))
        else:
            x0, x1, y0, y1 = _numbers([drawn[end] for end in ("x0", "x1", "y0", "y1")])
            rows = rows_in_box(points, x0, x1, y0, y1)
        self.selection.choose(rows, _DRAWN_AROUND)

    def _show_chosen(self) -> None:
        chosen = self.selection.chosen
        wanted = chosen.rows.tolist() if chosen and not self.is_aggregated else []
        if self._source.selected.indices != wanted:
            self._is_showing = True
            self._source.selected.indices = wanted
            self._is_showing = False

    def _hear(self, message: Any) -> None:
        """Tell which object is at the pointer in a picture; the question comes from a browser and is checked."""
        comparison, coloring = self.selection.comparison, self._coloring
        if not isinstance(message, dict) or comparison is None or coloring is None or not self.is_aggregated:
            return
        side, x, y = message.get("side"), message.get("x"), message.get("y")
        if side not in ("a", "b") or not isinstance(x, int | float) or not isinstance(y, int | float):
            return
        window = self._maps[side].window()
        reach = _REACH * abs(window.x1 - window.x0)
        row = nearest_row(self._places(comparison, side), float(x), float(y), reach)
        answer: dict[str, Any] = {"side": side, "asked": message.get("asked"), "key": None}
        if row >= 0:
            shown = "b" if side == "b" or self.selection.maps == ONLY_B else "a"
            answer["key"] = self.selection.queries.keys(comparison)[row]
            answer["name"], answer["value"] = coloring.name, coloring.value_text(shown, row)
        self.link.send(answer)

    def _light(self, comparison: Comparison) -> None:
        """Draw the neighborhood of the pointed object, or what is lit, on top of both maps; fade the rest."""
        row, lit = self.selection.pointed, self.selection.lit
        is_lit = row >= 0 or lit is not None or self._has_trails
        for drawn in self._maps.values():
            drawn.fade(is_lit)
        if row < 0:
            rows = lit.rows if lit else np.empty(0, np.int32)
            for side, drawn in self._maps.items():
                count = len(rows)
                drawn.light(
                    self._places(comparison, side)[rows], [_OBJECT] * count, ["circle"] * count, [7] * count
                )
            return
        queries, k = self.selection.queries, self.selection.k
        near = queries.neighborhoods(comparison, self.selection.metric, k, np.array([row], np.int32))
        shown_by = {
            "a": (near.neighbors_a[0], near.common_a[0]),
            "b": (near.neighbors_b[0], near.common_b[0]),
        }
        for side, drawn in self._maps.items():
            rows, common = shown_by["b" if self.selection.maps == ONLY_B else side]
            drawn.light(
                self._known_places(comparison, side)[np.append(rows, row)],
                [*np.where(common, _COMMON, _UNIQUE).tolist(), _OBJECT],
                [*np.where(common, "circle", "diamond").tolist(), "circle"],
                [*np.where(common, 6, 8).tolist(), 11],
            )

    def _known_places(self, comparison: Comparison, side: str) -> NDArray[np.float32]:
        """Return `_places`, and after them those of the objects that only one space has, where these are neighbors."""
        if comparison.searched != "own":
            return self._places(comparison, side)
        a, b = self.selection.queries.all_coordinates(comparison, self.selection.projection)
        return b if side == "b" or self.selection.maps == ONLY_B else a

    def _trail(self, comparison: Comparison) -> None:
        """Draw lines from where A has the chosen objects, or those that changed most, to where B has them."""
        rows = np.empty(0, np.int32)
        if self._has_trails:
            chosen = self.selection.chosen.rows if self.selection.chosen else None
            ends = self.selection.queries.extremes(
                comparison, self.selection.metric, self.selection.k, MOST_TRAILS, chosen
            )
            rows = ends.least
        a, b = self.selection.queries.coordinates(comparison, self.selection.projection)
        self._maps["a"].show_trails(a[rows], b[rows])

    def _tell(self, comparison: Comparison) -> None:
        """Write captions and legend."""
        selection = self.selection
        for side, words in self.captions.items():
            shown = "b" if selection.maps == ONLY_B else side
            words.object = caption(
                selection, comparison, shown, self._in_view[side] if self.is_aggregated else None
            )
        if self._coloring:
            has_shapes = self._coloring.has_shapes and not self.is_aggregated
            self.legend.object = (
                (drawn_words(comparison) if self.is_aggregated else "")
                + legend(self._coloring, has_shapes)
                + trails_words(selection, comparison, MOST_TRAILS)
            )


def _aggregated_above() -> int:
    """Return the number of objects that the browser still draws; the environment may name a smaller one."""
    return int(os.environ.get(AGGREGATED_VARIABLE) or AGGREGATED_ABOVE)


def _pane(drawn: MapFigure) -> pn.pane.HoloViews:
    return pn.pane.HoloViews(drawn.plot(), margin=0, sizing_mode="stretch_both", linked_axes=False)


def _words() -> pn.pane.HTML:
    return pn.pane.HTML("", margin=0, stylesheets=[MapLink.words_style], sizing_mode="stretch_width")


def _nothing() -> dict[str, Any]:
    return {name: np.empty(0, np.float32) for name in _COLUMNS} | {"key": []}


def _numbers(values: Any) -> list[float]:
    return [float(value) for value in values]
