"""What a store holds: its datasets, spaces and comparisons, read from refs and manifests alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from artifacts.names import PairKey, SpaceKey, natural_order
from artifacts.store import Manifest, Store


@dataclass(frozen=True)
class Comparison:
    """One published version of a pair; everything read through it belongs together.

    Attributes
    ----------
    n
        Number of common objects.
    only_a, only_b
        Number of objects that the other space lacks.
    k_max
        Largest k that can be asked, K.
    searched
        ``common``: neighbors were searched among the common objects; ``own``: among each space's own.
    """

    dataset: str
    a: str
    b: str
    fingerprint: str
    n: int
    only_a: int
    only_b: int
    metrics: tuple[str, ...]
    projections: tuple[str, ...]
    k_max: int
    searched: str


class Catalog:
    """Lists what is published; `refresh` looks again.

    Parameters
    ----------
    store
        The store or its URL.
    """

    def __init__(self, store: Store | str | Path) -> None:
        self.store = store if isinstance(store, Store) else Store(store)
        self.refresh()

    def refresh(self) -> None:
        """List the refs again."""
        self._spaces = [SpaceKey(*path.split("/")) for path in self.store.ref_paths("space")]
        self._pairs = [_pair(path) for path in self.store.ref_paths("comparison")]

    def datasets(self) -> list[str]:
        """Return the datasets that have a space, in natural order."""
        return sorted({space.dataset for space in self._spaces}, key=natural_order)

    def spaces(self, dataset: str) -> list[str]:
        """Return the versions of a dataset, in natural order."""
        return sorted((key.version for key in self._spaces if key.dataset == dataset), key=natural_order)

    def comparisons(self, dataset: str) -> list[tuple[str, str]]:
        """Return the published pairs (a, b) of a dataset, in natural order."""
        pairs = [(pair.a, pair.b) for pair in self._pairs if pair.dataset == dataset]
        return sorted(pairs, key=lambda pair: (natural_order(pair[0]), natural_order(pair[1])))

    def comparison(self, dataset: str, a: str, b: str) -> Comparison:
        """Return the current comparison of a pair; raise `MissingArtifactError` when there is none."""
        ref = self.store.ref("comparison", PairKey(dataset, a, b).path)
        return _comparison(PairKey(dataset, a, b), self.store.manifest("comparison", ref.fingerprint))


def _pair(path: str) -> PairKey:
    dataset, _, versions = path.partition("/")
    return PairKey(dataset, *versions.split(".."))


def _comparison(pair: PairKey, manifest: Manifest) -> Comparison:
    facts = manifest.facts
    return Comparison(
        pair.dataset,
        pair.a,
        pair.b,
        manifest.fingerprint,
        facts["common"],
        facts["only_a"],
        facts["only_b"],
        tuple(facts["metrics"]),
        tuple(facts["projections"]),
        facts["k"],
        facts.get("searched", "common"),
    )
