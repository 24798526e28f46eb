"""What the maps do in the browser without asking: zoom together, and pass from A to B; and what is pointed at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import param
from panel.custom import JSComponent

from viewer.components.domino import join_modules

_HERE = Path(__file__).parent


class MapLink(JSComponent):
    """Ties the two map figures, found by their names, to one another; shows a card of the pointed object."""

    linked = param.Boolean(default=False, doc="Whether both maps are moved as one.")
    shown = param.String(default="", doc="Which map the only one shows, a or b; empty: both are shown.")

    words_style = (_HERE / "map_words.css").read_text(encoding="utf-8")

    _esm = join_modules("make.js", "glide.js", "maps.js")
    _stylesheets = [(_HERE / "maps.css").read_text(encoding="utf-8")]  # noqa: RUF012 - Panel's way

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)  # type: ignore[no-untyped-call] # Panel has no types for it

    def send(self, data: dict[str, Any]) -> None:
        """Send the browser a message that is not kept."""
        self._send_msg(data)
