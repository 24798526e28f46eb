"""The refs of a store, listed at once and each read again only when its file has changed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from artifacts.errors import MissingArtifactError
from artifacts.schemas import KINDS
from artifacts.store import Ref, Store, ref_file

_RACY_SECONDS = 2.0
"""A file that changed this shortly before it was listed, or at an unknown time, may change again and look the same."""


@dataclass(frozen=True)
class _Seen:
    size: int
    modified: float
    settled: bool


class Refs:
    """The refs of some kinds; `refresh` looks again.

    Parameters
    ----------
    store
        The store.
    kinds
        Kinds of artifacts to list.
    """

    def __init__(self, store: Store, kinds: tuple[str, ...] = tuple(KINDS)) -> None:
        self._store = store
        self._kinds = kinds
        self._seen: dict[str, dict[str, _Seen]] = {kind: {} for kind in kinds}
        self._read: dict[tuple[str, str], Ref] = {}
        self.refresh()

    def refresh(self) -> None:
        """List the refs again; those that changed are read when they are next asked for."""
        for kind in self._kinds:
            listed = self._list(kind)
            for path, before in self._seen[kind].items():
                if listed.get(path) != before or not before.settled:
                    self._read.pop((kind, path), None)
            self._seen[kind] = listed

    def paths(self, kind: str) -> list[str]:
        """Return the paths of all refs of a kind, sorted."""
        return list(self._seen[kind])

    def ref(self, kind: str, path: str) -> Ref:
        """Return a ref as it was when it was listed, or newer.

        Raises
        ------
        MissingArtifactError
            Nothing was published under it when the refs were listed.
        DamagedArtifactError
            It cannot be read.
        """
        if path not in self._seen[kind]:
            raise MissingArtifactError(f"no {kind} {path!r} in {self._store.url}")
        found = self._read.get((kind, path))
        if found is None:
            found = self._read[kind, path] = self._store.ref(kind, path)
        return found

    def all(self) -> Iterator[tuple[str, Ref]]:
        """Give the path and the content of every ref, kind by kind."""
        for kind in self._kinds:
            for path in self._seen[kind]:
                yield path, self.ref(kind, path)

    def _list(self, kind: str) -> dict[str, _Seen]:
        prefix, now = ref_file(kind, "").removesuffix(".json"), time.time()
        return {
            one.path.removeprefix(prefix).removesuffix(".json"): _Seen(
                one.size, one.modified, 0 < one.modified < now - _RACY_SECONDS
            )
            for one in self._store.storage.entries(prefix)
            if one.path.endswith(".json")
        }
