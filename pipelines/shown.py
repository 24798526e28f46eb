"""What the Dagster UI shows of artifacts: numbers by name, a picture, columns. Plain values; knows no Dagster."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from math import isnan
from typing import Any

import pyarrow as pa

from artifacts.address import page_address
from artifacts.catalog import Comparison
from artifacts.history import Recorded
from artifacts.names import PairKey
from artifacts.queries import PATIENT, Queries
from artifacts.schemas import KINDS
from pipelines.history_picture import history_picture
from pipelines.pictures import pair_picture
from pipelines.similarity import jaccard
from pipelines.steps import HEADLINE_K
from pipelines.workspace import Artifact, Workspace

HEADLINES = ("jaccard_mean", "chance_adjusted_mean", "cka", "procrustes_similarity")
"""Measures that stand in the table of the history; those of neighbors at their largest k."""

HISTORY_COLUMNS = ("pair", "computed", "state", *HEADLINES)


def headline_scores(headlines: Mapping[str, Mapping[str, float | None]]) -> dict[str, float]:
    """Return the scores of each metric as ``<score>_<metric>`` and their k; what is not a number is left out."""
    scores: dict[str, float] = {}
    for metric, values in headlines.items():
        for score, value in values.items():
            if value is not None:
                scores["headline_k" if score == "k" else f"{score}_{metric}"] = value
    return scores


def measured(work: Workspace, artifact: Artifact) -> dict[str, float]:
    """Return the measured values as ``<name>[_<metric>][_k<k>]``; what has no value is left out."""
    values = {}
    for row in work.store.read_table(artifact.manifest, "measures").to_pylist():
        if not isnan(row["value"]):
            suffix = [row["metric"]] if row["metric"] else []
            suffix += [f"k{row['k']}"] if row["k"] else []
            values["_".join([row["name"], *suffix])] = row["value"]
    return values


def fingerprints(made: Sequence[Artifact]) -> dict[str, str]:
    """Return ``fingerprint``, or ``fingerprint_<metric or method>`` of each where none stands for all."""
    if made and made[-1].manifest.kind in {"space", "health", "comparison"}:
        return {"fingerprint": made[-1].manifest.fingerprint}
    manifests = [artifact.manifest for artifact in made]
    variants = [one.parameters.get("metric") or one.parameters["method"] for one in manifests]
    return {f"fingerprint_{name}": one.fingerprint for name, one in zip(variants, manifests, strict=True)}


def record(artifact: Artifact) -> dict[str, str | int | float | bool]:
    """Return what one row about an artifact tells."""
    manifest = artifact.manifest
    return {
        "kind": manifest.kind,
        "key": manifest.key,
        "fingerprint": manifest.fingerprint,
        "rows": max((table["rows"] for table in manifest.tables.values()), default=0),
        "computed": artifact.computed,
        "seconds": round(artifact.seconds, 3),
    }


def history_rows(past: Mapping[str, Sequence[Recorded]]) -> list[dict[str, str | float | None]]:
    """Return one row a comparison that is kept, the newest versions last, with its headline measures.

    Parameters
    ----------
    past
        Dataset to its history.
    """
    rows = []
    for dataset, history in past.items():
        for _, of_one in groupby(history, key=lambda one: (one.order, one.fingerprint)):
            found = list(of_one)
            pair, first = PairKey(dataset, found[0].a, found[0].b), found[0]
            told = {"pair": str(pair), "computed": first.created, "state": first.state}
            rows.append(told | rounded({name: _headline(found, name) for name in HEADLINES}))
    return rows


def _headline(measures: Sequence[Recorded], name: str) -> float | None:
    """Return a measure under the first metric at the largest k; None where it has no value."""
    found = [one for one in measures if one.name == name]
    of_first = [one for one in found if one.metric == found[0].metric]
    value = max(of_first, key=lambda one: one.k or 0).value if of_first else float("nan")
    return None if isnan(value) else value


def latest(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return the headline measures of the latest pair of each dataset as ``<dataset>_<measure>``, to be plotted.

    Parameters
    ----------
    rows
        Of `history_rows`.
    """
    newest = {PairKey.parse(row["pair"]).dataset: row for row in rows if row["state"] == "current"}
    return {
        f"{dataset}_{name}": row[name]
        for dataset, row in newest.items()
        for name in HEADLINES
        if row[name] is not None
    }


def history_pictures(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return one picture a dataset, its headline measures over the current pairs, as Markdown; empty without pairs.

    Parameters
    ----------
    rows
        Of `history_rows`.
    """
    told = []
    current = [(PairKey.parse(row["pair"]), row) for row in rows if row["state"] == "current"]
    for dataset, found in groupby(current, key=lambda one: one[0].dataset):
        pairs = list(found)
        names = [f"{pair.a}..{pair.b}" for pair, _ in pairs]
        measures = {name: [row[name] for _, row in pairs] for name in HEADLINES}
        told.append(f"![{dataset}]({data_uri(history_picture(dataset, names, measures))})")
    return "\n\n".join(told)


def rounded(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata with every number as a person reads it: six significant digits.

    Examples
    --------
    >>> rounded({"cka": 0.8193560222873683, "k": 50})
    {'cka': 0.819356, 'k': 50}
    """
    return {
        name: float(f"{value:.6g}") if isinstance(value, float) else value for name, value in told.items()
    }


def comparison_png(queries: Queries, comparison: Comparison, metric: str, k: int, zoom: int = 1) -> bytes:
    """Return the small picture of a pair as PNG: the histogram of its similarity, and its first maps."""
    maps = {}
    for projection in comparison.projections[:1]:
        map_a, map_b = queries.coordinates(comparison, projection)
        maps = {f"A {comparison.a}": map_a, f"B {comparison.b}": map_b}
    scores = jaccard(queries.overlap(comparison, metric, k), k)
    return pair_picture(scores, maps, f"Jaccard@{k}, {metric}", zoom)


def data_uri(png: bytes) -> str:
    """Return a PNG as the address of an image that needs no file."""
    return f"data:image/png;base64,{b64encode(png).decode()}"


def picture(work: Workspace, pair: PairKey) -> str:
    """Return the small picture of a published pair as Markdown."""
    queries = Queries(work.store, PATIENT)
    comparison = queries.comparison(pair.dataset, pair.a, pair.b)
    png = comparison_png(queries, comparison, comparison.metrics[0], min(HEADLINE_K, comparison.k_max))
    return f"![{pair}]({data_uri(png)})"


def page_of(work: Workspace, pair: PairKey, metric: str = "", k: int = 0) -> str:
    """Return the address of the page that shows a pair."""
    fields = {"dataset": pair.dataset, "a": pair.a, "b": pair.b, "metric": metric, "k": k}
    return page_address(work.project.viewer_url, fields)


def columns_of(kind: str) -> Iterator[tuple[str, str, str]]:
    """Yield name, type and meaning of every column of a kind of artifact; of several tables as ``table.column``."""
    tables = KINDS[kind].tables
    for table, schema in tables.items():
        prefix = f"{table}." if len(tables) > 1 else ""
        for name, column in schema.columns.items():
            yield f"{prefix}{name}", _type(column.type), column.about
        if schema.family:
            name, column = schema.family
            yield f"{prefix}{name}_<k>", _type(column.type), f"{column.about}; one column for every k"


def _type(kind: pa.DataType | None) -> str:
    if kind is None:
        return "struct"
    return f"list of {kind.value_type}" if pa.types.is_nested(kind) else str(kind)
