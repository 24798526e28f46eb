"""Which objects of a space take part in a comparison: filters by key, metadata and frequency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.expressions import evaluate
from pipelines.matching import fold_keys

FREQUENCY_NAMES = ("frequency", "count", "freq")
"""Columns that hold how often an object occurs, where no other is named."""


@dataclass(frozen=True)
class Filters:
    """What an object must satisfy; None asks nothing.

    Attributes
    ----------
    keys
        It is one of these, compared after `folding`.
    where
        A condition on metadata columns; see `pipelines.expressions`.
    min_frequency
        It occurs at least so often.
    top
        It is among so many that occur most often, of those that satisfy all else; ties by key.
    frequency
        Column of the frequency; the first of `FREQUENCY_NAMES` where not given.
    """

    keys: Sequence[str] | None = None
    where: str | None = None
    min_frequency: float | None = None
    top: int | None = None
    frequency: str | None = None
    folding: str = "exact"


@dataclass(frozen=True)
class Kept:
    """What filters leave of a space.

    Attributes
    ----------
    rows
        bool, shape (n,): objects that satisfy all.
    removed
        Filter to the objects that it removed; each is counted where it failed first.
    """

    rows: NDArray[np.bool_]
    removed: dict[str, int]


def apply_filters(filters: Filters, keys: Sequence[str], metadata: pa.Table) -> Kept:
    """Apply filters to the n objects of a space: keys, where, min_frequency, top, in this order.

    Raises
    ------
    ValueError
        A column that is not there, or of the wrong type.

    Examples
    --------
    >>> apply_filters(Filters(min_frequency=2), ["a", "b"], pa.table({"count": [1, 2]})).removed
    {'min_frequency': 1}
    """
    kept = np.ones(len(keys), np.bool_)
    removed: dict[str, int] = {}

    def keep(name: str, satisfied: NDArray[np.bool_]) -> None:
        removed[name] = int((kept & ~satisfied).sum())
        kept[:] &= satisfied

    if filters.keys is not None:
        wanted = set(fold_keys(filters.keys, filters.folding))
        folded = fold_keys(keys, filters.folding)
        keep("keys", np.fromiter((key in wanted for key in folded), np.bool_, len(keys)))
    if filters.where is not None:
        keep("where", evaluate(filters.where, metadata))
    if filters.min_frequency is not None or filters.top is not None:
        frequency = _frequency(metadata, filters.frequency)
        if filters.min_frequency is not None:
            keep("min_frequency", frequency >= filters.min_frequency)
        if filters.top is not None:
            keep("top", _most_frequent(np.where(kept, frequency, np.nan), keys, filters.top))
    return Kept(kept, removed)


def _frequency(metadata: pa.Table, name: str | None) -> NDArray[np.float64]:
    """Return how often every object occurs, NaN where that is missing."""
    known = metadata.column_names
    found = name if name is not None else next((one for one in FREQUENCY_NAMES if one in known), None)
    if found is None or found not in known:
        wanted = repr(name) if name is not None else " or ".join(FREQUENCY_NAMES)
        raise ValueError(
            f"no metadata column {wanted} for the frequency; there are: {', '.join(known) or 'none'}"
        )
    kind = metadata.schema.field(found).type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        raise ValueError(f"the metadata column {found!r} holds {kind}, not a frequency")
    values: NDArray[np.float64] = metadata[found].cast(pa.float64()).to_numpy()
    return values


def _most_frequent(frequency: NDArray[np.float64], keys: Sequence[str], top: int) -> NDArray[np.bool_]:
    known = np.flatnonzero(~np.isnan(frequency))
    chosen = np.zeros(len(frequency), np.bool_)
    if len(known) <= top:
        chosen[known] = True
        return chosen
    least = np.partition(frequency[known], len(known) - top)[len(known) - top]
    chosen[known] = frequency[known] > least
    tied = sorted(np.flatnonzero(frequency == least).tolist(), key=keys.__getitem__)
    chosen[tied[: top - int(chosen.sum())]] = True
    return chosen
