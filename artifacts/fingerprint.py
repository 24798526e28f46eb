"""Fingerprints: what an artifact is made from, as one sha256. Equal fingerprints mean equal content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from artifacts.schemas import STORE_SCHEMA
from artifacts.storage import Storage


def fingerprint_of(kind: str, code: int, parameters: Mapping[str, Any], inputs: Mapping[str, str]) -> str:
    """Return the sha256 (64 hex digits) of everything that decides an artifact's content.

    Parameters
    ----------
    kind
        Kind of the artifact (`artifacts.schemas.KINDS`).
    code
        Version of the code that computes it; raised when its results change.
    parameters
        JSON-ready parameters.
    inputs
        Role to fingerprint (or digest) of every input.

    Examples
    --------
    >>> fingerprint_of("space", 1, {}, {"file": "ab"}) == fingerprint_of("space", 1, {}, {"file": "ab"})
    True
    """
    content = {
        "kind": kind,
        "code": code,
        "parameters": parameters,
        "inputs": inputs,
        "store_schema": STORE_SCHEMA,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def digest_of_file(path: Path) -> str:
    """Return the sha256 of the file's bytes, as 64 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_of_stored(storage: Storage, path: str) -> str:
    """Return the sha256 of a file of a storage, as 64 hex digits, without holding it whole in memory."""
    opened = storage.open(path)
    with pa.OSFile(opened) if isinstance(opened, str) else opened as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_of_keys(keys: Iterable[str]) -> str:
    """Return the sha256 of a set of keys: equal for equal sets, in whatever order they come."""
    digest = hashlib.sha256()
    for key in sorted(keys):
        encoded = key.encode()
        digest.update(len(encoded).to_bytes(8, "little") + encoded)
    return digest.hexdigest()
