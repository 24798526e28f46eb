"""A folder with one ``.npy`` file for each object; the key is the name of the file without its suffix."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.ingest.arrays import Header, read_header
from pipelines.ingest.faults import COPY_AGAIN, fault
from pipelines.ingest.files import BLOCK_BYTES
from pipelines.ingest.numerals import as_float32
from pipelines.ingest.reader import Reader
from pipelines.ingest.reading import Block, ReaderOptions, Reading


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether the folder holds arrays."""
    return any(path.glob("*.npy"))


def object_files(path: Path, options: ReaderOptions | None = None) -> list[Path]:
    """Name the files of the objects, in the order of their names; hidden ones are none."""
    return sorted(file for file in path.glob("*.npy") if file.is_file() and not file.name.startswith("."))


def open_folder(path: Path, options: ReaderOptions) -> Reading:
    """Read the header of the first array, which all others must resemble."""
    files = object_files(path)
    if not files:
        raise fault(path, "the folder holds no .npy files", "give the folder that holds one for each object")
    header, _ = read_vector(files[0])
    dimensions = header.shape[-1]
    blocks = partial(read_blocks, files, dimensions)
    return Reading(path, "npy-folder", dimensions, len(files), header.dtype.name, blocks)


def read_vector(path: Path) -> tuple[Header, NDArray[np.float32]]:
    """Read the one vector of a file."""
    with path.open("rb") as stream:
        header = read_header(path, stream, path.stat().st_size)
        is_vector = len(header.shape) == 1 or (len(header.shape) == 2 and header.shape[0] == 1)
        if not is_vector or header.dtype.kind not in "fiub":
            found = f"it holds {header.dtype} of shape {header.shape}"
            raise fault(path, found, "save one vector of real numbers in each file")
        size = header.dtype.itemsize * header.shape[-1]
        raw = stream.read(size)
    if len(raw) < size:
        raise fault(path, "the data end early", COPY_AGAIN)
    return header, as_float32(np.frombuffer(raw, header.dtype))


def read_blocks(files: list[Path], dimensions: int) -> Iterator[Block]:
    """Read one file after another."""
    a_block = max(1, BLOCK_BYTES // max(1, 4 * dimensions))
    for first in range(0, len(files), a_block):
        part = files[first : first + a_block]
        vectors = [_of_width(file, dimensions) for file in part]
        yield Block([file.stem for file in part], np.stack(vectors))


def _of_width(path: Path, dimensions: int) -> NDArray[np.float32]:
    _, vector = read_vector(path)
    if len(vector) != dimensions:
        found = f"it holds {len(vector)} numbers where the first file has {dimensions}"
        raise fault(path, found, "make all vectors equally wide")
    return vector


READER = Reader(sniff=sniff, open=open_folder, other_files=object_files, is_folder=True)
