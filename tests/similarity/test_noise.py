"""P-values against the noise floor: a slow twin, the level under the null, and the power to see a change."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.special import expit, logit

from pipelines.similarity import changed_beyond_noise, noise, noise_p_values

K, N = 50, 3000


def stability(seed):
    """Expected share of kept neighbors: half of the objects stable, half unstable."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(N) < 0.5, rng.uniform(0.93, 1.0, N), rng.uniform(0.2, 0.4, N))


def independent_pairs(seed, pairs, evenness=30):
    """Overlaps uint16 (pairs, N) of exchangeable pairs, more than binomially varied where less even."""
    rng = np.random.default_rng(seed)
    share = stability(seed)
    spread = rng.beta(share * evenness, (1 - share) * evenness + 1e-3, (pairs, N))
    return rng.binomial(K, spread).astype(np.uint16)


def overlaps_of_runs(seed, pairs):
    """Overlaps of pairs of runs, where an object that one run embeds badly is bad in all pairs of that run."""
    rng = np.random.default_rng(seed)
    base = logit(np.clip(stability(seed), 0.01, 0.99)) + 1
    penalty = {run: rng.exponential(1.0, N) for run in sorted({run for pair in pairs for run in pair})}
    return np.array([np.rint(K * expit(base - penalty[a] - penalty[b])) for a, b in pairs]).astype(np.uint16)


def share_below(p, level):
    return float((p <= level).mean())


@pytest.mark.parametrize("pairs", [1, 3, 6])
def test_one_more_pair_of_replicates_is_significant_no_more_often_than_its_level(pairs):
    p = [noise_p_values(o[0], o[1:]) for o in (independent_pairs(seed, pairs + 1) for seed in range(5))]
    assert share_below(np.concatenate(p), 0.05) <= 0.055
    assert share_below(np.concatenate(p), 0.01) <= 0.012
    assert share_below(np.concatenate(p), 0.5) <= 0.52
    assert max(changed_beyond_noise(one).mean() for one in p) < 0.05


@pytest.mark.parametrize("pairs", [1, 3, 6])
def test_the_level_is_used_up_so_that_real_changes_are_seen(pairs):
    o = independent_pairs(7, pairs + 1)
    assert share_below(noise_p_values(o[0], o[1:]), 0.05) >= 0.03


@pytest.mark.parametrize("pairs", [1, 3, 6])
def test_stable_and_unstable_objects_are_each_near_the_level(pairs):
    stable = stability(11) > 0.5
    o = independent_pairs(11, pairs + 1)
    p = noise_p_values(o[0], o[1:])
    assert share_below(p[stable], 0.05) <= 0.09
    assert share_below(p[~stable], 0.05) <= 0.09


@pytest.mark.parametrize("pairs", [1, 3, 6])
def test_objects_with_other_neighbors_are_flagged(pairs):
    o = independent_pairs(3, pairs + 1, evenness=300)
    rng = np.random.default_rng(4)
    replaced = rng.random(N) < 0.2
    o[0, replaced] = rng.binomial(K, 0.02, replaced.sum())
    flagged = changed_beyond_noise(noise_p_values(o[0], o[1:]))
    assert flagged[replaced].mean() > 0.8
    assert (~replaced[flagged]).mean() < 0.08


@pytest.mark.parametrize("pairs", [1, 3, 6])
def test_a_fall_of_every_object_is_flagged_for_most(pairs):
    o = independent_pairs(5, pairs + 1)
    p = noise_p_values((o[0] * 0.4).astype(np.uint16), o[1:])
    assert changed_beyond_noise(p)[stability(5) > 0.5].mean() > 0.9


def test_a_pair_more_alike_than_replicates_is_not_flagged():
    o = independent_pairs(6, 4)
    assert not changed_beyond_noise(noise_p_values(np.full(N, K, np.uint16), o[1:])).any()


THREE_RUNS = [("a", "b"), ("a", "c"), ("b", "c")]
FIVE_RUNS = list(combinations("abcde", 2))


@pytest.mark.parametrize("replicates", [[("a", "b")], THREE_RUNS, FIVE_RUNS], ids=len)
@pytest.mark.parametrize("pair", [("a", "new"), ("new", "newer")])
def test_a_new_run_of_the_same_model_is_significant_no_more_often_than_its_level(pair, replicates):
    p = []
    for seed in range(5):
        o = overlaps_of_runs(seed, [pair, *replicates])
        p.append(noise_p_values(o[0], o[1:], pair=pair, replicate_pairs=replicates))
    assert share_below(np.concatenate(p), 0.05) <= 0.06
    assert max(changed_beyond_noise(one).mean() for one in p) < 0.05


