"""What distinguishes a group in the metadata of its members: values it holds more often, numbers that differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom, mannwhitneyu

from pipelines.similarity.significance import benjamini_hochberg


@dataclass(frozen=True)
class Enrichment:
    """A value that members hold more often than others do.

    Attributes
    ----------
    column, value
        Name of the column, and the value as text.
    share_inside, share_outside
        Share of the members and of all other objects that hold it, 0 … 1.
    p
        P(at least as many members) if members were drawn at random (hypergeometric).
    """

    column: str
    value: str
    share_inside: float
    share_outside: float
    p: float


@dataclass(frozen=True)
class Shift:
    """A number that differs between members and others.

    Attributes
    ----------
    column
        Name of the column.
    median_inside, median_outside
        Over the members and over all other objects.
    p
        Two-sided Mann–Whitney test, normal approximation.
    """

    column: str
    median_inside: float
    median_outside: float
    p: float


@dataclass(frozen=True)
class Description:
    """What distinguishes one group: the tests that hold at the false discovery rate asked for, smallest p first."""

    enrichments: tuple[Enrichment, ...]
    shifts: tuple[Shift, ...]


@dataclass(frozen=True)
class _Categories:
    """A column as codes: −1 where there is no value, `totals` objects hold each of the `values`."""

    codes: NDArray[np.int64]
    values: NDArray[np.str_]
    totals: NDArray[np.int64]


def describe_groups(
    groups: Sequence[NDArray[np.int32]], columns: Mapping[str, NDArray[Any]], level: float = 0.05
) -> list[Description]:
    """Return what distinguishes each group from all other objects.

    Parameters
    ----------
    groups
        int32 rows of the members of each group, each row once.
    columns
        Metadata of the n objects, shape (n,): integers and floats are numbers (NaN: no value), anything else,
        booleans too, is a category (None: no value).
    level
        Bound on the false discovery rate within a group, over all its values and columns (`benjamini_hochberg`).

    Examples
    --------
    >>> colours = np.array(["red"] * 5 + ["blue"] * 20)
    >>> [described] = describe_groups([np.arange(5, dtype=np.int32)], {"colour": colours})
    >>> [(found.value, found.share_inside, found.share_outside) for found in described.enrichments]
    [('red', 1.0, 0.0)]
    """
    numbers = {name: np.asarray(values, np.float64) for name, values in columns.items() if _is_number(values)}
    categories = {name: _categories(values) for name, values in columns.items() if not _is_number(values)}
    return [_describe(rows, numbers, categories, level) for rows in groups]


def _describe(
    rows: NDArray[np.int32],
    numbers: Mapping[str, NDArray[np.float64]],
    categories: Mapping[str, _Categories],
    level: float,
) -> Description:
    enrichments, tests = [], []
    for name, column in categories.items():
        found, all_p = _enrichments(name, column, rows)
        enrichments += found
        tests.append(all_p)
    shifts = [shift for name, values in numbers.items() if (shift := _shift(name, values, rows)) is not None]
    tests.append(np.array([shift.p for shift in shifts]))
    p = np.concatenate(tests)
    bound = float(np.max(p, where=benjamini_hochberg(p, level), initial=-1.0))
    return Description(
        tuple(sorted((e for e in enrichments if e.p <= bound), key=lambda e: (e.p, -e.share_inside))),
        tuple(sorted((s for s in shifts if s.p <= bound), key=lambda s: s.p)),
    )


def _is_number(values: NDArray[Any]) -> bool:
    return values.dtype.kind in "iuf"


def _categories(values: NDArray[Any]) -> _Categories:
    held = np.array([value is not None for value in values.tolist()], bool)
    names, inverse = np.unique(values[held].astype(str), return_inverse=True)
    codes = np.full(len(values), -1)
    codes[held] = inverse
    return _Categories(codes, names, np.bincount(inverse, minlength=len(names)))


def _enrichments(
    name: str, column: _Categories, rows: NDArray[np.int32]
) -> tuple[list[Enrichment], NDArray[np.float64]]:
    """Return the values that members hold, and the p-values of all values that could be shared."""
    member_codes = column.codes[rows]
    inside = np.bincount(member_codes[member_codes >= 0], minlength=len(column.values))
    held, members = int(column.totals.sum()), int(inside.sum())
    p = np.ones(len(column.values))
    present = np.flatnonzero(inside)
    p[present] = hypergeom.sf(inside[present] - 1, held, column.totals[present], members)
    shared = column.totals > 1
    found = [
        Enrichment(
            name,
            str(column.values[i]),
            float(inside[i] / members),
            float((column.totals[i] - inside[i]) / max(held - members, 1)),
            float(p[i]),
        )
        for i in present
        if shared[i]
    ]
    return found, p[shared]


def _shift(name: str, values: NDArray[np.float64], rows: NDArray[np.int32]) -> Shift | None:
    inside = np.zeros(len(values), bool)
    inside[rows] = True
    known = ~np.isnan(values)
    members, others = values[known & inside], values[known & ~inside]
    if len(members) == 0 or len(others) == 0:
        return None
    # The exact distribution takes minutes for a few members among many; the normal one errs on the safe side there.
    p = float(mannwhitneyu(members, others, alternative="two-sided", method="asymptotic").pvalue)
    return Shift(name, float(np.median(members)), float(np.median(others)), p)
