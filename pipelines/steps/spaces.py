"""The artifacts of one space: its table, its neighbors, its health and its maps."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from artifacts.names import SpaceKey
from artifacts.publication import Publication
from pipelines.errors import IngestError
from pipelines.ingest import open_checkpoint, refuse_unsettled, source_files, validated
from pipelines.ingest.sources import local_copy
from pipelines.steps.health import health_artifact
from pipelines.steps.maps import projection_artifact
from pipelines.steps.neighbors import neighbor_artifacts
from pipelines.steps.recipes import CODE
from pipelines.steps.space_writer import SpaceWriter
from pipelines.workspace import Artifact, Recipe, Workspace, recorded_digest


def ingest_space(work: Workspace, key: SpaceKey) -> Artifact:
    """Read the checkpoint of one version into the store.

    Raises
    ------
    IngestError
        The checkpoint cannot be read as an embedding space.
    """
    checkpoints = work.project.checkpoints(key.dataset)
    if key not in checkpoints:
        known = ", ".join(space.version for space in checkpoints) or "none"
        raise IngestError(f"{key}: no checkpoint; dataset {key.dataset} has the versions {known}")
    place, options = checkpoints[key]
    path = local_copy(place)
    files = source_files(path, options)
    refuse_unsettled(files, options.settle_seconds)
    sources = _digests(work, path, files)
    parameters: dict[str, Any] = {"format": options.format, "key": options.key, "member": options.member}
    if options.bits:
        parameters["bits"] = True

    def compute(publication: Publication) -> None:
        reading = open_checkpoint(path, options)
        progress = work.report(f"ingest {key}")
        with SpaceWriter(publication, reading.dimensions) as writer:
            for block in validated(reading):
                writer.write(block)
                progress(writer.rows, reading.count or writer.rows)
        if sources != _digests(work, path, source_files(path, options)):
            raise IngestError(f"{path}: changed while it was read: build again when it is complete")
        publication.facts.update(writer.facts, format=reading.format, dtype=reading.dtype)

    return work.publish(Recipe("space", key.path, str(key), CODE["space"], parameters, {}, sources), compute)


def _digests(work: Workspace, path: Path, files: list[Path]) -> dict[str, str]:
    """Return the digest of every file; of a folder one for all, names included, because they may be the keys."""
    digests = [recorded_digest(work.store, file) for file in files]
    if not path.is_dir():
        return {f"file {i}": digest for i, digest in enumerate(digests)}
    lines = [f"{file.name} {digest}" for file, digest in zip(files, digests, strict=True)]
    return {"folder": sha256("\n".join(lines).encode()).hexdigest()}


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
    methods = work.project.dataset(key.dataset).projections.method
    return [projection_artifact(work, key, space, method) for method in methods]