def test_a_pair_of_the_replicates_against_all_others_keeps_the_level_without_names():
    for tested in range(3):
        o = [overlaps_of_runs(seed, THREE_RUNS) for seed in range(5)]
        p = [noise_p_values(one[tested], np.delete(one, tested, axis=0)) for one in o]
        assert share_below(np.concatenate(p), 0.05) <= 0.055


def test_without_names_a_new_run_looks_changed_where_runs_differ_as_a_whole():
    pair = ("a", "new")
    o = overlaps_of_runs(0, [pair, *THREE_RUNS])
    named = noise_p_values(o[0], o[1:], pair=pair, replicate_pairs=THREE_RUNS)
    assert share_below(noise_p_values(o[0], o[1:]), 0.05) > 0.06 > share_below(named, 0.05)


def test_objects_that_replicates_keep_entirely_have_sensible_p_values():
    rng = np.random.default_rng(0)
    replicates = np.full((3, 400), K, np.uint16)
    tested = np.full(400, K, np.uint16)
    assert noise_p_values(tested, replicates).tolist() == [1.0] * 400
    tested[:10] = 20
    p = noise_p_values(tested, replicates)
    assert changed_beyond_noise(p).tolist() == [True] * 10 + [False] * 390
    replicates[:, 200:] = rng.binomial(K, 0.5, (3, 200))
    assert (noise_p_values(np.full(400, K, np.uint16), replicates) > 0.4).all()


def test_a_fall_of_one_neighbor_is_no_fall_even_where_replicates_never_vary():
    rng = np.random.default_rng(0)
    o = np.full((4, 2000), K, np.uint16)
    o[:, 1000:] = rng.binomial(K, 0.5, (4, 1000))
    o[0, :500] = K - 1
    assert (noise_p_values(o[0], o[1:])[:500] > 0.05).all()
    o[0, :500] = K - 10
    assert changed_beyond_noise(noise_p_values(o[0], o[1:]))[:500].all()


def test_p_values_equal_counting_one_by_one():
    o = independent_pairs(8, 3)[:, :150]
    tested, replicates = o[0].astype(float), o[1:].astype(float)
    levels = [(replicates[1] + tested) / 2, (replicates[0] + tested) / 2]
    residuals = np.concatenate([replicates[0] - levels[0], replicates[1] - levels[1]])
    below, middle = np.quantile(residuals, [0.1, 0.5])
    spread = max((middle - below) / 1.2815515655446004, 1.0)
    z = [(residual - middle) / spread for residual in residuals]
    for i, p in enumerate(noise_p_values(o[0], o[1:])):
        own = (tested[i] - replicates[:, i].mean() - middle) / spread
        assert p == pytest.approx((1 + sum(other <= own for other in z)) / (1 + len(z)))


def test_objects_in_another_order_have_the_same_p_values_in_that_order():
    o = independent_pairs(9, 4)
    order = np.random.default_rng(0).permutation(N)
    np.testing.assert_array_equal(
        noise_p_values(o[0, order], o[1:, order]), noise_p_values(o[0], o[1:])[order]
    )


def test_two_objects_are_enough_for_an_answer():
    o = np.array([[0, 3], [3, 3]], np.uint16)
    assert ((p := noise_p_values(o[0], o[1:])) > 0).all() and (p <= 1).all()


def test_noise_overlaps_are_predicted_without_the_runs_that_the_tested_pair_does_not_share():
    four = list(combinations("abcd", 2))
    for pair, held_out in ((("a", "new"), 1), (("new", "newer"), 2)):
        slots = noise.noise_slots(len(four), pair, four)
        assert slots
        for row, others in slots:
            predicting = {run for i in others for run in four[i - 1]}
            assert len(set(four[row - 1]) - predicting) == held_out
    assert noise.noise_slots(1, ("b", "new"), [("a", "b")]) == [(1, [0])]
    assert noise.noise_slots(2, ("a", "b"), [("a", "c"), ("b", "c")]) == noise.noise_slots(2)


def test_what_is_not_a_noise_floor_is_refused():
    tested = np.zeros(4, np.uint16)
    with pytest.raises(ValueError, match="needs one or more pairs of replicates"):
        noise_p_values(tested, np.zeros((0, 4), np.uint16))
    with pytest.raises(ValueError, match="not the same objects"):
        noise_p_values(tested, np.zeros((2, 5), np.uint16))
    with pytest.raises(ValueError, match="name the runs of the tested pair and of every pair"):
        noise_p_values(tested, np.zeros((2, 4), np.uint16), pair=("a", "b"))
