"""One 2-D tensor of a safetensors file, with its keys beside it (``tokenizer.json``, ``vocab.txt``).

The format is eight bytes with the size of a header, the header as JSON, and bytes. The offsets must cover the bytes
without gaps or overlaps.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import IngestError
from pipelines.ingest.faults import COPY_AGAIN, fault, known_or_fault, listed, shown
from pipelines.ingest.files import LINE_BYTES
from pipelines.ingest.matrix import matrix_blocks, widened
from pipelines.ingest.numerals import as_float32
from pipelines.ingest.reader import Reader
from pipelines.ingest.reading import Block, ReaderOptions, Reading
from pipelines.ingest.sidefile import SideFile, keys_file, keys_of_vectors

HEADER_BYTES = 100_000_000  # the limit of the format itself
BFLOAT16 = "BF16"
DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", BFLOAT16: "<u2", "I64": "<i8", "I32": "<i4", "I16": "<i2",
    "I8": "i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "u1",
}  # fmt: skip
_SMALL = {"F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1}


@dataclass(frozen=True)
class Tensor:
    """A tensor, checked against the bytes that are there.

    Attributes
    ----------
    first, last
        Bytes of the file that it takes.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    first: int
    last: int

    @property
    def is_vectors(self) -> bool:
        """Whether it may be vectors: 2-D and of real numbers."""
        return len(self.shape) == 2 and self.kind in DTYPES and self.kind != "BOOL"


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether the file begins with the size of a JSON header."""
    size = int.from_bytes(head[:8], "little")
    return head[8:9] == b"{" and 2 <= size <= HEADER_BYTES


def open_safetensors(path: Path, options: ReaderOptions) -> Reading:
    """Read the header, choose the tensor, and read the keys."""
    tensors = {tensor.name: tensor for tensor in read_header(path)}
    candidates = [name for name, tensor in tensors.items() if tensor.is_vectors]
    tensor = tensors[choose(path, options.member, candidates)]
    if 8 * tensor.shape[1] > LINE_BYTES:
        raise fault(path, f"the vectors have {tensor.shape[1]} dimensions", "give one row for each object")
    side = keys_of_vectors(path, options, tensor.shape[0])
    dtype = "bfloat16" if tensor.kind == BFLOAT16 else np.dtype(DTYPES[tensor.kind]).name
    blocks = partial(read_blocks, path, tensor, side)
    return Reading(path, "safetensors", tensor.shape[1], len(side.keys), dtype, blocks)


def choose(path: Path, member: str | None, candidates: list[str]) -> str:
    """Choose a tensor: as told, or the only one."""
    if member is not None:
        return known_or_fault(path, member, candidates, "tensor of vectors", "2-D tensors of numbers are")
    if not candidates:
        raise fault(path, "there is no 2-D tensor of numbers", "give the file that holds the vectors")
    if len(candidates) > 1:
        found = f"{len(candidates)} tensors may be the vectors: {listed(candidates, 30)}"
        raise fault(path, found, f"name one of them, as in {path.name}#{candidates[0]}")
    return candidates[0]


def read_header(path: Path) -> list[Tensor]:
    """Read which tensors there are.

    Raises
    ------
    pipelines.errors.IngestError
        If the header is not as the format asks, or claims other bytes than there are.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if length > min(HEADER_BYTES, size - 8):
            found = f"it claims {length} bytes, but the file has {size}"
            raise fault(path, found, COPY_AGAIN, "header")
        try:
            content = json.loads(stream.read(length), object_pairs_hook=_unique)
        except (ValueError, RecursionError) as error:
            raise fault(path, f"it is not valid JSON ({error})", COPY_AGAIN, "header") from None
    if not isinstance(content, dict):
        raise fault(path, "it is no JSON object", COPY_AGAIN, "header")
    entries = [(name, entry) for name, entry in content.items() if name != "__metadata__"]
    tensors = [_tensor(path, name, entry, 8 + length) for name, entry in entries]
    _check_cover(path, tensors, 8 + length, size)
    return tensors


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands in it twice")
    return found


def _tensor(path: Path, name: str, entry: Any, start: int) -> Tensor:
    try:
        kind, shape, (first, last) = str(entry["dtype"]), tuple(entry["shape"]), entry["data_offsets"]
        whole = all(type(number) is int and number >= 0 for number in (*shape, first, last))
    except (KeyError, TypeError, ValueError):
        whole = False
    if not whole:
        raise _bad(path, name, "the entry is not a dtype, a shape and two offsets")
    width = np.dtype(DTYPES[kind]).itemsize if kind in DTYPES else _SMALL.get(kind)
    if width is not None and math.prod(shape) * width != last - first:
        raise _bad(path, name, f"{last - first} bytes are claimed for shape {shape} of {kind}")
    return Tensor(name, kind, shape, start + first, start + last)


def _check_cover(path: Path, tensors: list[Tensor], start: int, size: int) -> None:
    at = start
    for tensor in sorted(tensors, key=lambda tensor: (tensor.first, tensor.last)):
        if tensor.first != at or tensor.last < at:
            found = "its bytes overlap others" if tensor.first < at else "there is a gap before its bytes"
            raise _bad(path, tensor.name, found)
        at = tensor.last
    if at != size:
        raise fault(path, f"the tensors end at byte {at}, but the file at {size}", COPY_AGAIN)


def _bad(path: Path, name: str, found: str) -> IngestError:
    return fault(path, found, f"the file is damaged: {COPY_AGAIN}", f"tensor {shown(name)}")


def read_blocks(path: Path, tensor: Tensor, side: SideFile) -> Iterator[Block]:
    """Map the tensor into memory, and copy it out in blocks."""
    array = np.memmap(path, DTYPES[tensor.kind], "r", tensor.first, tensor.shape)

    def rows_of(rows: slice) -> NDArray[np.float32]:
        return widened(array[rows]) if tensor.kind == BFLOAT16 else as_float32(array[rows])

    yield from matrix_blocks(side, tensor.shape[1], rows_of)


READER = Reader(sniff=sniff, open=open_safetensors, other_files=keys_file, takes_metadata=True)
