"""What the Dagster UI shows of artifacts: numbers by name, a picture, columns. Plain values; knows no Dagster."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from math import isnan

import pyarrow as pa

from artifacts.address import page_address
from artifacts.catalog import Comparison
from artifacts.names import PairKey
from artifacts.queries import Queries
from artifacts.schemas import KINDS
from pipelines.pictures import pair_picture
from pipelines.similarity import jaccard
from pipelines.steps import HEADLINE_K
from pipelines.workspace import Artifact, Workspace


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


def comparison_png(queries: Queries, comparison: Comparison, metric: str, k: int) -> bytes:
    """Return the small picture of a pair as PNG: the histogram of its similarity, and its first maps."""
    maps = {}
    for projection in comparison.projections[:1]:
        map_a, map_b = queries.coordinates(comparison, projection)
        maps = {f"A {comparison.a}": map_a, f"B {comparison.b}": map_b}
    scores = jaccard(queries.overlap(comparison, metric, k), k)
    return pair_picture(scores, maps, f"Jaccard@{k}, {metric}")


def data_uri(png: bytes) -> str:
    """Return a PNG as the address of an image that needs no file."""
    return f"data:image/png;base64,{b64encode(png).decode()}"


def picture(work: Workspace, pair: PairKey) -> str:
    """Return the small picture of a published pair as Markdown."""
    queries = Queries(work.store)
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
