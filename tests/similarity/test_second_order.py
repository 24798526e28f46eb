"""The second-order cosine against numpy, one object at a time."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.neighbors import exact_neighbors
from pipelines.similarity import second_order_cosine


def space(n, d, seed, depth=6):
    vectors = np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)
    return vectors, lists_of(vectors, min(depth, n - 1))


def lists_of(vectors, depth):
    return exact_neighbors(vectors, depth, ["cosine"])["cosine"].rows


def cosine(one, two):
    lengths = np.linalg.norm(one) * np.linalg.norm(two)
    return one @ two / lengths if lengths > 0 else 0.0


def naive(vectors_a, neighbors_a, vectors_b, neighbors_b, k):
    a, b = vectors_a.astype(np.float64), vectors_b.astype(np.float64)
    out = []
    for i in range(len(a)):
        union = sorted(set(neighbors_a[i, :k].tolist()) | set(neighbors_b[i, :k].tolist()))
        profiles = [np.array([cosine(vectors[i], vectors[j]) for j in union]) for vectors in (a, b)]
        out.append(cosine(*profiles))
    return out


@pytest.mark.parametrize(("n", "k"), [(2, 1), (3, 2), (6, 4), (7, 6), (50, 1), (50, 6)])
def test_second_order_cosine_equals_its_definition(n, k):
    a, b = space(n, 5, 0), space(n, 9, 1)
    np.testing.assert_allclose(second_order_cosine(*a, *b, k), naive(*a, *b, k), atol=1e-6)


def test_zero_vectors_and_duplicates_equal_the_definition():
    (a, _), (b, _) = space(40, 5, 2), space(40, 5, 3)
    a[3] = a[7] = b[7] = 0
    a[10:20] = a[10]
    spaces = (a, lists_of(a, 6), b, lists_of(b, 6))
    scores = second_order_cosine(*spaces, 6)
    np.testing.assert_allclose(scores, naive(*spaces, 6), atol=1e-6)
    assert scores[[3, 7]].tolist() == [0.0, 0.0]


def test_a_space_has_cosine_one_with_itself_rotated_and_scaled():
    vectors, lists = space(60, 8, 4)
    rotation = np.linalg.qr(np.random.default_rng(5).normal(size=(8, 8)))[0]
    turned = (3.5 * vectors @ rotation).astype(np.float32)
    np.testing.assert_allclose(second_order_cosine(vectors, lists, turned, lists, 6), 1.0, atol=1e-6)
    other = space(60, 8, 6)
    np.testing.assert_allclose(
        second_order_cosine(vectors, lists, *other, 6),
        second_order_cosine(turned, lists, *other, 6),
        atol=1e-5,
    )


def test_swapping_the_spaces_changes_nothing():
    a, b = space(60, 8, 7), space(60, 4, 8)
    np.testing.assert_allclose(second_order_cosine(*a, *b, 6), second_order_cosine(*b, *a, 6), atol=1e-6)


def test_very_small_and_very_large_vectors_keep_their_directions():
    a, b = space(30, 5, 9), space(30, 5, 10)
    expected = second_order_cosine(*a, *b, 6)
    stretched = second_order_cosine(a[0] * np.float32(1e-25), a[1], b[0] * np.float32(1e25), b[1], 6)
    np.testing.assert_allclose(stretched, expected, atol=1e-5)


def test_objects_in_another_order_have_the_same_scores_in_that_order():
    a, b = space(40, 5, 11), space(40, 5, 12)
    order = np.random.default_rng(13).permutation(40)
    place = np.argsort(order).astype(np.int32)
    moved = second_order_cosine(a[0][order], place[a[1]][order], b[0][order], place[b[1]][order], 6)
    np.testing.assert_allclose(moved, second_order_cosine(*a, *b, 6)[order], atol=1e-6)


def test_a_k_outside_the_lists_is_refused():
    a = space(10, 5, 0)
    with pytest.raises(ValueError, match="k = 7 is outside 1 … K = 6"):
        second_order_cosine(*a, *a, 7)
