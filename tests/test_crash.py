"""A build killed at any moment leaves a store whose every published ref is readable and right."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def crash(small_project, kills, *options):
    scratch = small_project.folder / "scratch"
    command = [
        sys.executable,
        "-m",
        "tests.crash_driver",
        small_project.file,
        scratch,
        str(kills),
        "20261124",
        *options,
    ]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.mark.slow
def test_fifty_kills_leave_nothing_damaged_and_the_next_build_completes_everything(small_project):
    counts = crash(small_project, 50)
    print(counts)
    assert counts["killed"] >= 40, "most kills must hit a running build"
    assert (counts["damaged"], counts["wrong"]) == (0, 0)


@pytest.mark.slow
def test_the_same_harness_finds_a_writer_that_writes_in_place(small_project):
    counts = crash(small_project, 12, "--in-place")
    print(counts)
    assert counts["damaged"] + counts["wrong"] > 0
