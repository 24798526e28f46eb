"""The artifacts of one space: its table, its neighbors, its health and its maps."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from artifacts.names import SpaceKey
from artifacts.publication import Publication
from pipelines.errors import IngestError
from pipelines.ingest import (
    Dropped,
    Extras,
    ReaderOptions,
    enriched,
    open_checkpoint,
    refuse_unsettled,
    source_files,
    validated,
)
from pipelines.steps.health import health_artifact
from pipelines.steps.identity import check_identity, digest_of_files
from pipelines.steps.maps import projection_artifacts
from pipelines.steps.neighbors import neighbor_artifacts
from pipelines.steps.recipes import CODE
from pipelines.steps.space_writer import SpaceWriter
from pipelines.workspace import Artifact, Recipe, Workspace


def ingest_space(work: Workspace, key: SpaceKey) -> Artifact:
    """Read the checkpoint of one version into the store.

    Raises
    ------
    IngestError
        The checkpoint cannot be read as an embedding space, or (UnsettledError) may still be written.
    """
    checkpoints = work.checkpoints(key.dataset)
    if key not in checkpoints:
        known = ", ".join(space.version for space in checkpoints) or "none"
        raise IngestError(f"{key}: no checkpoint; dataset {key.dataset} has the versions {known}")
    place, options = checkpoints[key]
    path = work.fetch(place)
    refuse_unsettled(
        [path], options.settle_seconds
    )  # before its format is recognised: half of it may look wrong
    files = source_files(path, options)
    refuse_unsettled(files, options.settle_seconds)
    config = work.project.dataset(key.dataset)
    extras, identity = (
        config.extras(key.version, work.project.folder(key.dataset)),
        config.identity(key.version),
    )
    digest = digest_of_files(work, files)
    check_identity(work, key, digest)
    sources = _sources(work, path, files, extras)
    parameters = _parameters(options, extras, identity)

    def compute(publication: Publication) -> None:
        reading = enriched(open_checkpoint(path, options), extras)
        progress = work.report(f"ingest {key}")
        dropped = Dropped()
        with SpaceWriter(publication, reading.dimensions) as writer:
            for block in validated(reading, dropped if options.on_bad == "drop" else None):
                writer.write(block)
                progress(writer.rows, reading.expected(writer.rows))
        if sources != _sources(work, path, source_files(path, options), extras):
            raise IngestError(f"{path}: changed while it was read: build again when it is complete")
        publication.facts.update(writer.facts, format=reading.format, dtype=reading.dtype)
        publication.facts.update(dropped=dropped.counts, dropped_examples=dropped.examples)
        read = [
            {"path": str(file.resolve()), "sha256": work.digest(file)} for file in source_files(path, options)
        ]
        publication.facts.update(digest=digest, identity=identity, sources=read)

    return work.publish(Recipe("space", key.path, str(key), CODE["space"], parameters, {}, sources), compute)


def _sources(work: Workspace, path: Path, files: list[Path], extras: Extras) -> dict[str, str]:
    """Return the digest of everything that a space is read from, by its role."""
    sources = _digests(work, path, files)
    sources |= {f"extra {i}": work.digest(file) for i, file in enumerate(extras.files(path))}
    return sources | ({"pictures": state} if (state := extras.state()) else {})


def _digests(work: Workspace, path: Path, files: list[Path]) -> dict[str, str]:
    """Return the digest of every file; of a folder one for all, names included, because they may be the keys."""
    digests = [work.digest(file) for file in files]
    if not path.is_dir():
        return {f"file {i}": digest for i, digest in enumerate(digests)}
    lines = [f"{file.name} {digest}" for file, digest in zip(files, digests, strict=True)]
    return {"folder": sha256("\n".join(lines).encode()).hexdigest()}


def _parameters(options: ReaderOptions, extras: Extras, identity: dict[str, str]) -> dict[str, Any]:
    parameters = {"format": options.format, "key": options.key, "member": options.member}
    said = {
        "bits": options.bits or None,
        "on_bad": options.on_bad if options.on_bad != "refuse" else None,
        "table_key": extras.table_key,
        "thumbnail": extras.thumbnail,
        "identity": identity or None,
    }
    return parameters | {name: value for name, value in said.items() if value is not None}


def search_neighbors(work: Workspace, key: SpaceKey) -> list[Artifact]:
    """Search the neighbors of a published space among all its objects, under every configured metric."""
    space = work.published("space", key.path)
    metrics = work.project.dataset(key.dataset).neighbors.metric
    return neighbor_artifacts(work, key, space, None, metrics)


def examine(work: Workspace, key: SpaceKey) -> Artifact:
    """Measure the health of a published space."""
    return health_artifact(work, key, work.published("space", key.path), search_neighbors(work, key))


def project(work: Workspace, key: SpaceKey) -> list[Artifact]:
    """Compute every configured map of a published space."""
    space = work.published("space", key.path)
    return projection_artifacts(work, key, space, work.project.dataset(key.dataset).projections.method)
