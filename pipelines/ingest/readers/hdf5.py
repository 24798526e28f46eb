"""HDF5 (extra ``hdf5``): AnnData's ``obsm`` members with ``obs`` as metadata, or a plain 2-D data set with its keys.

A file may name other files as the place of its data, and HDF5 would read them. Only what lies in the file itself is
followed: hard links, to data sets without external or virtual storage.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.errors import MissingExtraError
from pipelines.ingest.columns import array_column, is_column, usual_key
from pipelines.ingest.compression import check_unfolded
from pipelines.ingest.faults import COPY_AGAIN, fault, known_or_fault, listed, shown
from pipelines.ingest.files import LINE_BYTES
from pipelines.ingest.matrix import matrix_blocks
from pipelines.ingest.numerals import as_float32
from pipelines.ingest.reader import Reader
from pipelines.ingest.reading import Block, ReaderOptions, Reading
from pipelines.ingest.sidefile import SideFile, keys_of_vectors

MAGIC = b"\x89HDF\r\n\x1a\n"
MAX_NAMES = 10_000
MAX_KEYS = 1 << 28
_FILTERS = {1, 2, 3, 4, 32000}  # gzip, shuffle, checksum, szip, lzf: others would load a library
_DEPTH = 6


@dataclass(frozen=True)
class Chosen:
    """The data sets of one space, by path in the file."""

    vectors: str
    keys: str | None
    metadata: dict[str, str]


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether the file begins as HDF5 does."""
    return head.startswith(MAGIC)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        import h5py
    except ImportError:
        raise MissingExtraError("hdf5") from None
    try:
        with h5py.File(path, "r", locking=False) as file:
            yield file
    except (ValueError, KeyError, TypeError, OverflowError, MemoryError) as error:
        # What h5py raises for a damaged file depends on where the damage is.
        reason = " ".join(str(error).split())[:200]
        raise fault(path, f"the file is damaged or cannot be read ({reason})", COPY_AGAIN) from None


def open_hdf5(path: Path, options: ReaderOptions) -> Reading:
    """Look through the file, and choose the data sets that make up the space."""
    with _opened(path) as file:
        found = dict(_data_sets(path, file, "", _DEPTH))
        chosen = _choose(path, file, found, options)
        vectors = _checked(path, found[chosen.vectors], chosen.vectors)
        count, dimensions = (int(size) for size in vectors.shape)
        if 8 * dimensions > LINE_BYTES:
            raise fault(path, f"the vectors have {dimensions} dimensions", "give one row for each object")
        side = _side(path, found, chosen, count, options)
        dtype = str(vectors.dtype.name)
    return Reading(
        path, "hdf5", dimensions, count, dtype, partial(read_blocks, path, chosen, side, dimensions)
    )


