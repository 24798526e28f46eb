"""Leaving bad rows out of a checkpoint on demand, and counting them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.ingest.reading import Block

EXAMPLES = 10
NOT_FINITE, NO_KEY, REPEATED_KEY = "values not finite", "no readable key", "repeated key"


@dataclass
class Dropped:
    """The rows of a checkpoint that were left out so far.

    Attributes
    ----------
    counts
        Reason to the rows that were left out for it; a row counts for the first reason of: key, repetition, values.
    examples
        Key and reason of the first ten.
    """

    counts: dict[str, int] = field(default_factory=dict)
    examples: list[tuple[str, str]] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    @property
    def rows(self) -> int:
        """How many rows were left out."""
        return sum(self.counts.values())

    def without_bad(self, block: Block) -> Block:
        """Return a block without its bad rows, and count them.

        Of rows with the same key the first good one stays.
        """
        finite = np.asarray(np.isfinite(block.vectors).all(axis=1))
        good = np.ones(len(block.keys), np.bool_)
        for row, key in enumerate(block.keys):
            reason = self._reason(key, bool(finite[row]))
            if reason:
                good[row] = False
                self._count(key, reason)
            else:
                self._seen.add(key)
        return block if good.all() else _taken(block, np.flatnonzero(good))

    def _reason(self, key: str, finite: bool) -> str:
        if not key or not is_encodable(key):
            return NO_KEY
        if key in self._seen:
            return REPEATED_KEY
        return "" if finite else NOT_FINITE

    def _count(self, key: str, reason: str) -> None:
        self.counts[reason] = self.counts.get(reason, 0) + 1
        if len(self.examples) < EXAMPLES:
            self.examples.append((key.encode("utf-8", "replace").decode(), reason))


def is_encodable(key: str) -> bool:
    """Tell whether a key is Unicode text, without halves of surrogate pairs."""
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True


def _taken(block: Block, rows: NDArray[np.intp]) -> Block:
    def some(values: Sequence[str]) -> list[str]:
        return [values[row] for row in rows.tolist()]

    return replace(
        block,
        keys=some(block.keys),
        vectors=block.vectors[rows],
        metadata=None if block.metadata is None else block.metadata.take(pa.array(rows)),
        thumbnails=None if block.thumbnails is None else [block.thumbnails[row] for row in rows.tolist()],
        first_line=None,
    )
