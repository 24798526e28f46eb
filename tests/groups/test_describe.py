"""What distinguishes a group: planted values and numbers are named, random groups have nothing to say."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from pipelines.groups import describe_groups

N = 400


def metadata(seed=0):
    """A category, one with gaps, a number with gaps, a truth value, and keys that no two objects share."""
    rng = np.random.default_rng(seed)
    gaps = rng.choice(np.array(["x", "y", None], object), N)
    weight = np.where(rng.random(N) < 0.1, np.nan, rng.normal(size=N))
    return {
        "colour": rng.choice(np.array(["red", "green", "blue"]), N),
        "gaps": gaps,
        "weight": weight,
        "flag": rng.random(N) < 0.5,
        "key": np.array([f"k{i}" for i in range(N)]),
    }


def test_planted_values_and_numbers_are_named_with_their_shares_and_medians():
    columns = metadata()
    rows = np.arange(20, 50, dtype=np.int32)
    columns["colour"][rows[:24]] = "red"
    columns["weight"][rows] = 3.0 + np.arange(30)
    [described] = describe_groups([rows], columns)
    [red] = [found for found in described.enrichments if found.value == "red"]
    inside = np.isin(np.arange(N), rows)
    assert red.column == "colour"
    assert red.share_inside == np.mean(columns["colour"][inside] == "red")
    assert red.share_outside == np.mean(columns["colour"][~inside] == "red")
    [shift] = described.shifts
    assert (shift.column, shift.median_inside) == ("weight", 17.5)
    assert shift.median_outside == np.nanmedian(columns["weight"][~inside])


def test_the_p_value_of_a_value_equals_the_exact_fraction():
    columns = {"colour": np.array(["red"] * 10 + ["blue"] * 30)}
    [described] = describe_groups([np.array([0, 1, 2, 20], np.int32)], columns, level=1.0)
    p = {found.value: found.p for found in described.enrichments}
    exact = Fraction(sum(comb(10, j) * comb(30, 4 - j) for j in (3, 4)), comb(40, 4))
    assert p["red"] == pytest.approx(float(exact))


def test_the_p_value_of_a_number_is_mann_whitneys():
    columns = {"weight": metadata()["weight"]}
    rows = np.arange(25, dtype=np.int32)
    [described] = describe_groups([rows], columns, level=1.0)
    inside, outside = (part[~np.isnan(part)] for part in (columns["weight"][:25], columns["weight"][25:]))
    assert described.shifts[0].p == pytest.approx(mannwhitneyu(inside, outside, method="asymptotic").pvalue)


def test_random_groups_are_distinguished_no_more_often_than_the_level():
    rng = np.random.default_rng(1)
    groups = [rng.choice(N, 30, replace=False).astype(np.int32) for _ in range(200)]
    described = describe_groups(groups, metadata())
    assert np.mean([bool(one.enrichments or one.shifts) for one in described]) < 0.09


def test_objects_without_a_value_do_not_count():
    columns = {"gaps": np.array(["x"] * 5 + [None] * 5 + ["y"] * 30, object)}
    [described] = describe_groups([np.arange(10, dtype=np.int32)], columns)
    [found] = described.enrichments
    assert (found.value, found.share_inside, found.share_outside) == ("x", 1.0, 0.0)


def test_columns_that_cannot_tell_anything_are_passed_over():
    columns = {
        "constant": np.ones(40),
        "empty": np.full(40, np.nan),
        "none": np.full(40, None, object),
        "unique": np.arange(40).astype(str),
    }
    rows = np.arange(6, dtype=np.int32)
    for described in (*describe_groups([rows], columns), *describe_groups([rows], {})):
        assert (described.enrichments, described.shifts) == ((), ())
    assert describe_groups([], columns) == []
    [everything] = describe_groups([rows], {"unique": columns["unique"]}, level=1.0)
    assert everything.enrichments == ()


def test_everything_is_in_the_group_and_nothing_is_outside():
    [described] = describe_groups([np.arange(N, dtype=np.int32)], metadata())
    assert (described.enrichments, described.shifts) == ((), ())
