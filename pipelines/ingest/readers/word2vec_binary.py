"""The binary format of word2vec: a line ``n d``, then records of key, space and d little-endian float32."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np

from pipelines.errors import IngestError
from pipelines.ingest.faults import COPY_AGAIN, REPAIR_ROW, fault, shown
from pipelines.ingest.files import BLOCK_BYTES, LINE_BYTES, head_rows, is_compressed, is_utf8, open_stream
from pipelines.ingest.numerals import as_float32, trailing_numbers
from pipelines.ingest.reader import Reader
from pipelines.ingest.reading import Block, ReaderOptions, Reading

_HEADER = re.compile(rb"[ ]*([0-9]{1,18})[ \t]+([0-9]{1,18})[ \t\r]*\n")
_CONTROL = bytes(code for code in range(32) if code not in b"\t\n\v\f\r")
_KEY_BYTES = 1 << 16


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether what follows the header ``n d`` is binary: no text, and few lines end with d numbers."""
    header = _HEADER.match(head)
    if header is None:
        return False
    body, dimensions = head[header.end() :], int(header[2])
    if is_utf8(body) and body.translate(None, _CONTROL) == body:
        return False
    rows = head_rows(body)
    return 2 * sum(trailing_numbers(row) >= dimensions for row in rows) < len(rows)


def open_word2vec(path: Path, options: ReaderOptions) -> Reading:
    """Read the header and check what it claims against the size of the file."""
    with open_stream(path) as stream:
        line = stream.readline(100)
    header = _HEADER.fullmatch(line)
    if header is None:
        found = f"the first line should be the number of objects and dimensions, but is {shown(line)}"
        raise fault(path, found, COPY_AGAIN, "header")
    count, dimensions = int(header[1]), int(header[2])
    if 4 * dimensions > LINE_BYTES:
        raise fault(path, f"it claims {dimensions} dimensions", COPY_AGAIN, "header")
    # Each record is at least the vector and the space before it; a compressed file is checked as it is read.
    room = path.stat().st_size - len(line)
    if not is_compressed(path) and count * (4 * dimensions + 1) > room:
        found = (
            f"it claims {count} vectors of {dimensions} values, more than the {room} bytes after it can hold"
        )
        raise fault(path, found, f"the file is cut short or damaged: {COPY_AGAIN}", "header")
    blocks = partial(read_blocks, path, len(line), count, dimensions)
    return Reading(path, "word2vec-binary", dimensions, count, "float32", blocks)


def read_blocks(path: Path, start: int, count: int, dimensions: int) -> Iterator[Block]:
    """Read `count` records that begin at byte `start`, in blocks of bounded size."""
    a_block = max(1, BLOCK_BYTES // max(1, 4 * dimensions))
    with open_stream(path) as stream:
        stream.read(start)
        records = _Records(path, stream, 4 * dimensions)
        for first in range(0, count, a_block):
            rows = range(first + 1, min(first + a_block, count) + 1)
            keys, raw = zip(*(records.next(row) for row in rows), strict=True)
            vectors = np.frombuffer(b"".join(raw), "<f4").reshape(len(rows), dimensions)
            yield Block(keys, as_float32(vectors))
        rest = stream.read(BLOCK_BYTES) if records.is_empty() else records.rest()
    if rest.strip():
        found = f"more bytes follow the {count} objects that the header claims"
        raise fault(path, found, COPY_AGAIN)


class _Records:
    """A buffer from which one record after another is cut."""

    def __init__(self, path: Path, stream: IO[bytes], vector_bytes: int) -> None:
        self._path = path
        self._stream = stream
        self._vector_bytes = vector_bytes
        self._buffer = b""
        self._at = 0

    def is_empty(self) -> bool:
        return not self.rest().strip()

    def rest(self) -> bytes:
        return self._buffer[self._at :]

    def next(self, row: int) -> tuple[str, bytes]:
        """Cut the next record: its key and the bytes of its vector."""
        space = self._buffer.find(b" ", self._at, self._at + _KEY_BYTES)
        if space < 0:
            self._fill(_KEY_BYTES)
            space = self._buffer.find(b" ", self._at, self._at + _KEY_BYTES)
        if space < 0:
            raise self._fault(row, "there is no key that ends with a space", COPY_AGAIN)
        key = self._key(row, self._buffer[self._at : space])
        self._at = space + 1
        if len(self._buffer) - self._at < self._vector_bytes:
            self._fill(self._vector_bytes)
        vector = self._buffer[self._at : self._at + self._vector_bytes]
        self._at += self._vector_bytes
        if len(vector) < self._vector_bytes:
            raise self._fault(row, f"the file ends inside the vector of {shown(key)}", COPY_AGAIN)
        return key, vector

    def _key(self, row: int, raw: bytes) -> str:
        # Some writers end each record with a newline, which is then read before the next key.
        try:
            return raw.lstrip(b"\n").decode()
        except UnicodeDecodeError:
            advice = f"{REPAIR_ROW}, or write the file again with keys in UTF-8"
            raise self._fault(row, f"the key {shown(raw)} is not valid UTF-8", advice) from None

    def _fill(self, wanted: int) -> None:
        """Read on, so that `wanted` bytes can be cut if the file holds them."""
        self._buffer = self._buffer[self._at :] + self._stream.read(max(wanted, 1 << 20))
        self._at = 0

    def _fault(self, row: int, found: str, advice: str) -> IngestError:
        return fault(self._path, found, advice, f"record {row}")


READER = Reader(sniff=sniff, open=open_word2vec)
