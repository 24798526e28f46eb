"""Binary vectors: eight dimensions of 0 or 1 in each 8-bit integer, in the order of `numpy.packbits`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from pipelines.ingest.faults import fault
from pipelines.ingest.reading import Block, Reading


def unpacked(reading: Reading) -> Reading:
    """Unfold the vectors of a checkpoint, whatever its format.

    Signed integers are the packed ones less 128, as sentence-transformers writes the precision ``binary``.

    Raises
    ------
    pipelines.errors.IngestError
        If the elements are not integers of 8 bits.
    """
    if reading.dtype not in ("uint8", "int8"):
        found = f"the elements are {reading.dtype}, but packed bits are uint8 or int8"
        raise fault(reading.path, found, "remove `bits: true`")
    dtype = f"{reading.dtype} (packed bits)"
    blocks = partial(_unpacked_blocks, reading, 128 if reading.dtype == "int8" else 0)
    return replace(reading, dimensions=8 * reading.dimensions, dtype=dtype, blocks=blocks)


def _unpacked_blocks(reading: Reading, shift: int) -> Iterator[Block]:
    for block in reading.blocks():
        packed = (block.vectors + shift).astype(np.uint8)
        yield replace(block, vectors=np.unpackbits(packed, axis=1).astype(np.float32))
