"""The health of one space."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from artifacts.names import SpaceKey
from artifacts.publication import Publication
from pipelines.health import Health, space_health
from pipelines.loading import load_lists, load_vectors
from pipelines.neighbors import NeighborLists
from pipelines.steps.measures import measured_table
from pipelines.steps.recipes import recipe
from pipelines.workspace import Artifact, Workspace


def health_artifact(
    work: Workspace, key: SpaceKey, space: Artifact, neighbors: Sequence[Artifact]
) -> Artifact:
    """Publish what one should know of a space before comparing it.

    Parameters
    ----------
    neighbors
        Of all its objects, one artifact a metric.
    """
    by_metric = {str(one.manifest.parameters["metric"]): one for one in neighbors}

    def compute(publication: Publication) -> None:
        progress = work.report(f"health {key}")
        lists = {
            metric: NeighborLists(
                load_lists(work.store, one.manifest, "neighbors", "neighbor_rows"),
                load_lists(work.store, one.manifest, "neighbors", "distances"),
            )
            for metric, one in by_metric.items()
        }
        health = space_health(load_vectors(work.store, space.manifest), lists)
        publication.write("measures", measured_table(health.measured()))
        publication.write("hubs", _hubs(health))
        publication.facts["objects"] = health.n
        progress(1, 1)

    inputs = {"space": space, **{f"neighbors:{metric}": one for metric, one in by_metric.items()}}
    return work.publish(recipe("health", key, "", inputs), compute)


def _hubs(health: Health) -> pa.Table:
    found = {metric: one.hubness for metric, one in health.neighbors.items()}
    return pa.table(
        {
            "metric": pa.array([metric for metric, hubs in found.items() for _ in hubs.rows], pa.string()),
            "row": np.concatenate([hubs.rows for hubs in found.values()]).astype(np.int32),
            "occurrences": np.concatenate([hubs.counts for hubs in found.values()]).astype(np.int64),
        }
    )
