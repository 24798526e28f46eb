"""Arrow tables with a vector column, however they are stored: which column is what, and batches as blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds
from numpy.typing import NDArray

from pipelines.ingest.columns import usual_key
from pipelines.ingest.faults import REPAIR_ROW, fault, known_or_fault, listed, shown
from pipelines.ingest.files import BLOCK_BYTES, LINE_BYTES
from pipelines.ingest.numerals import as_float32
from pipelines.ingest.reading import Block, ReaderOptions, Reading

TEXT_BYTES = 256 << 20
_INDEX = "__index_level_0__"  # what pandas calls an index without a name

Batches = Callable[[list[str]], Iterator[Any]]


@dataclass(frozen=True)
class Columns:
    """What the columns of a table are.

    Attributes
    ----------
    vector
        One column of lists, or several of numbers.
    """

    key: str
    vector: tuple[str, ...]
    metadata: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """All columns that are read."""
        return list(dict.fromkeys([self.key, *self.vector, *self.metadata]))


def open_table(
    path: Path, name: str, schema: Any, batches: Batches, count: int | None, options: ReaderOptions
) -> Reading:
    """Understand a table from its schema and its first row.

    Parameters
    ----------
    path, name
        The checkpoint and its format.
    schema
        Of the table.
    batches
        Gives the record batches of some columns, anew on each call.
    count
        Rows, where that is known.
    """
    columns = find_columns(path, schema, options)
    first = schema.field(columns.vector[0]).type
    if is_vector(first):
        dtype = _element(first)
        dimensions = width_of(first) or _first_width(path, batches, columns)
    else:
        dtype, dimensions = _element(first), len(columns.vector)
    if not 0 <= 4 * dimensions <= LINE_BYTES:
        raise fault(path, f"the vectors have {dimensions} dimensions", "give one row for each object")
    blocks = partial(read_blocks, path, columns, dimensions, batches)
    return Reading(path, name, dimensions, count, dtype, blocks)


def find_columns(path: Path, schema: Any, options: ReaderOptions) -> Columns:
    """Choose the columns: vectors as told or the only one of lists, else all of numbers; keys as everywhere."""
    names = [str(name) for name in schema.names]
    types = dict(zip(names, schema.types, strict=True))
    if len(types) < len(names):
        raise fault(path, f"two columns have the same name: {listed(names)}", "rename one of them")
    key = find_key(path, types, options)
    lists = [name for name, kind in types.items() if is_vector(kind) and name != key]
    numbers = [name for name, kind in types.items() if is_number(kind) and name not in (key, _INDEX)]
    if options.member is not None:
        advice = "columns of vectors are"
        vector = [known_or_fault(path, options.member, lists, "column of vectors", advice)]
    elif len(lists) > 1:
        found = f"{len(lists)} columns may be the vectors: {listed(lists, 30)}"
        raise fault(path, found, f"name one of them, as in {path.name}#{lists[0]}")
    else:
        vector = lists or numbers
    if not vector:
        found = f"no column holds vectors or numbers; the columns are {listed(names)}"
        raise fault(path, found, "give the file that holds the vectors")
    others = [
        name
        for name, kind in types.items()
        if is_metadata(kind) and name not in (key, _INDEX) and name not in vector
    ]
    return Columns(key, tuple(vector), tuple(others))


def find_key(path: Path, types: dict[str, Any], options: ReaderOptions) -> str:
    """Choose the column of keys: as told, by its usual name, the index of pandas, or the first of text."""
    usable = [name for name, kind in types.items() if is_text(kind) or kinds.is_integer(kind)]
    if options.key is not None:
        return known_or_fault(path, options.key, usable, "column of keys", "columns that may be keys are")
    texts = [name for name, kind in types.items() if is_text(kind)]
    found = usual_key(usable) or (_INDEX if _INDEX in usable else None) or next(iter(texts), None)
    if found is None:
        raise fault(
            path,
            f"no column holds keys; the columns are {listed(types)}",
            "name the one that does with `key:`",
        )
    return found


def is_text(kind: Any) -> bool:
    """Tell whether a column may be keys: text, or a dictionary of text."""
    kind = kind.value_type if kinds.is_dictionary(kind) else kind
    return bool(kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_string_view(kind))


def is_number(kind: Any) -> bool:
    """Tell whether a column holds real numbers."""
    return bool(kinds.is_integer(kind) or kinds.is_floating(kind))


def is_metadata(kind: Any) -> bool:
    """Tell whether a column can be kept as metadata."""
    kind = kind.value_type if kinds.is_dictionary(kind) else kind
    return is_number(kind) or is_text(kind) or bool(kinds.is_boolean(kind) or kinds.is_temporal(kind))


def is_vector(kind: Any) -> bool:
    """Tell whether each row is a list of numbers, or packed bits."""
    kind = _plain(kind)
    if kinds.is_fixed_size_binary(kind):
        return True
    is_list = kinds.is_list(kind) or kinds.is_large_list(kind) or kinds.is_fixed_size_list(kind)
    return bool(is_list and (is_number(kind.value_type) or kinds.is_boolean(kind.value_type)))


def _plain(kind: Any) -> Any:
    return kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind


def width_of(kind: Any) -> int | None:
    """Give the width of the vectors where their type says it."""
    kind = _plain(kind)
    if kinds.is_fixed_size_binary(kind):
        return int(kind.byte_width)
    return int(kind.list_size) if kinds.is_fixed_size_list(kind) else None


def _element(kind: Any) -> str:
    kind = _plain(kind)
    if kinds.is_fixed_size_binary(kind):
        return "uint8"
    element = kind if is_number(kind) else kind.value_type
    return {"halffloat": "float16", "float": "float32", "double": "float64"}.get(str(element), str(element))


def _first_width(path: Path, batches: Batches, columns: Columns) -> int:
    for batch in batches([columns.vector[0]]):
        if len(batch):
            width = pc.list_value_length(_storage(batch.column(0)).slice(0, 1))[0].as_py()
            return int(width or 0)
    raise fault(path, "the table has no rows", "give a table that holds keys and vectors")


def read_blocks(path: Path, columns: Columns, dimensions: int, batches: Batches) -> Iterator[Block]:
    """Cut batches into blocks of bounded size."""
    rows = max(1, BLOCK_BYTES // max(1, 4 * dimensions))
    seen = 0
    for batch in batches(columns.names):
        # Offsets, lengths and text come from a stranger: checked before anything follows them.
        batch.validate(full=True)
        for first in range(0, len(batch), rows):
            part = batch.slice(first, rows)
            yield make_block(path, columns, dimensions, part, seen)
            seen += len(part)


def make_block(path: Path, columns: Columns, dimensions: int, batch: Any, first: int) -> Block:
    """Put together a block from a record batch that begins at the 0-based row `first`."""
    key = batch.column(columns.key)
    if key.null_count:
        row = first + key.is_null().to_pylist().index(True)
        raise fault(path, "the key is missing", f"{REPAIR_ROW}: every object needs a key", f"row {row + 1}")
    if len(columns.vector) == 1 and is_vector(batch.schema.field(columns.vector[0]).type):
        vectors = _lists(path, columns.vector[0], batch, dimensions, first)
    else:
        parts = [_numbers(path, name, batch.column(name), first) for name in columns.vector]
        vectors = np.stack(parts, axis=1)
    metadata = {name: _metadata(path, name, batch.column(name)) for name in columns.metadata}
    keys = _decoded(path, columns.key, key).cast(pa.string()).to_pylist()
    return Block(keys, as_float32(vectors), pa.table(metadata) if metadata else None)


def _lists(path: Path, name: str, batch: Any, dimensions: int, first: int) -> NDArray[np.generic]:
    column = _storage(batch.column(name))
    if column.null_count:
        raise _missing(path, name, column, first)
    if kinds.is_fixed_size_binary(column.type):
        joined: NDArray[np.generic] = np.frombuffer(b"".join(column.to_pylist()), np.uint8)
        return joined.reshape(len(column), dimensions)
    if not kinds.is_fixed_size_list(column.type):
        widths = pc.list_value_length(column).to_numpy()
        wrong = np.flatnonzero(widths != dimensions)
        if len(wrong):
            found = f"{widths[wrong[0]]} numbers where {dimensions} are expected"
            raise fault(path, found, REPAIR_ROW, f"row {first + int(wrong[0]) + 1}, column {shown(name)}")
    flat = column.flatten()
    if flat.null_count:
        row = first + flat.is_null().to_pylist().index(True) // max(1, dimensions)
        raise fault(path, "a value is missing", REPAIR_ROW, f"row {row + 1}, column {shown(name)}")
    # Lists of a fixed size have that of their batch, which a damaged file may give another size than it said first.
    if len(flat) != len(column) * dimensions:
        found = f"{len(flat)} numbers where {len(column) * dimensions} are expected"
        raise fault(path, found, "write the file again", f"column {shown(name)}")
    values: NDArray[np.generic] = flat.to_numpy(zero_copy_only=False)
    return values.reshape(len(column), dimensions)


def _storage(column: Any) -> Any:
    return column.storage if isinstance(column, pa.ExtensionArray) else column


def _numbers(path: Path, name: str, column: Any, first: int) -> NDArray[np.generic]:
    if column.null_count:
        raise _missing(path, name, column, first)
    return as_float32(column.to_numpy(zero_copy_only=False))


def _missing(path: Path, name: str, column: Any, first: int) -> Exception:
    row = first + column.is_null().to_pylist().index(True)
    return fault(path, "the value is missing", REPAIR_ROW, f"row {row + 1}, column {shown(name)}")


def _decoded(path: Path, name: str, column: Any) -> Any:
    """Unfold a dictionary, unless few bytes would unfold to too many."""
    if not kinds.is_dictionary(column.type):
        return column
    if is_text(column.type):
        lengths = pc.binary_length(column.dictionary).take(column.indices)
        size = pc.sum(lengths).as_py() or 0
        if size > TEXT_BYTES:
            found = f"the text of {len(column)} rows has {size:,} bytes"
            raise fault(path, found, "remove the column, or shorten its text", f"column {shown(name)}")
    return column.dictionary_decode()


def _metadata(path: Path, name: str, column: Any) -> Any:
    column = _decoded(path, name, column)
    kind = column.type
    if kinds.is_boolean(kind):
        return column
    if kinds.is_integer(kind) and not kinds.is_uint64(kind):
        return column.cast(pa.int64())
    return column.cast(pa.float64() if is_number(kind) else pa.string(), safe=False)
