"""What the configuration wants, what of it is published, and what can be computed now. Looks at metadata alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from artifacts.errors import StoreError
from artifacts.names import PairKey, SpaceKey
from artifacts.store import Store
from pipelines.config import Project
from pipelines.errors import InputError, UnsettledError
from pipelines.ingest import source_files
from pipelines.ingest.sources import RemoteFile
from pipelines.steps import CODE, compare, examine, ingest_space, project, search_neighbors
from pipelines.workspace import Lookout, NotPublishedError


@dataclass(frozen=True)
class Want:
    """A space or pair that is not published as the configuration wants it.

    Attributes
    ----------
    digest
        Of everything that decides it: another file, configuration or code makes it another want, whose attempts are
        counted anew.
    reason
        What is missing, in words.
    """

    key: SpaceKey | PairKey
    digest: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """What there is to do.

    Attributes
    ----------
    spaces, pairs
        Everything that the configuration wants, published or not.
    now
        What can be computed now.
    waiting
        Pairs whose spaces, or whose replicates, are not published yet.
    unsettled
        A sentence for every space whose checkpoint may still be written.
    problems
        Dataset that cannot be listed to a sentence that says why; what there is of it stays as it is.
    """

    spaces: list[SpaceKey] = field(default_factory=list)
    pairs: list[PairKey] = field(default_factory=list)
    now: list[Want] = field(default_factory=list)
    waiting: list[PairKey] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)


def plan(wanted: Project, store: Store) -> Plan:
    """Compare what a project wants with what its store holds."""
    found = Plan()
    work = Lookout(wanted, store)
    for name in wanted.datasets:
        spaces: list[SpaceKey] = []
        pairs: list[PairKey] = []
        try:
            spaces = list(work.checkpoints(name))
            pairs = wanted.dataset(name).wanted_pairs([space.version for space in spaces])
        except (InputError, OSError) as error:
            found.problems[name] = str(error)
        _add(found, work, spaces, pairs)
    return found


def _add(found: Plan, work: Lookout, spaces: Sequence[SpaceKey], pairs: Sequence[PairKey]) -> None:
    found.spaces.extend(spaces)
    found.pairs.extend(pairs)
    absent: set[SpaceKey] = set()
    for space in spaces:
        try:
            want = _missing_space(work, space)
        except UnsettledError as unsettled:
            absent.add(space)
            found.unsettled.append(f"{space}: {unsettled}")
            continue
        if want:
            absent.add(space)
            found.now.append(want)
    for pair in pairs:
        replicates = {
            SpaceKey(pair.dataset, version) for version in work.project.dataset(pair.dataset).replicates
        }
        if absent & {*pair.spaces, *replicates}:
            found.waiting.append(pair)
        elif missing := _missing_pair(work, pair):
            found.now.append(missing)


def _missing_space(work: Lookout, key: SpaceKey) -> Want | None:
    try:
        ingest_space(work, key)
        search_neighbors(work, key)
        examine(work, key)
        project(work, key)
    except UnsettledError:
        raise
    except (NotPublishedError, StoreError, InputError, OSError) as error:
        return Want(key, _digest(work, key.dataset, _states(work, key)), str(error))
    return None


def _missing_pair(work: Lookout, pair: PairKey) -> Want | None:
    try:
        compare(work, pair)
    except (NotPublishedError, StoreError, InputError) as error:
        versions = {*pair.spaces} | {
            SpaceKey(pair.dataset, version) for version in work.project.dataset(pair.dataset).replicates
        }
        refs = [work.store.find_ref("space", space.path) for space in sorted(versions, key=str)]
        return Want(
            pair,
            _digest(work, pair.dataset, [ref.fingerprint if ref else None for ref in refs]),
            str(error),
        )
    return None


def _states(work: Lookout, key: SpaceKey) -> list[object]:
    """Return what changes when the checkpoint does."""
    place, options = work.checkpoints(key.dataset)[key]
    if isinstance(place, RemoteFile):
        return [place.url, place.size, place.state]
    try:
        return [_state(file.stat()) for file in source_files(place, options)]
    except (InputError, OSError) as unreadable:
        return [str(unreadable)]


def _state(state: object) -> list[int]:
    return [getattr(state, name) for name in ("st_size", "st_mtime_ns", "st_ino")]


def _digest(work: Lookout, dataset: str, sources: Sequence[object]) -> str:
    config = work.project.dataset(dataset).model_dump(mode="json")
    return sha256(json.dumps([config, CODE, sources], sort_keys=True).encode()).hexdigest()
