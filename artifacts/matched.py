"""The report of a matching: which objects two spaces share, and what became of the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class SideReport:
    """What became of the objects of one space.

    Attributes
    ----------
    objects
        All of the space.
    only, filtered
        Those that the other space lacks, and those that a filter took out; the first ten of each as examples.
    filters
        Filter to the objects it took out.
    covered
        Share of the objects that are common, 0 … 1.
    dropped
        Reason to the rows of the checkpoint that were left out; the first ten as (key, reason).
    zero_vectors
        Objects whose vector is zero.
    """

    objects: int
    only: int
    only_examples: list[str]
    filtered: int
    filtered_examples: list[str]
    filters: dict[str, int]
    covered: float
    dropped: dict[str, int]
    dropped_examples: list[tuple[str, str]]
    zero_vectors: int


@dataclass(frozen=True)
class MatchingReport:
    """How the objects of two spaces were matched; `folding` is what was done to keys before they were compared."""

    folding: str
    common: int
    a: SideReport
    b: SideReport


def matching_report(facts: Mapping[str, Any]) -> MatchingReport:
    """Return the report from the facts of a published matching."""
    a, b = (
        SideReport(**{one.name: facts[side][one.name] for one in fields(SideReport)}) for side in ("a", "b")
    )
    return MatchingReport(facts["folding"], facts["common"], a, b)
