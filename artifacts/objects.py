"""What lies in a store's folders of objects, as it is: whole, damaged, or files that nothing names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from artifacts.errors import DamagedArtifactError, MissingArtifactError
from artifacts.storage import Entry
from artifacts.store import Manifest, Store

Reference = tuple[str, str]
"""Kind and fingerprint."""

MANIFEST = "manifest.json"
_READERS = 16
"""Manifests read at once: an object store answers each after many milliseconds."""


@dataclass(frozen=True)
class StoredObject:
    """The folder of an object.

    Attributes
    ----------
    files
        Name to entry of everything in it, the manifest included.
    manifest
        None where there is none, or where it cannot be read.
    """

    kind: str
    fingerprint: str
    files: Mapping[str, Entry]
    manifest: Manifest | None

    @property
    def reference(self) -> Reference:
        """Kind and fingerprint, as manifests name their inputs."""
        return self.kind, self.fingerprint

    @property
    def exists(self) -> bool:
        """Whether it is published, readable or not."""
        return MANIFEST in self.files

    @property
    def bytes(self) -> int:
        """The size of everything in its folder."""
        return sum(entry.size for entry in self.files.values())

    @property
    def modified(self) -> float:
        """When the youngest of its files was written, in seconds since 1970."""
        return max(entry.modified for entry in self.files.values())

    def unnamed(self) -> list[Entry]:
        """Return the files that its manifest does not name; none where the manifest cannot be read."""
        if self.manifest is None:
            return [] if self.exists else list(self.files.values())
        named = {MANIFEST, *(table["file"] for table in self.manifest.tables.values())}
        return [entry for name, entry in self.files.items() if name not in named]

    def problem(self) -> str:
        """Return what is wrong with it as far as names and sizes tell, or nothing."""
        if self.manifest is None:
            return "its manifest cannot be read" if self.exists else "it has no manifest"
        for table in self.manifest.tables.values():
            entry = self.files.get(table["file"])
            if entry is None:
                return f"{table['file']} is missing"
            if entry.size != table["bytes"]:
                return f"{table['file']} has {entry.size} bytes instead of {table['bytes']}"
        return ""


def list_objects(store: Store, prefix: str = "objects/") -> dict[Reference, StoredObject]:
    """Return every folder of an object below `prefix`, its manifest read anew."""
    folders: dict[Reference, dict[str, Entry]] = {}
    for entry in store.storage.entries(prefix):
        _, kind, _, fingerprint, name = [*entry.path.split("/", 4), "", "", "", ""][:5]
        if name:
            folders.setdefault((kind, fingerprint), {})[name] = entry
    published = [reference for reference, files in folders.items() if MANIFEST in files]
    with ThreadPoolExecutor(_READERS) as readers:
        read = readers.map(lambda reference: find_manifest(store, reference), published)
        manifests = dict(zip(published, read, strict=True))
    return {
        reference: StoredObject(*reference, files, manifests.get(reference))
        for reference, files in folders.items()
    }


def find_manifest(store: Store, reference: Reference) -> Manifest | None:
    """Return the manifest of an object as it is now, None where there is none or none that can be read."""
    try:
        return store.read_manifest(*reference)
    except (MissingArtifactError, DamagedArtifactError):
        return None


def reachable(
    roots: Iterable[Reference], manifest_of: Callable[[Reference], Manifest | None]
) -> set[Reference]:
    """Return the roots and everything that they were computed from."""
    found: set[Reference] = set()
    waiting = list(roots)
    while waiting:
        reference = waiting.pop()
        if reference not in found:
            found.add(reference)
            manifest = manifest_of(reference)
            waiting += manifest.inputs.values() if manifest else ()
    return found


def manifest_in(objects: Mapping[Reference, StoredObject]) -> Callable[[Reference], Manifest | None]:
    """Return what looks a manifest up among listed objects."""

    def manifest_of(reference: Reference) -> Manifest | None:
        found = objects.get(reference)
        return found.manifest if found else None

    return manifest_of
