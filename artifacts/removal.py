"""Taking objects out of a store so that at every moment one is there whole or is not there."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from artifacts.errors import StoreError
from artifacts.objects import MANIFEST, Reference
from artifacts.storage import Entry
from artifacts.store import Store, object_folder

_LOCK = "removal.json"
_STALE_SECONDS = 3600.0
"""A lock this old belongs to a process that died."""


@contextmanager
def alone(store: Store, what: str) -> Iterator[None]:
    """Let nobody else take objects out of this store; raise `StoreError` when somebody does.

    Builds need no lock: they only add. Two that remove could take a retracted object's files for lost ones.

    Parameters
    ----------
    what
        Name of the command, for the message to others.
    """
    content = json.dumps({"command": what, "since": time.time()}).encode()
    if not store.storage.create(_LOCK, content):
        _refuse_unless_stale(store)
        store.storage.replace(_LOCK, content)
    try:
        yield
    finally:
        store.storage.remove(_LOCK)


def _refuse_unless_stale(store: Store) -> None:
    try:
        held = json.loads(store.storage.read(_LOCK))
        command, minutes = str(held["command"]), (time.time() - float(held["since"])) / 60
    except FileNotFoundError:
        return
    except (ValueError, LookupError, TypeError):
        return  # nothing of ours
    if minutes < _STALE_SECONDS / 60:
        raise StoreError(
            f"'{command}' works on {store.url} since {minutes:.0f} minutes: wait until it has ended, "
            f"or delete {store.url}/{_LOCK} if it was killed"
        )


def retract(store: Store, reference: Reference) -> bytes | None:
    """Remove the manifest of an object: from now on it does not exist; return it, or None when there was none."""
    path = f"{object_folder(*reference)}/{MANIFEST}"
    try:
        content = store.storage.read(path)
    except FileNotFoundError:
        return None
    store.storage.remove(path)
    store.forget(*reference)
    return content


def restore(store: Store, reference: Reference, manifest: bytes) -> bool:
    """Give a retracted object back whose files are still there; False when it was computed again meanwhile."""
    store.forget(*reference)
    return store.storage.create(f"{object_folder(*reference)}/{MANIFEST}", manifest)


def remove_files(store: Store, files: Mapping[str, Entry] | Iterable[Entry]) -> None:
    """Remove files other than manifests."""
    for entry in files.values() if isinstance(files, Mapping) else files:
        if not entry.path.endswith(f"/{MANIFEST}"):
            store.storage.remove(entry.path)
