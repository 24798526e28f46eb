"""What assets, sensors and schedules are given: the project and its store, read anew for every step."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import PrivateAttr, ValidationError

from artifacts.errors import StoreError
from artifacts.store import Store
from pipelines.compute import Compute, opened
from pipelines.config import Project, load_project
from pipelines.config_compute import ComputeConfig, asked_compute
from pipelines.errors import InputError
from pipelines.workspace import Progress, Report, Workspace, silent

PROCESS = "embedding-comparator/process"
"""Tag of a run: the process that works on it."""


class ComputeResource(dg.ConfigurableResource["ComputeResource"]):
    """Where the heavy maps inside a step run: ``serial``, ``threads`` or ``dask``; see `ComputeConfig`."""

    mode: str = ""
    """Empty: what the environment or the project says."""

    threads: int = 0
    """Threads of ``threads``; 0: one a processor."""

    workers: int = 0
    """Processes of this machine that ``dask`` starts; 0: one a processor."""

    address: str = ""
    """Scheduler that ``dask`` uses instead."""

    def asked(self, project: Project) -> ComputeConfig:
        """Return where to compute; raise InputError when what is given does not fit together."""
        if not self.mode:
            return asked_compute(project.compute)
        given = {"mode": self.mode, "threads": self.threads, "workers": self.workers, "address": self.address}
        try:
            return ComputeConfig.model_validate({name: value for name, value in given.items() if value})
        except ValidationError as error:
            raise InputError(f"resource compute: {error.errors()[0]['msg']}, found {given}") from None


class ProjectResource(dg.ConfigurableResource["ProjectResource"]):
    """Where the configuration is, which store it fills, and where it is computed."""

    project: str = "configs/project.yaml"
    """Project file."""

    store: str = ""
    """Store, a folder or URL; empty: the one that the project names."""

    compute: ComputeResource
    """Where the heavy maps run; without one, as the project says."""

    _until_the_end: ExitStack = PrivateAttr(default_factory=ExitStack)
    _compute: Compute | None = PrivateAttr(default=None)

    def __init__(self, **given: Any) -> None:
        # Dagster fills in no default where a resource stands in another.
        super().__init__(**{"compute": ComputeResource(), **given})

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Note which process works on the run, so that a run whose process was killed can be told."""
        if context.run and context.instance:
            context.instance.add_run_tags(context.run.run_id, {PROCESS: str(os.getpid())})

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Leave the cluster that steps of this run computed on."""
        self._compute = None
        self._until_the_end.close()

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
            project = self.load()
            if self._compute is None:  # the steps of a run share a cluster
                self._compute = self._until_the_end.enter_context(opened(self.compute.asked(project)))
            yield Workspace(project, self.open_store(), _logged(log), self._compute)


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
