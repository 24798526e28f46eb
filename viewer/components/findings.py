"""The drawer of findings and its button, drawn in the browser from a few JSON texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import param
from panel.custom import JSComponent

from viewer.components.domino import join_modules

_HERE = Path(__file__).parent
_MODULES = ("make.js", "curve.js", "tables.js", "groups.js", "versions.js", "findings.js")


class Findings(JSComponent):
    """A button, and the drawer that it opens."""

    is_open = param.Boolean(default=False, doc="Whether the drawer is open; both sides may change it.")
    terms = param.String(default="null", doc="What the measures mean, as JSON.")
    pair = param.String(default="null", doc="What does not depend on the metric, as JSON; null for nothing.")
    neighbors = param.String(default="null", doc="What depends on the metric, as JSON; null for nothing.")
    versions = param.String(
        default="null", doc="The published pairs of the dataset and their scores, as JSON."
    )
    k = param.Integer(default=1, doc="The k that is marked in the curve.")
    projection = param.String(default="", doc="The projection that is marked among the maps.")
    chosen = param.String(default="", doc="How the objects on the page were chosen, in words.")

    _esm = join_modules(*_MODULES)
    _stylesheets = [(_HERE / "findings.css").read_text(encoding="utf-8")]  # noqa: RUF012 - Panel's way

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)  # type: ignore[no-untyped-call] # Panel has no types for it

    def send(self, data: dict[str, Any]) -> None:
        """Send the browser a message that is not kept."""
        self._send_msg(data)
