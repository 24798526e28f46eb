"""Removes what a store no longer needs, also while a build publishes into it.

A build may find an object here and point to it just when it is collected. So a manifest goes first, the refs are
looked at once more, and an object that has come back into use gets its manifest back; only then its files go. Who
points to an object looks afterwards whether it is still there (`pipelines.workspace.Workspace.publish`). Whichever
comes second sees the other.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from artifacts.errors import DamagedArtifactError
from artifacts.objects import (
    Reference,
    StoredObject,
    find_manifest,
    list_objects,
    reachable,
)
from artifacts.refs import Refs
from artifacts.removal import alone, remove_files, restore, retract
from artifacts.storage import Entry
from artifacts.store import Manifest, Ref, Store, rebuild_hint

KEPT_VERSIONS = 3
GRACE_SECONDS = 24 * 3600.0

_BATCH = 100
"""Objects between two looks at the refs."""

_TEMPORARY = re.compile(r"\.[^/]+\.[0-9a-f]{12}\.tmp")
_PROBE = re.compile(r"probe-[0-9a-f]{12}")

What = Literal["object", "lost file", "temporary file"]


@dataclass(frozen=True)
class Removed:
    """Something that was removed.

    Attributes
    ----------
    name
        Key and kind of an object, path of a file.
    files, bytes
        How many went with it.
    """

    what: What
    name: str
    files: int
    bytes: int


@dataclass(frozen=True)
class Swept:
    """What was removed and how many objects stay.

    Attributes
    ----------
    young
        Objects that nothing needs and that stay until they are older than the grace period.
    """

    removed: tuple[Removed, ...]
    kept: int
    young: int

    @property
    def bytes(self) -> int:
        """How much was freed."""
        return sum(one.bytes for one in self.removed)


def collect(
    store: Store,
    keep: int = KEPT_VERSIONS,
    grace: float = GRACE_SECONDS,
    *,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Swept:
    """Remove the objects that no ref needs, files that no manifest names, and temporary files.

    Parameters
    ----------
    keep
        Earlier versions of every key that stay, with all that they were computed from.
    grace
        Seconds. What is younger stays, for it may belong to a publication in progress; so do all versions of a key
        that moved within that time, for a reader may have opened them. Shorter than the longest step of a build, it
        is safe only while nothing builds.
    dry_run
        Remove nothing and return what would be removed.
    progress
        Called with (objects done, objects to remove).

    Raises
    ------
    DamagedArtifactError
        A ref or the manifest of an object that stays cannot be read, so nobody knows what it needs.
    StoreError
        Something else is removing objects from this store.
    """
    with nullcontext() if dry_run else alone(store, "store gc"):
        return _Collector(store, keep, time.time() - grace).run(dry_run, progress)


class _Collector:
    def __init__(self, store: Store, keep: int, horizon: float) -> None:
        self.store = store
        self.keep = keep
        self.horizon = horizon
        self.refs = Refs(store)
        self.objects = list_objects(store)

    def run(self, dry_run: bool, progress: Callable[[int, int], None]) -> Swept:
        needed = self.needed()
        idle = [one for one in self.objects.values() if one.exists and one.reference not in needed]
        old = [one for one in idle if self.is_old(one.files.values())]
        removed: list[Removed] = []
        for start in range(0, len(old), _BATCH):
            batch = old[start : start + _BATCH]
            removed += [_removed(one) for one in (batch if dry_run else self.sweep(batch))]
            progress(min(start + _BATCH, len(old)), len(old))
        removed += [self.remove_file("lost file", entry, dry_run) for entry in self.lost_files()]
        removed += [self.remove_file("temporary file", entry, dry_run) for entry in self.temporary_files()]
        objects = sum(one.exists for one in self.objects.values())
        gone = sum(one.what == "object" for one in removed)
        return Swept(tuple(removed), objects - gone, len(idle) - len(old))

    def needed(self) -> set[Reference]:
        """Return everything that must stay, by the refs as they are now."""
        self.refs.refresh()
        return reachable(
            [(ref.kind, kept) for _, ref in self.refs.all() for kept in self.kept_of(ref)], self.manifest_of
        )

    def kept_of(self, ref: Ref) -> tuple[str, ...]:
        moved = datetime.fromisoformat(ref.updated).timestamp()
        return ref.fingerprint, *(ref.previous if moved > self.horizon else ref.previous[: self.keep])

    def manifest_of(self, reference: Reference) -> Manifest | None:
        found = self.objects.get(reference)
        if found is None or not found.exists:
            return find_manifest(self.store, reference)  # published since the objects were listed, or absent
        if found.manifest is None:
            kind, fingerprint = reference
            raise DamagedArtifactError(
                f"{self.store.url}: the manifest of {kind} {fingerprint[:16]} cannot be read, so nobody knows what "
                f"it needs: {rebuild_hint(fingerprint)}, then collect again"
            )
        return found.manifest

    def is_old(self, entries: Iterable[Entry]) -> bool:
        """Return whether all were written before the grace period; an unknown time counts as now."""
        return all(0 < entry.modified < self.horizon for entry in entries)

    def sweep(self, batch: list[StoredObject]) -> Iterator[StoredObject]:
        """Remove objects that are not in use; give those that went."""
        needed = self.needed()
        manifests = {
            one.reference: retract(self.store, one.reference) for one in batch if one.reference not in needed
        }
        needed = self.needed() if manifests else needed
        for one in batch:
            content = manifests.get(one.reference)
            if content is None:
                continue  # in use, or somebody else has taken it out
            if one.reference in needed and restore(self.store, one.reference, content):
                continue
            # Who computed it again meanwhile wrote other files: the names are random.
            remove_files(self.store, one.files)
            yield one

    def lost_files(self) -> Iterator[Entry]:
        """Give the old files in folders of objects that no manifest names."""
        for one in self.objects.values():
            unnamed = [entry for entry in one.unnamed() if self.is_old([entry])]
            if unnamed:
                manifest = find_manifest(self.store, one.reference)
                named = {table["file"] for table in manifest.tables.values()} if manifest else set()
                yield from (entry for entry in unnamed if entry.path.rpartition("/")[2] not in named)

    def temporary_files(self) -> Iterator[Entry]:
        """Give the old files that were never renamed, beside refs and notes, and what tried the storage out."""
        for entry in self.store.storage.entries(""):
            folder, _, name = entry.path.rpartition("/")
            ours = not folder or folder.split("/")[0] in {"refs", "sources"}
            is_temporary = _TEMPORARY.fullmatch(name) or (not folder and _PROBE.fullmatch(name))
            if ours and is_temporary and self.is_old([entry]):
                yield entry

    def remove_file(self, what: What, entry: Entry, dry_run: bool) -> Removed:
        if not dry_run:
            self.store.storage.remove(entry.path)
        return Removed(what, entry.path, 1, entry.size)


def _removed(found: StoredObject) -> Removed:
    key = found.manifest.key if found.manifest else found.fingerprint[:16]
    return Removed("object", f"{found.kind} {key}", len(found.files), found.bytes)
