"""The PCA map against a singular value decomposition, and on spaces with hardly anything to draw."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.projections import pca


@pytest.mark.parametrize(("n", "d"), [(200, 10), (30, 100)])
def test_pca_equals_the_singular_value_decomposition_up_to_sign(n, d):
    vectors = (50 + np.random.default_rng(0).normal(size=(n, d)) * np.linspace(3, 0.1, d)).astype(np.float32)
    centered = vectors.astype(np.float64) - vectors.astype(np.float64).mean(axis=0)
    u, s, _ = np.linalg.svd(centered, full_matrices=False)
    expected = u[:, :2] * s[:2]
    found = pca(vectors)
    np.testing.assert_allclose(np.abs(found.coordinates), np.abs(expected), rtol=1e-3, atol=1e-3)
    assert found.facts["explained_variance_x"] == pytest.approx(s[0] ** 2 / (s**2).sum(), rel=1e-6)


def test_a_one_dimensional_space_is_drawn_on_a_line():
    found = pca(np.array([[0], [1], [5]], np.float32))
    assert found.coordinates[:, 1].tolist() == [0, 0, 0]
    assert np.ptp(found.coordinates[:, 0]) == pytest.approx(5)


def test_equal_vectors_are_drawn_in_one_point():
    found = pca(np.ones((4, 3), np.float32))
    assert (found.coordinates == 0).all()
    assert found.facts == {"explained_variance_x": 0.0, "explained_variance_y": 0.0}


def test_the_same_vectors_give_the_same_map():
    vectors = np.random.default_rng(0).normal(size=(300, 20)).astype(np.float32)
    assert pca(vectors).coordinates.tobytes() == pca(vectors).coordinates.tobytes()
