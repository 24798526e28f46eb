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
        Array inside a file that holds several spaces; None: the only candidate.
    metadata
        Side file (projector TSV) with one line of metadata an object; None: found beside the vectors.
    on_bad
        ``drop``: leave out objects that ``refuse`` would refuse the file for.
    """

    format: str | None = None
    key: str | None = None
    member: str | None = None
    metadata: Path | None = None
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
    """

    path: Path
    format: str
    dimensions: int
    count: int | None
    dtype: str
    blocks: Callable[[], Iterator[Block]]
