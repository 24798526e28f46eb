"""Records (objects with a key, a vector and other fields) to blocks, whatever they are read from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.ingest.columns import usual_key
from pipelines.ingest.faults import REPAIR_ROW, fault, known_or_fault, listed, shown
from pipelines.ingest.numerals import as_float32
from pipelines.ingest.reading import Block, ReaderOptions

Record = dict[str, Any]
_TYPES = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), str: pa.string()}
_WORDS = {"bool": "true or false", "int64": "a whole number", "double": "a number", "string": "text"}


@dataclass(frozen=True)
class Fields:
    """What the fields of records are.

    Attributes
    ----------
    dimensions
        Width of the vectors.
    metadata
        Arrow type of each other field.
    gaps
        Whether what is missing is read as NaN, or as an empty key, so that it can be dropped; otherwise refused.
    """

    key: str
    vector: str
    dimensions: int
    metadata: dict[str, Any]
    gaps: bool


def find_fields(path: Path, sample: Sequence[Record], options: ReaderOptions) -> Fields:
    """Find the fields from the first records.

    Raises
    ------
    pipelines.errors.IngestError
        If no field can be the keys or the vectors, or several can.
    """
    names = list(dict.fromkeys(name for record in sample for name in record))
    lists = [name for name in names if any(isinstance(record.get(name), list) for record in sample)]
    key = _find_key(path, sample, names, options)
    if options.member is not None:
        vector = known_or_fault(path, options.member, lists, "field of vectors", "fields of lists are")
    elif len(lists) > 1:
        found = f"{len(lists)} fields may be the vectors: {listed(lists, 30)}"
        raise fault(path, found, f"name one of them, as in {path.name}#{lists[0]}")
    elif not lists:
        found = f"no field holds a list of numbers; the fields are {listed(names)}"
        raise fault(path, found, "write the vector of each object as a list")
    else:
        vector = lists[0]
    metadata = {}
    for name in names:
        kind = _type_of([record[name] for record in sample if record.get(name) is not None])
        if name not in (key, *lists) and kind is not None:
            metadata[name] = kind
    first = next(record[vector] for record in sample if isinstance(record.get(vector), list))
    return Fields(key, vector, len(first), metadata, options.on_bad == "drop")


def _find_key(path: Path, sample: Sequence[Record], names: list[str], options: ReaderOptions) -> str:
    found = {name: [record.get(name) for record in sample] for name in names}
    if options.on_bad == "drop":
        found = {name: [one for one in values if one is not None] for name, values in found.items()}
    usable = [name for name in names if all(isinstance(one, str | int) for one in found[name])]
    if options.key is not None:
        return known_or_fault(path, options.key, names, "field", "the fields are")
    texts = [name for name in usable if all(isinstance(one, str) for one in found[name])]
    key = usual_key(usable) or next(iter(texts), None)
    if key is None:
        message = f"no field holds keys; the fields are {listed(names)}"
        raise fault(path, message, "name the one that does with `key:`")
    return key


def _type_of(values: Sequence[Any]) -> Any:
    """Give the type that all values have; None if there is none, or they are no values of a column."""
    found = {type(value) for value in values}
    if found == {int, float}:
        found = {float}
    return _TYPES.get(found.pop()) if len(found) == 1 else None


def record_block(
    path: Path, fields: Fields, records: Sequence[Record], places: Sequence[str], line: int | None
) -> Block:
    """Put together a block.

    Parameters
    ----------
    places
        How a message names each record.
    line
        Line of the first record, where each has one line.
    """
    keys, vectors = [], np.empty((len(records), fields.dimensions), np.float32)
    for row, (record, place) in enumerate(zip(records, places, strict=True)):
        keys.append(_key(path, place, record.get(fields.key), fields.gaps))
        vectors[row] = vector_of(path, place, record.get(fields.vector), fields.dimensions, fields.gaps)
    columns = {name: _column(path, name, kind, records, places) for name, kind in fields.metadata.items()}
    return Block(keys, vectors, pa.table(columns) if columns else None, first_line=line)


def _key(path: Path, place: str, value: Any, gaps: bool) -> str:
    if value is None and gaps:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise fault(path, "the key is neither text nor a whole number", REPAIR_ROW, place)
    return str(value)


def vector_of(path: Path, place: str, value: Any, dimensions: int, gaps: bool) -> NDArray[np.float32]:
    """Turn a list of numbers into a vector, float32 of shape (d,); with `gaps`, null is NaN, in it or instead of it.

    Raises
    ------
    pipelines.errors.IngestError
        If it is no list of `dimensions` numbers.
    """
    if gaps and value is None:
        return np.full(dimensions, np.nan, np.float32)
    if not isinstance(value, list):
        raise fault(path, f"a list of numbers is expected, but there is {_shown(value)}", REPAIR_ROW, place)
    if len(value) != dimensions:
        found = f"{dimensions} numbers are expected, but there are {len(value)}"
        raise fault(path, found, REPAIR_ROW, place)
    if gaps and None in value:
        value = [np.nan if one is None else one for one in value]
    if not set(map(type, value)) <= {int, float}:
        at = next(at for at, one in enumerate(value) if type(one) not in (int, float))
        found = f"value {at + 1} of {dimensions} should be a number, but is {_shown(value[at])}"
        raise fault(path, found, REPAIR_ROW, place)
    try:
        return as_float32(np.array(value, np.float64))
    except OverflowError:
        raise fault(path, "a number is too large for float32 (3.4e38)", REPAIR_ROW, place) from None


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "an object"
    return "a list" if isinstance(value, list) else shown(str(value))


def _column(path: Path, name: str, kind: Any, records: Sequence[Record], places: Sequence[str]) -> Any:
    values = [record.get(name) for record in records]
    allowed = (int, float) if kind == pa.float64() else tuple(t for t, k in _TYPES.items() if k == kind)
    for value, place in zip(values, places, strict=True):
        if value is not None and type(value) not in allowed:
            found = f"{_shown(value)} is not {_WORDS[str(kind)]}, as in the records before"
            raise fault(path, found, REPAIR_ROW, f"{place}, field {shown(name)}")
    try:
        return pa.array(values, kind)
    except (OverflowError, UnicodeError, pa.ArrowException) as error:
        found = f"a value cannot be kept ({str(error)[:100]})"
        raise fault(path, found, REPAIR_ROW, f"field {shown(name)}") from None
