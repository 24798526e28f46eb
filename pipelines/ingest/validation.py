"""What every checkpoint must satisfy, whatever its format. Nothing is repaired: it is refused, or dropped on demand."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

import numpy as np

from pipelines.errors import IngestError
from pipelines.ingest.dropping import Dropped, is_encodable
from pipelines.ingest.faults import COPY_AGAIN, REPAIR_ROW, fault, shown
from pipelines.ingest.reading import Block, Reading


def validated(reading: Reading, dropped: Dropped | None = None) -> Iterator[Block]:
    """Give the blocks of a checkpoint, refusing the first thing that is wrong.

    Parameters
    ----------
    reading
        An opened checkpoint.
    dropped
        Leave out the objects whose values are not finite or whose keys are empty, repeated or not encodable, and
        count them here; None: refuse them.

    Yields
    ------
    Block
        Blocks whose keys are unique, not empty and encodable, whose vectors are finite and equally wide.

    Raises
    ------
    pipelines.errors.IngestError
        For dimensions 0, rows of another width, a value that is not a finite float32, an empty or repeated
        key, a number of objects other than the format says, and fewer than two objects. A block is checked
        before it is given; the number of objects only after the last block.
    """
    if reading.dimensions < 1:
        raise fault(reading.path, "the vectors have 0 dimensions", "give vectors of at least one number")
    places = _Places(reading)
    for block in reading.blocks():
        places.begin(block)
        _check_shape(reading, block, places)
        if dropped is not None:
            block = dropped.without_bad(block)
        else:
            _check_keys(block, places)
            _check_finite(block, places)
        yield block
    _check_count(reading, places.rows, 0 if dropped is None else dropped.rows)


class _Places:
    """Where each key was met: the line where the format has lines, the position otherwise."""

    def __init__(self, reading: Reading) -> None:
        self.path = reading.path
        self.rows = 0
        self.start = 0
        self.seen: dict[str, int] = {}
        self._starts: list[int] = []
        self._lines: list[int | None] = []

    def begin(self, block: Block) -> None:
        self.start = self.rows
        self.rows += len(block.keys)
        self._starts.append(self.start)
        self._lines.append(block.first_line)

    def where(self, row: int) -> str:
        """Name the place of a 0-based row of the whole checkpoint."""
        block = bisect_right(self._starts, row) - 1
        line = self._lines[block]
        return f"object {row + 1}" if line is None else f"line {line + row - self._starts[block]}"

    def fault(self, row: int, key: str, found: str, advice: str) -> IngestError:
        return fault(self.path, found, advice, f"{self.where(row)} (key {shown(key)})")


def _check_shape(reading: Reading, block: Block, places: _Places) -> None:
    wanted = (len(block.keys), reading.dimensions)
    if block.vectors.shape != wanted:
        key = block.keys[0] if block.keys else ""
        found = f"vectors of shape {block.vectors.shape} where {wanted} is expected"
        raise places.fault(places.start, key, found, "make all rows equally wide")


def _check_keys(block: Block, places: _Places) -> None:
    for row, key in enumerate(block.keys, places.start):
        earlier = places.seen.setdefault(key, row)
        if earlier != row:
            found = f"the key was already used by {places.where(earlier)}"
            advice = "remove one of the two rows, or name another key column with `key:`"
            raise places.fault(row, key, found, advice)
        if not key:
            raise places.fault(row, key, "the key is empty", f"{REPAIR_ROW}: every object needs a key")
        if not is_encodable(key):
            found = "the key holds half of a surrogate pair, which is no character"
            raise places.fault(row, key, found, REPAIR_ROW)


def _check_finite(block: Block, places: _Places) -> None:
    finite = np.isfinite(block.vectors)
    if finite.all():
        return
    row, column = np.argwhere(~finite)[0].tolist()
    value = block.vectors[row, column]
    what = "nan" if np.isnan(value) else "infinite, or too large for float32 (3.4e38)"
    found = f"value {column + 1} of {block.vectors.shape[1]} is {what}"
    raise places.fault(
        places.start + row, block.keys[row], found, f"{REPAIR_ROW}: every value must be finite"
    )


def _check_count(reading: Reading, rows: int, dropped: int) -> None:
    if reading.count is not None and rows != reading.count:
        found = f"{rows} objects were read where the file claims {reading.count}"
        raise fault(reading.path, found, COPY_AGAIN)
    left = rows - dropped
    if left < 2:
        found = f"the file holds {left} object{'s' * (left != 1)}"
        found += f" after {dropped} were dropped" if dropped else ""
        raise fault(reading.path, found, "give at least 2 objects")
