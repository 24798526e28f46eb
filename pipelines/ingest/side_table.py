"""A file of metadata beside the vectors, joined by key: CSV or TSV with a header, or a JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.ingest.columns import typed_column, usual_key
from pipelines.ingest.faults import REPAIR_ROW, damage_refused, fault, known_or_fault, shown
from pipelines.ingest.files import decoded_lines, line_chunks
from pipelines.ingest.readers.csv_table import find_delimiter, iter_rows
from pipelines.ingest.reading import Block, Reading


@dataclass(frozen=True)
class SideTable:
    """Metadata columns, and the row of every key."""

    path: Path
    rows: dict[str, int]
    columns: pa.Table


def read_side_table(path: Path, key: str | None) -> SideTable:
    """Read a table of metadata.

    Parameters
    ----------
    key
        Column of the keys; None: by its usual name, else the first.

    Raises
    ------
    pipelines.errors.IngestError
        No such file, no table, or a repeated key.
    """
    if not path.is_file():
        raise fault(path, "there is no such file", "check `table:`")
    with damage_refused(path):
        keys, columns = _json_table(path) if path.suffix.lower() == ".json" else _text_table(path, key)
    rows: dict[str, int] = {}
    for row, name in enumerate(keys):
        if rows.setdefault(name, row) != row:
            raise fault(path, f"the key {shown(name)} is there twice", REPAIR_ROW, f"row {row + 1}")
    return SideTable(path, rows, columns)


def with_table(reading: Reading, table: SideTable) -> Reading:
    """Return a checkpoint whose objects have the columns of a table; those it does not hold have none of its values."""
    return replace(reading, blocks=partial(_joined, reading, table))


def _joined(reading: Reading, table: SideTable) -> Iterator[Block]:
    found = 0
    for block in reading.blocks():
        rows = pa.array([table.rows.get(key) for key in block.keys], pa.int64())
        found += len(rows) - rows.null_count
        columns = table.columns.take(rows)
        own = block.metadata.column_names if block.metadata is not None else []
        both = [name for name in columns.column_names if name in own]
        if both:
            raise fault(
                table.path, f"the checkpoint has a column {both[0]!r} of its own", "rename one of them"
            )
        for name in own:
            columns = columns.append_column(name, block.metadata[name])  # type: ignore[index]  # own is empty then
        yield replace(block, metadata=columns)
    if found == 0:
        advice = "name the column of the keys with `table_key:`"
        raise fault(table.path, f"no key of it is in {reading.path.name}", advice)


def _text_table(path: Path, key: str | None) -> tuple[list[str], pa.Table]:
    first, lines = next(line_chunks(path), (1, [b""]))
    delimiter = find_delimiter(decoded_lines(path, first, lines[:1])[0])
    (header, _, _), *rows = list(iter_rows(path, delimiter)) or [([""], 1, 1)]
    if len(set(header)) < len(header):
        raise fault(path, "two columns have the same name", "rename one of them", "line 1")
    for cells, line, _ in rows:
        if len(cells) != len(header):
            found = f"the row has {len(cells)} cells, but the header has {len(header)}"
            raise fault(path, found, REPAIR_ROW, f"line {line}")
    chosen = key if key is not None else usual_key(header) or header[0]
    at = header.index(known_or_fault(path, chosen, header, "column", "the columns are"))
    columns = {
        name: typed_column([cells[place] for cells, _, _ in rows])
        for place, name in enumerate(header)
        if place != at and name
    }
    return [cells[at] for cells, _, _ in rows], pa.table(columns)


def _json_table(path: Path) -> tuple[list[str], pa.Table]:
    advice = "write {key: value, …} or {key: {column: value, …}, …}"
    try:
        content: Any = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise fault(path, f"this is not valid JSON ({error})", advice) from None
    if not isinstance(content, dict) or not content:
        raise fault(path, "this is no object of keys", advice)
    values = list(content.values())
    nested = all(isinstance(value, dict) for value in values)
    records = values if nested else [{path.stem: value} for value in values]
    try:
        names = list(dict.fromkeys(name for record in records for name in record))
        columns = {name: pa.array([record.get(name) for record in records]) for name in names}
    except pa.ArrowException as error:
        raise fault(path, f"a column mixes types ({error})", advice) from None
    for name, column in columns.items():
        if pa.types.is_nested(column.type):
            raise fault(path, f"the column {name!r} holds lists or objects", advice)
    return list(content), pa.table(columns)
