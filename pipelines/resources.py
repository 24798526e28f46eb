"""What assets, sensors and schedules are given: the project and its store, read anew for every step."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import dagster as dg

from artifacts.errors import StoreError
from artifacts.store import Store
from pipelines.config import Project, load_project
from pipelines.errors import InputError
from pipelines.workspace import Progress, Report, Workspace, silent

PROCESS = "embedding-comparator/process"
"""Tag of a run: the process that works on it."""


class ProjectResource(dg.ConfigurableResource["ProjectResource"]):
    """Where the configuration is, and which store it fills."""

    project: str = "configs/project.yaml"
    """Project file."""

    store: str = ""
    """Store, a folder or URL; empty: the one that the project names."""

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Note which process works on the run, so that a run whose process was killed can be told."""
        if context.run and context.instance:
            context.instance.add_run_tags(context.run.run_id, {PROCESS: str(os.getpid())})

    def load(self) -> Project:
        """Read the configuration, so that an edited one counts at once; raise ConfigError when it is wrong."""
        return load_project(Path(self.project))

    def open_store(self) -> Store:
        """Open the store, made when there is none; the same object as long as it is the same URL, which reads less."""
        return _opened(self.store or self.load().store)

    @contextmanager
    def workspace(self, log: Callable[[str], None]) -> Iterator[Workspace]:
        """Give a fresh workspace whose computations are logged, and end bad input in one sentence."""
        with refusals():
            yield Workspace(self.load(), self.open_store(), _logged(log))


@lru_cache(maxsize=4)
def _opened(url: str) -> Store:
    return Store(url, create=True)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn bad input, which no retry can mend, into a Dagster Failure that says only the sentence."""
    try:
        yield
    except (InputError, StoreError) as error:
        raise dg.Failure(description=str(error), allow_retries=False) from None


def _logged(log: Callable[[str], None]) -> Report:
    def report(name: str) -> Progress:
        log(f"computing {name}")
        return silent(name)

    return report
