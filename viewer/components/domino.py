"""The domino component: draws all dominoes of the page in the browser, from one message."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import param
from panel.custom import JSComponent

_HERE = Path(__file__).parent
_MODULES = (
    "dom.js", "words.js", "wire.js", "layout.js", "labels.js", "chips.js", "pictures.js", "plot.js", "lines.js",
    "head.js", "rows.js", "card.js", "column.js", "tray.js", "toolbar.js", "help.js", "keys.js", "domino.js",
)  # fmt: skip
_IMPORT = re.compile(r'^import .* from "\./[a-z]+\.js";$', re.MULTILINE)


def join_modules(*names: str) -> str:
    """Return ES modules of this folder as one, each after those it imports.

    Panel hands the browser one module as text, which has no address that a relative import could start from;
    the imports are dropped because everything is in one scope. A name that occurs twice is a SyntaxError.

    Parameters
    ----------
    *names
        File names; imports of one another are on one line each.
    """
    return "\n".join(_IMPORT.sub("", (_HERE / name).read_text(encoding="utf-8")) for name in names)


class Dominoes(JSComponent):
    """Two columns of dominoes with their scroll indexes, a toolbar, and a tray of pinned ones."""

    message = param.Dict(default={"version": 0}, doc="All dominoes of the page; a newer version replaces it.")

    tray = param.Dict(default={"version": 0}, doc="The pinned dominoes; a newer version replaces it.")

    _esm = join_modules(*_MODULES)
    _stylesheets = [(_HERE / name).read_text(encoding="utf-8") for name in ("domino.css", "toolbar.css")]  # noqa: RUF012 - Panel's way

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)  # type: ignore[no-untyped-call] # Panel has no types for it

    def send(self, data: dict[str, Any]) -> None:
        """Send the browser a message that is not kept."""
        self._send_msg(data)
