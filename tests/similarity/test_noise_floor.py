"""The noise floor of a space and where a pair lies against it."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.similarity import jaccard, noise_floor, pair_noise

K = 20


def overlaps(pairs, n=400, seed=0):
    rng = np.random.default_rng(seed)
    return rng.binomial(K, rng.beta(6, 2, n), (pairs, n)).astype(np.uint16)


def test_the_floor_equals_quantiles_over_objects_and_pairs():
    replicates = overlaps(3)
    floor = noise_floor(replicates, K)
    values = [c / (2 * K - c) for c in replicates.ravel().tolist()]
    assert [floor.low, floor.median, floor.high] == pytest.approx(np.percentile(values, [5, 50, 95]))
    assert (floor.k, floor.replicate_pairs, floor.mean) == (K, 3, pytest.approx(np.mean(values)))


def test_locations_are_nearer_to_the_truth_than_the_means_over_the_pairs():
    rng = np.random.default_rng(1)
    truth = rng.beta(20, 8, 2000)
    replicates = rng.binomial(K, truth, (3, 2000)).astype(np.uint16)
    floor = noise_floor(replicates, K)
    error = ((floor.location - truth) ** 2).mean()
    assert error < 0.9 * ((replicates.mean(axis=0) / K - truth) ** 2).mean()
    assert floor.scale == pytest.approx(np.sqrt((truth * (1 - truth) / K).mean()), rel=0.05)


def test_one_pair_of_replicates_is_its_own_location_and_has_no_scale():
    replicates = overlaps(1)
    floor = noise_floor(replicates, K)
    np.testing.assert_allclose(floor.location, replicates[0] / K, rtol=1e-6)
    assert np.isnan(floor.scale)


def test_replicates_that_agree_entirely_have_a_floor_without_noise():
    floor = noise_floor(np.full((3, 10), K, np.uint16), K)
    assert (floor.low, floor.high, floor.scale) == (1.0, 1.0, 0.0)
    assert floor.location.tolist() == [1.0] * 10


def test_a_pair_lies_where_its_mean_lies_among_the_replicate_pairs():
    replicates = overlaps(4)
    tested = (replicates[0] // 2).astype(np.uint16)
    means = [np.mean([c / (2 * K - c) for c in row]) for row in replicates.tolist()]
    mean = np.mean(jaccard(tested, K))
    noise = pair_noise(tested, replicates, K)
    assert noise.noise_ratio == pytest.approx((1 - mean) / (1 - np.mean(means)))
    assert noise.noise_ratio > 1.5
    assert noise.z == pytest.approx((mean - np.mean(means)) / (np.std(means, ddof=1) * np.sqrt(1 + 1 / 4)))
    assert (noise.rank, noise.replicate_low, noise.replicate_high) == (0.0, min(means), max(means))


def test_one_more_pair_of_replicates_has_a_noise_ratio_of_about_one():
    o = overlaps(5)
    assert pair_noise(o[0], o[1:], K).noise_ratio == pytest.approx(1.0, abs=0.05)


def test_fewer_than_three_replicate_pairs_give_no_z():
    o = overlaps(3)
    assert np.isnan(pair_noise(o[0], o[1:], K).z)


def test_identical_replicates_make_any_change_infinitely_larger_than_noise():
    same = np.full((2, 5), K, np.uint16)
    assert pair_noise(same[0], same, K).noise_ratio == 1.0
    assert pair_noise(np.full(5, K - 1, np.uint16), same, K).noise_ratio == np.inf


def test_no_pair_of_replicates_is_refused():
    with pytest.raises(ValueError, match="needs one or more pairs of replicates"):
        noise_floor(np.zeros((0, 4), np.uint16), K)
