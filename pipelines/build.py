"""The whole pipeline in this process: every space, then every pair; one failure does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from artifacts.errors import StorageFullError, StoreError
from artifacts.names import PairKey, SpaceKey
from pipelines.errors import ClusterError, ComparisonError, InputError, LostWorkersError
from pipelines.steps import compare, examine, ingest_space, project, search_neighbors
from pipelines.workspace import Artifact, Workspace


@dataclass(frozen=True)
class Built:
    """What became of one space or pair: its artifacts, or the error that ended it."""

    key: SpaceKey | PairKey
    artifacts: Sequence[Artifact]
    error: Exception | None = None


def build(work: Workspace, datasets: Sequence[str]) -> Iterator[Built]:
    """Publish everything that the datasets want and that is not published yet; gives one result a space or pair.

    Raises
    ------
    pipelines.errors.ConfigError
        A dataset that is not configured, or pairs that cannot be listed.
    pipelines.errors.ClusterError
        The cluster to compute on cannot be used.
    artifacts.errors.StorageFullError
        No room for what was computed; the store holds what was published before.
    """
    for name in datasets:
        config = work.project.dataset(name)
        spaces = list(work.checkpoints(name))
        pairs = config.wanted_pairs([space.version for space in spaces])
        failed = set()
        for space in spaces:
            built = _attempt(space, partial(build_space, work, space))
            if built.error:
                failed.add(space)
            yield built
        for pair in pairs:
            broken = [str(space) for space in pair.spaces if space in failed]
            if broken:
                yield Built(pair, (), ComparisonError(f"{pair}: not compared, because {broken[0]} failed"))
            else:
                yield _attempt(pair, partial(compare, work, pair))


def build_space(work: Workspace, key: SpaceKey) -> list[Artifact]:
    """Publish everything about one space that is not published yet."""
    return [ingest_space(work, key), *search_neighbors(work, key), examine(work, key), *project(work, key)]


def _attempt(key: SpaceKey | PairKey, make: Callable[[], list[Artifact]]) -> Built:
    try:
        return Built(key, make())
    except (StorageFullError, ClusterError):
        raise  # nothing that follows could be written, or computed, either
    except (InputError, StoreError, LostWorkersError, OSError) as error:
        return Built(key, (), error)
