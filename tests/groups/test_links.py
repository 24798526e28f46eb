"""Links between like changes against all pairs of dense vectors; label propagation on graphs with one answer."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.groups.links import propagate_labels, strongest_links
from pipelines.groups.signatures import lost_neighbors, weighted


def two_sides(n, k, seed):
    """Lists (n, k) from two pools, so that many changes are alike."""
    rng = np.random.default_rng(seed)
    side = rng.integers(0, 2, n)
    return (
        np.array([rng.permutation(n // 2)[:k] + (n // 2) * side[i] for i in range(n)], np.int32) for _ in "ab"
    )


def dense(one, two, n):
    changes = np.zeros((n, n))
    for i in range(n):
        changes[i, sorted(set(one[i].tolist()) - set(two[i].tolist()))] = 1
    held = changes.sum(axis=0)
    changes *= np.where(held > 0, np.log1p(n / np.maximum(held, 1)), 0)
    return changes / np.maximum(np.linalg.norm(changes, axis=1, keepdims=True), 1e-300), held


@pytest.mark.parametrize("most_members", [1000, 9])
@pytest.mark.parametrize(("n", "k", "least"), [(40, 8, 0.1), (40, 8, 0.3), (60, 5, 0.0001)])
def test_links_equal_the_strongest_of_all_pairs(n, k, least, most_members):
    a, b = two_sides(n, k, 0)
    lost, gained = (weighted(*lost_neighbors(one, two, n), n) for one, two in ((a, b), (b, a)))
    others, strengths = strongest_links(lost, gained, least, 4, most_members)
    products = []
    for one, two in ((a, b), (b, a)):
        unit, held = dense(one, two, n)
        unit[:, held > most_members] = 0
        products.append(unit @ unit.T)
    expected = np.minimum(*products)
    np.fill_diagonal(expected, 0)
    for i in range(n):
        best = np.sort(expected[i])[::-1][:4]
        np.testing.assert_allclose(strengths[i], np.where(best >= least, best, 0), atol=1e-5)
        linked = others[i] >= 0
        np.testing.assert_allclose(expected[i, others[i][linked]], strengths[i][linked], atol=1e-5)
        assert ((strengths[i] > 0) == linked).all()
        assert i not in others[i]


def test_ties_between_links_go_by_row():
    lists = np.array([[8, 9]] * 5 + [[0, 1]] * 5, np.int32)
    others, strengths = strongest_links(
        *(weighted(*lost_neighbors(one, two, 10), 10) for one, two in ((lists, lists[::-1]), (lists[::-1], lists))),
        0.1, 3, 100,
    )  # fmt: skip
    assert others[:5].tolist() == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2], [0, 1, 2]]
    np.testing.assert_allclose(strengths, 1.0, rtol=1e-6)


def test_cliques_joined_by_a_weak_link_get_a_label_each():
    others = np.array(
        [[1, 2, -1], [0, 2, -1], [0, 1, 3], [4, 5, 2], [3, 5, -1], [3, 4, -1], [-1, -1, -1]], np.int32
    )
    strengths = np.where(others >= 0, 1.0, 0.0).astype(np.float32)
    strengths[2, 2] = strengths[3, 2] = 0.2
    for seed in range(10):
        labels = propagate_labels(others, strengths, seed)
        assert len(set(labels[:3])) == len(set(labels[3:6])) == 1
        assert len(set(labels.tolist())) == 3
        assert labels[6] == 6
