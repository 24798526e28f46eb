"""The assets: each reads a partition key, calls one step and reports what was published. Nothing is computed here."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any

import dagster as dg

from artifacts.history import recorded
from artifacts.matched import matching_report
from artifacts.names import PairKey, SpaceKey
from pipelines import facts, shown, steps
from pipelines.checks import CHECKS
from pipelines.errors import InputError
from pipelines.resources import ProjectResource
from pipelines.thresholds import SpaceChecks
from pipelines.verdict import Judgement
from pipelines.workspace import Artifact, Workspace

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
        made = steps.ingest_space(work, _space_key(context))
        known = made.manifest.facts
        names = ("dimensions", "zero_vectors", "dropped", "format", "dtype", "digest", "identity")
        told = {name: known[name] for name in names}
        judged = facts.judged_space(made.manifest, _thresholds(work, context))
        return _reported(work, [made], known["objects"], told, judged)


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
        made = steps.search_neighbors(work, _space_key(context))
        manifests = [one.manifest for one in made]
        told = {f"recall_{one.parameters['metric']}": one.facts["recall"] for one in manifests}
        judged = facts.judged_neighbors(manifests, _thresholds(work, context))
        told["k"] = manifests[0].parameters["k"]
        return _reported(work, made, manifests[0].facts["objects"], told, judged)


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
        made = steps.examine(work, _space_key(context))
        judged = facts.judged_health(work.store, made.manifest, _thresholds(work, context))
        return _reported(work, [made], made.manifest.facts["objects"], shown.measured(work, made), judged)


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
        made = steps.project(work, _space_key(context))
        manifests = [one.manifest for one in made]
        told = {
            f"{score}_{one.parameters['method']}": one.facts[score]
            for one in manifests
            for score in ("trustworthiness", "continuity", "rnx_auc")
        }
        judged = facts.judged_maps(manifests, _thresholds(work, context))
        return _reported(work, made, manifests[0].facts["objects"], told, judged)


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
        pair = _pair_key(context)
        made = steps.compare(work, pair)
        known = made[-1].manifest.facts
        told = {
            **_matching_counts(next(one for one in made if one.manifest.kind == "matching")),
            "searched": known["searched"],
            **shown.headline_scores(known["headlines"]),
            **{f"changed_beyond_noise_{metric}": count for metric, count in known["changed"].items()},
            **shown.measured(work, next(one for one in made if one.manifest.kind == "measures")),
            "picture": dg.MetadataValue.md(shown.picture(work, pair)),
            "page": dg.MetadataValue.url(shown.page_of(work, pair)),
        }
        return _reported(work, made, known["common"], told, facts.judged_pair(work, pair))


@dg.asset(
    deps=[dg.AssetDep(similarity, partition_mapping=dg.AllPartitionMapping())],
    group_name="pairs",
    kinds={"parquet"},
)
def history(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult:
    """List what was measured of every published pair; the numbers of the latest pair of each dataset, to plot."""
    with project.workspace(context.log.info) as work:
        past = {name: recorded(work.store, name) for name in work.project.datasets}
        rows = [dg.TableRecord(row) for row in shown.history_rows(past)]
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": len(rows),
                **shown.latest(past),
                "history": dg.MetadataValue.table(rows, schema=_HISTORY),
            }
        )


def _matching_counts(matching: Artifact) -> dict[str, Any]:
    """Return how the objects were matched, per space; examples as JSON."""
    report = matching_report(matching.manifest.facts)
    counts: dict[str, Any] = {"matched": report.common, "folding": report.folding}
    for name, side in (("a", report.a), ("b", report.b)):
        counts |= {
            f"only_{name}": side.only,
            f"filtered_{name}": side.filtered,
            f"covered_{name}": side.covered,
        }
        counts[f"dropped_{name}"] = sum(side.dropped.values())
        counts[f"zero_vectors_{name}"] = side.zero_vectors
        counts[f"matching_{name}"] = dg.MetadataValue.json(asdict(side))
    return counts


def _thresholds(work: Workspace, context: dg.AssetExecutionContext) -> SpaceChecks:
    return work.project.dataset(_space_key(context).dataset).checks.space


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


def _reported(
    work: Workspace,
    made: Sequence[Artifact],
    rows: int,
    told: Mapping[str, Any],
    judged: Sequence[Judgement],
) -> dg.MaterializeResult:
    """Return the result of an asset that consists of the artifacts `made`; a comparison stands for all of them."""
    records = [dg.TableRecord(shown.record(artifact)) for artifact in made]
    metadata = {
        "dagster/row_count": rows,
        "computed": any(artifact.computed for artifact in made),
        "seconds": round(sum(artifact.seconds for artifact in made), 3),
        **told,
        **shown.fingerprints(made),
        "artifacts": dg.MetadataValue.table(records, schema=_ARTIFACTS),
        "store": work.store.url,
    }
    # The same artifacts are the same data, however often they are materialized: nothing downstream becomes stale.
    names = "".join(artifact.manifest.fingerprint for artifact in made)
    version = metadata.get("fingerprint") or sha256(names.encode()).hexdigest()
    return dg.MaterializeResult(
        metadata=metadata,
        data_version=dg.DataVersion(version),
        check_results=[_check_result(one) for one in judged],
    )


def _check_result(judgement: Judgement) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=judgement.passed,
        check_name=judgement.name,
        severity=dg.AssetCheckSeverity[judgement.severity.upper()],
        description=judgement.description,
        metadata=dict(judgement.values),
    )


_HISTORY = dg.TableSchema(
    [dg.TableColumn(name, "float" if name in shown.HEADLINES else "string") for name in shown.HISTORY_COLUMNS]
)

_ARTIFACTS = dg.TableSchema(
    [
        dg.TableColumn("kind"),
        dg.TableColumn("key"),
        dg.TableColumn("fingerprint"),
        dg.TableColumn("rows", "int"),
        dg.TableColumn("computed", "bool", "whether this run computed it"),
        dg.TableColumn("seconds", "float", "of this run"),
    ]
)
