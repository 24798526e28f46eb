"""The neighbor artifacts of a space: among all its objects, or among those that take part in a pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from artifacts.names import SpaceKey
from artifacts.publication import Publication
from artifacts.store import Manifest, Store
from pipelines.loading import fixed_lists, load_column, load_vectors
from pipelines.neighbors import Searched, choose_engine, join_parts, search_part, search_parts
from pipelines.steps.recipes import CODE
from pipelines.workspace import Artifact, Recipe, Workspace

Side = Literal["a", "b"]


def neighbor_artifacts(
    work: Workspace, key: SpaceKey, space: Artifact, among: Among | None, metrics: Sequence[str]
) -> list[Artifact]:
    """Publish the neighbors of the objects of a space under each metric; those that are missing in one search.

    Parameters
    ----------
    space
        The published space.
    among
        Search among these objects only; None, or what leaves no object out: among all objects.
    """
    n = space.manifest.facts["objects"]
    if among is not None and among.n == n:
        among = None
    n = n if among is None else among.n
    config = work.project.dataset(key.dataset).neighbors
    k = min(config.k, n - 1)
    engine: str = config.engine
    if engine == "auto":
        engine = choose_engine(n, space.manifest.facts["dimensions"])
    objects = "all" if among is None else among.digest
    recipes = {metric: _recipe(key, space, metric, k, objects, engine) for metric in metrics}
    missing = [metric for metric in metrics if not work.store.has("neighbors", recipes[metric].fingerprint)]
    found: dict[str, _Found] = {}

    def search(wanted: list[str]) -> None:
        work.about_to_compute(recipes[wanted[0]])
        rows = np.arange(n, dtype=np.int32) if among is None else among.rows(work.store)
        progress = work.report(f"neighbors {key} {' and '.join(wanted)}")
        start = perf_counter()
        parts = search_parts(engine, n, k, wanted, work.compute.slots)
        load = _Vectors(work.store, space.manifest.fingerprint, among.reference if among else None)
        searched = join_parts(n, work.compute.map(load, search_part, parts, progress))
        seconds = perf_counter() - start
        for metric in wanted:
            found[metric] = _Found(rows, searched.pop(metric), seconds)

    def compute(metric: str, publication: Publication) -> None:
        if metric not in found:  # it was there a moment ago, and has been collected since
            search([metric])
        _write(publication, found.pop(metric))

    if missing:
        search(missing)
    return [work.publish(recipes[metric], partial(compute, metric)) for metric in metrics]


@dataclass(frozen=True)
class Among:
    """The objects of one side of a pair that neighbors are searched among.

    Attributes
    ----------
    own
        All that the filters leave of the space; False: the common ones.
    """

    matching: Manifest
    side: Side
    own: bool

    @property
    def reference(self) -> tuple[str, Side, bool]:
        """What tells them in whatever process: the fingerprint of the matching, the side, and whether all or common."""
        return self.matching.fingerprint, self.side, self.own

    @property
    def n(self) -> int:
        """How many they are."""
        facts = self.matching.facts
        return int(facts["common"] + (facts[self.side]["only"] if self.own else 0))

    @property
    def digest(self) -> str:
        """The digest of their keys, by which pairs share their neighbors."""
        return str(self.matching.facts[self.side]["own_digest" if self.own else "common_digest"])

    def rows(self, store: Store) -> NDArray[np.int32]:
        """Return their rows in the space, ascending."""
        rows = load_column(store, self.matching, "matched", f"row_{self.side}")
        if self.own:
            others = store.read_table(self.matching, "unmatched", ["side", "row", "reason"])
            wanted = pc.and_(pc.equal(others["side"], self.side), pc.equal(others["reason"], "missing"))
            rows = np.concatenate([rows, others.filter(wanted)["row"].to_numpy()])
        return np.sort(rows)


@dataclass(frozen=True)
class _Vectors:
    """Loads the vectors that are searched, in whatever process; the fingerprints say which they are."""

    store: Store = field(compare=False)
    space: str
    among: tuple[str, Side, bool] | None

    def __call__(self) -> NDArray[np.float32]:
        vectors = load_vectors(self.store, self.store.manifest("space", self.space))
        if self.among is None:
            return vectors
        matching, side, own = self.among
        chosen: NDArray[np.float32] = vectors[
            Among(self.store.manifest("matching", matching), side, own).rows(self.store)
        ]
        return chosen


@dataclass(frozen=True)
class _Found:
    """Lists of the objects `rows`, as positions among them, and how long all metrics took."""

    rows: NDArray[np.int32]
    searched: Searched
    seconds: float


def _recipe(key: SpaceKey, space: Artifact, metric: str, k: int, objects: str, engine: str) -> Recipe:
    path, name = f"{key.path}/{metric}", f"{key} {metric}"
    if objects != "all":
        path, name = f"{path}-{objects[:16]}", f"{name} among {objects[:16]}"
    parameters = {"metric": metric, "k": k, "objects": objects, "engine": engine}
    return Recipe("neighbors", path, name, CODE["neighbors"], parameters, {"space": space.reference}, {})


def _write(publication: Publication, found: _Found) -> None:
    lists = found.searched.lists
    columns = {
        "row": found.rows,
        "neighbor_rows": fixed_lists(found.rows[lists.rows]),
        "distances": fixed_lists(lists.distances),
    }
    publication.write("neighbors", pa.table(columns))
    scale = float(np.median(lists.distances[:, -1]))
    publication.facts.update(
        objects=len(found.rows),
        recall=found.searched.recall,
        kth_distance_median=scale,
        search_seconds=round(found.seconds, 3),
    )
