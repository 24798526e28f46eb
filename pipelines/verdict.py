"""The verdict of a check on the values it was given, and the sentence that tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan

from pipelines.checks import CHECKS, Severity

_TOLD = 3
"""Offenders that one sentence names."""

_KEPT = 50
"""Values that a judgement keeps, the worst: slices can be thousands."""


@dataclass(frozen=True)
class Judgement:
    """The verdict of one check.

    Attributes
    ----------
    name
        A name of `pipelines.checks.CHECKS`.
    description
        One sentence: the value, the threshold, and where it failed what to do.
    values
        What was judged, and the thresholds as ``<name>_limit``.
    """

    name: str
    passed: bool
    severity: Severity
    description: str
    values: Mapping[str, float]


@dataclass(frozen=True)
class Fact:
    """One value held against one threshold.

    Attributes
    ----------
    name
        As it stands among the values of the judgement.
    what
        As it stands in the sentence.
    limit
        The smallest, or (where ``at_most``) largest value that passes.
    """

    name: str
    what: str
    value: float
    limit: float
    at_most: bool = False

    @property
    def margin(self) -> float:
        """How far the value is on the right side."""
        return self.limit - self.value if self.at_most else self.value - self.limit


def judged(name: str, facts: Sequence[Fact]) -> Judgement:
    """Return the verdict on facts of one check; the sentence names the worst first."""
    check = CHECKS[name]
    known = sorted((fact for fact in facts if not isnan(fact.value)), key=lambda fact: fact.margin)
    wrong = [fact for fact in known if fact.margin < 0]
    shown = wrong[:_TOLD] or known[:1]
    told = "; ".join(_sentence(fact, check.format) for fact in shown)
    rest = len(wrong or known) - len(shown)
    told += f"; and {rest} more" if rest else ""
    told += f": {check.advice}" if wrong else ""
    known = known[:_KEPT]
    values = {fact.name: fact.value for fact in known} | {f"{fact.name}_limit": fact.limit for fact in known}
    return Judgement(name, not wrong, check.severity, told or f"not judged: {check.unjudged}", values)


def failed(judgements: Sequence[Judgement]) -> list[Judgement]:
    """Return the judgements that did not pass, errors first."""
    return sorted((one for one in judgements if not one.passed), key=lambda one: one.severity != "error")


def _sentence(fact: Fact, form: str) -> str:
    bound = "at most" if fact.at_most else "at least"
    return f"{fact.what}: {fact.value:{form}} ({bound} {fact.limit:{form}})"
