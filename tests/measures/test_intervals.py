"""Intervals from replicates, on numbers small enough to check by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.measures.intervals import group_count, jackknife_error, jackknife_interval

WITHOUT = [0.4, 0.5, 0.6]


def test_the_jackknife_error_is_its_formula():
    assert jackknife_error(np.array(WITHOUT)) == pytest.approx((2 / 3 * 0.02) ** 0.5)


def test_the_interval_is_cut_at_the_range_of_the_measure():
    assert jackknife_interval(0.5, WITHOUT, (-np.inf, np.inf)) == pytest.approx((0.00317, 0.99683), abs=1e-4)
    assert jackknife_interval(0.5, WITHOUT, (0.1, 0.9)) == (0.1, 0.9)


@pytest.mark.parametrize("without", [[], [0.5], [0.5, np.nan, 0.4]])
def test_without_replicates_there_is_no_interval(without):
    assert np.isnan(jackknife_interval(0.5, without, (0.0, 1.0))).all()


def test_there_are_no_more_groups_than_objects():
    assert [group_count(n) for n in (2, 19, 20, 1000)] == [2, 19, 20, 20]
