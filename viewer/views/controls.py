"""The controls: dataset, A, B, metric, projection and k."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import panel as pn

from artifacts.catalog import Comparison
from viewer.components.k_field import KField
from viewer.rate import Latest
from viewer.state import Selection

_STYLE = (Path(__file__).parent.parent / "styles" / "controls.css").read_text(encoding="utf-8")
_SECONDS_BETWEEN_K = 0.05
_NAMES = {"pca": "PCA", "umap": "UMAP", "tsne": "t-SNE", "cosine": "Cosine", "euclidean": "Euclidean"}


class Controls:
    """Widgets that change the selection and follow it.

    Parameters
    ----------
    selection
        What they change.
    """

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self.dataset = pn.widgets.Select(name="Dataset", **look("field"))
        self.a = pn.widgets.Select(name="A", **look("field"))
        self.b = pn.widgets.Select(name="B", **look("field"))
        self.swap = pn.widgets.Button(name="⇄", **look("swap"))
        self.k = KField(margin=0, sizing_mode="stretch_width")
        self.metric = pn.widgets.RadioButtonGroup(name="Metric", options=[], **look("segments"))
        self.projection = pn.widgets.RadioButtonGroup(name="Projection", options=[], **look("segments"))
        self._wanted_k = Latest(lambda k: selection.select(k=k), _SECONDS_BETWEEN_K)
        self._connect()

    def roots(self) -> dict[str, pn.viewable.Viewable]:
        """Return the widgets by their place in the page's template."""
        names = ("dataset", "a", "b", "swap", "k", "metric", "projection")
        return {name: getattr(self, name) for name in names}

    def refresh(self, changed: set[str]) -> None:
        """Show the selection in the widgets."""
        if {"dataset", "a", "b", "comparison"} & changed:
            self._show_pair()
        if self.selection.comparison is not None and "comparison" in changed:
            self._show_choices(self.selection.comparison)
        self.metric.value = self.selection.metric
        self.projection.value = self.selection.projection
        self.k.k = self.selection.k

    def _show_pair(self) -> None:
        selection = self.selection
        spaces = selection.catalog.spaces(selection.dataset)
        _choose(self.dataset, selection.catalog.datasets(), selection.dataset)
        _choose(self.a, spaces, selection.a)
        _choose(self.b, spaces, selection.b)
        self.swap.disabled = (selection.b, selection.a) not in selection.pairs()

    def _show_choices(self, comparison: Comparison) -> None:
        self.k.k_max = comparison.k_max
        self.metric.param.update(options=_named(comparison.metrics), value=self.selection.metric)
        self.projection.param.update(options=_named(comparison.projections), value=self.selection.projection)

    def _connect(self) -> None:
        for name in ("dataset", "a", "b", "metric", "projection"):
            getattr(self, name).param.watch(lambda event, name=name: self._wish(name, event.new), "value")
        self.k.on_msg(lambda event: self._hear(event.data))
        self.swap.on_click(lambda _: self.selection.select(a=self.selection.b, b=self.selection.a))

    def _hear(self, message: Any) -> None:
        """Take the k that a browser wants; the selection brings it within its bounds."""
        k = message.get("k") if isinstance(message, dict) else None
        if isinstance(k, int) and not isinstance(k, bool):
            self._wanted_k.put(k)

    def _wish(self, name: str, value: Any) -> None:
        if value and value != getattr(self.selection, name):
            self.selection.select(**{name: value})


def look(*classes: str) -> dict[str, Any]:
    """Return how a widget is dressed: the classes that styles/controls.css knows it by, and no margin."""
    return {
        "css_classes": list(classes),
        "stylesheets": [_STYLE],
        "margin": 0,
        "sizing_mode": "stretch_width",
    }


def _named(options: tuple[str, ...]) -> dict[str, str]:
    return {_NAMES.get(option, option): option for option in options}


def _choose(widget: pn.widgets.Select, options: list[str], value: str) -> None:
    """Show `value`, also when it is none of the options (a link to what is not published)."""
    widget.param.update(options=options if value in options else [value, *options], value=value)
