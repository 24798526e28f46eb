"""The artifact store: immutable objects named by fingerprint, and refs that point from a key to one of them.

::

    store.json
    objects/<kind>/<fp[:2]>/<fp>/<table>-<random>.parquet
    objects/<kind>/<fp[:2]>/<fp>/manifest.json     written last: an object without one does not exist
    refs/<kind>/<key>.json                         replaced atomically
    sources/<sha256 of the path>.json              digests of checkpoint files already read
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

import pyarrow as pa
import pyarrow.parquet as pq

from artifacts.errors import DamagedArtifactError, MissingArtifactError
from artifacts.fingerprint import digest_of_stored
from artifacts.publication import Publication
from artifacts.records import (
    Manifest,
    Ref,
    check_marker,
    plain_json,
    read_manifest,
    read_ref,
    sealed,
    unsealed,
)
from artifacts.schemas import STORE_SCHEMA
from artifacts.storage import check_promises, open_storage

__all__ = ["KEPT_REFS", "Manifest", "Ref", "Store", "Verify"]

Verify = Literal["size", "sha256"]
"""What is looked at before a table is read for the first time: its size, or its size and every byte of it."""

_MARKER = "store.json"

KEPT_REFS = 20
"""How many previous fingerprints a ref remembers."""

_MANIFESTS = 4096
"""How many manifests a store keeps in memory."""


class Store:
    """A store in a local folder or on an object store.

    Parameters
    ----------
    url
        Path of the folder, a ``file://`` URL, or a URL that fsspec knows, such as ``s3://bucket/folder``.
    create
        Make the store where there is none; False: raise `StoreError` instead.
    verify
        ``"size"``, or ``"sha256"`` to read every table's file once, whole, before anything is read from it.

    Raises
    ------
    ValueError
        An unknown `verify`.
    StoreError
        Unknown URL scheme, no store there, a store of a newer schema, or a storage that cannot keep the protocol's
        promises.
    """

    def __init__(self, url: str | Path, *, create: bool = False, verify: Verify = "size") -> None:
        if verify not in get_args(Verify):
            raise ValueError(f"verify={verify!r}: choose one of {', '.join(get_args(Verify))}")
        self.verify = verify
        self.storage = open_storage(str(url))
        marker = self._find(_MARKER)
        if marker is None:
            if not create:
                raise MissingArtifactError(
                    f"no store at {self.url}: make one with 'embedding-comparator demo' or "
                    f"'embedding-comparator build --store {url}'"
                )
            check_promises(self.storage)
            self.storage.create(_MARKER, plain_json({"store_schema": STORE_SCHEMA}))
            marker = self.storage.read(_MARKER)
        check_marker(f"{self.url}/{_MARKER}", marker)
        self._manifests: dict[tuple[str, str], Manifest] = {}
        self._verified: set[str] = set()

    def __repr__(self) -> str:
        return f"Store({self.url!r})"

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        """Travel between processes as the URL, which is opened where it arrives."""
        return partial(Store, verify=self.verify), (self.url,)

    @property
    def url(self) -> str:
        """The URL of the store; the path of a local folder."""
        return self.storage.url

    # Objects

    def has(self, kind: str, fingerprint: str) -> bool:
        """Return whether an object is published."""
        return self.storage.size(f"{object_folder(kind, fingerprint)}/manifest.json") is not None

    def manifest(self, kind: str, fingerprint: str) -> Manifest:
        """Return the manifest of a published object; raise `MissingArtifactError` when there is none."""
        known = self._manifests.get((kind, fingerprint))
        if known is None:
            if len(self._manifests) >= _MANIFESTS:
                self._manifests.clear()
            known = self._manifests[kind, fingerprint] = self.read_manifest(kind, fingerprint)
        return known

    def read_manifest(self, kind: str, fingerprint: str) -> Manifest:
        """Return the manifest of a published object as it is now: it changes when the object is computed again."""
        path = f"{object_folder(kind, fingerprint)}/manifest.json"
        text = self._find(path)
        if text is None:
            raise MissingArtifactError(
                f"{self.url}/{path} is missing: run 'embedding-comparator build' to compute it again"
            )
        return read_manifest(f"{self.url}/{path}", text, kind, fingerprint)

    def forget(self, kind: str, fingerprint: str) -> None:
        """Read the manifest of an object again when it is next asked for."""
        self._manifests.pop((kind, fingerprint), None)

    def forget_all(self) -> None:
        """Read every manifest again when it is next asked for."""
        self._manifests.clear()

    def table_path(self, manifest: Manifest, table: str) -> str:
        """Return the path of a table's file once it is verified; raise `DamagedArtifactError` when it is wrong."""
        entry = manifest.tables[table]
        path = f"{object_folder(manifest.kind, manifest.fingerprint)}/{entry['file']}"
        found = self.storage.size(path)
        if found != entry["bytes"]:
            state = "is missing" if found is None else f"has {found} bytes instead of {entry['bytes']}"
            self.forget(manifest.kind, manifest.fingerprint)
            raise DamagedArtifactError(f"{self.url}/{path} {state}: {rebuild_hint(manifest.fingerprint)}")
        if self.verify == "sha256" and path not in self._verified:
            if digest_of_stored(self.storage, path) != entry["sha256"]:
                self.forget(manifest.kind, manifest.fingerprint)
                raise DamagedArtifactError(
                    f"{self.url}/{path} has another sha256: {rebuild_hint(manifest.fingerprint)}"
                )
            self._verified.add(path)  # published files never change
        return path

    def table_address(self, manifest: Manifest, table: str) -> str:
        """Return what DuckDB opens to read a table, once its file is verified."""
        return self.storage.address(self.table_path(manifest, table))

    def read_table(self, manifest: Manifest, table: str, columns: list[str] | None = None) -> pa.Table:
        """Return a whole table, or some of its columns."""
        path = self.table_path(manifest, table)
        try:
            return pq.read_table(
                self.storage.open(path),
                columns=columns,
                partitioning=None,
                memory_map=True,
                page_checksum_verification=True,
            )
        except (OSError, pa.ArrowException) as error:
            self.forget(manifest.kind, manifest.fingerprint)
            raise DamagedArtifactError(
                f"{self.url}/{path} cannot be read ({error}): {rebuild_hint(manifest.fingerprint)}"
            ) from error

    def open_table(self, manifest: Manifest, table: str) -> pq.ParquetFile:
        """Return a table as a Parquet file, to read it in pieces; close it."""
        path = self.table_path(manifest, table)
        return pq.ParquetFile(self.storage.open(path), page_checksum_verification=True)

    @contextmanager
    def publication(
        self,
        kind: str,
        key: str,
        fingerprint: str,
        inputs: Mapping[str, tuple[str, str]],
        parameters: Mapping[str, Any],
    ) -> Iterator[Publication]:
        """Collect the tables and facts of an object and publish it when the block ends without an error."""
        publication = Publication(self.storage, object_folder(kind, fingerprint), kind)
        try:
            yield publication
            publication.commit(
                {
                    "kind": kind,
                    "key": key,
                    "fingerprint": fingerprint,
                    "created": _now(),
                    "parameters": dict(parameters),
                    "inputs": {role: list(target) for role, target in inputs.items()},
                }
            )
        finally:
            publication.close()
            self.forget(kind, fingerprint)

    # Refs

    def point(self, kind: str, path: str, key: str, fingerprint: str) -> bool:
        """Let a key point to a published object, remembering where it pointed before; return whether that is new."""
        current = self.find_ref(kind, path)
        if current and current.fingerprint == fingerprint:
            return False
        earlier = [current.fingerprint, *current.previous] if current else []
        previous = [other for other in earlier if other != fingerprint][:KEPT_REFS]
        content = {
            "kind": kind,
            "key": key,
            "fingerprint": fingerprint,
            "updated": _now(),
            "previous": previous,
        }
        self.storage.replace(ref_file(kind, path), sealed(content))
        return True

    def find_ref(self, kind: str, path: str) -> Ref | None:
        """Return the ref of a key, or None."""
        file = ref_file(kind, path)
        text = self._find(file)
        return None if text is None else read_ref(f"{self.url}/{file}", text, kind)

    def ref(self, kind: str, path: str) -> Ref:
        """Return the ref of a key; raise `MissingArtifactError` when nothing is published under it."""
        ref = self.find_ref(kind, path)
        if ref is None:
            raise MissingArtifactError(
                f"no {kind} {path!r} in {self.url}: run 'embedding-comparator build', or check the name"
            )
        return ref

    def ref_paths(self, kind: str) -> list[str]:
        """Return the paths of all refs of a kind, sorted."""
        prefix = f"refs/{kind}/"
        return [
            entry.path.removeprefix(prefix).removesuffix(".json")
            for entry in self.storage.entries(prefix)
            if entry.path.endswith(".json")
        ]

    # Notes about source files

    def note(self, name: str) -> Mapping[str, Any] | None:
        """Return what was remembered under `name`, or None; a damaged note is none, since it can be made again."""
        text = self._find(f"sources/{name}.json")
        try:
            return None if text is None else unsealed(text)
        except ValueError:
            return None

    def write_note(self, name: str, content: Mapping[str, Any]) -> None:
        """Remember `content` under `name`."""
        self.storage.replace(f"sources/{name}.json", sealed(content))

    def _find(self, path: str) -> bytes | None:
        try:
            return self.storage.read(path)
        except FileNotFoundError:
            return None


def object_folder(kind: str, fingerprint: str) -> str:
    """Return the folder of an object, relative to the storage."""
    return f"objects/{kind}/{fingerprint[:2]}/{fingerprint}"


def ref_file(kind: str, path: str) -> str:
    """Return the file of a ref, relative to the storage."""
    return f"refs/{kind}/{path}.json"


def rebuild_hint(fingerprint: str) -> str:
    """Return which command mends a damaged object, for the end of a message."""
    return f"compute it again with 'embedding-comparator store rebuild {fingerprint[:16]}'"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
