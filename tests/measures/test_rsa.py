"""The rank correlation of distances against scipy on all pairs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from scipy.stats import rankdata, spearmanr

from pipelines.measures import rsa
from pipelines.measures.rsa import distance_rank_correlation


def pair(n: int, d: int):
    rng = np.random.default_rng(n)
    a = rng.normal(size=(n, d)).astype(np.float32)
    return a, (a + rng.normal(size=(n, d))).astype(np.float32)


def half_width(without: np.ndarray) -> float:
    """Half of the jackknife interval from 20 values."""
    return 2.0930240544 * float(np.sqrt(19 / 20 * ((without - without.mean()) ** 2).sum()))


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_with_few_objects_it_equals_spearman_on_all_pairs(metric):
    a, b = pair(60, 5)
    expected = spearmanr(*(pdist(vectors.astype(np.float64), metric) for vectors in (a, b))).statistic
    assert distance_rank_correlation(a, b, metric, 0).value == pytest.approx(expected)


def test_the_interval_is_that_of_the_values_without_each_twentieth_of_the_objects():
    a, b = pair(60, 5)
    found = distance_rank_correlation(a, b, "euclidean", 0)
    one, two = np.triu_indices(60, 1)
    ranks = [rankdata(pdist(vectors.astype(np.float64))) for vectors in (a, b)]
    kept = [(one % 20 != group) & (two % 20 != group) for group in range(20)]
    without = np.array([np.corrcoef(ranks[0][pairs], ranks[1][pairs])[0, 1] for pairs in kept])
    assert found.high - found.value == pytest.approx(half_width(without), rel=1e-6)
    objects = [np.arange(60) % 20 != group for group in range(20)]
    ranked_again = np.array([spearmanr(pdist(a[rows]), pdist(b[rows])).statistic for rows in objects])
    assert found.high - found.value == pytest.approx(half_width(ranked_again), rel=0.05)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_sampled_pairs_estimate_the_same(monkeypatch, metric):
    a, b = pair(401, 5)
    whole = distance_rank_correlation(a, b, metric, 0)
    monkeypatch.setattr(rsa, "PAIRS", 3000)
    sampled = distance_rank_correlation(a, b, metric, 0)
    assert sampled.low < whole.value < sampled.high
    assert sampled.value != distance_rank_correlation(a, b, metric, 1).value


def test_sampled_pairs_hold_every_object_about_as_often_and_none_with_itself(monkeypatch):
    monkeypatch.setattr(rsa, "PAIRS", 1000)
    pairs = rsa._sample_pairs(101, 0)
    assert pairs.shape == (2, 1000)
    assert (pairs[0] != pairs[1]).all()
    counts = np.bincount(pairs.ravel(), minlength=101)
    assert counts.max() - counts.min() <= 8


def test_duplicates_tie_at_zero_and_zero_vectors_at_one_under_cosine():
    a = np.random.default_rng(0).normal(size=(200, 7)).astype(np.float32)
    pairs = np.array([np.arange(200), np.arange(200, 400)])
    assert (rsa._distances(np.vstack([a, 2 * a]), pairs, "cosine") == 0).all()
    assert (rsa._distances(np.vstack([a, 0 * a]), pairs, "cosine") == 1).all()
