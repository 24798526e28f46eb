"""The dominoes of both ends of the order, and the pinned ones: asks the store, packs messages for the browser."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
import panel as pn

from artifacts.answers import End, Ranked
from artifacts.catalog import Comparison
from artifacts.queries import SIMILARITY
from viewer.components.domino import Dominoes as DominoComponent
from viewer.map_look import FIELDS_OF_MAPS
from viewer.state import Selection
from viewer.views.pages import pack
from viewer.views.sorting import sort_name, titles

COUNT = 20
_THUMBNAILS_PER_REQUEST = 4_000
_LONGEST_KEY = 10_000


class Dominoes:
    """Two columns of dominoes, the low and the high end of the order, and a tray of pinned ones.

    Parameters
    ----------
    selection
        What to show.
    """

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self.component = DominoComponent(sizing_mode="stretch_both", margin=0)
        self.component.on_msg(lambda event: self._hear(event.data))
        self._versions = itertools.count(1)

    def roots(self) -> dict[str, pn.viewable.Viewable]:
        """Return the component by its place in the page's template."""
        return {"dominoes": self.component}

    def refresh(self, changed: set[str]) -> None:
        """Send the dominoes of the page in one numbered message, and those of the tray in another."""
        changed = changed - FIELDS_OF_MAPS
        if changed <= {"pointed", "panel", "lit"}:
            return
        comparison = self.selection.comparison
        if changed - {"pointed", "pinned", "panel", "lit"}:
            message: dict[str, Any] = {"version": next(self._versions)}
            self.component.message = message | (self._message(comparison) if comparison else {})
        if changed - {"pointed", "chosen", "beyond_noise", "panel", "lit"}:
            self.component.tray = {"version": next(self._versions)} | self._tray(comparison)

    def _message(self, comparison: Comparison) -> dict[str, Any]:
        selection, queries = self.selection, self.selection.queries
        ranked = self._ranked(comparison, 0)
        by, metric = selection.sort, selection.metric
        words = titles(by, None if by == SIMILARITY else queries.scale(comparison, metric, by))
        return {
            "least": len(ranked.low.rows),
            "total": ranked.total,
            "titles": json.dumps([words.low, words.high, words.what]),
            "sorts": json.dumps([[name, sort_name(name)] for name in queries.sortable(comparison, metric)]),
            "sort": by,
            "has_noise": queries.has_noise(comparison, metric),
            "beyond_noise": selection.beyond_noise,
            **pack(selection, comparison, _joined(ranked.low, ranked.high)),
        }

    def _tray(self, comparison: Comparison | None) -> dict[str, Any]:
        """Return the dominoes of the pinned objects that are common, and the keys of all pinned ones."""
        pinned = self.selection.pinned
        tray: dict[str, Any] = {"pinned": json.dumps(pinned)}
        if comparison is None or not pinned:
            return tray
        rows = self.selection.queries.rows_of(comparison, pinned)
        ends = End(rows, np.full(len(rows), np.nan), np.ones(len(rows), np.int32))
        if self.selection.sort != SIMILARITY:
            scale = self.selection.queries.scale(comparison, self.selection.metric, self.selection.sort)
            ends = End(rows, scale.values[rows], ends.ties)
        return tray | pack(self.selection, comparison, ends)

    def _ranked(self, comparison: Comparison, start: int) -> Ranked:
        selection = self.selection
        return selection.queries.ranked(
            comparison, selection.metric, selection.k, selection.sort, start, COUNT, selection.narrowed()
        )

    def _hear(self, request: Any) -> None:
        """Take what the browser says, which is checked."""
        comparison = self.selection.comparison
        if not isinstance(request, dict) or comparison is None:
            return
        if "pointed" in request:
            row = request["pointed"]
            known = isinstance(row, int) and 0 <= row < comparison.n
            self.selection.pointed = row if known else -1
        elif "more" in request:
            self._send_more(comparison, request)
        elif isinstance(request.get("sort"), str):
            self.selection.select(sort=request["sort"])
        elif isinstance(request.get("beyond_noise"), bool):
            self.selection.select(beyond_noise=request["beyond_noise"])
        elif "pins" in request:
            self._pin(request["pins"])
        else:
            self._send_thumbnails(comparison, request)

    def _pin(self, keys: Any) -> None:
        """Pin exactly these keys; one is taken only if it was pinned before or is a common object now."""
        if not isinstance(keys, list) or not all(isinstance(k, str) and len(k) <= _LONGEST_KEY for k in keys):
            return
        comparison, before = self.selection.comparison, set(self.selection.pinned)
        queries = self.selection.queries
        self.selection.pin(
            [key for key in keys if key in before or (comparison and len(queries.rows_of(comparison, [key])))]
        )

    def _send_more(self, comparison: Comparison, request: dict[str, Any]) -> None:
        """Answer a request for the next dominoes of one column of the message shown."""
        column, start = request["more"], request.get("start")
        if column not in (0, 1) or not isinstance(start, int) or not 0 <= start < comparison.n:
            return
        if request.get("of") != self.component.message["version"]:
            return
        ranked = self._ranked(comparison, start)
        end = (ranked.low, ranked.high)[column]
        answer = {"more": column, "start": start, "of": request["of"]}
        self.component.send(answer | pack(self.selection, comparison, end))

    def _send_thumbnails(self, comparison: Comparison, request: dict[str, Any]) -> None:
        """Answer a request for the images of some rows."""
        asked = request.get("rows")
        if not isinstance(asked, list) or len(asked) > _THUMBNAILS_PER_REQUEST:
            return
        rows = [row for row in asked if isinstance(row, int) and 0 <= row < comparison.n]
        if not rows or request.get("dataset") != comparison.dataset:
            return
        images = [
            image or b"" for image in self.selection.queries.thumbnails(comparison, np.array(rows, np.int32))
        ]
        keys = self.selection.queries.keys(comparison)
        self.component.send(
            {
                "dataset": comparison.dataset,
                "keys": json.dumps([keys[row] for row in rows]),
                "sizes": np.array([len(image) for image in images], np.int32),
                "bytes": np.frombuffer(b"".join(images), np.uint8),
            }
        )


def _joined(low: End, high: End) -> End:
    return End(
        np.concatenate([low.rows, high.rows]),
        np.concatenate([low.values, high.values]),
        np.concatenate([low.ties, high.ties]),
    )
