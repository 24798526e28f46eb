"""PyTorch checkpoints (``.pt``, ``.pth``): one 2-D tensor of a state dict, read without PyTorch and without unpickling.

The file is a zip of a pickle, which says how tensors lie in storages, and of the storages as bytes. Keys lie in a list
of strings inside the checkpoint, or beside it.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.ingest.arrays import Header, iter_rows
from pipelines.ingest.columns import KEY_NAMES
from pipelines.ingest.compression import check_unfolded
from pipelines.ingest.faults import COPY_AGAIN, fault, shown
from pipelines.ingest.files import BLOCK_BYTES, LINE_BYTES
from pipelines.ingest.matrix import widened
from pipelines.ingest.numerals import as_float32
from pipelines.ingest.pickles import Call, Named, Stored, read_pickle
from pipelines.ingest.reader import Reader
from pipelines.ingest.readers.npz import open_zip
from pipelines.ingest.readers.safetensors import choose
from pipelines.ingest.reading import Block, ReaderOptions, Reading
from pipelines.ingest.sidefile import SideFile, keys_beside, keys_of_vectors

PICKLE = "data.pkl"
PICKLE_BYTES = 256 << 20
DTYPES = {
    "torch.DoubleStorage": "<f8",
    "torch.FloatStorage": "<f4",
    "torch.HalfStorage": "<f2",
    "torch.BFloat16Storage": "<u2",
    "torch.LongStorage": "<i8",
    "torch.IntStorage": "<i4",
    "torch.ShortStorage": "<i2",
    "torch.CharStorage": "i1",
    "torch.ByteStorage": "u1",
    "torch.BoolStorage": "u1",
}
_TENSORS = {"torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor"}
_PARAMETERS = {"torch._utils._rebuild_parameter"}
ALLOWED = frozenset(
    {"collections.OrderedDict", "torch.Size", "torch.device", "torch.nn.parameter.Parameter"}
    | {*DTYPES, *_TENSORS, *_PARAMETERS}
)
_DEPTH = 8


@dataclass(frozen=True)
class Tensor:
    """A 2-D tensor, rows one after another, in a member of the zip file.

    Attributes
    ----------
    skipped
        Bytes of the member before it.
    """

    name: str
    member: str
    kind: str
    shape: tuple[int, int]
    skipped: int

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """The element type in the file."""
        return np.dtype(DTYPES[self.kind])


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether the file is a zip file that begins as PyTorch's do."""
    return head.startswith(b"PK\x03\x04") and any(
        name in head[30:400]
        for name in (b"/data.pkl", b"/.format_version", b"/.data/serialization_id", b"/version")
    )


def open_torch(path: Path, options: ReaderOptions) -> Reading:
    """Read the pickle as data, choose the tensor, and read the keys."""
    with open_zip(path) as archive:
        prefix = _prefix(path, archive)
        content = _read_pickle(path, archive, prefix + PICKLE)
        tensors = {name: value for name, value in _walk(content, "", _DEPTH) if _is_tensor(value)}
        described = {name: _describe(path, archive, prefix, name, call) for name, call in tensors.items()}
    usable = {name: tensor for name, tensor in described.items() if tensor is not None}
    tensor = usable[choose(path, options.member, list(usable))]
    side = _keys(path, options, content, tensor.shape[0])
    dtype = "bfloat16" if tensor.kind == "torch.BFloat16Storage" else tensor.dtype.name
    blocks = partial(read_blocks, path, tensor, side)
    return Reading(path, "torch", tensor.shape[1], len(side.keys), dtype, blocks)


def _prefix(path: Path, archive: zipfile.ZipFile) -> str:
    names = [name for name in archive.namelist() if name.endswith("/" + PICKLE)]
    if len(names) != 1:
        raise fault(path, f"it holds {len(names)} members {PICKLE}, not one", COPY_AGAIN)
    prefix = names[0].removesuffix(PICKLE)
    order = prefix + "byteorder"
    if (
        order in archive.namelist()
        and archive.getinfo(order).file_size < 20
        and archive.read(order) != b"little"
    ):
        raise fault(
            path, "the bytes of its numbers are in big-endian order", "save it again as little-endian"
        )
    return prefix


