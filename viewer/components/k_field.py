"""The field of k: a slider and a number that a keyboard and a screen reader can use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import param
from panel.custom import JSComponent

from viewer.components.domino import join_modules

_HERE = Path(__file__).parent


class KField(JSComponent):
    """Shows k and tells which k is wanted; Panel's slider has no name for a screen reader, nor way to give it one."""

    k = param.Integer(default=1, doc="Neighbors compared.")

    k_max = param.Integer(default=1, doc="The largest k.")

    _esm = join_modules("make.js", "k_field.js")
    _stylesheets = [(_HERE / "k_field.css").read_text(encoding="utf-8")]  # noqa: RUF012 - Panel's way

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)  # type: ignore[no-untyped-call] # Panel has no types for it
