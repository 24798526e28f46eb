"""What happens by itself: jobs for a space and for a pair, and the partitions that the configuration wants."""

from pathlib import Path

import dagster as dg

from pipelines.assets import PAIRS, SPACES, health, neighbors, projections, similarity, space
from pipelines.config import Project
from pipelines.errors import InputError
from pipelines.resources import ProjectResource, refusals

build_space = dg.define_asset_job(
    "build_space",
    selection=dg.AssetSelection.assets(space, neighbors, health, projections),
    description="Ingest one checkpoint, search its neighbors, measure its health and draw its maps.",
)

compare_pair = dg.define_asset_job(
    "compare_pair",
    selection=dg.AssetSelection.assets(similarity),
    description="Compare two published spaces.",
)


def add_partitions(instance: dg.DagsterInstance, project: Project) -> list[str]:
    """Add the spaces and pairs that a project wants and Dagster does not know yet; none is removed.

    Returns
    -------
    list of str
        A sentence for every dataset whose spaces or pairs cannot be listed; it does not keep the others back.
    """
    refused = []
    for name in project.datasets:
        try:
            spaces = list(project.checkpoints(name))
            _add(instance, SPACES, [str(key) for key in spaces])
            pairs = project.dataset(name).wanted_pairs([key.version for key in spaces])
            _add(instance, PAIRS, [str(key) for key in pairs])
        except InputError as error:
            refused.append(str(error))
    return refused


def add_partitions_at(home: Path, project: Project) -> list[str]:
    """Add the partitions to the Dagster instance whose home is the folder `home`; see `add_partitions`."""
    with dg.DagsterInstance.from_config(str(home)) as instance:
        return add_partitions(instance, project)


def _add(instance: dg.DagsterInstance, partitions: dg.DynamicPartitionsDefinition, keys: list[str]) -> None:
    known = set(instance.get_dynamic_partitions(str(partitions.name)))
    missing = [key for key in keys if key not in known]
    if missing:
        instance.add_dynamic_partitions(str(partitions.name), missing)


@dg.op(name="add_partitions", description="Read the configuration and list the checkpoint folders.")
def _add_partitions(context: dg.OpExecutionContext, project: ProjectResource) -> None:
    with refusals():
        refused = add_partitions(context.instance, project.load())
        if refused:
            raise InputError("; ".join(refused))


@dg.job(name="sync_partitions", description="Add the spaces and pairs that the configuration wants.")
def sync_partitions() -> None:
    """Add the spaces and pairs that the configuration wants."""
    _add_partitions()
