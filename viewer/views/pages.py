"""One page of dominoes as arrays: what the component draws of some objects of a comparison."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artifacts.answers import End, Neighborhoods
from artifacts.catalog import Comparison
from artifacts.queries import SIMILARITY
from viewer import palette
from viewer.state import Selection
from viewer.views.sorting import sort_name, value_text


def pack(selection: Selection, comparison: Comparison, end: End) -> dict[str, Any]:
    """Return everything that the dominoes of some objects show, sorted as the selection says.

    Parameters
    ----------
    end
        The objects in order.
    """
    queries, metric, k = selection.queries, selection.metric, selection.k
    near = queries.neighborhoods(comparison, metric, k, end.rows)
    similarity = palette.jaccard(near.overlaps[:, k - 1], k)
    return {
        "dataset": comparison.dataset,
        "a": comparison.a,
        "b": comparison.b,
        "k": k,
        "k_max": comparison.k_max,
        "pictures": queries.has_thumbnails(comparison),
        "chance": float(queries.curve(comparison, metric).jaccard_chance[k - 1]),
        "similarity": similarity,
        "colors": json.dumps(palette.colors(similarity)),
        "overlaps": near.overlaps.ravel(),
        "chances": queries.curve(comparison, metric).jaccard_chance.astype(np.float32),
        "ties": end.ties,
        **_sorted_by(selection, comparison, end),
        **_table(selection, comparison, end.rows, near),
    }


def _sorted_by(selection: Selection, comparison: Comparison, end: End) -> dict[str, Any]:
    """Return what the dominoes are sorted by and their values in words; none where that is the similarity."""
    by = selection.sort
    labels: list[str] = []
    if by != SIMILARITY:
        scale = selection.queries.scale(comparison, selection.metric, by)
        labels = [value_text(value, scale) for value in end.values.tolist()]
    return {"sorted_by": sort_name(by), "values": end.values, "labels": json.dumps(labels)}


def _table(
    selection: Selection, comparison: Comparison, objects: NDArray[np.int32], near: Neighborhoods
) -> dict[str, Any]:
    """Return every object on the page once, and the neighborhoods as places in that table."""
    parts = [objects, near.neighbors_a.ravel(), near.neighbors_b.ravel()]
    rows, places = np.unique(np.concatenate(parts), return_inverse=True)
    places = places.astype(np.int32)
    first, second = len(objects), len(objects) + near.neighbors_a.size
    queries, projection = selection.queries, selection.projection
    if comparison.searched == "own":  # the other space lacks some of the neighbors
        keys, (a, b) = queries.all_keys(comparison), queries.all_coordinates(comparison, projection)
    else:
        keys, (a, b) = queries.keys(comparison), queries.coordinates(comparison, projection)
    error_a, error_b = queries.placement_errors(comparison, projection)
    return {
        "rows": rows.astype(np.int32),
        "keys": json.dumps([keys[row] for row in rows.tolist()]),
        "map_a": a[rows].astype(np.float32).ravel(),
        "map_b": b[rows].astype(np.float32).ravel(),
        "error_a": error_a[objects],
        "error_b": error_b[objects],
        "objects": places[:first],
        "neighbors_a": places[first:second],
        "neighbors_b": places[second:],
        "common_a": near.common_a.ravel().astype(np.uint8),
        "common_b": near.common_b.ravel().astype(np.uint8),
        "ranks_a": near.ranks_a.ravel(),
        "ranks_b": near.ranks_b.ravel(),
        "distances_a": near.distances_a.ravel(),
        "distances_b": near.distances_b.ravel(),
        "across_a": near.across_a.ravel(),
        "across_b": near.across_b.ravel(),
    }
