"""A build or a publication killed at any moment leaves a store whose every published ref is readable and right."""

from __future__ import annotations

import pytest

from tests.conftest import drive


def crash(project_file, scratch, kills, *options):
    return drive("tests.crash_driver", project_file, scratch, kills, 20261124, *options)


@pytest.mark.slow
def test_eight_killed_builds_leave_nothing_damaged_and_the_next_build_completes_everything(small_project):
    counts = crash(small_project.file, small_project.folder / "scratch", 8)
    assert counts["killed"] >= 5, "most kills must hit a running build"
    assert (counts["damaged"], counts["wrong"]) == (0, 0)


@pytest.mark.slow
def test_forty_killed_publishers_leave_nothing_damaged_and_the_next_one_completes_everything(tmp_path):
    counts = crash("-", tmp_path, 40)
    assert counts["killed"] >= 28, "most kills must hit a running publication"
    assert (counts["damaged"], counts["wrong"]) == (0, 0)


@pytest.mark.slow
def test_the_same_harness_finds_a_writer_that_writes_in_place(tmp_path):
    counts = crash("-", tmp_path, 20, "--in-place")
    assert counts["damaged"] + counts["wrong"] > 0


FAULTS = ("lost", "damaged", "mixed", "wrong_again")


@pytest.mark.slow
def test_a_kill_at_any_step_of_a_publication_leaves_the_old_version_or_the_new_one(tmp_path):
    for counts in drive("tests.crash_points", tmp_path, "--files").values():
        assert counts["steps"] >= 100
        assert counts["killed"] == counts["steps"] == counts["old"] + counts["new"] - 1
        assert counts["old"] > 0 and counts["new"] > 1 and counts["acknowledged"] == 1
        assert {name: counts[name] for name in FAULTS} == dict.fromkeys(FAULTS, 0)


@pytest.mark.slow
def test_the_same_steps_find_a_writer_that_writes_in_place(tmp_path):
    counts = drive("tests.crash_points", tmp_path, "--in-place")
    assert sum(counts[publication][name] for publication in counts for name in FAULTS) > 0
