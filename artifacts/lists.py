"""Lists of objects and of their neighbors as tables, a batch at a time, and how they are written for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from artifacts.catalog import Comparison
from artifacts.queries import SIMILARITY, Queries

End = Literal["all", "low", "high"]
OBJECTS_AT_ONCE = 4_096
_NEIGHBORS_AT_ONCE = 250_000
_FORMULA = r"^[=+\-@\t\r]"
"""What a spreadsheet takes for the beginning of a formula."""

_OBJECTS = [("place", pa.int32()), ("key", pa.string()), ("overlap", pa.int32()), ("jaccard", pa.float32())]
_NEIGHBORS = pa.schema(
    [
        ("key", pa.string()),
        ("space", pa.string()),
        ("rank", pa.int32()),
        ("neighbor", pa.string()),
        ("distance", pa.float32()),
        ("in_common", pa.bool_()),
    ]
)


@dataclass(frozen=True, eq=False)
class Listed:
    """Which objects of a comparison are listed, and in which order.

    Attributes
    ----------
    by
        What they are sorted by, one of `Queries.sortable`.
    end
        All of them from the low end on, or `count` of one end.
    within
        int32: common rows to choose from, ascending; None: all.
    """

    comparison: Comparison
    metric: str
    k: int
    by: str = SIMILARITY
    end: End = "all"
    count: int = 20
    within: NDArray[np.int32] | None = None


def objects_table(queries: Queries, listed: Listed) -> tuple[pa.Schema, Iterator[pa.Table]]:
    """Return one row an object: its place from 1, key, overlap and Jaccard similarity, and what it is sorted by."""
    comparison = listed.comparison
    rows, values = _ordered(queries, listed)
    overlap = queries.overlap(comparison, listed.metric, listed.k)
    keys = pa.array(queries.keys(comparison), pa.string())
    names: tuple[str, ...] = ()
    fields = list(_OBJECTS)
    if listed.by != SIMILARITY:
        names = queries.scale(comparison, listed.metric, listed.by).names
        fields.append((listed.by, pa.string() if names else pa.float64()))
    schema = pa.schema(fields)

    def tables() -> Iterator[pa.Table]:
        for start in range(0, len(rows), OBJECTS_AT_ONCE):
            some = rows[start : start + OBJECTS_AT_ONCE]
            c = overlap[some].astype(np.int32)
            columns: list[Any] = [
                pa.array(np.arange(start + 1, start + 1 + len(some), dtype=np.int32)),
                keys.take(pa.array(some)),
                pa.array(c),
                pa.array((c / (2 * listed.k - c)).astype(np.float32)),
            ]
            if listed.by != SIMILARITY:
                columns.append(_told(values[start : start + len(some)], names))
            yield pa.table(columns, schema=schema)

    return schema, tables()


def neighbors_table(queries: Queries, listed: Listed) -> tuple[pa.Schema, Iterator[pa.Table]]:
    """Return one row a neighbor among the first k: the object, A or B, rank, neighbor, distance, whether in common."""
    comparison, k = listed.comparison, listed.k
    rows, _ = _ordered(queries, listed)
    keys = pa.array(queries.all_keys(comparison), pa.string())

    def tables() -> Iterator[pa.Table]:
        at_once = max(1, _NEIGHBORS_AT_ONCE // (2 * k))
        for start in range(0, len(rows), at_once):
            some = rows[start : start + at_once]
            near = queries.neighborhoods(comparison, listed.metric, k, some)
            both = np.stack([near.neighbors_a, near.neighbors_b], axis=1)
            yield pa.table(
                [
                    keys.take(pa.array(np.repeat(some, 2 * k))),
                    pa.array(np.tile(np.repeat(["A", "B"], k), len(some))),
                    pa.array(np.tile(np.arange(1, k + 1, dtype=np.int32), 2 * len(some))),
                    keys.take(pa.array(both.ravel())),
                    pa.array(np.stack([near.distances_a, near.distances_b], axis=1).ravel()),
                    pa.array(np.stack([near.common_a, near.common_b], axis=1).ravel()),
                ],
                schema=_NEIGHBORS,
            )

    return _NEIGHBORS, tables()


def safe_cells(table: pa.Table) -> pa.Table:
    """Return a table whose texts no spreadsheet takes for a formula: those that look like one begin with ``'``.

    Examples
    --------
    >>> safe_cells(pa.table({"key": ["=1+1", "a=b"]}))["key"].to_pylist()
    ["'=1+1", 'a=b']
    """
    for at, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            column = table.column(at)
            marked = pc.binary_join_element_wise("'", column, "")
            table = table.set_column(
                at, field, pc.if_else(pc.match_substring_regex(column, _FORMULA), marked, column)
            )
    return table


class _SafeCsv:
    """Writes CSV that a spreadsheet may open."""

    def __init__(self, sink: Any, schema: pa.Schema) -> None:
        self._writer = pa_csv.CSVWriter(sink, schema)

    def write_table(self, table: pa.Table) -> None:
        self._writer.write_table(safe_cells(table))

    def close(self) -> None:
        self._writer.close()


def _parquet(sink: Any, schema: pa.Schema) -> Any:
    return pq.ParquetWriter(sink, schema, compression="zstd")


FORMATS: dict[str, Callable[[Any, pa.Schema], Any]] = {"csv": _SafeCsv, "parquet": _parquet}
"""Endings of files to what opens a writer (``write_table``, ``close``) on a sink for tables of a schema."""


def _ordered(queries: Queries, listed: Listed) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    count = listed.comparison.n if listed.end == "all" else listed.count
    ranked = queries.ranked(listed.comparison, listed.metric, listed.k, listed.by, 0, count, listed.within)
    end = ranked.high if listed.end == "high" else ranked.low
    return end.rows, end.values


def _told(values: NDArray[np.float64], names: tuple[str, ...]) -> pa.Array:
    """Return values as the table tells them: numbers, or the texts that they stand for; null where there is none."""
    missing = np.isnan(values)
    if not names:
        return pa.array(values, mask=missing)
    places = pa.array(np.where(missing, 0, values).astype(np.int32), mask=missing)
    return pa.array(names, pa.string()).take(places)
