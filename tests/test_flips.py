"""Single bits flipped anywhere in a store: the verified open refuses, or the answers are right."""

from __future__ import annotations

import pytest

from tests.conftest import drive

STORE = "tests/data/store-1"


@pytest.mark.slow
def test_no_flipped_bit_gives_a_wrong_answer_through_the_verified_open(tmp_path):
    counts = drive("tests.flip_driver", STORE, tmp_path, 100, 20261126)
    assert (counts["silently_wrong"], counts["untyped"]) == (0, 0)
    assert counts["detected"] + counts["harmless"] == 100
    assert counts["detected"] > 80


@pytest.mark.slow
def test_the_same_flips_give_wrong_answers_or_strange_errors_when_only_sizes_are_looked_at(tmp_path):
    counts = drive("tests.flip_driver", STORE, tmp_path, 300, 20261126, "--size")
    assert counts["silently_wrong"] + counts["untyped"] > 0
