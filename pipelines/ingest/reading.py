"""What every reader returns: the keys and vectors of one checkpoint, in blocks. No format lives here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


@dataclass(frozen=True)
class ReaderOptions:
    """How to read a checkpoint where its content does not say.

    Attributes
    ----------
    format
        Name of the reader; None: sniffed from the content.
    key
        Column or array that holds the keys; None: found by its usual name.
    member
        Array, tensor, column or data set inside a file that holds several spaces; None: the only candidate.
    metadata
        Keys and metadata in a file of their own. For vectors without keys (``.npy``, projector TSV, tensors)
        it has one line for each vector, in their order; None: found beside them. For every other format it is
        a table that is joined by key.
    bits
        Whether integers of 8 bits hold 8 dimensions of 0 or 1 each (as `numpy.packbits` packs them).
    isolated
        Whether to parse in a process of its own, with limits on memory and time.
    settle_seconds
        A file that was changed less than so many seconds ago may still be written, and is refused.
    on_bad
        ``drop``: leave out objects that ``refuse`` would refuse the file for.
    """

    format: str | None = None
    key: str | None = None
    member: str | None = None
    metadata: Path | None = None
    bits: bool = False
    isolated: bool = False
    settle_seconds: float = 0
    on_bad: Literal["refuse", "drop"] = "refuse"


@dataclass(frozen=True)
class Block:
    """Consecutive objects of a checkpoint; everything in it has the same length b.

    Attributes
    ----------
    keys
        b keys, as found.
    vectors
        float32, shape (b, d).
    metadata
        b rows of typed columns, the same schema in every block; None: the checkpoint has none.
    thumbnails
        b encoded images (PNG), None where an object has none; None: the checkpoint has none.
    first_line
        Line of the first object in a text format, 1-based; None for binary formats.
    """

    keys: Sequence[str]
    vectors: NDArray[np.float32]
    metadata: pa.Table | None = None
    thumbnails: Sequence[bytes | None] | None = None
    first_line: int | None = None


@dataclass
class Position:
    """How far a file has been read, where nothing but that says how much is left.

    Attributes
    ----------
    read
        Bytes of the file as it lies there, compressed or not.
    """

    read: int = 0


@dataclass(frozen=True)
class Reading:
    """A checkpoint that has been opened and understood, but not yet read.

    Attributes
    ----------
    path
        The checkpoint.
    format
        Name of the reader.
    dimensions
        Width d of the vectors.
    count
        Number of objects where the format says so before reading; None otherwise.
    dtype
        Element type in the file (``float32``, ``float16``, ``text``).
    blocks
        Gives the blocks in file order; raises `pipelines.errors.IngestError` on what cannot be read.
    position
        Moves on while the blocks are read; None: the reader does not tell.
    """

    path: Path
    format: str
    dimensions: int
    count: int | None
    dtype: str
    blocks: Callable[[], Iterator[Block]]
    position: Position | None = None

    def expected(self, rows: int) -> int:
        """Tell how many objects there will be in all, from the `rows` that have been read.

        Without a count this is an estimate, which gets better with the bytes that were read; `rows` where nothing
        says more.
        """
        if self.count is not None:
            return self.count
        if self.position is None or not self.position.read:
            return rows
        return max(rows, round(rows * self.path.stat().st_size / self.position.read))
