"""What the tests of clusters run on real workers, and real schedulers and workers to run it on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.neighbors import Part, Searched, search_part

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Vectors:
    """Loads vectors from a file."""

    file: Path

    def __call__(self) -> NDArray[np.float32]:
        return np.load(self.file)


@dataclass(frozen=True)
class Deadly:
    """A part of a search whose worker is killed before it is made: once, or whenever ``times`` says."""

    part: Part
    folder: Path
    times: int

    def __hash__(self) -> int:
        return hash(self.part)


def search_or_die(shared, task, threads, progress) -> dict[str, Searched]:
    """Kill the worker as often as the task says, then search."""
    deaths = len(list(task.folder.iterdir()))
    if deaths < task.times:
        (task.folder / f"{deaths}").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return search_part(shared, task.part, threads, progress)


def where(shared, task, threads, progress) -> int:
    """Return the process that works."""
    return os.getpid()


def command(*arguments: str) -> list[str]:
    """Return how Dask's own command line is started."""
    return [sys.executable, "-m", "dask", *arguments]


@contextmanager
def running(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of Dask's commands until the block ends."""
    process = subprocess.Popen(
        command(*arguments),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def scheduler_with(workers: int, **environment: str) -> Iterator[str]:
    """Run a scheduler and workers as processes of their own; gives the scheduler's address."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        file = Path(folder) / "scheduler.json"
        stack.enter_context(
            running(
                "scheduler",
                "--host",
                "127.0.0.1",
                "--port",
                "0",
                "--no-dashboard",
                "--scheduler-file",
                str(file),
                **environment,
            )
        )
        for _ in range(workers):
            stack.enter_context(
                running(
                    "worker",
                    "--scheduler-file",
                    str(file),
                    "--nthreads",
                    "1",
                    "--no-dashboard",
                    "--local-directory",
                    folder,
                    **environment,
                )
            )
        yield _address(file)


def _address(file: Path) -> str:
    import json
    import time

    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            return str(json.loads(file.read_text())["address"])
        except (FileNotFoundError, ValueError):
            time.sleep(0.05)
    raise TimeoutError("the scheduler did not start")
