"""The store's JSON documents, sealed by a digest: what is written in them, and what is refused on reading."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from artifacts.errors import DamagedArtifactError, StoreError
from artifacts.schemas import STORE_SCHEMA
from artifacts.upcasts import upcast


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


def sealed(content: Mapping[str, Any]) -> bytes:
    """Return a document as JSON that carries the version of its schema and the digest of all the rest.

    Raises
    ------
    ValueError
        NaN, or text that UTF-8 cannot hold.
    """
    # Through JSON and back, since what is read is digested too: keys that are numbers become text, tuples lists.
    rest = json.loads(json.dumps({**content, "store_schema": STORE_SCHEMA}, allow_nan=False))
    return plain_json({**rest, "digest": _digest(rest)})


def unsealed(text: bytes) -> dict[str, Any]:
    """Return a sealed document without its digest; raise ValueError with the reason when it is not what was written.

    Examples
    --------
    >>> unsealed(sealed({"key": "a"}))
    {'key': 'a', 'store_schema': 1}
    >>> unsealed(sealed({"key": "a"}).replace(b'"a"', b'"b"'))
    Traceback (most recent call last):
    ValueError: does not match its digest
    """
    content = parsed(text)
    found = content.pop("digest", None)
    if found != _digest(content):
        raise ValueError("has no digest" if found is None else "does not match its digest")
    return content


def parsed(text: bytes) -> dict[str, Any]:
    """Return a document; raise ValueError when it is not a JSON object in UTF-8."""
    try:
        content = json.loads(text.decode())
    except ValueError:  # a UnicodeDecodeError is one, too
        raise ValueError("is not JSON") from None
    if not isinstance(content, dict):
        raise ValueError("is not a JSON object")
    return content


def plain_json(content: Mapping[str, Any]) -> bytes:
    """Return a document as it is written: JSON that people and `diff` can read."""
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False).encode()


def check_marker(address: str, text: bytes) -> None:
    """Raise StoreError unless the document at `address`, ``store.json``, is a store's that this version reads."""
    try:
        content = parsed(text)
        _check_schema(address, content)
        upcast("store", content, STORE_SCHEMA)
    except ValueError as error:
        raise StoreError(
            f'{address} {error}: is this a store? It should hold {{"store_schema": {STORE_SCHEMA}}}'
        ) from error


def read_manifest(address: str, text: bytes, kind: str, fingerprint: str) -> Manifest:
    """Return the manifest that lies at `address`, in the folder of `kind` and `fingerprint`.

    Raises
    ------
    StoreError
        A newer schema.
    DamagedArtifactError
        Anything but the manifest that was written there.
    """
    try:
        content = _opened("manifest", address, text)
        if (content["kind"], content["fingerprint"]) != (kind, fingerprint):
            raise ValueError(f"belongs to {content['kind']} {content['fingerprint']}")
        inputs = {role: (target[0], target[1]) for role, target in content.pop("inputs").items()}
        return Manifest(inputs=inputs, **content)
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(address, error) from error


def read_ref(address: str, text: bytes, kind: str) -> Ref:
    """Return the ref that lies at `address`, among those of `kind`; raises as `read_manifest` does."""
    try:
        content = _opened("ref", address, text)
        if content["kind"] != kind:
            raise ValueError(f"belongs to {content['kind']}")
        return Ref(previous=tuple(content.pop("previous")), **content)
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(address, error) from error


def _opened(document: str, address: str, text: bytes) -> dict[str, Any]:
    # The schema comes before the digest: a newer version may seal its documents in another way.
    content = parsed(text)
    if "store_schema" not in content:
        raise ValueError("does not say which store_schema it has")
    _check_schema(address, content)
    content = upcast(document, unsealed(text), STORE_SCHEMA)
    del content["store_schema"]
    return content


def _check_schema(address: str, content: Mapping[str, Any]) -> None:
    """Raise StoreError unless a document says that it has a schema which this version reads."""
    found = content.get("store_schema")
    if type(found) is not int or found < 1:
        raise StoreError(f"{address} does not say which store_schema it has: is this a store?")
    if found > STORE_SCHEMA:
        raise StoreError(
            f"{address} has store_schema {found}, this version reads up to {STORE_SCHEMA}: "
            "upgrade embedding-comparator"
        )


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return sha256(text.encode()).hexdigest()


def _damaged(address: str, error: Exception) -> DamagedArtifactError:
    reason = str(error) if type(error) is ValueError else f"has other fields ({error})"
    return DamagedArtifactError(
        f"{address} {reason}: delete it and run 'embedding-comparator build', which writes it again"
    )
