"""The neighbor artifacts of a space: among all its objects, or among those that it shares with another space."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from artifacts.names import SpaceKey
from artifacts.publication import Publication
from artifacts.store import Manifest, Store
from pipelines.loading import fixed_lists, load_column, load_vectors
from pipelines.neighbors import NeighborLists, exact_neighbors
from pipelines.workspace import Artifact, Recipe, Workspace

CODE = 1
"""Version of the code behind neighbor artifacts; raise it when their content changes."""


def neighbor_artifacts(
    work: Workspace, key: SpaceKey, space: Artifact, matching: Artifact | None, metrics: Sequence[str]
) -> list[Artifact]:
    """Publish the neighbors of the objects of a space under each metric; those that are missing in one search.

    Parameters
    ----------
    space
        The published space.
    matching
        Search among its common objects only; None, or a matching that leaves no object out: among all objects.
    """
    own, n = space.manifest.facts["keys_digest"], space.manifest.facts["objects"]
    common = own if matching is None else matching.manifest.facts["keys_digest"]
    among = None if common == own else matching
    if among is not None:
        n = among.manifest.facts["common"]
    k = min(work.project.dataset(key.dataset).neighbors.k, n - 1)
    objects = "all" if among is None else common
    recipes = {metric: _recipe(key, space, metric, k, objects) for metric in metrics}
    missing = [metric for metric in metrics if not work.store.has("neighbors", recipes[metric].fingerprint)]
    rows: NDArray[np.int32] = np.empty(0, np.int32)
    lists: dict[str, NeighborLists] = {}
    if missing:
        rows = _searched_rows(work.store, space.manifest, among)
        vectors = load_vectors(work.store, space.manifest)
        vectors = vectors if among is None else vectors[rows]
        lists = exact_neighbors(vectors, k, missing, work.report(f"neighbors {key} {' and '.join(missing)}"))

    def publish(metric: str) -> Artifact:
        return work.publish(recipes[metric], lambda publication: _write(publication, rows, lists[metric]))

    return [publish(metric) for metric in metrics]


def _recipe(key: SpaceKey, space: Artifact, metric: str, k: int, objects: str) -> Recipe:
    path, name = f"{key.path}/{metric}", f"{key} {metric}"
    if objects != "all":
        path, name = f"{path}-{objects[:16]}", f"{name} among {objects[:16]}"
    parameters = {"metric": metric, "k": k, "objects": objects, "method": "exact"}
    return Recipe("neighbors", path, name, CODE, parameters, {"space": space.reference}, {})


def _searched_rows(store: Store, space: Manifest, matching: Artifact | None) -> NDArray[np.int32]:
    if matching is None:
        return np.arange(space.facts["objects"], dtype=np.int32)
    is_a = matching.manifest.inputs["space_a"] == (space.kind, space.fingerprint)
    return np.sort(load_column(store, matching.manifest, "matched", "row_a" if is_a else "row_b"))


def _write(publication: Publication, rows: NDArray[np.int32], lists: NeighborLists) -> None:
    columns = {
        "row": rows,
        "neighbor_rows": fixed_lists(rows[lists.rows]),
        "distances": fixed_lists(lists.distances),
    }
    publication.write("neighbors", pa.table(columns))
    scale = float(np.median(lists.distances[:, -1]))
    publication.facts.update(objects=len(rows), recall=1.0, kth_distance_median=scale)
