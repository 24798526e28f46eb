"""What readers see while versions are published, and what races to publish one object leave."""

from __future__ import annotations

from tests.conftest import drive


def test_every_read_during_publications_is_of_one_version_and_never_an_older_one(tmp_path):
    counts = drive("tests.concurrent_driver", "reads", tmp_path, 30, 600)
    assert counts["reads"] >= 600
    assert (counts["mixed"], counts["backward"]) == (0, 0)
    assert counts["seen"] >= 25, "the reads must be spread over the versions"
    assert counts["last"] == 31


def test_the_same_harness_finds_a_reader_that_looks_for_the_comparison_before_every_question(tmp_path):
    assert drive("tests.concurrent_driver", "reads", tmp_path, 100, 100, "--apart")["mixed"] > 0


def test_of_three_processes_that_publish_one_object_one_wins_and_the_others_use_its_values(tmp_path):
    counts = drive("tests.concurrent_driver", "races", tmp_path, 40)
    assert counts["one_winner"] == 40
    assert counts["racers_that_won"] >= 2, "the races must be close"
    assert counts["leftovers"] == 0


def test_the_same_harness_finds_losers_that_leave_their_files(tmp_path):
    assert drive("tests.concurrent_driver", "races", tmp_path, 5, "--late")["leftovers"] > 0
