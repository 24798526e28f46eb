"""Reads everything that a store still needs, and tells what is not as it was published."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from artifacts.errors import DamagedArtifactError
from artifacts.objects import MANIFEST, Reference, StoredObject, list_objects, manifest_in, reachable
from artifacts.refs import Refs
from artifacts.schemas import KINDS
from artifacts.storage import Storage
from artifacts.store import Store, object_folder, ref_file

_BLOCK = 1 << 20
_COMMAND = "embedding-comparator store rebuild"


@dataclass(frozen=True)
class Damage:
    """One file that is not as it was published.

    Attributes
    ----------
    path
        The file, relative to the store.
    problem
        What is wrong with it.
    command
        What makes it again.
    reference
        The object it belongs to; None for refs and notes.
    """

    path: str
    problem: str
    command: str
    reference: Reference | None = None


@dataclass(frozen=True)
class Verification:
    """What was looked at, and what is damaged.

    Attributes
    ----------
    objects, files, bytes
        How many were read.
    """

    objects: int
    files: int
    bytes: int
    damages: tuple[Damage, ...]


def verify(
    store: Store,
    roots: Iterable[Reference] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Verification:
    """Read every table file of some objects and of all that they were computed from.

    Parameters
    ----------
    roots
        Where to start; None: what every ref points or pointed to, the refs and the notes about source files as well.
    progress
        Called with (bytes read, bytes in all).
    """
    objects = list_objects(store)
    damages: list[Damage] = []
    if roots is None:
        roots = _all_roots(store, objects, damages)
        damages += _damaged_notes(store)
    wanted = sorted(reachable(roots, manifest_in(objects)))
    total, done = sum(objects[one].bytes for one in wanted if one in objects), 0
    files = 0
    for reference in wanted:
        found = objects.get(reference)
        if found is None or not found.exists:
            damages.append(_damage(reference, MANIFEST, "is missing"))
            continue
        damages += _damaged_files(store.storage, found)
        done += found.bytes
        files += len(found.files) - len(found.unnamed())
        progress(done, total)
    return Verification(len(wanted), files, done, tuple(damages))


def _all_roots(
    store: Store, objects: dict[Reference, StoredObject], damages: list[Damage]
) -> list[Reference]:
    """Return what refs point to, and what they pointed to as far as it is kept; tell the refs that are damaged."""
    roots: list[Reference] = []
    listed = Refs(store)
    for kind in KINDS:
        for path in listed.paths(kind):
            try:
                ref = listed.ref(kind, path)
            except DamagedArtifactError:
                command = f"{_COMMAND} {kind}/{path}"
                damages.append(Damage(ref_file(kind, path), "is not a ref", command))
                continue
            roots.append((kind, ref.fingerprint))
            earlier = [(kind, fingerprint) for fingerprint in ref.previous]
            roots += [one for one in earlier if one in objects and objects[one].exists]
    return roots


def _damaged_notes(store: Store) -> Iterator[Damage]:
    for entry in store.storage.entries("sources/"):
        if entry.path.endswith(".json"):
            try:
                json.loads(store.storage.read(entry.path))
            except FileNotFoundError:
                continue
            except ValueError:
                command = "delete it: the next build reads the checkpoint again"
                yield Damage(entry.path, "is not JSON", command)


def _damaged_files(storage: Storage, found: StoredObject) -> Iterator[Damage]:
    manifest = found.manifest
    if manifest is None:
        yield _damage(found.reference, MANIFEST, "is not a manifest")
        return
    if (manifest.kind, manifest.fingerprint) != found.reference:
        yield _damage(found.reference, MANIFEST, f"is that of {manifest.kind} {manifest.fingerprint[:16]}")
    for table in manifest.tables.values():
        name = table["file"]
        entry = found.files.get(name)
        problem = "is missing" if entry is None else _problem(storage, entry.path, entry.size, table)
        if problem:
            yield _damage(found.reference, name, problem)


def _problem(storage: Storage, path: str, size: int, table: Mapping[str, Any]) -> str:
    """Return what is wrong with a table's file, or nothing."""
    if size != table["bytes"]:
        return f"has {size} bytes instead of {table['bytes']}"
    try:
        digest = _digest(storage, path)
        if digest != table["sha256"]:
            return f"has the sha256 {digest[:16]}… instead of {table['sha256'][:16]}…"
        with pq.ParquetFile(storage.open(path)) as opened:
            rows = opened.metadata.num_rows
    except FileNotFoundError:
        return "is missing"
    except (OSError, pa.ArrowException) as error:
        return f"cannot be read ({error})"
    return "" if rows == table["rows"] else f"holds {rows} rows instead of {table['rows']}"


def _digest(storage: Storage, path: str) -> str:
    source, digest = storage.open(path), hashlib.sha256()
    with pa.OSFile(source) if isinstance(source, str) else source as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _damage(reference: Reference, name: str, problem: str) -> Damage:
    command = f"{_COMMAND} {reference[1][:16]}"
    return Damage(f"{object_folder(*reference)}/{name}", problem, command, reference)
