"""Numbers written as text, to float32: fast for whole blocks, and field by field to find a fault."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
from numpy.typing import NDArray

from pipelines.errors import IngestError
from pipelines.ingest.faults import REPAIR_ROW, fault, shown

_PARSE = arrow_csv.ParseOptions(quote_char=False, ignore_empty_lines=False)
_CONVERT = arrow_csv.ConvertOptions(column_types={"value": pa.float64()}, null_values=[])


def parse_fields(fields: bytes, count: int) -> NDArray[np.float32] | None:
    r"""Parse numbers that stand one a line.

    Parameters
    ----------
    fields
        Numbers separated by ``\n``.
    count
        How many they must be.

    Returns
    -------
    values
        float32, shape (count,), each rounded from float64; None if any field is not exactly one number.
        Numbers above the range of float32 come out as infinite.

    Notes
    -----
    Arrow reads the block as a table of one column. No field can yield fewer than one value, so that the
    total equals `count` only if every field is one number.

    >>> parse_fields(b"1\n-2.5", 2).tolist()
    [1.0, -2.5]
    """
    if count == 0 or not fields:
        return np.empty(0, np.float32) if count == 0 and not fields else None
    reading = arrow_csv.ReadOptions(column_names=["value"], use_threads=False, block_size=len(fields) + 1)
    source: Any = pa.BufferReader(fields)
    try:
        table = arrow_csv.read_csv(source, reading, _PARSE, _CONVERT)
    except pa.ArrowInvalid:
        return None
    values: NDArray[np.float64] = table["value"].to_numpy()
    return as_float32(values) if len(values) == count else None


def as_float32(values: NDArray[np.generic]) -> NDArray[np.float32]:
    """Round numbers of any real type to float32; what is too large becomes infinite without a warning."""
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(values, dtype=np.float32)


def is_number(field: bytes | str) -> bool:
    """Tell whether a field is one number, "nan" and "inf" included."""
    if "_" in field if isinstance(field, str) else b"_" in field:
        return False
    try:
        float(field)
    except ValueError:
        return False
    return True


def trailing_numbers(row: bytes) -> int:
    """Count the numbers at the end of a row of text, leaving at least one field for the key.

    >>> trailing_numbers(b"about 34 0.5 -1e-3")
    3
    """
    count = 0
    fields = [field for field in row.replace(b"\t", b" ").split(b" ") if field]
    for field in reversed(fields[1:]):
        if not is_number(field):
            break
        count += 1
    return count


def find_bad(path: Path, first: int, vectors: Sequence[bytes], separator: bytes) -> IngestError:
    """Word the error for the first field of a block that `parse_fields` refuses.

    Parameters
    ----------
    path, first
        The file, and the line of the first vector.
    vectors
        Fields of one row each, separated by `separator`; all rows have equally many.
    separator
        One byte.
    """
    fields = [field for vector in vectors for field in vector.split(separator)]
    width = len(fields) // len(vectors)
    row, column = divmod(first_bad(fields), width)
    found = f"value {column + 1} of {width} should be a number, but is {shown(fields[row * width + column])}"
    return fault(path, found, REPAIR_ROW, f"line {first + row}")


def first_bad(fields: Sequence[bytes]) -> int:
    """Find the first field that `parse_fields` refuses, by halving; there must be one."""
    low, high = 0, len(fields)
    while high - low > 1:
        middle = (low + high) // 2
        if parse_fields(b"\n".join(fields[low:middle]), middle - low) is None:
            high = middle
        else:
            low = middle
    return low
