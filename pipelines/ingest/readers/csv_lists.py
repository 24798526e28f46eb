"""CSV or TSV with a header and a column of vectors as text, ``[0.1, 0.2]`` or ``[0.1 0.2]``."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.errors import IngestError
from pipelines.ingest.columns import typed_column, usual_key
from pipelines.ingest.faults import REPAIR_ROW, fault, known_or_fault, listed, shown
from pipelines.ingest.files import BLOCK_BYTES, SAMPLE_LINES, head_rows
from pipelines.ingest.numerals import parse_fields
from pipelines.ingest.reader import Reader
from pipelines.ingest.readers.csv_table import Row, find_delimiter, first_line, iter_rows, sampled
from pipelines.ingest.reading import Block, Position, ReaderOptions, Reading

_SEPARATORS = re.compile(r"[,\s]+")


@dataclass(frozen=True)
class Layout:
    """What the columns are, by position; metadata columns with their types."""

    header: list[str]
    delimiter: str
    key: int
    vector: int
    dimensions: int
    metadata: dict[int, Any]


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether most rows below a header hold a list in brackets."""
    lines = [line.decode("utf-8", "replace") for line in head_rows(head)]
    if len(lines) < 2:
        return False
    try:
        header, *rows = csv.reader(lines, delimiter=find_delimiter(lines[0]))
    except csv.Error:
        return False
    alike = [row for row in rows if len(row) == len(header)]
    return len(header) > 1 and bool(list_columns(header, alike))


def list_columns(header: list[str], rows: Sequence[list[str]]) -> list[int]:
    """Find the columns in which more than half of the cells are lists in brackets."""
    return [
        at
        for at in range(len(header))
        if 2 * sum(cells[at].strip()[:1] == "[" and cells[at].strip()[-1:] == "]" for cells in rows)
        > len(rows)
    ]


def open_csv(path: Path, options: ReaderOptions) -> Reading:
    """Understand the columns from the header and the first rows."""
    delimiter = find_delimiter(first_line(path))
    header, sample = sampled(path, delimiter)
    layout = find_layout(path, header, delimiter, sample, options)
    position = Position()
    blocks = partial(read_blocks, path, layout, position)
    return Reading(path, "csv-lists", layout.dimensions, None, "text", blocks, position)


def find_layout(
    path: Path, header: list[str], delimiter: str, sample: list[list[str]], options: ReaderOptions
) -> Layout:
    """Decide what each column is."""
    if len(set(header)) < len(header):
        raise fault(path, f"two columns have the same name: {listed(header)}", "rename one of them", "line 1")
    lists = list_columns(header, sample)
    names = [header[at] for at in lists]
    if options.member is not None:
        advice = "columns of lists are"
        vector = header.index(known_or_fault(path, options.member, names, "column of vectors", advice))
    elif len(lists) != 1:
        found = f"{len(lists)} columns hold lists of numbers: {listed(names)}"
        raise fault(path, found, f"name one, as in {path.name}#column", "line 1")
    else:
        vector = lists[0]
    others = [at for at in range(len(header)) if at not in lists]
    if not others:
        raise fault(path, "no column holds keys", "add a column of keys", "line 1")
    if options.key is not None:
        key = header.index(known_or_fault(path, options.key, header, "column", "the columns are"))
    else:
        usual = usual_key([header[at] for at in others])
        key = header.index(usual) if usual is not None else others[0]
    metadata = {
        at: typed_column([cells[at] for cells in sample]).type
        for at in others
        if at != key and (at or header[0])
    }
    dimensions = next((len(_numbers(cells[vector])) for cells in sample if cells[vector].strip()), 0)
    return Layout(header, delimiter, key, vector, dimensions, metadata)


def _numbers(cell: str) -> list[str]:
    inner = cell.strip()[1:-1].strip()
    return _SEPARATORS.split(inner) if inner else []


def read_blocks(path: Path, layout: Layout, position: Position) -> Iterator[Block]:
    """Read the rows in blocks of bounded size."""
    rows = iter_rows(path, layout.delimiter, position)
    next(rows)
    a_block = max(1, min(BLOCK_BYTES // (32 * (layout.dimensions + 1)), 8 * SAMPLE_LINES))
    while block := list(islice(rows, a_block)):
        for cells, line, _ in block:
            if len(cells) != len(layout.header):
                found = f"the row has {len(cells)} cells, but the header has {len(layout.header)}"
                raise fault(path, found, REPAIR_ROW, f"line {line}")
        first, last = block[0][1], block[-1][2]
        yield Block(
            [cells[layout.key] for cells, _, _ in block],
            _vectors(path, layout, block),
            _metadata(path, layout, block),
            first_line=first if last - first + 1 == len(block) else None,
        )


def _vectors(path: Path, layout: Layout, rows: list[Row]) -> NDArray[np.float32]:
    fields: list[str] = []
    for cells, line, _ in rows:
        cell = cells[layout.vector].strip()
        numbers = _numbers(cell)
        if cell[:1] != "[" or cell[-1:] != "]" or len(numbers) != layout.dimensions:
            found = f"a list of {layout.dimensions} numbers is expected, but there is {shown(cell, 30)}"
            raise _bad(path, layout, line, found)
        fields += numbers
    values = parse_fields("\n".join(fields).encode(), len(fields))
    if values is None:
        raise _unreadable(path, layout, rows)
    return values.reshape(len(rows), layout.dimensions)


def _unreadable(path: Path, layout: Layout, rows: list[Row]) -> IngestError:
    for cells, line, _ in rows:
        for field in _numbers(cells[layout.vector]):
            if parse_fields(field.encode(), 1) is None:
                return _bad(path, layout, line, f"{shown(field)} is not a number")
    return _bad(path, layout, rows[0][1], "the lists hold something other than numbers")


def _bad(path: Path, layout: Layout, line: int, found: str) -> IngestError:
    return fault(path, found, REPAIR_ROW, f"line {line}, column {shown(layout.header[layout.vector])}")


def _metadata(path: Path, layout: Layout, rows: list[Row]) -> pa.Table | None:
    columns: dict[str, Any] = {}
    for at, kind in layout.metadata.items():
        texts = pa.array([cells[at] or None for cells, _, _ in rows], pa.string())
        try:
            columns[layout.header[at]] = texts.cast(kind)
        except pa.ArrowException:
            found = f"a cell is not {kind}, as in the first rows"
            place = f"line {rows[0][1]} or after, column {shown(layout.header[at])}"
            raise fault(path, found, REPAIR_ROW, place) from None
    return pa.table(columns) if columns else None


READER = Reader(sniff=sniff, open=open_csv)
