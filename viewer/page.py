"""Puts the page together: one selection, the views that follow it, and the template that holds them."""

from __future__ import annotations

from pathlib import Path

import holoviews as hv
import panel as pn
from param.parameterized import Event

from artifacts.address import FIELDS
from artifacts.errors import StoreError
from viewer.address import read_address, read_keys, read_panel, write_address
from viewer.sources import open_catalog, shared_queries, store_url
from viewer.state import Selection
from viewer.views.controls import Controls
from viewer.views.dominoes import Dominoes
from viewer.views.export import Export
from viewer.views.findings import Findings
from viewer.views.headline import Headline, nothing_yet, notice_pane
from viewer.views.histogram import Histogram
from viewer.views.map_controls import MapControls
from viewer.views.maps import Maps
from viewer.views.search import Search
from viewer.views.view import View

_HERE = Path(__file__).parent
_TITLE = "Embedding Comparator"


class Page:
    """One session's page.

    Parameters
    ----------
    selection
        What the page shows; the views are made to follow it.
    """

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self.views: list[View] = [
            Controls(selection), Search(selection), Dominoes(selection), MapControls(selection), Maps(selection),
            Histogram(selection), Headline(selection), Findings(selection), Export(selection),
        ]  # fmt: skip
        followed = ("comparison", "problem", "chosen", "pointed", "pinned", "panel", "lit", "note")
        selection.param.watch(self._follow, [*FIELDS, *followed])

    def template(self) -> pn.Template:
        """Return the page as a template with every view in its place."""
        template = _template(is_ready=True)
        for view in self.views:
            for name, root in view.roots().items():
                template.add_panel(name, root)
        return template

    def _follow(self, *events: Event) -> None:
        """Let every view show the selection again, all in one message to the browser."""
        changed = {event.name for event in events}
        try:
            with pn.io.hold():
                for view in self.views:
                    view.refresh(changed)
        except StoreError as error:
            # The store changed under us; the views show the words instead.
            self.selection.param.update(comparison=None, problem=str(error))


def _template(is_ready: bool) -> pn.Template:
    """Return the empty page; one that is not ready has room for a notice alone."""
    template = pn.Template((_HERE / "templates" / "page.html").read_text(encoding="utf-8"), location=is_ready)
    template.add_variable("page_css", (_HERE / "styles" / "page.css").read_text(encoding="utf-8"))
    template.add_variable("is_ready", is_ready)
    return template


def serve_page() -> None:
    """Make the page of this session and hand it to the server."""
    pn.extension()
    hv.extension("bokeh")
    url = store_url()
    try:
        selection = Selection(open_catalog(url), shared_queries(url))
    except StoreError as error:
        template = _template(is_ready=False)
        template.add_panel("notice", notice_pane(nothing_yet(str(error))))
        template.servable(title=_TITLE)
        return
    page = Page(selection)
    template = page.template()
    location = pn.state.location
    template.servable(title=_TITLE)
    asked = location.search if location else ""
    selection.select(**read_address(asked))
    selection.panel = read_panel(asked)
    if keys := read_keys(asked):
        selection.choose_keys(keys)
    if pins := read_keys(asked, "pin"):
        selection.pin(pins)
    if location:
        written = ("chosen", "pinned", "panel")
        selection.param.watch(lambda *_: write_address(location, selection), [*FIELDS, *written])
        write_address(location, selection)
