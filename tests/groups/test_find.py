"""Groups of objects that moved together: planted ones are found, and nothing is found where nothing moved."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.groups import find_groups
from pipelines.neighbors import exact_neighbors

K = 20


def random_lists(n, k, rng, pool=None):
    """Neighbor lists int32 (n, k) drawn from a pool of rows, never the object itself."""
    pool = np.arange(n) if pool is None else np.asarray(pool)
    return np.array([rng.permutation(pool[pool != i])[:k] for i in range(n)], np.int32)


def planted_lists(seed=0, n=600):
    """Two groups (40 … 59 and 100 … 124) that move between four regions; every other list is redrawn at random."""
    rng = np.random.default_rng(seed)
    a, b = random_lists(n, K, rng), random_lists(n, K, rng)
    groups = [np.arange(40, 60), np.arange(100, 125)]
    regions = [np.arange(start, start + 25) for start in (200, 300, 400, 500)]
    for members, before, after in zip(groups, regions[:2], regions[2:], strict=True):
        a[members] = random_lists(n, K, rng, before)[members]
        b[members] = random_lists(n, K, rng, after)[members]
    return a, b, groups, regions


def lists_of(vectors, k):
    return exact_neighbors(vectors.astype(np.float32), k, ["cosine"])["cosine"].rows


def as_sets(groups):
    return sorted(sorted(group.rows.tolist()) for group in groups)


@pytest.mark.parametrize("seed", range(4))
def test_planted_groups_are_found_exactly(seed):
    a, b, planted, _ = planted_lists(seed)
    assert as_sets(find_groups(a, b, K)) == [members.tolist() for members in planted]


def test_objects_of_clusters_that_trade_places_are_found():
    rng = np.random.default_rng(0)
    centres, cluster = rng.normal(size=(12, 16)), np.repeat(np.arange(12), 40)
    after = cluster.copy()
    after[:15], after[40:55] = 1, 2
    noise = 0.3 * rng.normal(size=(480, 16))
    a, b = lists_of(centres[cluster] + noise, 30), lists_of(centres[after] + noise, 30)
    found = as_sets(find_groups(a, b, 30, changed=cluster != after))
    assert found == [list(range(15)), list(range(40, 55))]
    movers = [
        group
        for group in as_sets(find_groups(a, b, 30))
        if group[0] < 55 and cluster[group[0]] != after[group[0]]
    ]
    assert movers == found


def test_a_group_larger_than_k_is_found_whole():
    rng = np.random.default_rng(0)
    centres, cluster = rng.normal(size=(6, 16)), np.repeat(np.arange(6), 250)
    after = cluster.copy()
    after[:60] = 1
    noise = 0.3 * rng.normal(size=(1500, 16))
    a, b = lists_of(centres[cluster] + noise, 50), lists_of(centres[after] + noise, 50)
    assert as_sets(find_groups(a, b, 50, cluster != after)) == [list(range(60))]


def test_lost_and_gained_neighbors_equal_counting_in_python():
    a, b, _, regions = planted_lists()
    for group in find_groups(a, b, K):
        for one, two, rows, shares in (
            (a, b, group.lost, group.lost_share),
            (b, a, group.gained, group.gained_share),
        ):
            gone = [set(one[i].tolist()) - set(two[i].tolist()) for i in group.rows]
            count = {row: sum(row in lost for lost in gone) for row in set().union(*gone)}
            best = sorted(count, key=lambda row: (-count[row], row))[:10]
            assert rows.tolist() == best
            np.testing.assert_allclose(shares, [count[row] / len(gone) for row in best], rtol=1e-6)
        lost_from = [set(group.lost.tolist()) <= set(region.tolist()) for region in regions]
        assert sum(lost_from) == 1


def naive_centrality(a, b, rows, eligible):
    """The smaller mean cosine to the other members, of what was lost and gained, from dense vectors."""
    means = []
    for one, two in ((a, b), (b, a)):
        changes = np.zeros((len(a), len(a)))
        for i in eligible:
            changes[i, sorted(set(one[i].tolist()) - set(two[i].tolist()))] = 1
        held = changes.sum(axis=0)
        changes *= np.where(held > 0, np.log1p(len(eligible) / np.maximum(held, 1)), 0)
        unit = changes[rows] / np.linalg.norm(changes[rows], axis=1, keepdims=True)
        cosines = unit @ unit.T
        means.append((cosines.sum(axis=1) - 1) / (len(rows) - 1))
    return np.minimum(*means)


def test_centrality_and_coherence_equal_their_definition():
    a, b, _, _ = planted_lists()
    for group in find_groups(a, b, K):
        expected = naive_centrality(a, b, group.rows, np.arange(len(a)))
        np.testing.assert_allclose(group.centrality, expected, atol=1e-5)
        assert (np.diff(group.centrality) <= 0).all()
        assert group.coherence == pytest.approx(expected.mean(), abs=1e-6)


def test_members_that_lost_and_gained_the_same_have_coherence_one():
    rng = np.random.default_rng(0)
    a = random_lists(300, 10, rng)
    b = a.copy()
    a[:8], b[:8] = np.arange(100, 110), np.arange(200, 210)
    [group] = find_groups(a, b, 10)
    assert group.coherence == pytest.approx(1.0)
    assert sorted(group.rows.tolist()) == list(range(8))
    assert group.lost_share.tolist() == group.gained_share.tolist() == [1.0] * 10


@pytest.mark.parametrize(("lost", "found"), [(2, 0), (3, 1)])
def test_objects_that_lost_fewer_than_three_neighbors_are_no_members(lost, found):
    a = random_lists(300, 10, np.random.default_rng(0))
    a[:8] = np.arange(100, 110)
    b = a.copy()
    b[:8, :lost] = np.arange(200, 200 + lost)
    assert len(find_groups(a, b, 10)) == found


def test_losing_the_same_without_gaining_the_same_makes_no_group():
    rng = np.random.default_rng(0)
    a = random_lists(600, K, rng)
    b = a.copy()
    a[:30] = random_lists(600, K, rng, np.arange(100, 125))[:30]
    b[:30] = random_lists(600, K, rng)[:30]
    assert find_groups(a, b, K) == []


@pytest.mark.parametrize("seed", range(3))
def test_random_lists_and_unrelated_spaces_hold_no_group(seed):
    rng = np.random.default_rng(seed)
    assert find_groups(random_lists(400, 10, rng), random_lists(400, 10, rng), 10) == []
    unrelated = [lists_of(rng.normal(size=(800, 16)), 25) for _ in "ab"]
    assert find_groups(*unrelated, 25) == []
    shaken = rng.normal(size=(800, 16))
    jittered = [lists_of(shaken + 0.3 * rng.normal(size=shaken.shape), 25) for _ in "ab"]
    assert find_groups(*jittered, 25) == []


def test_identical_spaces_hold_no_group():
    lists = random_lists(300, 10, np.random.default_rng(0))
    assert find_groups(lists, lists, 10) == []


def test_only_objects_marked_as_changed_are_members():
    a, b, planted, _ = planted_lists()
    changed = np.zeros(len(a), bool)
    changed[planted[0]] = True
    assert as_sets(find_groups(a, b, K, changed)) == [planted[0].tolist()]
    assert find_groups(a, b, K, np.zeros(len(a), bool)) == []


def test_the_same_seed_gives_the_same_groups_and_bytes():
    a, b, _, _ = planted_lists()
    one, two = (find_groups(a, b, K, seed=3) for _ in range(2))
    for left, right in zip(one, two, strict=True):
        for name, value in vars(left).items():
            np.testing.assert_array_equal(value, getattr(right, name))


def test_swapping_the_spaces_swaps_lost_and_gained():
    a, b, _, _ = planted_lists()
    forth, back = find_groups(a, b, K), find_groups(b, a, K)
    assert as_sets(forth) == as_sets(back)
    for one, two in zip(forth, back, strict=True):
        np.testing.assert_array_equal(one.lost, two.gained)
        np.testing.assert_array_equal(one.gained_share, two.lost_share)


def test_objects_in_another_order_are_in_the_same_groups():
    a, b, planted, _ = planted_lists()
    order = np.random.default_rng(1).permutation(len(a))
    place = np.argsort(order).astype(np.int32)
    found = find_groups(place[a][order], place[b][order], K)
    assert sorted(sorted(order[group.rows].tolist()) for group in found) == [m.tolist() for m in planted]


def test_groups_come_largest_first_and_no_more_than_asked_for():
    a, b, planted, _ = planted_lists()
    groups = find_groups(a, b, K)
    assert [len(group.rows) for group in groups] == [25, 20]
    assert as_sets(find_groups(a, b, K, max_groups=1)) == [planted[1].tolist()]
    assert as_sets(find_groups(a, b, K, min_size=21)) == [planted[1].tolist()]


@pytest.mark.parametrize("n", [2, 3, 4])
def test_very_few_objects_hold_no_group(n):
    rng = np.random.default_rng(0)
    assert find_groups(random_lists(n, n - 1, rng), random_lists(n, n - 1, rng), n - 1) == []


def test_a_k_outside_the_lists_is_refused():
    lists = random_lists(10, 5, np.random.default_rng(0))
    with pytest.raises(ValueError, match="k = 6 is outside 1 … K = 5"):
        find_groups(lists, lists, 6)
