"""What Dagster is told of every asset: metadata, data version and verdicts, made from published artifacts alone."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any

import dagster as dg

from artifacts.history import history_version, recorded
from artifacts.matched import matching_report
from artifacts.names import PairKey, SpaceKey
from pipelines import facts, shown
from pipelines.thresholds import SpaceChecks
from pipelines.verdict import Judgement
from pipelines.workspace import Artifact, Workspace


def of_space(work: Workspace, key: SpaceKey, made: Sequence[Artifact]) -> dg.MaterializeResult[Any]:
    """Return the result of the asset `space`, whose one artifact is `made`."""
    manifest = made[0].manifest
    names = ("dimensions", "zero_vectors", "dropped", "format", "dtype", "digest", "identity")
    told = {name: manifest.facts[name] for name in names}
    return _result(
        work, made, manifest.facts["objects"], told, facts.judged_space(manifest, _checks(work, key))
    )


def of_neighbors(work: Workspace, key: SpaceKey, made: Sequence[Artifact]) -> dg.MaterializeResult[Any]:
    """Return the result of the asset `neighbors`; one artifact a metric."""
    manifests = [one.manifest for one in made]
    told: dict[str, Any] = {"k": manifests[0].parameters["k"]}
    told |= {f"recall_{one.parameters['metric']}": one.facts["recall"] for one in manifests}
    judged = facts.judged_neighbors(manifests, _checks(work, key))
    return _result(work, made, manifests[0].facts["objects"], told, judged)


def of_health(work: Workspace, key: SpaceKey, made: Sequence[Artifact]) -> dg.MaterializeResult[Any]:
    """Return the result of the asset `health`, whose one artifact is `made`."""
    manifest = made[0].manifest
    judged = facts.judged_health(work.store, manifest, _checks(work, key))
    return _result(work, made, manifest.facts["objects"], shown.measured(work, made[0]), judged)


def of_projections(work: Workspace, key: SpaceKey, made: Sequence[Artifact]) -> dg.MaterializeResult[Any]:
    """Return the result of the asset `projections`; one artifact a method."""
    manifests = [one.manifest for one in made]
    told = {
        f"{score}_{one.parameters['method']}": one.facts[score]
        for one in manifests
        for score in ("trustworthiness", "continuity", "rnx_auc")
    }
    judged = facts.judged_maps(manifests, _checks(work, key))
    return _result(work, made, manifests[0].facts["objects"], told, judged)


def of_pair(work: Workspace, pair: PairKey, made: Sequence[Artifact]) -> dg.MaterializeResult[Any]:
    """Return the result of the asset `similarity`: the comparison, last in `made`, and all that belongs to it."""
    known = made[-1].manifest.facts
    told = {
        "page": dg.MetadataValue.url(shown.page_of(work, pair)),
        "picture": dg.MetadataValue.md(shown.picture(work, pair)),
        **shown.headline_scores(known["headlines"]),
        **{f"changed_beyond_noise_{metric}": count for metric, count in known["changed"].items()},
        **shown.measured(work, next(one for one in made if one.manifest.kind == "measures")),
        "searched": known["searched"],
        **_matching_counts(next(one for one in made if one.manifest.kind == "matching")),
    }
    return _result(work, made, known["common"], told, facts.judged_pair(work, pair))


def of_history(work: Workspace) -> dg.MaterializeResult[Any]:
    """Return the result of the asset `history`, which has no artifact: a table, and the latest numbers to plot."""
    datasets = list(work.project.datasets)
    # Taken first: what is published while the numbers are read makes another history.
    version = dg.DataVersion(history_version(work.store, datasets))
    past = {name: recorded(work.store, name) for name in datasets}
    rows = shown.history_rows(past)
    table = [dg.TableRecord(row) for row in rows]
    metadata: dict[str, Any] = {
        "dagster/row_count": len(rows),
        "history": dg.MetadataValue.table(table, schema=_HISTORY),
        "picture": dg.MetadataValue.md(shown.history_pictures(rows)),
        **shown.latest(rows),
    }
    return dg.MaterializeResult(metadata=metadata, data_version=version)


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


def _checks(work: Workspace, key: SpaceKey) -> SpaceChecks:
    return work.project.dataset(key.dataset).checks.space


def _result(
    work: Workspace,
    made: Sequence[Artifact],
    rows: int,
    told: Mapping[str, Any],
    judged: Sequence[Judgement],
) -> dg.MaterializeResult[Any]:
    """Return the result of an asset that consists of the artifacts `made`; a comparison stands for all of them."""
    records = [dg.TableRecord(shown.record(artifact)) for artifact in made]
    metadata = {
        "dagster/row_count": rows,
        **shown.rounded(told),
        "computed": any(artifact.computed for artifact in made),
        "seconds": round(sum(artifact.seconds for artifact in made), 3),
        **shown.fingerprints(made),
        "artifacts": dg.MetadataValue.table(records, schema=_ARTIFACTS),
        "store": work.store.url,
    }
    return dg.MaterializeResult(
        metadata=metadata,
        data_version=dg.DataVersion(version_of(made)),
        check_results=[check_result(one) for one in judged],
    )


def version_of(made: Sequence[Artifact]) -> str:
    """Return the data version of an asset: the same artifacts are the same data, however often they are reported."""
    told = shown.fingerprints(made)
    return told.get("fingerprint") or sha256("".join(told.values()).encode()).hexdigest()


def check_result(judgement: Judgement) -> dg.AssetCheckResult:
    """Return a judgement as Dagster takes it."""
    return dg.AssetCheckResult(
        passed=judgement.passed,
        check_name=judgement.name,
        severity=dg.AssetCheckSeverity[judgement.severity.upper()],
        description=judgement.description,
        metadata=shown.rounded(judgement.values),
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
