"""CSV with a header: a column of keys, numeric columns for the vector, text columns for metadata."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.ingest.columns import MISSING, bool_column, is_bool, usual_key
from pipelines.ingest.faults import REPAIR_ROW, fault, known_or_fault, listed, shown
from pipelines.ingest.files import (
    BLOCK_BYTES,
    LINE_BYTES,
    SAMPLE_LINES,
    decoded_lines,
    head_rows,
    line_chunks,
)
from pipelines.ingest.numerals import is_number, parse_fields, trailing_numbers
from pipelines.ingest.reader import Reader
from pipelines.ingest.reading import Block, Position, ReaderOptions, Reading

# Lines are limited already; a vector of 10,000 numbers in one cell is longer than the default of 128 KiB.
csv.field_size_limit(LINE_BYTES)

# A row, and the lines it begins and ends on.
Row = tuple[list[str], int, int]


@dataclass(frozen=True)
class Layout:
    """What the columns of a CSV file are, by position.

    Attributes
    ----------
    header, delimiter
        The names, and what separates them.
    key
        The column of keys.
    vector
        Numeric columns, in order.
    metadata
        Text columns; those in `booleans` say true or false.
    """

    header: list[str]
    delimiter: str
    key: int
    vector: list[int]
    metadata: list[int]
    booleans: frozenset[int]


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether most rows have as many cells as the first, which for tabs must also be a header."""
    lines = [line.decode("utf-8", "replace") for line in head_rows(head)]
    if len(lines) < 2:
        return False
    try:
        delimiter = find_delimiter(lines[0])
        header, *rows = csv.reader(lines, delimiter=delimiter)
    except csv.Error:
        return False
    alike = sum(len(row) == len(header) for row in rows)
    vectors = sum(map(holds_text_vector, rows))
    is_table = len(header) > 1 and 2 * alike > len(rows) > 2 * vectors
    return is_table and (delimiter != "\t" or is_header(header))


def holds_text_vector(cells: Sequence[str]) -> bool:
    """Tell a row of text vectors, in which only the key holds delimiters: ``first, second 0.1 0.2``."""
    *others, last = cells or [""]
    return trailing_numbers(last.encode()) > 0 and not any(map(is_number, others))


def find_delimiter(line: str) -> str:
    """Choose the delimiter that cuts the first line into the most cells.

    >>> find_delimiter("word;x;y")
    ';'
    """

    def cells(delimiter: str) -> int:
        try:
            return len(next(csv.reader([line], delimiter=delimiter), []))
        except csv.Error:  # whoever reads the rows says where
            return 0

    return max(",;\t", key=cells)


def is_header(cells: Sequence[str]) -> bool:
    """Tell a header from a row of values: a name in it is no number, or it counts from 0 or 1."""
    rest = cells[1:]
    names = list(map(str, range(len(rest) + 1)))
    return not all(is_number(cell) for cell in rest) or (len(rest) > 1 and rest in (names[:-1], names[1:]))


def open_csv(path: Path, options: ReaderOptions) -> Reading:
    """Understand the columns from the header and the first rows."""
    delimiter = find_delimiter(first_line(path))
    header, sample = sampled(path, delimiter)
    if not is_header(header):
        found = "the first line is not a header, because it holds numbers only"
        raise fault(path, found, "add a header, such as key,0,1,2", "line 1")
    layout = find_layout(path, header, delimiter, sample, options)
    position = Position()
    blocks = partial(read_blocks, path, layout, position)
    return Reading(path, "csv", len(layout.vector), None, "text", blocks, position)


def sampled(path: Path, delimiter: str) -> tuple[list[str], list[list[str]]]:
    """Give the header, and the cells of the first rows that are as wide."""
    rows = iter_rows(path, delimiter)
    header, _, _ = next(rows, ([], 1, 1))
    with _csv_errors(path):
        return header, [cells for cells, _, _ in islice(rows, SAMPLE_LINES) if len(cells) == len(header)]


def first_line(path: Path) -> str:
    """Give the first line of a file."""
    first, lines = next(line_chunks(path), (1, [b""]))
    return decoded_lines(path, first, lines[:1])[0]


def iter_rows(path: Path, delimiter: str, position: Position | None = None) -> Iterator[Row]:
    """Give the rows that are not empty, with the lines they begin and end on."""
    chunks = line_chunks(path, position)
    texts = (text + "\n" for first, lines in chunks for text in decoded_lines(path, first, lines))
    reader = csv.reader(texts, delimiter=delimiter, strict=True)
    end = 0
    with _csv_errors(path, reader):
        for cells in reader:
            begin, end = end + 1, reader.line_num
            if cells:
                yield cells, begin, end


@contextmanager
def _csv_errors(path: Path, reader: Any = None) -> Iterator[None]:
    try:
        yield
    except csv.Error as error:
        place = f"line {reader.line_num}" if reader is not None else ""
        found = f"the row is not valid CSV ({error})"
        raise fault(path, found, "close quotes, and double those inside a cell", place) from None


