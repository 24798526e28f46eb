"""What was measured of every pair of a dataset so far, superseded comparisons included; read from what is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from math import isnan
from typing import Any, Literal

from artifacts.catalog import Catalog
from artifacts.errors import MissingArtifactError
from artifacts.names import PairKey, natural_order
from artifacts.store import Manifest, Store

_OF_CURVE = {
    "jaccard_mean": "jaccard_mean",
    "jaccard_median": "jaccard_median",
    "chance_adjusted": "chance_adjusted_mean",
}
"""Column of a curve to the name of the measure that it holds."""


@dataclass(frozen=True)
class Recorded:
    """One measure of one published comparison.

    Attributes
    ----------
    order
        Place of the pair in the order of the versions of B, then A; from 0.
    created
        When the comparison was computed, UTC, ISO 8601.
    state
        ``current``, or ``superseded`` by a later comparison of the same two versions.
    low, high
        Ends of the 95 % interval; NaN where there is none.
    """

    a: str
    b: str
    order: int
    created: str
    fingerprint: str
    state: Literal["current", "superseded"]
    name: str
    metric: str | None
    k: int | None
    value: float
    low: float
    high: float
    n: int

    def to_json(self) -> dict[str, Any]:
        """Return the fields ready for JSON, NaN as None."""
        fields = asdict(self).items()
        return {name: None if isinstance(value, float) and isnan(value) else value for name, value in fields}


def recorded(store: Store, dataset: str, k: int | None = None) -> list[Recorded]:
    """Return every whole-pair measure of every published pair of a dataset, in the order of the versions.

    Of one pair, the oldest comparison that is kept comes first and the current one last.

    Parameters
    ----------
    k
        Add the similarity at this k where the measures do not hold it.
    """
    pairs = [PairKey(dataset, a, b) for a, b in Catalog(store).comparisons(dataset)]
    pairs.sort(key=lambda pair: (natural_order(pair.b), natural_order(pair.a)))
    return [
        one
        for order, pair in enumerate(pairs)
        for comparison, state in _kept(store, pair)
        for one in _measures(store, pair, order, comparison, state, k)
    ]


def history_version(store: Store, datasets: Sequence[str]) -> str:
    """Return a digest of the pairs of some datasets that are published now, empty without any; reads refs alone."""
    pairs = [path for path in store.ref_paths("comparison") if path.partition("/")[0] in set(datasets)]
    now = [(path, store.ref("comparison", path).fingerprint) for path in pairs]
    return sha256(repr(now).encode()).hexdigest() if now else ""


def _kept(store: Store, pair: PairKey) -> Iterator[tuple[Manifest, Literal["current", "superseded"]]]:
    ref = store.ref("comparison", pair.path)
    for fingerprint in reversed(ref.previous):
        if store.has("comparison", fingerprint):
            yield store.manifest("comparison", fingerprint), "superseded"
    yield store.manifest("comparison", ref.fingerprint), "current"


def _measures(
    store: Store,
    pair: PairKey,
    order: int,
    comparison: Manifest,
    state: Literal["current", "superseded"],
    k: int | None,
) -> list[Recorded]:
    try:
        rows = store.read_table(store.manifest(*comparison.inputs["measures"]), "measures").to_pylist()
        known = {(row["name"], row["metric"], row["k"]) for row in rows}
        rows += [row for row in _at(store, comparison, k) if (row["name"], row["metric"], k) not in known]
    except MissingArtifactError:  # a superseded comparison whose measures were already deleted
        return []
    for row in rows:
        del row["interval"]
    return [
        Recorded(pair.a, pair.b, order, comparison.created, comparison.fingerprint, state, **row)
        for row in rows
    ]


def _at(store: Store, comparison: Manifest, k: int | None) -> list[dict[str, Any]]:
    """Return what the curves of a comparison hold at k, as rows like those of its measures."""
    if k is None or k > comparison.facts["k"]:
        return []
    rows = []
    for metric in comparison.facts["metrics"]:
        curve = store.read_table(store.manifest(*comparison.inputs[f"similarity:{metric}"]), "curve")
        values = curve.slice(k - 1, 1).to_pylist()[0]
        unknown = {
            "low": float("nan"),
            "high": float("nan"),
            "n": comparison.facts["common"],
            "interval": "none",
        }
        rows += [
            {"name": name, "metric": metric, "k": k, "value": values[column], **unknown}
            for column, name in _OF_CURVE.items()
        ]
    return rows
