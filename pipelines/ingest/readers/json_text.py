"""JSON: an object from keys to vectors, a list of records, or one record a line (JSON lines)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.ingest.faults import fault
from pipelines.ingest.files import BLOCK_BYTES, BOM, HEAD_BYTES, SAMPLE_LINES, decoded_lines, row_chunks
from pipelines.ingest.json_values import iter_entries
from pipelines.ingest.reader import Reader
from pipelines.ingest.reading import Block, Position, ReaderOptions, Reading
from pipelines.ingest.records import Fields, Record, find_fields, record_block, vector_of

NAME = "key"
_ADVICE = 'write {"key": [numbers]}, or a list of {"key": …, "vector": [numbers]}'


def sniff_lines(path: Path, head: bytes) -> bool:
    """Tell whether the first two lines are objects, each complete."""
    lines = [line for line in head.removeprefix(BOM).split(b"\n", 2)[:2] if line.strip()]
    return len(lines) == 2 and all(map(_is_object, lines))


def _is_object(line: bytes) -> bool:
    if not line.lstrip().startswith(b"{"):
        return False
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether the content begins as an object with a name, or as a list of objects."""
    start = b"".join(head.removeprefix(BOM)[: HEAD_BYTES // 2].split(None, 2)[:2])[:2]
    return start in (b'{"', b"[{") or head.removeprefix(BOM).lstrip()[:2] in (b'{"', b"[{")


def open_json(path: Path, options: ReaderOptions) -> Reading:
    """Understand the file from its first entries."""
    sample = list(islice(iter_entries(path), SAMPLE_LINES))
    if not sample:
        raise fault(path, "it holds no objects", _ADVICE)
    gaps, position = options.on_bad == "drop", Position()
    present = [value for _, value in sample if value is not None] if gaps else []
    name, first = sample[0][0], present[0] if present else sample[0][1]
    if isinstance(first, dict):
        fields = find_fields(path, [_record(path, *entry) for entry in sample], options)
        blocks = partial(read_records, path, fields, position)
        return Reading(path, "json", fields.dimensions, None, "text", blocks, position)
    if name is None:
        raise fault(path, "the list holds something other than objects", _ADVICE)
    dimensions = _width(path, first)
    blocks = partial(read_vectors, path, dimensions, gaps, position)
    return Reading(path, "json", dimensions, None, "text", blocks, position)


def _record(path: Path, name: str | None, value: Any) -> Record:
    if not isinstance(value, dict):
        raise fault(path, "an entry is no object, as the first one is", _ADVICE)
    return value if name is None else {NAME: name} | value


def _width(path: Path, value: Any) -> int:
    """Give the width of the first vector; a scale of one number an object has 1."""
    if isinstance(value, list):
        return len(value)
    if type(value) in (int, float):
        return 1
    raise fault(path, "the first value is neither a list of numbers nor a number", _ADVICE)


def _rows(dimensions: int) -> int:
    # A number is some 32 bytes as an object of Python.
    return max(1, BLOCK_BYTES // (32 * max(1, dimensions)))


def read_vectors(path: Path, dimensions: int, gaps: bool, position: Position) -> Iterator[Block]:
    """Read an object from keys to vectors."""
    entries = iter_entries(path, position)
    row = 0
    while part := list(islice(entries, _rows(dimensions))):
        vectors = np.empty((len(part), dimensions), np.float32)
        for at, (_, value) in enumerate(part):
            row += 1
            scale = [value] if dimensions == 1 and not isinstance(value, list) else value
            vectors[at] = vector_of(path, f"object {row}", scale, dimensions, gaps)
        yield Block([str(name) for name, _ in part], vectors)


def read_records(path: Path, fields: Fields, position: Position) -> Iterator[Block]:
    """Read a list of records, or an object of them."""
    entries = iter_entries(path, position)
    row = 0
    while part := list(islice(entries, _rows(fields.dimensions))):
        records = [_record(path, *entry) for entry in part]
        places = [f"object {row + at}" for at in range(1, len(part) + 1)]
        row += len(part)
        yield record_block(path, fields, records, places, None)


def open_lines(path: Path, options: ReaderOptions) -> Reading:
    """Understand the file from its first lines."""
    sample = [record for _, record in islice(iter_lines(path), SAMPLE_LINES)]
    if not sample:
        raise fault(path, "it holds no lines", 'write {"key": …, "vector": [numbers]} in each line')
    fields = find_fields(path, sample, options)
    position = Position()
    blocks = partial(read_lines, path, fields, position)
    return Reading(path, "json-lines", fields.dimensions, None, "text", blocks, position)


def iter_lines(path: Path, position: Position | None = None) -> Iterator[tuple[int, Record]]:
    """Give the line and the record of each row."""
    for first, lines in row_chunks(path, position):
        for number, text in enumerate(decoded_lines(path, first, lines), first):
            try:
                record = json.loads(text)
            except (ValueError, RecursionError) as error:
                found = f"this is not valid JSON ({' '.join(str(error).split())[:100]})"
                raise fault(path, found, "write one object a line", f"line {number}") from None
            if not isinstance(record, dict):
                raise fault(path, "this is no JSON object", "write one object a line", f"line {number}")
            yield number, record


def read_lines(path: Path, fields: Fields, position: Position) -> Iterator[Block]:
    """Read one record a line."""
    rows = iter_lines(path, position)
    while part := list(islice(rows, _rows(fields.dimensions))):
        places = [f"line {number}" for number, _ in part]
        yield record_block(path, fields, [record for _, record in part], places, part[0][0])


READER = Reader(sniff=sniff, open=open_json)
LINES = Reader(sniff=sniff_lines, open=open_lines)
