"""The maps of a space, and a map of B drawn in the frame of A's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from artifacts.names import PairKey, SpaceKey
from artifacts.publication import Publication
from artifacts.store import Manifest, Store
from pipelines.loading import load_column, load_lists, load_vectors
from pipelines.projections import (
    PROJECTIONS,
    Graph,
    MapQuality,
    Progress,
    Projection,
    aligned,
    map_quality,
    silent,
)
from pipelines.steps.neighbors import neighbor_artifacts
from pipelines.steps.recipes import recipe
from pipelines.workspace import Artifact, Workspace

SEED = 0


def projection_artifacts(
    work: Workspace, key: SpaceKey, space: Artifact, methods: Sequence[str]
) -> list[Artifact]:
    """Publish maps of a space, drawn from its neighbors under the first configured metric.

    They do not need one another: workers draw those that are missing side by side.
    """
    neighbors = _graph_artifact(work, key, space)
    inputs = {"space": space, "neighbors": neighbors}
    recipes = {
        method: recipe("projection", key, method, inputs, {"method": method, "seed": SEED})
        for method in methods
    }
    missing = [method for method in methods if not work.store.has("projection", recipes[method].fingerprint)]
    drawn: dict[str, _Drawn] = {}

    def draw(wanted: list[str]) -> None:
        progress = work.report(f"projection {key} {' and '.join(wanted)}")
        load = _Drawing(work.store, space.manifest.fingerprint, neighbors.manifest.fingerprint)
        drawn.update(work.compute.map(load, _draw, wanted, progress))

    def compute(method: str, publication: Publication) -> None:
        if method not in drawn:
            draw([method])
        _write(publication, drawn.pop(method))

    if missing and work.compute.slots > 1:
        draw(missing)
    return [work.publish(recipes[method], partial(compute, method)) for method in methods]


def aligned_artifact(
    work: Workspace, pair: PairKey, matching: Artifact, space_b: Artifact, map_a: Artifact, method: str
) -> Artifact:
    """Publish the map of all objects of B in the frame of A's map."""
    neighbors = _graph_artifact(work, pair.spaces[1], space_b)

    def compute(publication: Publication) -> None:
        progress = work.report(f"aligned projection {pair} {method}")
        frame = matching.manifest.fingerprint, map_a.manifest.fingerprint
        load = _Drawing(work.store, space_b.manifest.fingerprint, neighbors.manifest.fingerprint, frame)
        for _, drawn in work.compute.map(load, _draw, [method], progress):
            _write(publication, drawn)

    inputs = {"matching": matching, "space_b": space_b, "neighbors_b": neighbors, "projection_a": map_a}
    parameters = {"method": method, "seed": SEED}
    return work.publish(recipe("aligned_projection", pair, method, inputs, parameters), compute)


def _graph_artifact(work: Workspace, key: SpaceKey, space: Artifact) -> Artifact:
    metric = work.project.dataset(key.dataset).neighbors.metric[0]
    return neighbor_artifacts(work, key, space, None, [metric])[0]


@dataclass(frozen=True)
class _Drawing:
    """Loads what a space is drawn from, in whatever process; the fingerprints say what it is."""

    store: Store = field(compare=False)
    space: str
    neighbors: str
    frame: tuple[str, str] | None = None
    """The matching and the map of A that a map of B is drawn into."""

    def __call__(self) -> _Subject:
        vectors = load_vectors(self.store, self.store.manifest("space", self.space))
        graph = _graph(self.store, self.store.manifest("neighbors", self.neighbors))
        if self.frame is None:
            return _Subject(vectors, graph)
        matching = self.store.manifest("matching", self.frame[0])
        map_a = self.store.manifest("projection", self.frame[1])
        there = [load_column(self.store, map_a, "coordinates", axis) for axis in ("x", "y")]
        rows = [load_column(self.store, matching, "matched", side) for side in ("row_a", "row_b")]
        return _Subject(vectors, graph, (np.column_stack(there), rows[0], rows[1]))


@dataclass(frozen=True)
class _Subject:
    """What is drawn, and for a map of B the places of A's objects and the common rows in A and B."""

    vectors: NDArray[np.float32]
    graph: Graph
    frame: tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int32]] | None = None


@dataclass(frozen=True)
class _Drawn:
    made: Projection
    quality: MapQuality


def _draw(subject: _Subject, method: str, _threads: int | None, progress: Progress | None) -> _Drawn:
    vectors, graph, progress = subject.vectors, subject.graph, progress or silent
    if subject.frame is None:
        made = PROJECTIONS[method](vectors, graph, SEED, progress=progress)
    else:
        made = aligned(method, vectors, graph, *subject.frame, SEED, progress)
    return _Drawn(made, map_quality(vectors, graph, made.coordinates, seed=SEED))


def _graph(store: Store, neighbors: Manifest) -> Graph:
    rows, distances = (
        load_lists(store, neighbors, "neighbors", name) for name in ("neighbor_rows", "distances")
    )
    return Graph(rows, distances, neighbors.parameters["metric"])


def _write(publication: Publication, drawn: _Drawn) -> None:
    quality = drawn.quality
    x, y = np.ascontiguousarray(drawn.made.coordinates.T)
    publication.write(
        "coordinates",
        pa.table(
            {
                "row": np.arange(len(x), dtype=np.int32),
                "x": x,
                "y": y,
                "intrusion": quality.intrusion,
                "extrusion": quality.extrusion,
            }
        ),
    )
    publication.facts.update(
        objects=len(x),
        trustworthiness=quality.trustworthiness,
        continuity=quality.continuity,
        rnx=quality.rnx,
        rnx_auc=quality.rnx_auc,
        quality_k=quality.k,
        quality_objects=quality.sampled,
        **drawn.made.facts,
    )