def _data_sets(path: Path, group: Any, prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    """Give the data sets that hard links lead to, by path."""
    import h5py

    if len(group) > MAX_NAMES:
        raise fault(path, f"{shown(prefix or '/')} has {len(group)} members", "give a smaller file")
    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            continue
        value = group[name]
        where = f"{prefix}/{name}" if prefix else name
        if isinstance(value, h5py.Dataset):
            yield where, value
        elif isinstance(value, h5py.Group) and depth:
            yield from _data_sets(path, value, where, depth - 1)


def _checked(path: Path, data: Any, name: str) -> Any:
    """Refuse data that lie elsewhere, need a plugin, or are more than the file can hold."""
    place = f"data set {shown(name)}"
    if data.external or data.is_virtual:
        raise fault(path, "its data lie in another file", "copy them into this one", place)
    plist = data.id.get_create_plist()
    filters = {plist.get_filter(at)[0] for at in range(plist.get_nfilters())}
    if not filters <= _FILTERS:
        raise fault(path, f"it needs the filters {sorted(filters - _FILTERS)}", "save it with gzip", place)
    size = int(np.prod(data.shape, dtype=object)) * data.dtype.itemsize
    check_unfolded(path, size, int(data.id.get_storage_size()), place)
    chunk = int(np.prod(data.chunks or (1,), dtype=object)) * data.dtype.itemsize
    if chunk > 4 * LINE_BYTES:
        raise fault(path, f"one chunk of it has {chunk:,} bytes", "save it in smaller chunks", place)
    return data


def _choose(path: Path, file: Any, found: dict[str, Any], options: ReaderOptions) -> Chosen:
    vectors = [
        name for name, data in found.items() if len(data.shape or ()) == 2 and data.dtype.kind in "fiub"
    ]
    is_anndata = file.attrs.get("encoding-type") == "anndata" or "obs" in file
    members = [name for name in vectors if name.startswith("obsm/")] if is_anndata else []
    # True and false may be a mask of the vectors, unless there is nothing else.
    candidates = members or [name for name in vectors if found[name].dtype.kind != "b"] or vectors
    advice = "2-D data sets of numbers are"
    if options.member is not None:
        member = known_or_fault(path, options.member.strip("/"), vectors, "data set of vectors", advice)
    elif len(candidates) == 1:
        member = candidates[0]
    elif not candidates:
        raise fault(path, "there is no 2-D data set of numbers", f"save one; there are {listed(found)}")
    else:
        message = f"{len(candidates)} data sets may be the vectors: {listed(candidates, 30)}"
        raise fault(path, message, f"name one of them, as in {path.name}#{candidates[0]}")
    group = "obs/" if is_anndata else member.rpartition("/")[0] + "/" if "/" in member else ""
    columns = {
        name.removeprefix(group): name
        for name, data in found.items()
        if name.startswith(group) and "/" not in name.removeprefix(group) and len(data.shape or ()) == 1
    }
    return Chosen(member, *_keys_and_columns(path, file, found, columns, options))


def _keys_and_columns(
    path: Path, file: Any, found: dict[str, Any], columns: dict[str, str], options: ReaderOptions
) -> tuple[str | None, dict[str, str]]:
    if options.key is not None:
        key: str | None = known_or_fault(path, options.key, columns, "data set of keys", "there are")
    else:
        index = file["obs"].attrs.get("_index") if "obs/_index" not in found and "obs" in file else "_index"
        key = index if index in columns else usual_key(list(columns))
    metadata = {name: where for name, where in columns.items() if name != key}
    for name in found:  # AnnData's categories are a group of codes and categories
        parts = name.split("/")
        if (
            len(parts) == 3
            and parts[0] == "obs"
            and parts[2] == "codes"
            and f"obs/{parts[1]}/categories" in found
        ):
            metadata[parts[1]] = f"obs/{parts[1]}"
    return (None if key is None else columns[key]), metadata


def _side(path: Path, found: dict[str, Any], chosen: Chosen, count: int, options: ReaderOptions) -> SideFile:
    if chosen.keys is None:
        return keys_of_vectors(path, options, count)
    keys = _values(path, found, chosen.keys)
    if keys is None or len(keys) != count:
        message = (
            f"there are {count} vectors, but {shown(chosen.keys)} holds {0 if keys is None else len(keys)}"
        )
        raise fault(path, message, "give one key for each vector")
    columns = {name: _values(path, found, where) for name, where in chosen.metadata.items()}
    kept = {name: column for name, column in columns.items() if column is not None and len(column) == count}
    return SideFile([str(key) for key in keys.to_pylist()], pa.table(kept) if kept else None)


def _values(path: Path, found: dict[str, Any], name: str) -> Any:
    """Read a column; None if it is no column of values."""
    if name not in found:  # categories
        codes, words = _values(path, found, f"{name}/codes"), _values(path, found, f"{name}/categories")
        if codes is None or words is None:
            return None
        rows = [code if 0 <= code < len(words) else None for code in codes.to_pylist()]
        return words.take(pa.array(rows, pa.int64()))
    data = _checked(path, found[name], name)
    if data.size > MAX_KEYS:
        raise fault(path, f"{shown(name)} has {data.size:,} values", "give a smaller file")
    if data.dtype.kind == "O":
        values = data.asstr()[:].tolist()
        return pa.array(values, pa.string())
    values = data[:]
    return array_column(values) if is_column(values.dtype) else None


def read_blocks(path: Path, chosen: Chosen, side: SideFile, dimensions: int) -> Iterator[Block]:
    """Read the vectors in blocks."""
    with _opened(path) as file:
        data = _checked(path, file[chosen.vectors], chosen.vectors)

        def rows_of(rows: slice) -> NDArray[np.float32]:
            return as_float32(data[rows])

        yield from matrix_blocks(side, dimensions, rows_of)


# Few changed bytes make the library of HDF5 loop for ever, which only another process survives.
READER = Reader(sniff=sniff, open=open_hdf5, is_isolated=True)
