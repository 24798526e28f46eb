"""What assets, jobs and (later) sensors are given: the project and its store, read anew for every step."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from artifacts.errors import StoreError
from artifacts.store import Store
from pipelines.config import Project, load_project
from pipelines.errors import InputError
from pipelines.workspace import Progress, Report, Workspace, silent


class ProjectResource(dg.ConfigurableResource["ProjectResource"]):
    """Where the configuration is, and which store it fills."""

    project: str = "configs/project.yaml"
    """Project file."""

    store: str = ""
    """Store, a folder or URL; empty: the one that the project names."""

    def load(self) -> Project:
        """Read the configuration, so that an edited one counts at once; raise ConfigError when it is wrong."""
        return load_project(Path(self.project))

    @contextmanager
    def workspace(self, log: Callable[[str], None]) -> Iterator[Workspace]:
        """Give a fresh workspace whose computations are logged, and end bad input in one sentence."""
        with refusals():
            project = self.load()
            yield Workspace(project, Store(self.store or project.store, create=True), _logged(log))


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
