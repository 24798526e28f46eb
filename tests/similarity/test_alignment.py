"""The aligned cosine against scipy's Procrustes rotation, and where it must be 1."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes

from pipelines.similarity import aligned_cosine, alignment


def vectors(n, d, seed):
    return (np.random.default_rng(seed).normal(size=(n, d)) + 0.3).astype(np.float32)


def naive(a, b, centre):
    width = max(a.shape[1], b.shape[1])
    prepared = []
    for space in (a, b):
        unit = space / np.linalg.norm(space.astype(np.float64), axis=1, keepdims=True)
        unit = np.pad(unit, ((0, 0), (0, width - space.shape[1])))
        prepared.append(unit - unit.mean(axis=0) if centre else unit)
    rotation, correlation = orthogonal_procrustes(*prepared)
    turned = prepared[0] @ rotation
    cosines = [
        x @ y / np.linalg.norm(x) / np.linalg.norm(y) for x, y in zip(turned, prepared[1], strict=True)
    ]
    return cosines, correlation / np.linalg.norm(prepared[0]) / np.linalg.norm(prepared[1])


@pytest.mark.parametrize("centre", [True, False])
@pytest.mark.parametrize(("n", "d_a", "d_b"), [(40, 5, 5), (200, 12, 7), (30, 3, 8), (2, 2, 2)])
def test_aligned_cosine_equals_scipys_procrustes(monkeypatch, n, d_a, d_b, centre):
    monkeypatch.setattr(alignment, "_BLOCK", 16)
    a, b = vectors(n, d_a, 0), vectors(n, d_b, 1)
    expected, fit = naive(a, b, centre)
    cosines, facts = aligned_cosine(a, b, centre)
    np.testing.assert_allclose(cosines, expected, atol=1e-6)
    assert (facts.n, facts.dimensions) == (n, max(d_a, d_b))
    assert facts.fit == pytest.approx(fit, abs=1e-9)
    assert facts.mean_cosine == pytest.approx(np.mean(expected), abs=1e-6)


def test_a_space_has_cosine_one_with_itself_rotated_reflected_scaled_and_padded():
    a = vectors(300, 8, 2)
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(12, 12)))[0]
    turn[:, 0] *= -1
    lengths = np.random.default_rng(4).uniform(0.1, 10, (300, 1))
    b = (lengths * np.pad(a, ((0, 0), (0, 4))) @ turn).astype(np.float32)
    cosines, facts = aligned_cosine(a, b)
    np.testing.assert_allclose(cosines, 1.0, atol=1e-6)
    assert facts.fit == pytest.approx(1.0, abs=1e-6)


def test_swapping_the_spaces_changes_nothing():
    a, b = vectors(100, 6, 5), vectors(100, 9, 6)
    np.testing.assert_allclose(aligned_cosine(a, b)[0], aligned_cosine(b, a)[0], atol=1e-6)


def test_objects_in_another_order_have_the_same_scores_in_that_order():
    a, b = vectors(100, 6, 7), vectors(100, 6, 8)
    order = np.random.default_rng(9).permutation(100)
    np.testing.assert_allclose(
        aligned_cosine(a[order], b[order])[0], aligned_cosine(a, b)[0][order], atol=1e-6
    )


def test_zero_vectors_have_no_cosine_and_leave_the_others_as_they_are():
    a, b = vectors(100, 6, 10), vectors(100, 6, 11)
    a[3] = 0
    b[7] = 0
    cosines, facts = aligned_cosine(a, b)
    kept = np.setdiff1d(np.arange(100), [3, 7])
    assert np.flatnonzero(np.isnan(cosines)).tolist() == [3, 7]
    np.testing.assert_allclose(cosines[kept], aligned_cosine(a[kept], b[kept])[0], atol=1e-6)
    assert facts.n == 98


@pytest.mark.parametrize("a", [np.zeros((4, 3)), np.ones((4, 3)), np.outer([1, 2, 3, 7], [0.1, 0.2, 0.3])])
def test_spaces_without_any_direction_have_no_cosine_and_no_fit(a):
    cosines, facts = aligned_cosine(a.astype(np.float32), vectors(4, 3, 12))
    assert np.isnan(cosines).all()
    assert np.isnan([facts.fit, facts.mean_cosine]).all()


def test_an_object_that_moved_has_the_lowest_cosine():
    a = vectors(200, 10, 13)
    b = a + 0.05 * vectors(200, 10, 14)
    b[42] = -b[42]
    assert np.argmin(aligned_cosine(a, b)[0]) == 42
