"""Search over all keys, and the line that says what the dominoes are narrowed to."""

from __future__ import annotations

from typing import Any

import panel as pn

from viewer.components.search import Search as SearchComponent
from viewer.state import Selection
from viewer.text import safe_text

OFFERED = 30
MOST_PICKED = 100
_LONGEST = 1_000
_STYLE = """
:host { font: inherit; color: var(--ec-soft); }
b { color: var(--ec-text); font-weight: 600; font-variant-numeric: tabular-nums; }
"""
_CLEAR_STYLE = """
:host { width: auto; }
.bk-btn-group .bk-btn.bk-btn {
  height: 22px; padding: 0 10px; border: 1px solid var(--ec-line); border-radius: 11px; background: var(--ec-card);
  color: var(--ec-text); font: 500 12px/1 var(--ec-font); box-shadow: none;
}
.bk-btn:focus-visible { outline: 2px solid var(--ec-accent); outline-offset: 1px; }
"""


class Search:
    """Finds objects by key; says which objects are chosen and lets all come back.

    Parameters
    ----------
    selection
        What it narrows.
    """

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self.field = SearchComponent(sizing_mode="stretch_width", margin=0)
        self.field.on_msg(lambda event: self._hear(event.data))
        self.words = pn.pane.HTML("", margin=0, stylesheets=[_STYLE])
        self.clear = pn.widgets.Button(
            name="Show all", margin=(0, 0, 0, 10), visible=False, stylesheets=[_CLEAR_STYLE]
        )
        self.clear.on_click(lambda _: self.selection.choose(None))

    def roots(self) -> dict[str, pn.viewable.Viewable]:
        """Return the field and the line by their place in the page's template."""
        return {"search": self.field, "chosen": self.words, "clear": self.clear}

    def refresh(self, changed: set[str]) -> None:
        """Show what is chosen."""
        if not {"chosen", "comparison", "problem"} & changed:
            return
        chosen = self.selection.chosen
        self.field.picked = list(chosen.keys) if chosen else []
        self.clear.visible = chosen is not None
        if chosen is None:
            self.words.object = ""
            return
        count = len(chosen.rows)
        objects = "object" if count == 1 else "objects"
        self.words.object = f'<span class="words"><b>{count:,}</b> {objects} {safe_text(chosen.how)}</span>'

    def _hear(self, message: Any) -> None:
        """Answer what was typed, or take what was picked; both come from a browser and are checked."""
        comparison = self.selection.comparison
        if comparison is None or not isinstance(message, dict):
            return
        text, keys = message.get("find"), message.get("pick")
        if isinstance(text, str) and isinstance(message.get("asked"), int):
            found = self.selection.queries.find(comparison, text[:_LONGEST], OFFERED)
            self.field.send({"asked": message["asked"], "keys": found})
        elif (
            isinstance(keys, list) and len(keys) <= MOST_PICKED and all(isinstance(key, str) for key in keys)
        ):
            self.selection.choose_keys(keys)
