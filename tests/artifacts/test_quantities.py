"""What maps can be coloured by is what the store's tables hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from artifacts.catalog import Comparison
from artifacts.quantities import quantity, quantity_names
from artifacts.queries import Queries
from artifacts.ranking import scale_of

STORE = Path(__file__).parents[1] / "data" / "store-1"


@pytest.fixture(scope="module")
def queries() -> Queries:
    return Queries(STORE)


@pytest.fixture(scope="module")
def comparison(queries: Queries) -> Comparison:
    return queries.comparison("words", "a", "b")


def test_every_name_gives_one_number_an_object_within_its_ends(
    queries: Queries, comparison: Comparison
) -> None:
    metric, projection = comparison.metrics[0], comparison.projections[0]
    names = quantity_names(queries, comparison, metric)
    assert names[:2] == ("similarity", "chance_adjusted")
    assert {"rank_biased_overlap", "placement_error", "group"} <= set(names)
    for name in names:
        found = quantity(queries, comparison, metric, 3, projection, name)
        for values in (found.a, found.b):
            assert values.shape == (comparison.n,)
            assert values.dtype == np.float32
            known = values[~np.isnan(values)]
            assert (known >= np.float32(found.low)).all(), name
            assert (known <= np.float32(found.high)).all(), name


def test_chance_adjusted_overlap_is_r_nx_of_every_object(queries: Queries, comparison: Comparison) -> None:
    metric, k, n = comparison.metrics[0], 3, comparison.n
    found = quantity(queries, comparison, metric, k, comparison.projections[0], "chance_adjusted")
    overlap = queries.overlap(comparison, metric, k)
    expected = [((n - 1) * c / k - k) / (n - 1 - k) for c in overlap.tolist()]
    np.testing.assert_allclose(found.a, expected, rtol=1e-5)
    mean = queries.curve(comparison, metric).chance_adjusted[k - 1]
    assert found.a.mean() == pytest.approx(mean, rel=1e-4)


def test_groups_are_named_from_one_and_objects_in_none_have_no_name(
    queries: Queries, comparison: Comparison
) -> None:
    metric = comparison.metrics[0]
    found = quantity(queries, comparison, metric, 3, comparison.projections[0], "group")
    groups = queries.groups(comparison, metric)
    expected = np.full(comparison.n, np.nan, np.float32)
    for number, group in enumerate(groups):
        expected[group.members] = number
    np.testing.assert_array_equal(found.a, expected)
    assert found.names == tuple(f"group {number + 1}" for number in range(len(groups)))


def test_an_unknown_name_is_refused_with_those_that_exist(queries: Queries, comparison: Comparison) -> None:
    with pytest.raises(ValueError, match="cannot be sorted by 'nothing'; there is similarity"):
        quantity(queries, comparison, comparison.metrics[0], 3, comparison.projections[0], "nothing")


def test_booleans_are_two_texts_and_not_numbers() -> None:
    scale = scale_of(np.array([True, False, True]))
    assert scale.names == ("False", "True")
    assert scale.values.tolist() == [1, 0, 1]
