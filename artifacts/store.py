"""The artifact store: immutable objects named by fingerprint, and refs that point from a key to one of them.

::

    store.json
    objects/<kind>/<fp[:2]>/<fp>/<table>-<random>.parquet
    objects/<kind>/<fp[:2]>/<fp>/manifest.json     written last: an object without one does not exist
    refs/<kind>/<key>.json                         replaced atomically
    sources/<sha256 of the path>.json              digests of checkpoint files already read
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from artifacts.errors import DamagedArtifactError, MissingArtifactError, StoreError
from artifacts.publication import Publication
from artifacts.schemas import STORE_SCHEMA
from artifacts.storage import check_promises, open_storage

_MARKER = "store.json"

KEPT_REFS = 20
"""How many previous fingerprints a ref remembers."""

_MANIFESTS = 4096
"""How many manifests a store keeps in memory."""


@dataclass(frozen=True)
class Manifest:
    """What an object holds and what it was made from.

    Attributes
    ----------
    inputs
        Role to (kind, fingerprint) of every object it was computed from.
    tables
        Table name to ``{"file", "bytes", "sha256", "rows"}``.
    facts
        Small results that need no table: counts, scores, seconds.
    """

    kind: str
    key: str
    fingerprint: str
    created: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, tuple[str, str]]
    tables: Mapping[str, Mapping[str, Any]]
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Ref:
    """Where a key points now, and where it pointed before (newest first)."""

    kind: str
    key: str
    fingerprint: str
    updated: str
    previous: tuple[str, ...]


class Store:
    """A store in a local folder or on an object store.

    Parameters
    ----------
    url
        Path of the folder, a ``file://`` URL, or a URL that fsspec knows, such as ``s3://bucket/folder``.
    create
        Make the store where there is none; False: raise `StoreError` instead.

    Raises
    ------
    StoreError
        Unknown URL scheme, no store there, a store of a newer schema, or a storage that cannot keep the protocol's
        promises.
    """

    def __init__(self, url: str | Path, *, create: bool = False) -> None:
        self.storage = open_storage(str(url))
        content = self._find_json(_MARKER)
        if content is None:
            if not create:
                raise MissingArtifactError(
                    f"no store at {self.url}: make one with 'embedding-comparator demo' or "
                    f"'embedding-comparator build --store {url}'"
                )
            check_promises(self.storage)
            self.storage.create(_MARKER, _to_json({"store_schema": STORE_SCHEMA}))
            content = self._find_json(_MARKER)
        _check_schema(f"{self.url}/{_MARKER}", content)
        self._manifests: dict[tuple[str, str], Manifest] = {}

    def __repr__(self) -> str:
        return f"Store({self.url!r})"

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
        try:
            content = self._find_json(path)
            if content is None:
                raise MissingArtifactError(
                    f"{self.url}/{path} is missing: run 'embedding-comparator build' to compute it again"
                )
            inputs = {role: (target[0], target[1]) for role, target in content.pop("inputs").items()}
            del content["store_schema"]
            return Manifest(inputs=inputs, **content)
        except (DamagedArtifactError, AttributeError, LookupError, TypeError) as error:
            raise DamagedArtifactError(
                f"{self.url}/{path} is not a manifest: {rebuild_hint(fingerprint)}"
            ) from error

    def forget(self, kind: str, fingerprint: str) -> None:
        """Read the manifest of an object again when it is next asked for."""
        self._manifests.pop((kind, fingerprint), None)

    def forget_all(self) -> None:
        """Read every manifest again when it is next asked for."""
        self._manifests.clear()

    def table_path(self, manifest: Manifest, table: str) -> str:
        """Return the path of a table's file, its size checked; raise `DamagedArtifactError` when it is wrong."""
        entry = manifest.tables[table]
        path = f"{object_folder(manifest.kind, manifest.fingerprint)}/{entry['file']}"
        found = self.storage.size(path)
        if found != entry["bytes"]:
            state = "is missing" if found is None else f"has {found} bytes instead of {entry['bytes']}"
            self.forget(manifest.kind, manifest.fingerprint)
            raise DamagedArtifactError(f"{self.url}/{path} {state}: {rebuild_hint(manifest.fingerprint)}")
        return path

    def table_address(self, manifest: Manifest, table: str) -> str:
        """Return what DuckDB opens to read a table, the size of its file checked."""
        return self.storage.address(self.table_path(manifest, table))

    def read_table(self, manifest: Manifest, table: str, columns: list[str] | None = None) -> pa.Table:
        """Return a whole table, or some of its columns."""
        path = self.table_path(manifest, table)
        try:
            return pq.read_table(self.storage.open(path), columns=columns, partitioning=None, memory_map=True)
        except (OSError, pa.ArrowException) as error:
            self.forget(manifest.kind, manifest.fingerprint)
            raise DamagedArtifactError(
                f"{self.url}/{path} cannot be read ({error}): {rebuild_hint(manifest.fingerprint)}"
            ) from error

    def open_table(self, manifest: Manifest, table: str) -> pq.ParquetFile:
        """Return a table as a Parquet file, to read it in pieces; close it."""
        return pq.ParquetFile(self.storage.open(self.table_path(manifest, table)))

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
                    "store_schema": STORE_SCHEMA,
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
            "store_schema": STORE_SCHEMA,
            "kind": kind,
            "key": key,
            "fingerprint": fingerprint,
            "updated": _now(),
            "previous": previous,
        }
        self.storage.replace(ref_file(kind, path), _to_json(content))
        return True

    def find_ref(self, kind: str, path: str) -> Ref | None:
        """Return the ref of a key, or None."""
        content = self._find_json(ref_file(kind, path))
        if content is None:
            return None
        try:
            return Ref(
                content["kind"],
                content["key"],
                content["fingerprint"],
                content["updated"],
                tuple(content["previous"]),
            )
        except (LookupError, TypeError) as error:
            raise DamagedArtifactError(
                f"{self.url}/{ref_file(kind, path)} is not a ref: make it again with "
                f"'embedding-comparator store rebuild {kind}/{path}'"
            ) from error

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
        """Return what was remembered under `name`, or None."""
        note: Mapping[str, Any] | None = self._find_json(f"sources/{name}.json")
        return note

    def write_note(self, name: str, content: Mapping[str, Any]) -> None:
        """Remember `content` under `name`."""
        self.storage.replace(f"sources/{name}.json", _to_json(content))

    def _find_json(self, path: str) -> Any:
        try:
            content = self.storage.read(path)
        except FileNotFoundError:
            return None
        try:
            return json.loads(content)
        except ValueError as error:
            raise DamagedArtifactError(
                f"{self.url}/{path} is not JSON: delete it and run 'embedding-comparator build'"
            ) from error


def object_folder(kind: str, fingerprint: str) -> str:
    """Return the folder of an object, relative to the storage."""
    return f"objects/{kind}/{fingerprint[:2]}/{fingerprint}"


def ref_file(kind: str, path: str) -> str:
    """Return the file of a ref, relative to the storage."""
    return f"refs/{kind}/{path}.json"


def rebuild_hint(fingerprint: str) -> str:
    """Return which command mends a damaged object, for the end of a message."""
    return f"compute it again with 'embedding-comparator store rebuild {fingerprint[:16]}'"


def _check_schema(marker: str, content: Any) -> None:
    found = content.get("store_schema") if isinstance(content, dict) else None
    if not isinstance(found, int):
        raise StoreError(f"{marker} does not say which store_schema it has: is this a store?")
    if found > STORE_SCHEMA:
        raise StoreError(
            f"{marker} has store_schema {found}, this version reads up to {STORE_SCHEMA}: "
            "upgrade embedding-comparator"
        )


def _to_json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False).encode()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
