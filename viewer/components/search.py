"""The search field: offers keys while one types, and keeps those that were picked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import param
from panel.custom import JSComponent

from viewer.components.domino import join_modules

_HERE = Path(__file__).parent


class Search(JSComponent):
    """A field that asks the server for keys and shows those that were picked."""

    picked = param.List(default=[], item_type=str, doc="Keys that were picked.")

    _esm = join_modules("make.js", "search.js")
    _stylesheets = [(_HERE / "search.css").read_text(encoding="utf-8")]  # noqa: RUF012 - Panel's way

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)  # type: ignore[no-untyped-call] # Panel has no types for it

    def send(self, data: dict[str, Any]) -> None:
        """Send the browser a message that is not kept."""
        self._send_msg(data)
