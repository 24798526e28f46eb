"""NumPy arrays in pickles, rebuilt from what `pipelines.ingest.pickles` left of them."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import IngestError
from pipelines.ingest.faults import COPY_AGAIN, fault
from pipelines.ingest.pickles import Call, Named

_PACKAGES = ("numpy.core", "numpy._core")
_REBUILD = {f"{package}.multiarray._reconstruct" for package in _PACKAGES}
_FROM_BUFFER = {f"{package}.numeric._frombuffer" for package in _PACKAGES}
_SCALAR = {f"{package}.multiarray.scalar" for package in _PACKAGES}
ALLOWED = frozenset({"numpy.ndarray", "numpy.dtype", "_codecs.encode"} | _REBUILD | _FROM_BUFFER | _SCALAR)

_CODE = re.compile("[iufb][1248]")


def is_array(value: Any) -> bool:
    """Tell whether something stands for a NumPy array."""
    return isinstance(value, Call) and value.name in _REBUILD | _FROM_BUFFER


def array_of(path: Path, value: Any, place: str = "") -> NDArray[np.generic]:
    """Rebuild an array of numbers.

    Raises
    ------
    pipelines.errors.IngestError
        If it is no array of numbers, or its shape is not that of its bytes.
    """
    try:
        return _rebuilt(value)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, UnicodeError) as error:
        raise _bad(path, place, str(error)) from None


def _bad(path: Path, place: str, reason: str) -> IngestError:
    reason = " ".join(reason.split())[:120]
    return fault(path, f"this is no array of numbers ({reason})", COPY_AGAIN, place)


def _rebuilt(value: Call) -> NDArray[np.generic]:
    if value.name in _FROM_BUFFER:
        raw, dtype, shape, order = value.arguments
        fortran = order == "F"
    else:
        _, shape, dtype, fortran, raw = value.state
    kind = _dtype(dtype)
    if not isinstance(shape, tuple) or not all(type(size) is int and size >= 0 for size in shape):
        raise ValueError("the shape is no tuple of sizes")
    data = _bytes(raw)
    if len(data) != math.prod(shape) * kind.itemsize:
        raise ValueError(f"{len(data)} bytes for shape {shape} of {kind}")
    flat: NDArray[np.generic] = np.frombuffer(data, kind)
    return flat.reshape(shape, order="F" if fortran else "C")


def _dtype(value: Any) -> np.dtype[np.generic]:
    if not isinstance(value, Call) or value.name != "numpy.dtype":
        raise ValueError("it has no dtype")
    code = value.arguments[0]
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise ValueError(f"dtype {str(code)[:20]!r}")
    order = value.state[1] if isinstance(value.state, tuple) else "="
    return np.dtype((order if order in ("<", ">") else "=") + code)


def _bytes(value: Any) -> bytes | bytearray:
    # Protocol 2 has no bytes: they are text, with the instruction to encode it.
    if isinstance(value, Call) and value.name == "_codecs.encode" and value.arguments[1:] == ("latin1",):
        return str(value.arguments[0]).encode("latin-1")
    if isinstance(value, Call | Named) or not isinstance(value, bytes | bytearray):
        raise ValueError("its data are no bytes")
    return value
