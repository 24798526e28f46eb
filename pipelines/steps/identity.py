"""Which model a space is said to come from, and whether its bytes agree with that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from artifacts.errors import MissingArtifactError
from artifacts.names import SpaceKey
from pipelines.errors import IngestError, InputError
from pipelines.ingest import source_files
from pipelines.workspace import Workspace

SHOWN = 12
"""Hex digits of a digest in a message."""


def checkpoint_digest(work: Workspace, key: SpaceKey) -> str:
    """Return the sha256 of the file of a version; of the digests of its files where there are several."""
    path, options = work.checkpoints(key.dataset)[key]
    return digest_of_files(work, source_files(work.fetch(path), options))


def digest_of_files(work: Workspace, files: Sequence[Path]) -> str:
    """Return the sha256 of a file; of the digests of the files where there are several."""
    digests = [work.digest(file) for file in files]
    return digests[0] if len(digests) == 1 else sha256("".join(digests).encode()).hexdigest()


def check_identity(work: Workspace, key: SpaceKey, digest: str) -> None:
    """Refuse a version that claims to be a model which is known with other bytes.

    Known are what was published under its name before, and the versions before it in natural order, unless both are
    declared replicates.

    Raises
    ------
    IngestError
        One sentence that names both.
    """
    config = work.project.dataset(key.dataset)
    identity = config.identity(key.version)
    if "revision" not in identity:
        return
    _check_history(work, key, identity, digest)
    checkpoints = work.checkpoints(key.dataset)
    for other, (_, options) in checkpoints.items():
        if other == key:
            return
        replicates = {key.version, other.version} <= set(config.replicates)
        if replicates or _claim(config.identity(other.version)) != _claim(identity):
            continue
        try:
            known = checkpoint_digest(work, other)
        except (InputError, OSError):  # its own ingestion says what is wrong with it
            continue
        if known != digest or options.member != checkpoints[key][1].member:
            raise IngestError(
                f"{key} claims to be {_claim(identity)}, as {other} does, but has other bytes "
                f"({_short(digest)} and {_short(known)}): give each its own revision, or declare both as replicates"
            )


def _check_history(work: Workspace, key: SpaceKey, identity: Mapping[str, str], digest: str) -> None:
    ref = work.store.find_ref("space", key.path)
    for fingerprint in (ref.fingerprint, *ref.previous) if ref else ():
        try:
            facts = work.store.manifest("space", fingerprint).facts
        except MissingArtifactError:
            continue
        known = facts.get("digest", digest)
        if known != digest and _claim(facts.get("identity", {})) == _claim(identity):
            raise IngestError(
                f"{key} claims to be {_claim(identity)}, as the {key} published before did, but has other bytes "
                f"({_short(digest)} now, {_short(known)} before): change its revision, or restore the file"
            )


def _claim(identity: Mapping[str, str]) -> str:
    if "revision" not in identity:
        return ""
    provider = f"{identity['provider']}/" if "provider" in identity else ""
    return f"{provider}{identity['model']} revision {identity['revision']}"


def _short(digest: str) -> str:
    return f"sha256 {digest[:SHOWN]}…"
