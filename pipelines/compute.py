"""Where the heavy maps inside a step run: in this process, or on the workers of a Dask cluster.

What comes out does not depend on it. `pipelines.cluster` is the one file that knows Dask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pipelines.config_compute import ComputeConfig

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")
Progress = Callable[[int, int], None]
Load = Callable[[], S]
"""Gives what all tasks of a map need. Where tasks run elsewhere, it is hashed, and called once in every process."""

Work = Callable[[S, T, int | None, Progress | None], R]
"""Called with what all tasks need, a task, how many threads it may use (None: one a processor), and whom to tell about
its steps."""


class Compute(Protocol):
    """Where the tasks of a map run."""

    @property
    def slots(self) -> int:
        """How many tasks run at once: a map is worth cutting into more pieces than that, or for 1 not at all."""

    def map(
        self, load: Load[S], work: Work[S, T, R], tasks: Sequence[T], progress: Progress
    ) -> Iterator[tuple[T, R]]:
        """Carry out tasks; gives each with its result, in whatever order they end.

        Parameters
        ----------
        load
            Reads what all tasks need from the store; small, for it travels to where they run.
        work
            A function of a module: it may be called in another process.
        tasks
            Small as well.
        progress
            Called with (tasks done, all tasks), or for a single task in this process with its own steps.
        """


@dataclass(frozen=True)
class Here:
    """In this process: one task after the other.

    Attributes
    ----------
    threads
        Of a task; None: as many as there are processors.
    """

    threads: int | None = None

    @property
    def slots(self) -> int:
        """How many tasks run at once: one."""
        return 1

    def map(
        self, load: Load[S], work: Work[S, T, R], tasks: Sequence[T], progress: Progress
    ) -> Iterator[tuple[T, R]]:
        """Carry out tasks; see `Compute.map`."""
        shared = load()
        for done, task in enumerate(tasks, 1):
            yield task, work(shared, task, self.threads, progress if len(tasks) == 1 else None)
            if len(tasks) > 1:
                progress(done, len(tasks))


HERE = Here()
"""All processors of this machine."""


@contextmanager
def opened(config: ComputeConfig) -> Iterator[Compute]:
    """Give what a configuration asks for, and close it at the end, whatever ends it.

    A cluster is started, or connected to, when the first map needs it.

    Raises
    ------
    pipelines.errors.MissingExtraError
        Dask is asked for and not installed.
    """
    if config.mode != "dask":
        yield Here(1 if config.mode == "serial" else config.threads)
        return
    from pipelines.cluster import Cluster  # needs the extra

    cluster = Cluster(config.address, config.workers, config.patience)
    try:
        yield cluster
    finally:
        cluster.close()
