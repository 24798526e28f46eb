"""NumPy's array format as a stream of rows: nothing is unpickled, no header is believed."""

from __future__ import annotations

import math
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from pipelines.errors import IngestError
from pipelines.ingest.columns import array_strings
from pipelines.ingest.faults import COPY_AGAIN, fault, shown
from pipelines.ingest.files import BLOCK_BYTES, LINE_BYTES

MAGIC = npy_format.MAGIC_PREFIX

_READ_HEADER = {(1, 0): npy_format.read_array_header_1_0, (2, 0): npy_format.read_array_header_2_0}
_HEADER_ERRORS = (
    ValueError,
    TypeError,
    SyntaxError,
    KeyError,
    tokenize.TokenError,
    RecursionError,
    MemoryError,
)


@dataclass(frozen=True)
class Header:
    """What the header of an array says, checked against the bytes that are there.

    Attributes
    ----------
    name
        The array, for messages; empty for the only one of its file.
    shape, dtype, fortran
        As in NumPy; `fortran` where columns are contiguous.
    offset
        Bytes before the data.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    fortran: bool
    offset: int

    @property
    def place(self) -> str:
        """The array, as a message names it."""
        return f"array {shown(self.name)}" if self.name else ""

    @property
    def row_bytes(self) -> int:
        """Size of one row."""
        return self.dtype.itemsize * math.prod(self.shape[1:])

    @property
    def is_vectors(self) -> bool:
        """Whether the array may be vectors: 2-D and of real numbers, or of true and false."""
        return len(self.shape) == 2 and self.dtype.kind in "fiub"


def read_header(path: Path, stream: IO[bytes], size: int, name: str = "") -> Header:
    """Read the header of an array.

    Parameters
    ----------
    path, name
        The file and the array in it, for messages.
    stream
        At the start of the array; afterwards at its data.
    size
        Bytes of the array, header included.

    Raises
    ------
    pipelines.errors.IngestError
        If it is no array, holds Python objects, or claims more data than there is.
    """
    place = f"array {shown(name)}" if name else ""
    try:
        version = npy_format.read_magic(stream)
        if version not in _READ_HEADER:
            raise ValueError(f"version {version[0]}.{version[1]} of the format is not supported")
        shape, fortran, dtype = _READ_HEADER[version](stream)
    except _HEADER_ERRORS as error:
        raise fault(path, f"this is no valid NumPy array ({_first_line(error)})", COPY_AGAIN, place) from None
    header = Header(name, shape, dtype, fortran, stream.tell())
    if dtype.hasobject:
        found = "it holds pickled Python objects, which are never loaded"
        raise fault(path, found, "save it as an array of numbers or text", place)
    _check_size(path, header, size)
    return header


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _check_size(path: Path, header: Header, size: int) -> None:
    claimed = math.prod(header.shape) * header.dtype.itemsize
    if min(header.shape, default=0) < 0 or claimed > size - header.offset:
        found = (
            f"its header claims shape {header.shape} of {header.dtype}, more than its {size} bytes can hold"
        )
        raise fault(path, found, f"the file is cut short or damaged: {COPY_AGAIN}", header.place)
    if header.shape and header.row_bytes > LINE_BYTES:
        found = f"one row has {header.row_bytes} bytes, more than {LINE_BYTES >> 20} MiB"
        raise fault(path, found, "give one row for each object", header.place)


def rows_per_block(*headers: Header) -> int:
    """Choose how many rows to read at a time, so that no array needs more than some 8 MiB."""
    # A row of float16 doubles in float32.
    widest = max(max(header.row_bytes, 4 * math.prod(header.shape[1:])) for header in headers)
    return max(1, BLOCK_BYTES // max(1, widest))


def iter_rows(path: Path, stream: IO[bytes], header: Header, rows: int) -> Iterator[NDArray[np.generic]]:
    """Read the data of an array, `rows` rows at a time; in Fortran order it has to be read as a whole first.

    Raises
    ------
    pipelines.errors.IngestError
        If the data end early.
    """
    if header.fortran:
        turned = Header(header.name, header.shape[::-1], header.dtype, False, header.offset)
        columns = np.concatenate(list(iter_rows(path, stream, turned, turned.shape[0])))
        yield from (columns.T[first : first + rows] for first in range(0, header.shape[0], rows))
        return
    for first in range(0, header.shape[0], rows):
        count = min(rows, header.shape[0] - first)
        raw = stream.read(count * header.row_bytes)
        if len(raw) < count * header.row_bytes:
            found = f"the data end before row {first + count} of {header.shape[0]}"
            raise fault(path, found, COPY_AGAIN, header.place)
        yield np.frombuffer(raw, header.dtype).reshape(count, *header.shape[1:])


def is_text(header: Header) -> bool:
    """Tell whether the array may be keys: 1-D, and text or integers."""
    return len(header.shape) == 1 and header.dtype.kind in "USiu" and header.dtype.itemsize > 0


def strings_of(path: Path, header: Header, values: NDArray[np.generic]) -> list[str]:
    """Turn an array of keys into strings.

    Raises
    ------
    pipelines.errors.IngestError
        If they are not valid text.
    """
    try:
        return array_strings(values)
    except ValueError as error:
        raise invalid_text(path, header, error) from None


def invalid_text(path: Path, header: Header, error: Exception) -> IngestError:
    """Word the error for text in an array that is not valid."""
    found = f"it holds text that is not valid ({_first_line(error)})"
    return fault(path, found, "save it again as unicode", header.place)
