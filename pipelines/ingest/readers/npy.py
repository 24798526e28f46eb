"""One 2-D array in NumPy's ``.npy`` format, with its keys in a file beside it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from pipelines.ingest.arrays import MAGIC, Header, read_header, rows_per_block
from pipelines.ingest.faults import fault
from pipelines.ingest.files import refuse_compressed
from pipelines.ingest.numerals import as_float32
from pipelines.ingest.reader import Reader
from pipelines.ingest.reading import Block, ReaderOptions, Reading
from pipelines.ingest.sidefile import SideFile, keys_file, keys_of_vectors


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether the file begins as an array does."""
    return head.startswith(MAGIC)


def open_npy(path: Path, options: ReaderOptions) -> Reading:
    """Read the header and the keys."""
    refuse_compressed(path)
    with path.open("rb") as stream:
        header = read_header(path, stream, path.stat().st_size)
    if not header.is_vectors:
        found = f"it holds {header.dtype} of shape {header.shape}"
        raise fault(path, found, "save a 2-D array of real numbers, one row an object")
    side = keys_of_vectors(path, options, header.shape[0])
    blocks = partial(read_blocks, path, header, side)
    return Reading(path, "npy", header.shape[1], len(side.keys), header.dtype.name, blocks)


def read_blocks(path: Path, header: Header, side: SideFile) -> Iterator[Block]:
    """Map the array into memory, and copy it out in blocks."""
    order = "F" if header.fortran else "C"
    array = np.memmap(path, header.dtype, "r", header.offset, header.shape, order)  # type: ignore[call-overload]
    a_block = rows_per_block(header)
    for first in range(0, len(side.keys), a_block):
        rows = slice(first, min(first + a_block, len(side.keys)))
        yield Block(side.keys[rows], as_float32(array[rows]), side.rows(rows))


READER = Reader(sniff=sniff, open=open_npy, other_files=keys_file, takes_metadata=True)