def find_layout(
    path: Path, header: list[str], delimiter: str, sample: list[list[str]], options: ReaderOptions
) -> Layout:
    """Decide what each column is.

    A column is numeric if more than half of its sampled cells are, so that one broken cell is an error rather
    than a lost dimension. An unnamed first column is an index (pandas writes one): the keys if there are no
    others, never part of the vector.
    """
    columns = [[row[at] for row in sample] for at in range(len(header))]
    numeric = [at for at, cells in enumerate(columns) if mostly_numeric(cells)]
    key = find_key(path, header, numeric, options)
    index = 0 if not header[0].strip() else None
    vector = [at for at in numeric if at not in (key, index)]
    metadata = [at for at in range(len(header)) if at not in (key, index) and at not in vector]
    if not vector:
        found = f"no column holds numbers; the columns are {listed(header)}"
        raise fault(path, found, "give the file that holds the vectors", "line 1")
    names = [header[at] for at in metadata]
    if len(set(names)) < len(names):
        raise fault(path, f"two columns have the same name: {listed(names)}", "rename one of them", "line 1")
    booleans = frozenset(at for at in metadata if any(columns[at]) and all(map(is_bool, columns[at])))
    return Layout(header, delimiter, key, vector, metadata, booleans)


def mostly_numeric(cells: Sequence[str]) -> bool:
    """Tell whether more than half of the cells that are not missing are numbers."""
    present = [cell for cell in cells if cell.strip().lower() not in MISSING]
    return 2 * sum(is_number(cell) for cell in present) > len(present)


def find_key(path: Path, header: list[str], numeric: list[int], options: ReaderOptions) -> int:
    """Choose the column of keys: as told, by its usual name, the first of text, or the unnamed index."""
    if options.key is not None:
        return header.index(known_or_fault(path, options.key, header, "column", "the columns are"))
    usual = usual_key(header)
    if usual is not None:
        return header.index(usual)
    texts = [at for at in range(len(header)) if at not in numeric]
    if texts:
        return texts[0]
    if not header[0].strip():
        return 0
    found = f"no column holds keys; the columns are {listed(header)}"
    raise fault(path, found, "name the one that does with `key:`", "line 1")


def read_blocks(path: Path, layout: Layout, position: Position) -> Iterator[Block]:
    """Read the rows in blocks of bounded size."""
    rows = iter_rows(path, layout.delimiter, position)
    next(rows)
    a_block = max(1, BLOCK_BYTES // (32 * len(layout.header)))
    while block := list(islice(rows, a_block)):
        yield parse_block(path, layout, block)


def parse_block(path: Path, layout: Layout, rows: list[Row]) -> Block:
    """Parse consecutive rows at once; lines are known where each row has one line."""
    for cells, line, _ in rows:
        if len(cells) != len(layout.header):
            found = f"the row has {len(cells)} cells, but the header has {len(layout.header)}"
            raise fault(path, found, REPAIR_ROW, f"line {line}")
    first, last = rows[0][1], rows[-1][2]
    return Block(
        [cells[layout.key] for cells, _, _ in rows],
        _vectors(path, layout, rows),
        _metadata(path, layout, rows),
        first_line=first if last - first + 1 == len(rows) else None,
    )


def _vectors(path: Path, layout: Layout, rows: list[Row]) -> NDArray[np.float32]:
    texts = [cells[at] for cells, _, _ in rows for at in layout.vector]
    values = parse_fields("\n".join(texts).encode(), len(texts))
    if values is None or not np.isfinite(values).all():
        _refuse_cell(path, layout, rows)
    if values is None:
        raise fault(path, "the cells are not all numbers", REPAIR_ROW, f"line {rows[0][1]} or after")
    return values.reshape(len(rows), len(layout.vector))


def _refuse_cell(path: Path, layout: Layout, rows: list[Row]) -> None:
    """Raise for the first missing or unreadable cell; infinite values are left to validation."""
    for cells, line, _ in rows:
        for at in layout.vector:
            cell = cells[at]
            place = f"line {line} (key {shown(cells[layout.key])}), column {shown(layout.header[at])}"
            if cell.strip().lower() in MISSING:
                raise fault(
                    path, f"the value is missing ({shown(cell)})", f"fill it in, or {REPAIR_ROW}", place
                )
            if parse_fields(cell.encode(), 1) is None:
                found = f"{shown(cell)} is not a number"
                raise fault(path, found, f"{REPAIR_ROW} (decimals are written with a point)", place)


def _metadata(path: Path, layout: Layout, rows: list[Row]) -> pa.Table | None:
    if not layout.metadata:
        return None
    columns: dict[str, pa.Array[Any]] = {}
    for at in layout.metadata:
        texts = [cells[at] for cells, _, _ in rows]
        if at in layout.booleans:
            _check_booleans(path, layout.header[at], texts, rows)
        columns[layout.header[at]] = (
            bool_column(texts)
            if at in layout.booleans
            else pa.array([text or None for text in texts], pa.string())
        )
    return pa.table(columns)


def _check_booleans(path: Path, name: str, texts: list[str], rows: list[Row]) -> None:
    for text, (_, line, _) in zip(texts, rows, strict=True):
        if not is_bool(text):
            found = f"{shown(text)} is neither true nor false, as the rows before are"
            raise fault(path, found, REPAIR_ROW, f"line {line}, column {shown(name)}")


READER = Reader(sniff=sniff, open=open_csv)
