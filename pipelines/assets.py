"""The assets: each reads a partition key, calls one step and reports what was published. Nothing is computed here."""

import warnings

import dagster as dg

from artifacts.names import PairKey, SpaceKey
from pipelines import reported, shown, steps
from pipelines.checks import CHECKS
from pipelines.errors import InputError
from pipelines.resources import ProjectResource

SPACES = dg.DynamicPartitionsDefinition(name="spaces")
"""One partition a space, ``dataset@version``."""

PAIRS = dg.DynamicPartitionsDefinition(name="pairs")
"""One partition a pair, ``dataset@a..dataset@b``."""


def _checks(asset: str, partitions: dg.PartitionsDefinition) -> list[dg.AssetCheckSpec]:
    with warnings.catch_warnings():
        # Checks by partition are still called a preview; without them only the latest partition's verdict is shown.
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return [
            dg.AssetCheckSpec(name, asset=asset, description=check.about, partitions_def=partitions)
            for name, check in CHECKS.items()
            if check.asset == asset
        ]


def _columns(*kinds: str) -> dict[str, dg.TableSchema]:
    found = [column for kind in kinds for column in shown.columns_of(kind)]
    columns = [dg.TableColumn(name, kind, description=about) for name, kind, about in found]
    return {"dagster/column_schema": dg.TableSchema(columns)}


@dg.asset(
    partitions_def=SPACES,
    group_name="spaces",
    kinds={"numpy", "parquet"},
    metadata=_columns("space"),
    check_specs=_checks("space", SPACES),
    code_version=str(steps.CODE["space"]),
)
def space(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult:
    """Read one embedding of a dataset's objects: the keys, metadata and vectors of a checkpoint."""
    with project.workspace(context.log.info) as work:
        key = _space_key(context)
        return reported.of_space(work, key, [steps.ingest_space(work, key)])


@dg.asset(
    partitions_def=SPACES,
    deps=[space],
    group_name="spaces",
    kinds={"numpy", "parquet"},
    metadata=_columns("neighbors"),
    check_specs=_checks("neighbors", SPACES),
    code_version=str(steps.CODE["neighbors"]),
)
def neighbors(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult:
    """Find the K nearest other objects of every object of a space, under every configured metric."""
    with project.workspace(context.log.info) as work:
        key = _space_key(context)
        return reported.of_neighbors(work, key, steps.search_neighbors(work, key))


@dg.asset(
    partitions_def=SPACES,
    deps=[space, neighbors],
    group_name="spaces",
    kinds={"numpy", "parquet"},
    metadata=_columns("health"),
    check_specs=_checks("health", SPACES),
    code_version=str(steps.CODE["health"]),
)
def health(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult:
    """Measure what one should know of a space before comparing it: norms, duplicates, anisotropy, dimension, hubs."""
    with project.workspace(context.log.info) as work:
        key = _space_key(context)
        return reported.of_health(work, key, [steps.examine(work, key)])


@dg.asset(
    partitions_def=SPACES,
    deps=[space, neighbors],
    group_name="spaces",
    kinds={"scikitlearn", "parquet"},
    metadata=_columns("projection"),
    check_specs=_checks("projections", SPACES),
    code_version=str(steps.CODE["projection"]),
)
def projections(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult:
    """Draw every configured 2-D map of a space."""
    with project.workspace(context.log.info) as work:
        key = _space_key(context)
        return reported.of_projections(work, key, steps.project(work, key))


@dg.asset(
    partitions_def=PAIRS,
    # Two named partitions of one asset cannot be said in a mapping that the UI would keep; all of them can.
    deps=[
        dg.AssetDep(asset, partition_mapping=dg.AllPartitionMapping())
        for asset in (space, neighbors, health, projections)
    ],
    group_name="pairs",
    kinds={"numpy", "parquet"},
    metadata=_columns("similarity"),
    check_specs=_checks("similarity", PAIRS),
    code_version=".".join(str(steps.CODE[kind]) for kind in sorted(steps.CODE)),
)
def similarity(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult:
    """Score how much the neighbors of every common object of two spaces agree; publish them as one comparison."""
    with project.workspace(context.log.info) as work:
        key = _pair_key(context)
        return reported.of_pair(work, key, steps.compare(work, key))


@dg.asset(
    deps=[dg.AssetDep(similarity, partition_mapping=dg.AllPartitionMapping())],
    group_name="pairs",
    kinds={"parquet"},
)
def history(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult:
    """List what was measured of every published pair; the numbers of the latest pair of each dataset, to plot."""
    with project.workspace(context.log.info) as work:
        return reported.of_history(work)


def _space_key(context: dg.AssetExecutionContext) -> SpaceKey:
    try:
        return SpaceKey.parse(context.partition_key)
    except ValueError as error:  # a partition that was added by hand
        raise InputError(str(error)) from None


def _pair_key(context: dg.AssetExecutionContext) -> PairKey:
    try:
        return PairKey.parse(context.partition_key)
    except ValueError as error:
        raise InputError(str(error)) from None
