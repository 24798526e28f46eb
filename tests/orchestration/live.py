"""The real daemon in a temporary home, as `embedding-comparator dev` starts it, on checkpoints of the digits."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from artifacts.store import Store
from pipelines.demo.digits import write_digits
from pipelines.resources import PROCESS

ROOT = Path(__file__).parents[2]
PATIENCE = 240.0
"""Seconds that a busy machine may take for one step of the story."""

DATASET = """
dataset: digits
source: {path: "../../checkpoints/{version}.npz", settle_seconds: 3}
neighbors: {k: 50}
projections: {method: [pca], aligned: []}
pairs: {policy: consecutive}
checks:
  pair:
    similarity: [{metric: cosine, k: 50, min: 0.6}]
"""


@dataclass(frozen=True)
class Live:
    """A project whose checkpoints wait in a folder beside it, and the home of its Dagster instance."""

    folder: Path

    @property
    def file(self) -> Path:
        """The project file."""
        return self.folder / "configs" / "project.yaml"

    @property
    def home(self) -> Path:
        """The home of the instance."""
        return self.folder / "store" / "dagster"

    def checkpoint(self, version: str) -> Path:
        """Where the checkpoint of a version is looked for."""
        return self.folder / "checkpoints" / f"{version}.npz"

    def add(self, version: str, content: str | None = None) -> None:
        """Put the checkpoint of a version in place, whole at once, and old enough to be read."""
        beside = self.folder / f"{version}.part"
        shutil.copy2(self.waiting / f"{content or version}.npz", beside)
        beside.replace(self.checkpoint(version))

    @property
    def waiting(self) -> Path:
        """Where checkpoints wait."""
        return self.folder / "waiting"


def make_live(folder: Path, settings: str = "") -> Live:
    """Write the project and every checkpoint of the digits; none is in place yet."""
    live = Live(folder)
    for place in (live.file.parent / "datasets", folder / "checkpoints", live.home):
        place.mkdir(parents=True)
    write_digits(live.waiting)
    old = time.time() - 60
    for path in live.waiting.iterdir():
        os.utime(path, (old, old))
    live.file.write_text("store: ../store\n" + settings)
    (live.file.parent / "datasets" / "digits.yaml").write_text(DATASET)
    for place in (live.file.parent, live.home):
        shutil.copy(ROOT / "configs" / "dagster.yaml", place)
    Store(folder / "store", create=True)
    return live


@dataclass(frozen=True)
class Daemon:
    """UI and daemon, in a process group of their own."""

    child: subprocess.Popen[bytes]
    port: int

    def kill(self) -> None:
        """Kill every process of the tree at once."""
        os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()

    def end(self) -> list[str]:
        """Ask the command alone to end, as an init system does; return what of its tree is left half a minute later."""
        self.child.terminate()
        self.child.wait(PATIENCE)
        deadline = time.monotonic() + 30
        while (left := list(_members(self.child.pid))) and time.monotonic() < deadline:
            time.sleep(0.5)
        return left

    def ask(self, query: str, **variables: Any) -> Any:
        """Return what the GraphQL of the UI answers."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            return json.load(answer)["data"]

    def until(
        self, what: str, condition: Callable[[], Any], pause: float = 0.5, patience: float = PATIENCE
    ) -> Any:
        """Wait for a condition and return it; fails when the daemon ends or patience does."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            assert self.child.poll() is None, "the daemon has ended"
            if found := condition():
                return found
            time.sleep(pause)
        raise AssertionError(f"{what}: not within {patience} s")


@contextmanager
def daemon(live: Live) -> Iterator[Daemon]:
    """Run UI and daemon; both end with the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "pipelines", "dev", "--project", live.file, "--port", str(port)]
    with (live.folder / "dev.log").open("ab") as log:
        child = subprocess.Popen(
            command, env=environment(), cwd=ROOT, start_new_session=True, stdout=log, stderr=log
        )
    try:
        yield Daemon(child, port)
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGINT)
            try:
                child.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def _members(group: int) -> Iterator[str]:
    """Give the command line of every process of a group that lives."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, _, its_group = (process / "stat").read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                yield (process / "cmdline").read_text().replace("\0", " ")


def environment() -> dict[str, str]:
    """The environment of a command of the project."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def runs(instance: dg.DagsterInstance, partition: str = "", **tags: str) -> list[dg.DagsterRun]:
    """Every run of a partition, or of all, the newest first."""
    asked = {**tags, **({"dagster/partition": partition} if partition else {})}
    return list(instance.get_runs(dg.RunsFilter(tags=asked)))


def working(instance: dg.DagsterInstance, partition: str = "") -> dict[int, dg.DagsterRun]:
    """Process to run of what is being worked on, by a process that lives."""
    started = [run for run in runs(instance, partition) if run.status == dg.DagsterRunStatus.STARTED]
    processes = {int(run.tags[PROCESS]): run for run in started if PROCESS in run.tags}
    return {process: run for process, run in processes.items() if Path(f"/proc/{process}").exists()}


def told(instance: dg.DagsterInstance, name: str) -> list[str]:
    """The skip reasons of a sensor or schedule so far, the oldest first, each once in a row."""
    (state,) = [one for one in instance.all_instigator_state() if one.instigator_name == name]
    reasons = [
        tick.skip_reason
        for tick in reversed(instance.get_ticks(state.instigator_origin_id, state.selector_id))
    ]
    found = [reason for reason in reasons if reason]
    return [reason for before, reason in zip(["", *found], found, strict=False) if reason != before]
