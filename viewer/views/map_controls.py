"""The controls of the maps: what they are coloured by, one map or both, linked zoom, trails."""

from __future__ import annotations

from typing import Any

import panel as pn

from artifacts.quantities import quantity_names
from artifacts.queries import METADATA
from viewer.components.tick import Tick
from viewer.map_look import BOTH, ONLY_A, ONLY_B
from viewer.state import Selection
from viewer.views.coloring import color_name
from viewer.views.controls import look

_LAYOUTS = {"Both": BOTH, "A": ONLY_A, "B": ONLY_B}


class MapControls:
    """Widgets that change how the maps are looked at and follow it.

    Parameters
    ----------
    selection
        What they change.
    """

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self.color = pn.widgets.Select(name="Colour by", **look("field", "inline"))
        self.maps = pn.widgets.RadioButtonGroup(name="Maps", options=_LAYOUTS, **look("segments", "small"))
        self.linked = Tick(words="Zoom together", margin=0, visible=False)
        self.trails = Tick(words="Trails", margin=0, visible=False)
        self.color.param.watch(lambda event: self._wish("color", event.new), "value")
        self.maps.param.watch(lambda event: self._wish("maps", event.new), "value")
        self.linked.param.watch(lambda event: self._wish("unlinked", not event.new), "value")
        self.trails.param.watch(lambda event: self._wish("trails", event.new), "value")

    def roots(self) -> dict[str, pn.viewable.Viewable]:
        """Return the widgets by their place in the page's template."""
        return {"color": self.color, "layout": self.maps, "linked": self.linked, "trails": self.trails}

    def refresh(self, changed: set[str]) -> None:
        """Show the selection in the widgets; what maps in frames of their own cannot do is not offered."""
        selection, comparison = self.selection, self.selection.comparison
        self.color.disabled = comparison is None
        if comparison is None:
            self.maps.disabled = True
            self.linked.visible = self.trails.visible = False
            return
        if {"comparison", "metric"} & changed:
            names = quantity_names(selection.queries, comparison, selection.metric)
            self.color.param.update(options=_options(names), value=selection.color)
        aligned = selection.queries.is_aligned(comparison, selection.projection)
        alone = selection.maps != BOTH
        self.color.value = selection.color
        self.maps.param.update(value=selection.maps, disabled=not aligned)
        self.linked.param.update(value=aligned and not selection.unlinked, visible=aligned and not alone)
        self.trails.param.update(value=selection.trails, visible=alone)

    def _wish(self, name: str, value: Any) -> None:
        aligned_only = name == "unlinked" and not self.linked.visible
        if value is not None and not aligned_only and value != getattr(self.selection, name):
            self.selection.select(**{name: value})


def _options(names: tuple[str, ...]) -> dict[str, str]:
    """Return what is offered under its words; metadata whose name is also that of a score says that it is metadata."""
    found: dict[str, str] = {}
    for name in names:
        words = color_name(name)
        found[f"{words} (metadata)" if words in found and name.startswith(METADATA) else words] = name
    return found
