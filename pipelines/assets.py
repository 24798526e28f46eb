"""The assets: each reads a partition key, calls one step and reports what was published. Nothing is computed here."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from math import isnan
from typing import Any

import dagster as dg

from artifacts.matched import matching_report
from artifacts.names import PairKey, SpaceKey
from artifacts.queries import Queries
from pipelines import steps
from pipelines.errors import InputError
from pipelines.pictures import pair_picture
from pipelines.resources import ProjectResource
from pipelines.similarity import jaccard
from pipelines.workspace import Artifact, Workspace

SPACES = dg.DynamicPartitionsDefinition(name="spaces")
"""One partition a space, ``dataset@version``."""

PAIRS = dg.DynamicPartitionsDefinition(name="pairs")
"""One partition a pair, ``dataset@a..dataset@b``."""


@dg.asset(
    partitions_def=SPACES,
    group_name="spaces",
    kinds={"numpy", "parquet"},
    code_version=str(steps.CODE["space"]),
)
def space(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult:
    """Read one embedding of a dataset's objects: the keys, metadata and vectors of a checkpoint."""
    with project.workspace(context.log.info) as work:
        made = steps.ingest_space(work, _space_key(context))
        facts = {
            name: made.manifest.facts[name]
            for name in ("dimensions", "zero_vectors", "dropped", "format", "dtype", "digest", "identity")
        }
        return _reported(work, [made], made.manifest.facts["objects"], facts)


