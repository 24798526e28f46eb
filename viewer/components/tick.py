"""A box to tick, with a label that belongs to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import param
from panel.custom import JSComponent

from viewer.components.domino import join_modules

_HERE = Path(__file__).parent


class Tick(JSComponent):
    """Shows whether something is on and switches it; the words beside Panel's own box are no label of it."""

    value = param.Boolean(default=False, doc="Whether it is on.")

    words = param.String(default="", constant=True, doc="What is on or off.")

    _esm = join_modules("make.js", "tick.js")
    _stylesheets = [(_HERE / "tick.css").read_text(encoding="utf-8")]  # noqa: RUF012 - Panel's way

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)  # type: ignore[no-untyped-call] # Panel has no types for it
