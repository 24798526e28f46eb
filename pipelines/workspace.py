"""What every step works with: the project, the store, someone to tell about progress, and where to compute."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any

from artifacts.fingerprint import digest_of_file, fingerprint_of
from artifacts.names import SpaceKey
from artifacts.publication import Publication
from artifacts.store import Manifest, Ref, Store
from pipelines.compute import HERE, Compute
from pipelines.config import Project
from pipelines.ingest import ReaderOptions
from pipelines.ingest.sources import RemoteFile, known_copy, local_copy

Progress = Callable[[int, int], None]
Report = Callable[[str], Progress]
"""Called with the name of a long computation; returns what to call with (done, total)."""


def silent(_name: str) -> Progress:
    """Report to nobody."""
    return lambda done, total: None


@dataclass(frozen=True)
class Artifact:
    """A published object, and whether this run computed it.

    Attributes
    ----------
    seconds
        Wall-clock time of the computation; 0 when it was there already.
    """

    manifest: Manifest
    computed: bool
    seconds: float

    @property
    def reference(self) -> tuple[str, str]:
        """Kind and fingerprint, as manifests name their inputs."""
        return self.manifest.kind, self.manifest.fingerprint


@dataclass(frozen=True)
class Workspace:
    """The project, its store, who hears about progress, and where the heavy maps run."""

    project: Project
    store: Store
    report: Report = silent
    compute: Compute = HERE

    def published(self, kind: str, path: str) -> Artifact:
        """Return what a key points to now; raise `artifacts.errors.MissingArtifactError` when nothing is published."""
        ref = self.store.ref(kind, path)
        return Artifact(self.store.manifest(kind, ref.fingerprint), computed=False, seconds=0.0)

    def checkpoints(self, dataset: str) -> Mapping[SpaceKey, tuple[Path | RemoteFile, ReaderOptions]]:
        """Return the checkpoint of every version of a dataset, in natural order."""
        return self.project.checkpoints(dataset)

    def fetch(self, place: Path | RemoteFile) -> Path:
        """Return a checkpoint that is on this machine, or a copy of it that is."""
        return local_copy(place)

    def digest(self, path: Path) -> str:
        """Return the sha256 of a source file; see `recorded_digest`."""
        return recorded_digest(self.store, path)

    def about_to_compute(self, recipe: Recipe) -> None:
        """Be told before something is computed outside `publish`, as neighbors under several metrics are."""

    def publish(
        self, recipe: Recipe, compute: Callable[[Publication], None] = lambda publication: None
    ) -> Artifact:
        """Publish what a recipe describes, computing it only when it is not there, and point its key to it."""
        fingerprint, start, computed = recipe.fingerprint, perf_counter(), False
        while True:
            if not self.store.has(recipe.kind, fingerprint):
                computed = True
                with self._publication(recipe) as publication:
                    compute(publication)
                    publication.facts["seconds"] = round(perf_counter() - start, 3)
            moved = self.store.point(recipe.kind, recipe.path, recipe.key, fingerprint)
            # A collector may have removed an object that nothing needed while it was found here.
            if not moved or self.store.has(recipe.kind, fingerprint):
                break
            self.store.forget(recipe.kind, fingerprint)
        seconds = perf_counter() - start if computed else 0.0
        return Artifact(self.store.manifest(recipe.kind, fingerprint), computed, seconds)

    @contextmanager
    def _publication(self, recipe: Recipe) -> Iterator[Publication]:
        with self.store.publication(
            recipe.kind, recipe.key, recipe.fingerprint, recipe.inputs, recipe.parameters
        ) as publication:
            yield publication


class NotPublishedError(Exception):
    """What is wanted is not published, or its key points to something else; the message names it."""


@dataclass(frozen=True)
class Lookout(Workspace):
    """A workspace that only looks: the steps run through it end at the first artifact that is not as wanted.

    Nothing is computed, written or read but refs and manifests; a checkpoint whose size, times and inode are not those
    of the last time counts as changed. Folders are listed and refs read once: it serves one look, then is thrown away.
    """

    _listed: dict[str, Mapping[SpaceKey, tuple[Path | RemoteFile, ReaderOptions]]] = field(
        default_factory=dict
    )
    _refs: dict[tuple[str, str], Ref | None] = field(default_factory=dict)

    def checkpoints(self, dataset: str) -> Mapping[SpaceKey, tuple[Path | RemoteFile, ReaderOptions]]:
        """Return the checkpoint of every version of a dataset, as they were when they were first asked for."""
        if dataset not in self._listed:
            self._listed[dataset] = self.project.checkpoints(dataset)
        return self._listed[dataset]

    def published(self, kind: str, path: str) -> Artifact:
        """Return what a key points to; raise NotPublishedError when nothing is published."""
        ref = self._ref(kind, path)
        if ref is None:
            raise NotPublishedError(f"{kind} {path} is not published")
        return Artifact(self.store.manifest(kind, ref.fingerprint), computed=False, seconds=0.0)

    def _ref(self, kind: str, path: str) -> Ref | None:
        if (kind, path) not in self._refs:
            self._refs[kind, path] = self.store.find_ref(kind, path)
        return self._refs[kind, path]

    def fetch(self, place: Path | RemoteFile) -> Path:
        """Return a checkpoint or the copy that was fetched before; raise NotPublishedError when it may have changed."""
        path = known_copy(place)
        if path is None:
            raise NotPublishedError(f"{place} is new or changed")
        return path

    def digest(self, path: Path) -> str:
        """Return the recorded sha256 of a source file; raise NotPublishedError when it may have changed."""
        digest = noted_digest(self.store, path)
        if digest is None:
            raise NotPublishedError(f"{path} is new or changed")
        return digest

    def about_to_compute(self, recipe: Recipe) -> None:
        """Raise NotPublishedError."""
        raise NotPublishedError(f"{recipe.kind} {recipe.key} is not computed")

    def publish(
        self, recipe: Recipe, compute: Callable[[Publication], None] = lambda publication: None
    ) -> Artifact:
        """Return what is published; raise NotPublishedError unless the key points to what is wanted."""
        ref = self._ref(recipe.kind, recipe.path)
        if ref is None or ref.fingerprint != recipe.fingerprint:
            self.about_to_compute(recipe)
        return Artifact(self.store.manifest(recipe.kind, recipe.fingerprint), computed=False, seconds=0.0)


@dataclass(frozen=True)
class Recipe:
    """Everything that decides an artifact, and the key it is published under.

    Attributes
    ----------
    code
        Version of the code that computes it.
    inputs
        Role to (kind, fingerprint) of the objects it is computed from.
    sources
        Role to digest of the files it is computed from.
    """

    kind: str
    path: str
    key: str
    code: int
    parameters: Mapping[str, Any]
    inputs: Mapping[str, tuple[str, str]]
    sources: Mapping[str, str]

    @cached_property
    def fingerprint(self) -> str:
        """The name of the object in the store."""
        inputs = {role: fingerprint for role, (_, fingerprint) in self.inputs.items()}
        return fingerprint_of(self.kind, self.code, self.parameters, {**inputs, **self.sources})


def recorded_digest(store: Store, path: Path) -> str:
    """Return the sha256 of a file, reading it only when its size, times or inode differ from the last time."""
    digest = noted_digest(store, path)
    if digest is None:
        seen = _state(path)
        digest = digest_of_file(path)
        store.write_note(_note_name(path), {"path": str(path), "state": seen, "sha256": digest})
    return digest


def noted_digest(store: Store, path: Path) -> str | None:
    """Return the sha256 that a file had the last time; None when its size, times or inode differ from then."""
    note = store.note(_note_name(path))
    return str(note["sha256"]) if note and note["state"] == _state(path) else None


def _note_name(path: Path) -> str:
    return sha256(str(path.resolve()).encode()).hexdigest()


def _state(path: Path) -> list[int]:
    state = path.stat()
    return [state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino]
