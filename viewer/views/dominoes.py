"""The dominoes of the least and the most similar objects: asks the store, packs one message for the browser."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
import panel as pn
from numpy.typing import NDArray

from artifacts.answers import Neighborhoods
from artifacts.catalog import Comparison
from viewer import palette
from viewer.components.domino import Dominoes as DominoComponent
from viewer.state import Selection

COUNT = 20
_THUMBNAILS_PER_REQUEST = 4_000


class Dominoes:
    """Two columns of dominoes, least and most similar first.

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
        """Send all dominoes of the page in one numbered message."""
        if changed <= {"pointed", "panel", "lit"}:
            return
        comparison = self.selection.comparison
        message: dict[str, Any] = {"version": next(self._versions)}
        if comparison is not None:
            message |= self._message(comparison)
        self.component.message = message

    def _message(self, comparison: Comparison) -> dict[str, Any]:
        selection, queries = self.selection, self.selection.queries
        metric, k = selection.metric, selection.k
        within = selection.chosen.rows if selection.chosen else None
        ends = queries.extremes(comparison, metric, k, min(COUNT, comparison.n), within)
        objects = np.concatenate([ends.least, ends.most])
        near = queries.neighborhoods(comparison, metric, k, objects)
        overlap = near.common_a.sum(axis=1)
        similarity = palette.jaccard(overlap, k)
        return {
            "dataset": comparison.dataset,
            "a": comparison.a,
            "b": comparison.b,
            "k": k,
            "least": len(ends.least),
            "pictures": queries.has_thumbnails(comparison),
            "similarity": similarity,
            "colors": json.dumps(palette.colors(similarity)),
            "ties": queries.histogram(comparison, metric, k)[overlap].astype(np.int32),
            **self._table(comparison, objects, near),
        }

    def _table(
        self, comparison: Comparison, objects: NDArray[np.int32], near: Neighborhoods
    ) -> dict[str, Any]:
        """Return every object on the page once, and the neighborhoods as places in that table."""
        parts = [objects, near.neighbors_a.ravel(), near.neighbors_b.ravel()]
        rows, places = np.unique(np.concatenate(parts), return_inverse=True)
        places = places.astype(np.int32)
        first, second = len(objects), len(objects) + near.neighbors_a.size
        queries, projection = self.selection.queries, self.selection.projection
        if comparison.searched == "own":  # the other space lacks some of the neighbors
            keys, (a, b) = queries.all_keys(comparison), queries.all_coordinates(comparison, projection)
        else:
            keys, (a, b) = queries.keys(comparison), queries.coordinates(comparison, projection)
        return {
            "rows": rows.astype(np.int32),
            "keys": json.dumps([keys[row] for row in rows.tolist()]),
            "map_a": a[rows].astype(np.float32).ravel(),
            "map_b": b[rows].astype(np.float32).ravel(),
            "objects": places[:first],
            "neighbors_a": places[first:second],
            "neighbors_b": places[second:],
            "common_a": near.common_a.ravel().astype(np.uint8),
            "common_b": near.common_b.ravel().astype(np.uint8),
        }

    def _hear(self, request: Any) -> None:
        """Take what the browser says: which domino is pointed at, or whose images it wants."""
        if not isinstance(request, dict):
            return
        if "pointed" in request:
            row, comparison = request["pointed"], self.selection.comparison
            known = isinstance(row, int) and comparison is not None and 0 <= row < comparison.n
            self.selection.pointed = row if known else -1
        else:
            self._send_thumbnails(request)

    def _send_thumbnails(self, request: dict[str, Any]) -> None:
        """Answer a request for the images of some rows; the request comes from a browser and is checked."""
        comparison = self.selection.comparison
        asked = request.get("rows")
        if comparison is None or not isinstance(asked, list) or len(asked) > _THUMBNAILS_PER_REQUEST:
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
