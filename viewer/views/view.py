"""What every view of the page is."""

from __future__ import annotations

from typing import Protocol

from panel.viewable import Viewable


class View(Protocol):
    """A part of the page that follows the selection."""

    def roots(self) -> dict[str, Viewable]:
        """Return what the view puts on the page, by its place in the template."""

    def refresh(self, changed: set[str]) -> None:
        """Show the selection again, given the names of its fields that changed."""
