"""The real daemon, as `embedding-comparator dev` starts it: versions appear, break, are mended; the tree is killed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from artifacts.schemas import KINDS
from artifacts.store import Store
from pipelines.attempts import ATTEMPTS, WANT
from tests.conftest import write_text_checkpoint

ROOT = Path(__file__).parents[2]
PATIENCE = 150.0
"""Seconds that a busy machine may take for one step of the story."""


def environment():
    return {**os.environ, "PYTHONPATH": str(ROOT)}


@contextmanager
def daemon(small_project):
    """Run UI and daemon; gives the process, whose group is ended or killed at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "pipelines", "dev", "--project", small_project.file, "--port", str(port)]
    with (small_project.folder / "dev.log").open("ab") as log:
        child = subprocess.Popen(
            command, env=environment(), cwd=ROOT, start_new_session=True, stdout=log, stderr=log
        )
    try:
        yield child
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGINT)
            try:
                child.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def until(what, condition, child):
    """Wait for a condition; fails when the daemon ends or patience does."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert child.poll() is None, "the daemon has ended"
        if found := condition():
            return found
        time.sleep(0.5)
    raise AssertionError(f"{what}: not within {PATIENCE} s")


def refs(store):
    return {
        (kind, path): store.ref(kind, path).fingerprint for kind in KINDS for path in store.ref_paths(kind)
    }


@pytest.mark.slow
def test_versions_appear_break_are_mended_and_survive_a_killed_daemon(small_project):
    shutil.copy(ROOT / "configs" / "dagster.yaml", small_project.file.parent)
    config = small_project.folder / "configs" / "datasets" / "words.yaml"
    config.write_text(config.read_text().replace("policy: all", "policy: consecutive"))
    checkpoints = small_project.folder / "checkpoints"
    third = (checkpoints / "v3.txt").read_text()
    (checkpoints / "v3.txt").unlink()
    store = Store(small_project.folder / "store", create=True)
    (small_project.folder / "store" / "dagster").mkdir()
    shutil.copy(ROOT / "configs" / "dagster.yaml", small_project.folder / "store" / "dagster")

    def runs(instance, partition=None, **filters):
        tags = {"dagster/partition": partition} if partition else {}
        return instance.get_runs(dg.RunsFilter(tags=tags, **filters))

    with dg.DagsterInstance.from_config(str(small_project.folder / "store" / "dagster")) as instance:
        with daemon(small_project) as child:
            until("v1..v2 is compared", lambda: store.find_ref("comparison", "words/v1..v2"), child)
            assert {run.status for run in runs(instance, "words@v1")} == {dg.DagsterRunStatus.SUCCESS}
            assert len(runs(instance, "words@v1")) == 1

            (checkpoints / "v3.txt").write_text(third[: len(third) // 2])
            failed = [dg.DagsterRunStatus.FAILURE]
            until(
                "the broken v3 is tried three times",
                lambda: len(runs(instance, "words@v3", statuses=failed)) >= ATTEMPTS,
                child,
            )
            time.sleep(12)  # another tick
            assert len(runs(instance, "words@v3")) == ATTEMPTS
            assert store.find_ref("space", "words/v3") is None

            (checkpoints / "v3.txt").write_text(third)
            until("v2..v3 is compared", lambda: store.find_ref("comparison", "words/v2..v3"), child)
            assert len({run.tags[WANT] for run in runs(instance, "words@v3")}) == 2

            write_text_checkpoint(
                checkpoints / "v4.txt", small_project.keys["v2"], small_project.vectors["v2"]
            )
            until("a run of v4", lambda: runs(instance, "words@v4"), child)
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        with daemon(small_project) as child:
            until("v3..v4 is compared", lambda: store.find_ref("comparison", "words/v3..v4"), child)
            until("every run has ended", lambda: all(run.is_finished for run in runs(instance)), child)
    command = [sys.executable, "-m", "pipelines", "build", "--project", small_project.file]
    subprocess.run([*command, "--store", small_project.folder / "built"], env=environment(), check=True)
    assert refs(store) == refs(Store(small_project.folder / "built"))
