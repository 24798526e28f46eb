"""Hubness and the intrinsic dimension from neighbor lists."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2, skew

from pipelines.health.dimension import two_nearest, two_nn
from pipelines.health.hubness import hubness_of
from pipelines.health.vectors import duplicate_groups
from pipelines.neighbors import exact_neighbors


def lists_of(vectors, k, metric="euclidean"):
    return exact_neighbors(vectors, k, [metric])[metric]


def dimension_of(vectors, k=10, metric="euclidean"):
    lists = lists_of(vectors, k, metric)
    return two_nn(two_nearest(lists.rows, lists.distances, duplicate_groups(vectors), metric))


def test_hubness_equals_counts_taken_one_by_one():
    rows = lists_of(np.random.default_rng(0).normal(size=(120, 30)).astype(np.float32), 15).rows
    counts = np.array([(rows[:, :10] == i).sum() for i in range(120)])
    found = hubness_of(rows, top=5)
    assert found.k == 10
    assert found.skewness == pytest.approx(skew(counts))
    assert found.robin_hood == pytest.approx(np.abs(counts - counts.mean()).sum() / 2 / counts.sum())
    assert found.antihub_share == (counts == 0).mean()
    expected = sorted(range(120), key=lambda i: (-counts[i], i))[:5]
    assert found.rows.tolist() == expected
    assert found.counts.tolist() == counts[expected].tolist()


def test_a_ring_has_no_hubs():
    rows = np.array([[(i + 1) % 20, (i - 1) % 20] for i in range(20)], np.int32)
    found = hubness_of(rows)
    assert (found.k, found.skewness, found.robin_hood, found.antihub_share) == (2, 0.0, 0.0, 0.0)


def test_one_object_that_is_the_neighbor_of_all_is_the_hub():
    rows = np.array([[1], *[[0]] * 99], np.int32)
    found = hubness_of(rows, top=1)
    assert found.rows.tolist() == [0]
    assert found.counts.tolist() == [99]
    assert found.skewness > 5
    assert found.robin_hood == pytest.approx(0.98)
    assert found.antihub_share == 0.98


@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_uniform_points_have_the_dimension_they_were_drawn_in(d):
    vectors = np.random.default_rng(d).random((3000, d)).astype(np.float32)
    value, low, high = dimension_of(vectors)
    assert value == pytest.approx(d, rel=0.1)
    assert low < value < high
    assert low <= d <= high


def test_a_plane_in_many_dimensions_has_two():
    rng = np.random.default_rng(0)
    vectors = (rng.random((2000, 2)) @ rng.normal(size=(2, 50))).astype(np.float32)
    assert dimension_of(vectors)[0] == pytest.approx(2, rel=0.08)


def test_cosine_distances_are_turned_into_lengths():
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(3000, 4))
    vectors = (directions * rng.uniform(0.5, 2, size=(3000, 1))).astype(np.float32)
    assert dimension_of(vectors, metric="cosine")[0] == pytest.approx(3, rel=0.08)


def test_without_the_discarded_tenth_the_estimate_is_the_likelihood_of_all_ratios(monkeypatch):
    monkeypatch.setattr("pipelines.health.dimension.DISCARDED", 0.0)
    rng = np.random.default_rng(0)
    nearest = np.sort(rng.random((500, 2)) + 0.1, axis=1)
    total = np.log(nearest[:, 1] / nearest[:, 0]).sum()
    expected = [499 / total, *chi2.ppf([0.025, 0.975], 1000) / (2 * total)]
    assert two_nn(nearest) == pytest.approx(expected)


def test_the_interval_holds_the_rate_of_exponential_ratios_nineteen_times_in_twenty():
    rng = np.random.default_rng(0)
    ratios = np.exp(rng.exponential(1 / 7, (500, 200)))
    intervals = np.array([two_nn(np.column_stack((np.ones(200), row))) for row in ratios])
    covered = ((intervals[:, 1] <= 7) & (intervals[:, 2] >= 7)).mean()
    assert 0.93 < covered < 0.97
    assert intervals[:, 0].mean() == pytest.approx(7, rel=0.02)


def test_duplicates_change_no_dimension():
    vectors = np.random.default_rng(0).random((600, 3)).astype(np.float32)
    doubled = np.vstack([vectors, vectors[:200], vectors[:50], vectors[:1] * 0, -vectors[:1] * 0])
    single = np.vstack([vectors, np.zeros((1, 3), np.float32)])
    assert dimension_of(doubled, 15) == pytest.approx(dimension_of(single, 15))


def test_the_two_nearest_are_those_of_distinct_vectors():
    vectors = np.array([[0], [0], [1], [1], [3], [7]], np.float32)
    lists = lists_of(vectors, 5)
    found = two_nearest(lists.rows, lists.distances, duplicate_groups(vectors), "euclidean")
    assert found.tolist() == [[1, 3], [1, 2], [2, 3], [4, 6]]


@pytest.mark.parametrize("nearest", [np.empty((0, 2)), np.ones((2, 2)), np.ones((50, 2))])
def test_too_few_or_equal_distances_have_no_dimension(nearest):
    assert np.isnan(two_nn(nearest)).all()
