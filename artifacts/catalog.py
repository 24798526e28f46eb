"""What a store holds: its datasets, spaces and comparisons, read from refs and manifests alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from artifacts.errors import MissingArtifactError
from artifacts.lookup import complete_fingerprint
from artifacts.names import PairKey, SpaceKey, check_name, natural_order
from artifacts.refs import Refs
from artifacts.store import Manifest, Ref, Store


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
    created
        When it was computed, ISO time.
    is_current
        Whether it was the pair's current version when it was asked for.
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
    created: str
    is_current: bool
    searched: str


@dataclass(frozen=True)
class Version:
    """One version of a pair's comparison: the current one, or one that was superseded.

    Attributes
    ----------
    created
        ISO time; None where it was removed from the store.
    """

    fingerprint: str
    created: str | None
    is_current: bool


class Catalog:
    """Lists what is published; `refresh` looks again.

    Parameters
    ----------
    store
        The store or its URL.
    """

    def __init__(self, store: Store | str | Path) -> None:
        self.store = store if isinstance(store, Store) else Store(store)
        self.refs = Refs(self.store, ("space", "comparison"))
        self._sort()

    def refresh(self) -> None:
        """List the refs again; only those that changed are read again."""
        self.refs.refresh()
        self._sort()

    def _sort(self) -> None:
        self._spaces = [SpaceKey(*path.split("/")) for path in self.refs.paths("space")]
        self._pairs = [_pair(path) for path in self.refs.paths("comparison")]

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

    def comparison(self, dataset: str, a: str, b: str, at: str = "") -> Comparison:
        """Return the current comparison of a pair, or an earlier one that is kept.

        Parameters
        ----------
        at
            Fingerprint of the version, or its first eight or more digits; empty: the current one.

        Raises
        ------
        MissingArtifactError
            The pair is not published, or that version is unknown, ambiguous or removed.
        """
        pair = PairKey(dataset, a, b)
        try:
            for name in (dataset, a, b):
                check_name(name)
        except ValueError as error:
            raise MissingArtifactError(f"no comparison {str(pair)[:140]!r}: {error}") from None
        ref = self.store.ref("comparison", pair.path)
        fingerprint = _version(pair, ref, at) if at else ref.fingerprint
        if fingerprint != ref.fingerprint and not self.store.has("comparison", fingerprint):
            raise MissingArtifactError(f"the version {at} of {pair} was removed from the store")
        manifest = self.store.manifest("comparison", fingerprint)
        return _comparison(pair, manifest, is_current=fingerprint == ref.fingerprint)

    def history(self, dataset: str, a: str, b: str) -> list[Version]:
        """Return the versions of a pair that are remembered, newest first; some may be removed."""
        ref = self.store.ref("comparison", PairKey(dataset, a, b).path)
        return [
            Version(fingerprint, _created(self.store, ref.kind, fingerprint), fingerprint == ref.fingerprint)
            for fingerprint in (ref.fingerprint, *ref.previous)
        ]


def _pair(path: str) -> PairKey:
    dataset, _, versions = path.partition("/")
    return PairKey(dataset, *versions.split(".."))


def _version(pair: PairKey, ref: Ref, at: str) -> str:
    try:
        return complete_fingerprint(at, (ref.fingerprint, *ref.previous))
    except (ValueError, MissingArtifactError) as error:
        raise MissingArtifactError(f"{pair} has no version {at[:80]!r}: {error}") from None


def _created(store: Store, kind: str, fingerprint: str) -> str | None:
    return store.manifest(kind, fingerprint).created if store.has(kind, fingerprint) else None


def _comparison(pair: PairKey, manifest: Manifest, *, is_current: bool) -> Comparison:
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
        manifest.created,
        is_current,
        facts["searched"],
    )
