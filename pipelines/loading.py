"""Published tables as arrays, and arrays as table columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from artifacts.store import Manifest, Store


def load_keys(store: Store, space: Manifest) -> list[str]:
    """Return the keys of a space, in row order."""
    keys: list[str] = store.read_table(space, "objects", ["key"])["key"].to_pylist()
    return keys


def load_metadata(store: Store, space: Manifest) -> pa.Table:
    """Return the metadata columns of a space, in row order; a table without columns where it has none."""
    if not space.facts["metadata"]:
        return pa.table({})
    struct = store.read_table(space, "objects", ["metadata"])["metadata"].combine_chunks()
    return pa.table({field.name: struct.field(field.name) for field in struct.type})


def load_vectors(store: Store, space: Manifest) -> NDArray[np.float32]:
    """Return the vectors of a space; float32, shape (n, d)."""
    return load_lists(store, space, "vectors", "vector")


def load_lists(store: Store, manifest: Manifest, table: str, column: str) -> NDArray[Any]:
    """Return a column of fixed-size lists as an array of shape (rows, size)."""
    chunks = store.read_table(manifest, table, [column])[column]
    flat = pa.chunked_array([chunk.flatten() for chunk in chunks.chunks], chunks.type.value_type)
    lists: NDArray[Any] = flat.to_numpy().reshape(len(chunks), chunks.type.list_size)
    return lists


def load_column(store: Store, manifest: Manifest, table: str, column: str) -> NDArray[Any]:
    """Return one column of numbers or flags."""
    values: NDArray[Any] = store.read_table(manifest, table, [column])[column].to_numpy()
    return values


def load_common_metadata(
    store: Store, spaces: Sequence[Manifest], matching: Manifest
) -> dict[str, NDArray[Any]]:
    """Return the metadata columns of the common objects of A and B, as they are in B or else in A."""
    columns: dict[str, NDArray[Any]] = {}
    for space, side in zip(spaces, "ab", strict=True):
        table = load_metadata(store, space)
        rows = load_column(store, matching, "matched", f"row_{side}")
        for name in table.column_names:
            columns[name] = table[name].to_numpy()[rows]
    return columns


def fixed_lists(values: NDArray[Any]) -> pa.FixedSizeListArray:
    """Return an array of shape (rows, size) as a column of fixed-size lists."""
    return pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.shape[1])
