"""Metadata in a table of their own (CSV, TSV, JSON), joined to the objects of a checkpoint by key."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.ingest.columns import typed_column, usual_key
from pipelines.ingest.faults import REPAIR_ROW, fault, shown
from pipelines.ingest.files import decoded_lines, line_chunks
from pipelines.ingest.reading import Block, Reading

MAX_BYTES = 1 << 30


def joined(reading: Reading, path: Path) -> Reading:
    """Give the objects of a checkpoint the metadata that a table has for their keys, null where it has none.

    Columns that the checkpoint has itself are kept, and win.

    Raises
    ------
    pipelines.errors.IngestError
        If the table cannot be read, or names an object twice.
    """
    if not path.is_file():
        raise fault(path, "there is no such file", f"check the `metadata:` of {reading.path}")
    if path.stat().st_size > MAX_BYTES:
        raise fault(path, f"it is larger than {MAX_BYTES >> 20} MiB", "keep metadata with the vectors")
    rows, table = _read_json(path) if path.suffix.lower() == ".json" else _read_table(path)
    return replace(reading, blocks=partial(_joined_blocks, reading, rows, table))


def _joined_blocks(reading: Reading, rows: dict[str, int], table: pa.Table) -> Iterator[Block]:
    for block in reading.blocks():
        found = table.take(pa.array([rows.get(key) for key in block.keys], pa.int64()))
        if block.metadata is not None:
            own = block.metadata.column_names
            found = found.select([name for name in found.column_names if name not in own])
            for name in reversed(own):
                found = found.add_column(0, name, block.metadata[name])
        yield replace(block, metadata=found)


def _read_table(path: Path) -> tuple[dict[str, int], pa.Table]:
    texts = (text + "\n" for first, lines in line_chunks(path) for text in decoded_lines(path, first, lines))
    first = next(texts, "")
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(texts, delimiter=delimiter, strict=True)
    try:
        header = next(csv.reader([first], delimiter=delimiter), [])
        cells = [(reader.line_num + 1, row) for row in reader if row]
    except csv.Error as error:
        raise fault(
            path, f"this is not valid CSV ({error})", "write it again with its quotes closed"
        ) from None
    if len(header) < 2 or len(set(header)) < len(header):
        found = "the first line should name the columns, each differently"
        raise fault(path, found, "add a header, such as key,kind,count", "line 1")
    key = header.index(usual_key(header) or header[0])
    rows = _numbered(path, [(f"line {line}", row[key] if len(row) > key else "") for line, row in cells])
    for line, row in cells:
        if len(row) != len(header):
            found = f"the row has {len(row)} cells, but the header has {len(header)}"
            raise fault(path, found, REPAIR_ROW, f"line {line}")
    columns = {
        name: typed_column([row[at] for _, row in cells]) for at, name in enumerate(header) if at != key
    }
    return rows, pa.table(columns)


def _numbered(path: Path, keys: Sequence[tuple[str, str]]) -> dict[str, int]:
    rows: dict[str, int] = {}
    for row, (place, key) in enumerate(keys):
        if rows.setdefault(key, row) != row:
            found = f"the key {shown(key)} stands in another row already"
            raise fault(path, found, "remove one of the two rows", place)
    return rows


def _read_json(path: Path) -> tuple[dict[str, int], pa.Table]:
    """Read ``{key: value}``, a column named like the file, or ``{key: {column: value}}``."""
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise fault(path, f"this is not valid JSON ({error})", "write it again") from None
    if not isinstance(content, dict) or not content:
        raise fault(path, "this is no object of keys", 'write {"key": "value"}')
    records = [value if isinstance(value, dict) else {path.stem: value} for value in content.values()]
    names = dict.fromkeys(name for record in records for name in record)
    columns = {name: typed_column([_cell(path, record.get(name)) for record in records]) for name in names}
    return _numbered(path, [("", key) for key in content]), pa.table(columns)


def _cell(path: Path, value: Any) -> str:
    if isinstance(value, dict | list):
        raise fault(path, "a value is neither text nor a number", "write one value for each object")
    return "" if value is None else str(value)
