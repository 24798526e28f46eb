"""Vectors as text: a key and d numbers a line, with a header ``n d`` (word2vec, fastText) or without (GloVe).

Fields are separated by spaces or tabs. The vector is the last d fields, so that keys may hold spaces; blanks
between key and vector belong to neither. Where a tab follows the key, the key is all that stands before it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pipelines.ingest.faults import COPY_AGAIN, REPAIR_ROW, fault, shown
from pipelines.ingest.files import count_rows, decoded_lines, head_rows, row_chunks, sample_rows
from pipelines.ingest.numerals import find_bad, is_number, parse_fields, trailing_numbers
from pipelines.ingest.reader import Reader
from pipelines.ingest.reading import Block, Position, ReaderOptions, Reading

_HEADER = re.compile(rb"([0-9]{1,18})[ \t]+([0-9]{1,9})")
_FIELD = re.compile(rb"[^ \t]+")
_PLAIN_INTEGER = re.compile(rb"[-+]?[0-9]+")


@dataclass(frozen=True)
class Layout:
    """How the rows of a text file are made.

    Attributes
    ----------
    dimensions
        Numbers a row.
    count
        Rows that the header claims; None: there is no header.
    """

    dimensions: int
    count: int | None


def understand(rows: list[bytes]) -> Layout | None:
    """Find the layout from the first rows; None if they are not vectors as text.

    Without a header the width is the one that most rows end with, which tolerates both a broken row and keys
    that end with a number. A first row of two integers is a header if the rows after it are as wide as it
    says, or as wide as no row of a 1-d file can be.
    """
    widths = Counter(trailing_numbers(row) for row in rows)
    first, claim = trailing_numbers(rows[0]), _HEADER.fullmatch(rows[0])
    if claim is not None:
        widths -= Counter([first])
        count, dimensions = int(claim[1]), int(claim[2])
        if not widths or dimensions < 1 or _common(widths) != 1 or dimensions == 1:
            return Layout(dimensions, count)
        return Layout(1, None)
    width = _common(widths)
    return Layout(width, None) if width > 0 and first >= 1 else None


def _common(widths: Counter[int]) -> int:
    """Give the most frequent width, the smallest among equally frequent ones."""
    return min(widths, key=lambda width: (-widths[width], width))


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether the first rows end with equally many numbers."""
    rows = head_rows(head)
    return bool(rows) and understand(rows) is not None


def open_text(path: Path, options: ReaderOptions) -> Reading:
    """Understand a file of text vectors from its first rows."""
    rows = sample_rows(path)
    layout = understand(rows) if rows else None
    if layout is None:
        found = "the first rows are not a key followed by numbers"
        raise fault(path, found, "write one object a line: its key, then its vector")
    if layout.count is not None and layout.dimensions == 1:
        layout = _settle_1d(path, layout)
    if layout.count is None and all(_key_is_decimal(row, layout.dimensions) for row in rows):
        found = "the rows hold numbers only, and no keys"
        raise fault(path, found, "put a key at the start of each line, or write a projector TSV", "line 1")
    position = Position()
    blocks = partial(read_blocks, path, layout, position)
    return Reading(path, "text", layout.dimensions, layout.count, "text", blocks, position)


def _settle_1d(path: Path, layout: Layout) -> Layout:
    """Settle a first row such as ``34 1``: a header if as many rows of one number follow."""
    return layout if count_rows(path) - 1 == layout.count else Layout(1, None)


def _key_is_decimal(row: bytes, dimensions: int) -> bool:
    fields = row.split()
    key = fields[0]
    return len(fields) == dimensions + 1 and is_number(key) and not _PLAIN_INTEGER.fullmatch(key)


def read_blocks(path: Path, layout: Layout, position: Position) -> Iterator[Block]:
    """Read the rows in blocks; where a block does not parse, find the row that is wrong."""
    seen = 0
    for first, lines in row_chunks(path, position):
        if first == 1 and layout.count is not None:
            first, lines = 2, lines[1:]
        if lines:
            yield parse_block(path, first, lines, layout.dimensions)
        seen += len(lines)
    if layout.count is not None and seen != layout.count:
        found = f"the header claims {layout.count} rows, but {seen} follow"
        raise fault(path, found, f"{COPY_AGAIN}, or correct the header", "line 1")


def parse_block(path: Path, first: int, lines: list[bytes], dimensions: int) -> Block:
    """Parse consecutive rows at once.

    Parameters
    ----------
    path
        For messages.
    first
        Line of the first row.
    lines
        b rows without blanks at their ends.
    dimensions
        Width d.
    """
    keys, vectors = [], []
    for number, line in enumerate(lines, first):
        key, _, vector = line.partition(b" ")
        if line.count(b" ") != dimensions or b"\t" in line or b"  " in line:
            key, vector = split_row(path, number, line, dimensions)
        keys.append(key)
        vectors.append(vector)
    fields = b"\n".join(vectors).replace(b" ", b"\n")
    values = parse_fields(fields, len(lines) * dimensions)
    if values is None:
        raise find_bad(path, first, vectors, b" ")
    names = decoded_lines(path, first, keys)
    return Block(names, values.reshape(len(lines), dimensions), first_line=first)


def split_row(path: Path, number: int, line: bytes, dimensions: int) -> tuple[bytes, bytes]:
    """Split a row into its key and its d fields, joined by single spaces.

    Raises
    ------
    pipelines.errors.IngestError
        If there are too few fields, or one number too many for the end of the key to be meant as a key.
    """
    key, tab, rest = line.partition(b"\t")
    vector = rest.replace(b"\t", b" ")
    if tab and vector.count(b" ") == dimensions - 1 and b"  " not in vector:
        return key, vector
    starts = [match.start() for match in _FIELD.finditer(line)]
    if len(starts) <= dimensions and not (len(starts) == dimensions and starts[0] > 0):
        found = f"a key and {dimensions} numbers are expected, but there are {len(starts)} fields"
        raise fault(path, found, REPAIR_ROW, f"line {number} (it begins {shown(line)})")
    cut = starts[-dimensions]
    fields = _FIELD.findall(line[cut:])
    key = line[:cut].rstrip(b" \t")
    _refuse_long_row(path, number, key, fields)
    return key, b" ".join(fields)


def _refuse_long_row(path: Path, number: int, key: bytes, fields: list[bytes]) -> None:
    """Refuse a key that ends with what could be one more value of the vector.

    A key may end with an integer ("area 51") where no value of the row is written as one.
    """
    before, _, last = key.replace(b"\t", b" ").rpartition(b" ")
    if not before.strip() or not is_number(last):
        return
    integers = any(_PLAIN_INTEGER.fullmatch(field) for field in fields)
    if integers or not _PLAIN_INTEGER.fullmatch(last):
        found = f"more than {len(fields)} numbers follow the key"
        advice = f"{REPAIR_ROW}, or put a tab after the key if {shown(last)} belongs to it"
        raise fault(path, found, advice, f"line {number} (it begins {shown(key)})")


READER = Reader(sniff=sniff, open=open_text)