@dg.asset(
    partitions_def=SPACES,
    deps=[space],
    group_name="spaces",
    kinds={"numpy", "parquet"},
    code_version=str(steps.CODE["neighbors"]),
)
def neighbors(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult:
    """Find the K nearest other objects of every object of a space, under every configured metric."""
    with project.workspace(context.log.info) as work:
        made = steps.search_neighbors(work, _space_key(context))
        facts = {f"recall_{one.manifest.parameters['metric']}": one.manifest.facts["recall"] for one in made}
        k = made[0].manifest.parameters["k"]
        return _reported(work, made, made[0].manifest.facts["objects"], {**facts, "k": k})


@dg.asset(
    partitions_def=SPACES,
    deps=[space, neighbors],
    group_name="spaces",
    kinds={"numpy", "parquet"},
    code_version=str(steps.CODE["health"]),
)
def health(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult:
    """Measure what one should know of a space before comparing it: norms, duplicates, anisotropy, dimension, hubs."""
    with project.workspace(context.log.info) as work:
        made = steps.examine(work, _space_key(context))
        return _reported(work, [made], made.manifest.facts["objects"], _measured(work, made))


@dg.asset(
    partitions_def=SPACES,
    deps=[space, neighbors],
    group_name="spaces",
    kinds={"scikitlearn", "parquet"},
    code_version=str(steps.CODE["projection"]),
)
def projections(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult:
    """Draw every configured 2-D map of a space."""
    with project.workspace(context.log.info) as work:
        made = steps.project(work, _space_key(context))
        facts = {
            f"{score}_{one.manifest.parameters['method']}": one.manifest.facts[score]
            for one in made
            for score in ("trustworthiness", "continuity", "rnx_auc")
        }
        return _reported(work, made, made[0].manifest.facts["objects"], facts)


@dg.asset(
    partitions_def=PAIRS,
    # Two named partitions of one asset cannot be said in a mapping that the UI would keep; all of them can.
    deps=[
        dg.AssetDep(asset, partition_mapping=dg.AllPartitionMapping())
        for asset in (space, neighbors, health, projections)
    ],
    group_name="pairs",
    kinds={"numpy", "parquet"},
    code_version=".".join(str(steps.CODE[kind]) for kind in sorted(steps.CODE)),
)
def similarity(context: dg.AssetExecutionContext, project: ProjectResource) -> dg.MaterializeResult:
    """Score how much the neighbors of every common object of two spaces agree; publish them as one comparison."""
    with project.workspace(context.log.info) as work:
        pair = _pair_key(context)
        made = steps.compare(work, pair)
        facts = made[-1].manifest.facts
        counts = _matching_counts(next(one for one in made if one.manifest.kind == "matching"))
        changed = {f"changed_beyond_noise_{metric}": count for metric, count in facts["changed"].items()}
        measures = next(one for one in made if one.manifest.kind == "measures")
        shown = {
            **counts,
            "searched": facts["searched"],
            **_headline_scores(facts["headlines"]),
            **changed,
            **_measured(work, measures),
            "picture": _picture(work, pair),
        }
        return _reported(work, made, facts["common"], shown)


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


def _headline_scores(headlines: Mapping[str, Mapping[str, float | None]]) -> dict[str, float]:
    """Return the scores of each metric as ``<score>_<metric>`` and their k; what is not a number is left out."""
    scores: dict[str, float] = {}
    for metric, values in headlines.items():
        for score, value in values.items():
            if value is not None:
                scores["headline_k" if score == "k" else f"{score}_{metric}"] = value
    return scores


def _measured(work: Workspace, artifact: Artifact) -> dict[str, float]:
    """Return the measured values as ``<name>[_<metric>][_k<k>]``; what has no value is left out."""
    values = {}
    for row in work.store.read_table(artifact.manifest, "measures").to_pylist():
        if not isnan(row["value"]):
            suffix = [row["metric"]] if row["metric"] else []
            suffix += [f"k{row['k']}"] if row["k"] else []
            values["_".join([row["name"], *suffix])] = row["value"]
    return values


def _picture(work: Workspace, pair: PairKey) -> dg.MarkdownMetadataValue:
    queries = Queries(work.store)
    comparison = queries.comparison(pair.dataset, pair.a, pair.b)
    metric, k = comparison.metrics[0], min(steps.HEADLINE_K, comparison.k_max)
    maps = {}
    for projection in comparison.projections[:1]:
        map_a, map_b = queries.coordinates(comparison, projection)
        maps = {f"A {pair.a}": map_a, f"B {pair.b}": map_b}
    scores = jaccard(queries.overlap(comparison, metric, k), k)
    png = pair_picture(scores, maps, f"Jaccard@{k}, {metric}")
    return dg.MetadataValue.md(f"![{pair}](data:image/png;base64,{b64encode(png).decode()})")


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
    work: Workspace, made: Sequence[Artifact], rows: int, facts: Mapping[str, Any]
) -> dg.MaterializeResult:
    """Return the result of an asset that consists of the artifacts `made`; a comparison stands for all of them."""
    metadata = {
        "dagster/row_count": rows,
        "computed": any(artifact.computed for artifact in made),
        "seconds": round(sum(artifact.seconds for artifact in made), 3),
        **facts,
        **_fingerprints(made),
        "artifacts": dg.MetadataValue.table([_record(artifact) for artifact in made], schema=_ARTIFACTS),
        "store": work.store.url,
    }
    # The same artifacts are the same data, however often they are materialized: nothing downstream becomes stale.
    names = "".join(artifact.manifest.fingerprint for artifact in made)
    version = metadata.get("fingerprint") or sha256(names.encode()).hexdigest()
    return dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(version))


def _fingerprints(made: Sequence[Artifact]) -> dict[str, str]:
    """Return ``fingerprint``, or ``fingerprint_<metric or method>`` of each where none stands for all."""
    if made and made[-1].manifest.kind in {"space", "health", "comparison"}:
        return {"fingerprint": made[-1].manifest.fingerprint}
    manifests = [artifact.manifest for artifact in made]
    variants = [one.parameters.get("metric") or one.parameters["method"] for one in manifests]
    return {f"fingerprint_{name}": one.fingerprint for name, one in zip(variants, manifests, strict=True)}


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


def _record(artifact: Artifact) -> dg.TableRecord:
    manifest = artifact.manifest
    return dg.TableRecord(
        {
            "kind": manifest.kind,
            "key": manifest.key,
            "fingerprint": manifest.fingerprint,
            "rows": max((table["rows"] for table in manifest.tables.values()), default=0),
            "computed": artifact.computed,
            "seconds": round(artifact.seconds, 3),
        }
    )
