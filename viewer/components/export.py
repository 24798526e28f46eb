"""The export: which list in which format, and the plots of the page as pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import param
from panel.custom import JSComponent

from viewer.components.domino import join_modules
from viewer.map_look import BOTH

_HERE = Path(__file__).parent


class Export(JSComponent):
    """A button that opens what can be taken home. Files are fetched from the server, not sent as messages."""

    lists = param.String(default="[]", doc="Lists that are offered: name and words of each, as JSON.")

    maps = param.String(default=BOTH, doc="Which maps the page shows: see `viewer.map_look`.")

    _esm = join_modules("make.js", "export.js")
    _stylesheets = [(_HERE / "export.css").read_text(encoding="utf-8")]  # noqa: RUF012 - Panel's way

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)  # type: ignore[no-untyped-call] # Panel has no types for it

    def send(self, data: dict[str, Any]) -> None:
        """Send the browser a message that is not kept."""
        self._send_msg(data)
