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
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

from artifacts.errors import DamagedArtifactError, MissingArtifactError, StoreError
from artifacts.folder import replace_whole
from artifacts.publication import Publication
from artifacts.schemas import STORE_SCHEMA

KEPT_REFS = 20
"""How many previous fingerprints a ref remembers."""


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
    """A store in a local folder.

    Parameters
    ----------
    url
        Path of the folder, or a ``file://`` URL.
    create
        Make the store where there is none; False: raise `StoreError` instead.

    Raises
    ------
    StoreError
        Unknown URL scheme, no store there, or a store of a newer schema.
    """

    def __init__(self, url: str | Path, *, create: bool = False) -> None:
        self.root = _local_root(str(url))
        marker = self.root / "store.json"
        if not marker.exists():
            if not create:
                raise MissingArtifactError(
                    f"no store at {self.root}: make one with 'embedding-comparator demo' or "
                    f"'embedding-comparator build --store {url}'"
                )
            replace_whole(marker, _to_json({"store_schema": STORE_SCHEMA}))
        _check_schema(marker)
        self._manifest = lru_cache(maxsize=4096)(self._read_manifest)

    def __repr__(self) -> str:
        return f"Store({str(self.root)!r})"

    # Objects

    def has(self, kind: str, fingerprint: str) -> bool:
        """Return whether an object is published."""
        return (self._object_folder(kind, fingerprint) / "manifest.json").exists()

    def manifest(self, kind: str, fingerprint: str) -> Manifest:
        """Return the manifest of a published object; raise `MissingArtifactError` when there is none."""
        return self._manifest(kind, fingerprint)

    def table_path(self, manifest: Manifest, table: str) -> Path:
        """Return the Parquet file of a table, its size checked; raise `DamagedArtifactError` when it is wrong."""
        entry = manifest.tables[table]
        path = self._object_folder(manifest.kind, manifest.fingerprint) / str(entry["file"])
        found = path.stat().st_size if path.exists() else None
        if found != entry["bytes"]:
            state = "is missing" if found is None else f"has {found} bytes instead of {entry['bytes']}"
            raise DamagedArtifactError(
                f"{path} {state}: delete the folder {path.parent} and run 'embedding-comparator build' again"
            )
        return path

    def read_table(self, manifest: Manifest, table: str, columns: list[str] | None = None) -> pa.Table:
        """Return a whole table, or some of its columns."""
        path = self.table_path(manifest, table)
        try:
            return pq.read_table(path, columns=columns, partitioning=None, memory_map=True)
        except (OSError, pa.ArrowException) as error:
            raise DamagedArtifactError(f"{path} cannot be read: {error}") from error

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
        publication = Publication(self._object_folder(kind, fingerprint), kind)
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

    # Refs

    def point(self, kind: str, path: str, key: str, fingerprint: str) -> None:
        """Let a key point to a published object, remembering where it pointed before."""
        current = self.find_ref(kind, path)
        if current and current.fingerprint == fingerprint:
            return
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
        replace_whole(self.root / "refs" / kind / f"{path}.json", _to_json(content))

    def find_ref(self, kind: str, path: str) -> Ref | None:
        """Return the ref of a key, or None."""
        content = self._find_json(self.root / "refs" / kind / f"{path}.json")
        if content is None:
            return None
        return Ref(
            content["kind"],
            content["key"],
            content["fingerprint"],
            content["updated"],
            tuple(content["previous"]),
        )

    def ref(self, kind: str, path: str) -> Ref:
        """Return the ref of a key; raise `MissingArtifactError` when nothing is published under it."""
        ref = self.find_ref(kind, path)
        if ref is None:
            raise MissingArtifactError(
                f"no {kind} {path!r} in {self.root}: run 'embedding-comparator build', or check the name"
            )
        return ref

    def ref_paths(self, kind: str) -> list[str]:
        """Return the paths of all refs of a kind, sorted."""
        folder = self.root / "refs" / kind
        return sorted(
            path.relative_to(folder).with_suffix("").as_posix()
            for path in folder.rglob("*.json")
            if not path.name.startswith(".")
        )

    # Notes about source files

    def note(self, name: str) -> Mapping[str, Any] | None:
        """Return what was remembered under `name`, or None."""
        note: Mapping[str, Any] | None = self._find_json(self.root / "sources" / f"{name}.json")
        return note

    def write_note(self, name: str, content: Mapping[str, Any]) -> None:
        """Remember `content` under `name`."""
        replace_whole(self.root / "sources" / f"{name}.json", _to_json(content))

    def _object_folder(self, kind: str, fingerprint: str) -> Path:
        return self.root / "objects" / kind / fingerprint[:2] / fingerprint

    def _find_json(self, path: Path) -> Any:
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            return json.loads(content)
        except ValueError as error:
            raise DamagedArtifactError(
                f"{path} is not JSON: delete it and run 'embedding-comparator build'"
            ) from error

    def _read_manifest(self, kind: str, fingerprint: str) -> Manifest:
        path = self._object_folder(kind, fingerprint) / "manifest.json"
        content = self._find_json(path)
        if content is None:
            raise MissingArtifactError(
                f"{path} is missing: run 'embedding-comparator build' to compute it again"
            )
        inputs = {role: (target[0], target[1]) for role, target in content.pop("inputs").items()}
        del content["store_schema"]
        return Manifest(inputs=inputs, **content)


def _local_root(url: str) -> Path:
    parts = urlsplit(url)
    if parts.scheme in {"", "file"}:
        return Path(unquote(parts.path) if parts.scheme else url).expanduser().absolute()
    if len(parts.scheme) == 1:
        return Path(url).absolute()  # a Windows drive letter
    raise StoreError(f"cannot open the store {url!r}: give a local folder or a file:// URL")


def _check_schema(marker: Path) -> None:
    try:
        found = json.loads(marker.read_bytes())["store_schema"]
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{marker} does not say which store_schema it has: is this a store?") from error
    if not isinstance(found, int) or found > STORE_SCHEMA:
        raise StoreError(
            f"{marker.parent} has store_schema {found}, this version reads up to {STORE_SCHEMA}: "
            "upgrade embedding-comparator"
        )


def _to_json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False).encode()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
