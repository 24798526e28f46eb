"""What a gate found: the verdict, and the objects, slices and groups that explain it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from artifacts.names import PairKey
from pipelines.verdict import Judgement


@dataclass(frozen=True)
class WorstObject:
    """An object whose neighbors changed.

    Attributes
    ----------
    overlap, similarity
        Neighbors in common among the first k, and their Jaccard similarity.
    changed_beyond_noise
        None where no replicates tell.
    lost, gained
        Keys of the nearest neighbors that it lost and gained.
    """

    key: str
    overlap: int
    similarity: float
    changed_beyond_noise: bool | None
    lost: Sequence[str]
    gained: Sequence[str]


@dataclass(frozen=True)
class WorstSlice:
    """The objects that hold one value of a metadata column, and their mean similarity."""

    column: str
    value: str
    objects: int
    similarity: float


@dataclass(frozen=True)
class MovedGroup:
    """Objects that moved together: some of them, what they lost and gained, and what they share."""

    objects: int
    members: Sequence[str]
    lost: Sequence[str]
    gained: Sequence[str]
    traits: str


@dataclass(frozen=True)
class Gate:
    """A candidate (B) held against a baseline (A).

    Attributes
    ----------
    metric, k
        Of the mean similarity, the worst objects, slices and groups.
    only_a, only_b
        Number of objects that one of the two has alone, with the first of their keys in `unmatched`.
    page
        Address of the page that shows the pair.
    picture
        PNG.
    """

    pair: PairKey
    metric: str
    k: int
    common: int
    only_a: int
    only_b: int
    unmatched: Mapping[str, Sequence[str]]
    similarity: float
    chance: float
    changed: int | None
    judgements: Sequence[Judgement]
    worst_objects: Sequence[WorstObject]
    worst_slices: Sequence[WorstSlice]
    groups: Sequence[MovedGroup]
    page: str
    picture: bytes

    @property
    def passed(self) -> bool:
        """Whether every judgement passed."""
        return all(one.passed for one in self.judgements)

    @property
    def status(self) -> Literal["pass", "drift", "error"]:
        """``error`` where a failed judgement says that the numbers must not be trusted."""
        if self.passed:
            return "pass"
        wrong = any(one.severity == "error" and not one.passed for one in self.judgements)
        return "error" if wrong else "drift"

    def to_json(self) -> dict[str, Any]:
        """Return everything but the picture, ready for JSON."""
        told = asdict(self)
        del told["picture"], told["pair"]
        pair = {"dataset": self.pair.dataset, "baseline": self.pair.a, "candidate": self.pair.b}
        return {"status": self.status, "passed": self.passed, **pair, **told}
