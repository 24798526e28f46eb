"""The maps of a space, and a map of B drawn in the frame of A's."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from artifacts.names import PairKey, SpaceKey
from artifacts.publication import Publication
from artifacts.store import Manifest, Store
from pipelines.loading import load_column, load_lists, load_vectors
from pipelines.projections import PROJECTIONS, Graph, aligned, map_quality
from pipelines.steps.neighbors import neighbor_artifacts
from pipelines.steps.recipes import recipe
from pipelines.workspace import Artifact, Workspace

SEED = 0


def projection_artifact(work: Workspace, key: SpaceKey, space: Artifact, method: str) -> Artifact:
    """Publish a map of a space, drawn from its neighbors under the first configured metric."""
    neighbors = _graph_artifact(work, key, space)

    def compute(publication: Publication) -> None:
        progress = work.report(f"projection {key} {method}")
        vectors, graph = load_vectors(work.store, space.manifest), _graph(work.store, neighbors.manifest)
        made = PROJECTIONS[method](vectors, graph, SEED, progress=progress)
        _write(publication, vectors, graph, made.coordinates)
        publication.facts.update(made.facts)

    inputs = {"space": space, "neighbors": neighbors}
    return work.publish(recipe("projection", key, method, inputs, {"method": method, "seed": SEED}), compute)


def aligned_artifact(
    work: Workspace, pair: PairKey, matching: Artifact, space_b: Artifact, map_a: Artifact, method: str
) -> Artifact:
    """Publish the map of all objects of B in the frame of A's map."""
    neighbors = _graph_artifact(work, pair.spaces[1], space_b)

    def compute(publication: Publication) -> None:
        progress = work.report(f"aligned projection {pair} {method}")
        vectors, graph = load_vectors(work.store, space_b.manifest), _graph(work.store, neighbors.manifest)
        there = np.column_stack(
            [load_column(work.store, map_a.manifest, "coordinates", axis) for axis in ("x", "y")]
        )
        rows_a, rows_b = (
            load_column(work.store, matching.manifest, "matched", side) for side in ("row_a", "row_b")
        )
        made = aligned(method, vectors, graph, there, rows_a, rows_b, SEED, progress)
        _write(publication, vectors, graph, made.coordinates)
        publication.facts.update(made.facts)

    inputs = {"matching": matching, "space_b": space_b, "neighbors_b": neighbors, "projection_a": map_a}
    parameters = {"method": method, "seed": SEED}
    return work.publish(recipe("aligned_projection", pair, method, inputs, parameters), compute)


def _graph_artifact(work: Workspace, key: SpaceKey, space: Artifact) -> Artifact:
    metric = work.project.dataset(key.dataset).neighbors.metric[0]
    return neighbor_artifacts(work, key, space, None, [metric])[0]


def _graph(store: Store, neighbors: Manifest) -> Graph:
    rows, distances = (
        load_lists(store, neighbors, "neighbors", name) for name in ("neighbor_rows", "distances")
    )
    return Graph(rows, distances, neighbors.parameters["metric"])


def _write(
    publication: Publication, vectors: NDArray[np.float32], graph: Graph, coordinates: NDArray[np.float32]
) -> None:
    quality = map_quality(vectors, graph, coordinates, seed=SEED)
    x, y = np.ascontiguousarray(coordinates.T)
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
    )
