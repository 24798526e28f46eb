"""Metadata columns and keys: from text or arrays to columns of one type in every block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

KEY_NAMES = (
    "key",
    "keys",
    "word",
    "words",
    "id",
    "ids",
    "identifier",
    "identifiers",
    "label",
    "labels",
    "token",
    "tokens",
    "name",
    "names",
    "element",
)

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none"})

# A number with leading zeros ("007") is an identifier and stays text.
_INTEGER = r"^-?(0|[1-9][0-9]{0,17})$"
_FLOAT = r"^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$"
_ZEROS = r"^-?0[0-9]"
_BOOL = r"^(true|false|True|False|TRUE|FALSE)$"


def usual_key(names: Sequence[str]) -> str | None:
    """Find the name that usually names keys, in any case; None if there is none.

    >>> usual_key(["x", "Word"])
    'Word'
    """
    by_lower = {name.strip().lower(): name for name in reversed(names)}
    return next((by_lower[usual] for usual in KEY_NAMES if usual in by_lower), None)


def typed_column(texts: Sequence[str]) -> pa.Array[Any]:
    """Give a whole column of text its type: int64, float64, bool or string; empty cells are null.

    >>> typed_column(["1", "", "3"]).to_pylist()
    [1, None, 3]
    """
    column = pa.array([text or None for text in texts], pa.string())
    if column.null_count == len(column):
        return column
    if _all_match(column, _INTEGER):
        return column.cast(pa.int64())
    if _all_match(column, _FLOAT) and not pc.any(pc.match_substring_regex(column, _ZEROS)).as_py():
        return column.cast(pa.float64())
    return bool_column(texts) if _all_match(column, _BOOL) else column


def _all_match(column: pa.Array[Any], pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(column, pattern)).as_py())


def is_bool(text: str) -> bool:
    """Tell whether a cell says true or false, or nothing."""
    return text.lower() in {"", "true", "false"}


def bool_column(texts: Sequence[str]) -> pa.Array[Any]:
    """Type a column in which every cell satisfies `is_bool`."""
    return pa.array([text.lower() == "true" if text else None for text in texts], pa.bool_())


def is_column(dtype: np.dtype[np.generic]) -> bool:
    """Tell whether an array of this type can be a metadata column."""
    return dtype.kind in "iufbUS" and dtype.itemsize > 0


def array_column(values: NDArray[np.generic]) -> pa.Array[Any]:
    """Turn a 1-D array that `is_column` into a column of int64, float64, bool or string.

    Raises
    ------
    ValueError
        If text in it is not valid.
    """
    kind = values.dtype.kind
    if kind in "US":
        return pa.array(array_strings(values), pa.string())
    if kind == "b":
        return pa.array(values, pa.bool_())
    # The upper half of uint64 does not fit into int64.
    is_whole = kind in "iu" and values.dtype != np.uint64
    return pa.array(values.astype(np.int64 if is_whole else np.float64))


def array_strings(values: NDArray[np.generic]) -> list[str]:
    """Turn a 1-D array of text (unicode, or bytes in UTF-8) or of integers into strings.

    Raises
    ------
    ValueError
        If the text in it is not valid.
    """
    if values.dtype.kind == "S":
        return [raw.decode() for raw in values.tolist()]
    return [str(value) for value in values.tolist()]
