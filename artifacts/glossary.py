"""What the measures mean, for those who show them: read from `glossary.json`, which the registry of measures writes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_FILE = Path(__file__).with_name("glossary.json")


@dataclass(frozen=True)
class Term:
    """One measure, told to the person who reads its number.

    Attributes
    ----------
    title, scope, range, direction, definition, source
        As in ``docs/metrics.md``.
    low, high
        The ends of the scale that its values are drawn on; None where it has no end.
    """

    title: str
    scope: str
    range: str
    direction: str
    definition: str
    source: str
    low: float | None
    high: float | None


@lru_cache(maxsize=1)
def glossary() -> dict[str, Term]:
    """Return every measure by the name that it has in tables.

    Examples
    --------
    >>> glossary()["cka"].direction
    'higher is more similar'
    """
    terms = json.loads(_FILE.read_text(encoding="utf-8"))
    return {name: Term(**term) for name, term in terms.items()}
