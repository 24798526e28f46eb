"""A matrix in one file, its keys in another: rows taken in blocks. No format lives here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.ingest.files import BLOCK_BYTES
from pipelines.ingest.reading import Block
from pipelines.ingest.sidefile import SideFile


def matrix_blocks(
    side: SideFile, dimensions: int, rows_of: Callable[[slice], NDArray[Any]]
) -> Iterator[Block]:
    """Give blocks of bounded size.

    Parameters
    ----------
    side
        n keys.
    dimensions
        Width d.
    rows_of
        Takes rows of the matrix, as float32.
    """
    a_block = max(1, BLOCK_BYTES // max(1, 4 * dimensions))
    for first in range(0, len(side.keys), a_block):
        rows = slice(first, min(first + a_block, len(side.keys)))
        yield Block(side.keys[rows], rows_of(rows), side.rows(rows))


def widened(raw: NDArray[np.generic]) -> NDArray[np.float32]:
    """Turn bfloat16, given as uint16, into float32: its bits are the upper half.

    >>> widened(np.array([0x3F80, 0xC000], np.uint16)).tolist()
    [1.0, -2.0]
    """
    wide: NDArray[np.float32] = (raw.astype(np.uint32) << 16).view(np.float32)
    return wide
