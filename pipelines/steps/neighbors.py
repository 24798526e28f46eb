"""The neighbor artifacts of a space: among all its objects, or among those that it shares with another space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from artifacts.names import SpaceKey
from artifacts.publication import Publication
from artifacts.store import Manifest, Store
from pipelines.loading import fixed_lists, load_column, load_vectors
from pipelines.neighbors import ENGINES, EXACT_ENGINES, NeighborLists, choose_engine, measured_recall
from pipelines.steps.recipes import CODE
from pipelines.workspace import Artifact, Recipe, Workspace


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
    config = work.project.dataset(key.dataset).neighbors
    k = min(config.k, n - 1)
    engine: str = config.engine
    if engine == "auto":
        engine = choose_engine(n, space.manifest.facts["dimensions"])
    objects = "all" if among is None else common
    recipes = {metric: _recipe(key, space, metric, k, objects, engine) for metric in metrics}
    missing = [metric for metric in metrics if not work.store.has("neighbors", recipes[metric].fingerprint)]
    found: dict[str, _Found] = {}

    def search(wanted: list[str]) -> None:
        work.about_to_compute(recipes[wanted[0]])
        rows = _searched_rows(work.store, space.manifest, among)
        vectors = load_vectors(work.store, space.manifest)
        vectors = vectors if among is None else vectors[rows]
        start = perf_counter()
        lists = ENGINES[engine](vectors, k, wanted, work.report(f"neighbors {key} {' and '.join(wanted)}"))
        seconds = perf_counter() - start
        for metric in wanted:
            recall = 1.0 if engine in EXACT_ENGINES else measured_recall(vectors, lists[metric], metric)
            found[metric] = _Found(rows, lists.pop(metric), recall, seconds)

    def compute(metric: str, publication: Publication) -> None:
        if metric not in found:  # it was there a moment ago, and has been collected since
            search([metric])
        _write(publication, found.pop(metric))

    if missing:
        search(missing)
    return [work.publish(recipes[metric], partial(compute, metric)) for metric in metrics]


@dataclass(frozen=True)
class _Found:
    """Lists of the objects `rows`, as positions among them, their recall, and how long all metrics took."""

    rows: NDArray[np.int32]
    lists: NeighborLists
    recall: float
    seconds: float


def _recipe(key: SpaceKey, space: Artifact, metric: str, k: int, objects: str, engine: str) -> Recipe:
    path, name = f"{key.path}/{metric}", f"{key} {metric}"
    if objects != "all":
        path, name = f"{path}-{objects[:16]}", f"{name} among {objects[:16]}"
    parameters = {"metric": metric, "k": k, "objects": objects, "engine": engine}
    return Recipe("neighbors", path, name, CODE["neighbors"], parameters, {"space": space.reference}, {})


def _searched_rows(store: Store, space: Manifest, matching: Artifact | None) -> NDArray[np.int32]:
    if matching is None:
        return np.arange(space.facts["objects"], dtype=np.int32)
    is_a = matching.manifest.inputs["space_a"] == (space.kind, space.fingerprint)
    return np.sort(load_column(store, matching.manifest, "matched", "row_a" if is_a else "row_b"))


def _write(publication: Publication, found: _Found) -> None:
    columns = {
        "row": found.rows,
        "neighbor_rows": fixed_lists(found.rows[found.lists.rows]),
        "distances": fixed_lists(found.lists.distances),
    }
    publication.write("neighbors", pa.table(columns))
    scale = float(np.median(found.lists.distances[:, -1]))
    publication.facts.update(
        objects=len(found.rows),
        recall=found.recall,
        kth_distance_median=scale,
        search_seconds=round(found.seconds, 3),
    )
