"""What can be taken home: lists of objects and of their neighbors, as the page has them sorted and narrowed."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import panel as pn
from numpy.typing import NDArray

from artifacts.catalog import Comparison
from artifacts.lists import FORMATS
from artifacts.queries import SIMILARITY
from viewer.components.export import Export as ExportComponent
from viewer.export import packed_rows
from viewer.state import Selection
from viewer.views.dominoes import COUNT
from viewer.views.sorting import titles

_OF = "neighbors of "
_LONGEST_SHOWN = 40


class Export:
    """Offers the lists of the selection, and writes the ticket of the one that is wanted.

    Parameters
    ----------
    selection
        What is listed.
    """

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self.component = ExportComponent(margin=0)
        self.component.on_msg(lambda event: self._hear(event.data))

    def roots(self) -> dict[str, pn.viewable.Viewable]:
        """Return the component by its place in the page's template."""
        return {"export": self.component}

    def refresh(self, changed: set[str]) -> None:
        """Offer the lists and pictures again where what they are called may have changed."""
        self.component.maps = self.selection.maps
        if {"comparison", "metric", "sort", "chosen", "beyond_noise", "pinned"} & changed:
            comparison = self.selection.comparison
            self.component.lists = json.dumps(self._lists(comparison) if comparison else [])

    def _lists(self, comparison: Comparison) -> list[tuple[str, str]]:
        selection = self.selection
        within = selection.narrowed()
        n = comparison.n if within is None else len(within)
        by = selection.sort
        scale = None if by == SIMILARITY else selection.queries.scale(comparison, selection.metric, by)
        words = titles(by, scale)
        count = min(COUNT, n)
        offered = [("objects all", f"All {n:,} objects, as sorted")]
        for end, title in (("low", words.low), ("high", words.high)):
            offered.append((f"objects {end}", f"{title} {count} objects"))
        for end, title in (("low", words.low), ("high", words.high)):
            offered.append((f"neighbors {end}", f"Neighbors of {title.lower()} {count}"))
        offered.append(("neighbors all", f"Neighbors of all {n:,} objects"))
        named = [*selection.pinned, *(selection.chosen.keys if selection.chosen else ())]
        return offered + [(_OF + key, f"Neighbors of {key[:_LONGEST_SHOWN]}") for key in dict.fromkeys(named)]

    def _hear(self, message: Any) -> None:
        """Answer the browser, which is checked, with a ticket for the list that it wants."""
        comparison = self.selection.comparison
        if comparison is None or not isinstance(message, dict) or message.get("format") not in FORMATS:
            return
        if message.get("ticket") not in dict(self._lists(comparison)):
            return
        ticket = self._ticket(comparison, str(message["ticket"]))
        self.component.send({"ticket": json.dumps(ticket | {"format": message["format"]})})

    def _ticket(self, comparison: Comparison, wanted: str) -> dict[str, Any]:
        selection = self.selection
        ticket: dict[str, Any] = {
            "dataset": comparison.dataset,
            "a": comparison.a,
            "b": comparison.b,
            "at": comparison.fingerprint,
            "metric": selection.metric,
            "k": selection.k,
            "by": selection.sort,
        }
        within: NDArray[np.int32] | None
        if wanted.startswith(_OF):
            within = selection.queries.rows_of(comparison, [wanted.removeprefix(_OF)])
            ticket |= {"what": "neighbors", "end": "all"}
        else:
            what, end = wanted.split(" ")
            within = selection.narrowed()
            ticket |= {"what": what, "end": end, "count": COUNT}
        return ticket if within is None else ticket | {"rows": packed_rows(within, comparison.n)}