def _read_pickle(path: Path, archive: zipfile.ZipFile, name: str) -> Any:
    info = archive.getinfo(name)
    check_unfolded(path, info.file_size, info.compress_size, name)
    if info.file_size > PICKLE_BYTES:
        raise fault(path, f"it has {info.file_size:,} bytes", "save tensors only", name)
    return read_pickle(path, io.BytesIO(archive.read(info)), ALLOWED, name)


def _walk(value: Any, name: str, depth: int) -> Iterator[tuple[str, Any]]:
    """Give every value of nested dicts, named by its path: ``model/embedding.weight``."""
    if isinstance(value, Call) and value.name in _PARAMETERS and value.arguments:
        value = value.arguments[0]
    if isinstance(value, dict) and depth:
        for key, inner in value.items():
            yield from _walk(inner, f"{name}/{key}" if name else str(key), depth - 1)
    else:
        yield name or "tensor", value


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Call) and value.name in _TENSORS


def _describe(path: Path, archive: zipfile.ZipFile, prefix: str, name: str, call: Call) -> Tensor | None:
    """Check a tensor against its storage; None if it cannot be vectors.

    Raises
    ------
    pipelines.errors.IngestError
        If it claims more than the storage holds.
    """
    place = f"tensor {shown(name)}"
    try:
        stored, offset, shape, strides = call.arguments[:4]
        reference = stored.reference if isinstance(stored, Stored) else None
        _, storage, key, _, _ = tuple(reference)  # type: ignore[arg-type]  # None is caught
        whole = all(type(number) is int and number >= 0 for number in (offset, *shape, *strides))
    except (TypeError, ValueError):
        whole = False
    if not whole or not isinstance(storage, Named) or not isinstance(key, str):
        raise fault(path, "it is not described as tensors are", COPY_AGAIN, place)
    if len(shape) != 2 or storage.name not in DTYPES or storage.name == "torch.BoolStorage":
        return None
    if tuple(strides) != (shape[1], 1) and shape[0] > 1 and shape[1] > 0:
        return None  # a view, of which another tensor is the whole
    tensor = Tensor(name, f"{prefix}data/{key}", storage.name, (shape[0], shape[1]), 0)
    size = tensor.dtype.itemsize
    if tensor.member not in archive.namelist():
        raise fault(path, f"its storage {shown(tensor.member)} is missing", COPY_AGAIN, place)
    info = archive.getinfo(tensor.member)
    check_unfolded(path, info.file_size, info.compress_size, place)
    if size * (offset + shape[0] * shape[1]) > info.file_size or size * shape[1] > LINE_BYTES:
        found = f"shape {tensor.shape} is more than its storage of {info.file_size} bytes holds"
        raise fault(path, found, COPY_AGAIN, place)
    return Tensor(name, tensor.member, storage.name, tensor.shape, size * offset)


def _keys(path: Path, options: ReaderOptions, content: Any, count: int) -> SideFile:
    """Find the keys: a list of strings in the checkpoint, else beside it."""
    wanted = [options.key] if options.key is not None else KEY_NAMES
    if isinstance(content, dict):
        for name in wanted:
            value = content.get(name)
            if isinstance(value, list) and len(value) == count and all(isinstance(key, str) for key in value):
                return SideFile(value)
    return keys_of_vectors(path, options, count)


def other_files(path: Path, options: ReaderOptions) -> list[Path]:
    """Name the file of the keys, unless the checkpoint holds them."""
    candidates = [options.metadata] if options.metadata is not None else keys_beside(path)
    return [file for file in candidates if file.is_file()][:1]


def read_blocks(path: Path, tensor: Tensor, side: SideFile) -> Iterator[Block]:
    """Read the rows of the tensor from its member of the zip file."""
    shape = (len(side.keys), tensor.shape[1])
    header = Header(tensor.name, shape, tensor.dtype, False, tensor.skipped)
    rows = max(1, BLOCK_BYTES // max(1, 4 * shape[1]))
    with open_zip(path) as archive, archive.open(tensor.member) as stream:
        stream.seek(tensor.skipped)
        first = 0
        for array in iter_rows(path, stream, header, rows):
            part = slice(first, first + len(array))
            vectors = widened(array) if tensor.kind == "torch.BFloat16Storage" else as_float32(array)
            yield Block(side.keys[part], vectors, side.rows(part))
            first += len(array)


READER = Reader(sniff=sniff, open=open_torch, other_files=other_files, takes_metadata=True)
