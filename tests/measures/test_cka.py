"""Debiased CKA from sums against the unbiased HSIC of n × n kernels, as its paper writes it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.measures import measure_vectors


def hsic(K: NDArray[np.float64], L: NDArray[np.float64]) -> float:
    """Song et al. 2012, eq. 5, on n × n kernels."""
    n = len(K)
    K, L, ones = K.copy(), L.copy(), np.ones(n)
    np.fill_diagonal(K, 0)
    np.fill_diagonal(L, 0)
    total = (ones @ K @ ones) * (ones @ L @ ones) / ((n - 1) * (n - 2))
    return float((np.trace(K @ L) + total - 2 / (n - 2) * (ones @ K @ L @ ones)) / (n * (n - 3)))


def naive_cka(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    K, L = (vectors.astype(np.float64) @ vectors.astype(np.float64).T for vectors in (a, b))
    return hsic(K, L) / np.sqrt(hsic(K, K) * hsic(L, L))


def cka(a: NDArray[np.float32], b: NDArray[np.float32]):
    return measure_vectors(a, b)[0]


@pytest.mark.parametrize(("n", "da", "db"), [(4, 2, 3), (5, 9, 1), (23, 4, 4), (60, 100, 7), (200, 5, 30)])
@pytest.mark.parametrize("offset", [0.0, 20.0])
def test_cka_equals_the_one_from_kernels(n, da, db, offset):
    rng = np.random.default_rng(n)
    a = (rng.normal(size=(n, da)) + offset).astype(np.float32)
    b = (a[:, :1] + rng.normal(size=(n, db))).astype(np.float32)
    assert cka(a, b).value == pytest.approx(naive_cka(a, b), rel=1e-6, abs=1e-9)


def test_the_interval_is_that_of_the_values_without_each_twentieth():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(90, 4)).astype(np.float32)
    b = (a + rng.normal(size=(90, 4))).astype(np.float32)
    groups = np.arange(90) % 20
    without = np.array([naive_cka(a[groups != group], b[groups != group]) for group in range(20)])
    error = np.sqrt(19 / 20 * ((without - without.mean()) ** 2).sum())
    found = cka(a, b)
    assert found.high - found.value == pytest.approx(2.0930240544 * error, rel=1e-6)
    assert found.value - found.low == pytest.approx(2.0930240544 * error, rel=1e-6)


def test_independent_spaces_score_zero_on_average_at_any_width():
    values = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        a, b = (rng.normal(size=(32, d)).astype(np.float32) for d in (16, 40))
        values.append(cka(a, b).value)
    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(len(values))
    assert np.std(values) < 0.05


def test_one_object_that_carries_all_variance_leaves_no_value():
    a = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    a[7] *= 1e7
    assert np.isnan(cka(a, a).value)


def test_one_outlier_does_not_hide_the_rest():
    a = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    a[7] *= 100
    b = (a + np.random.default_rng(1).normal(size=(50, 3))).astype(np.float32)
    assert cka(a, b).value == pytest.approx(naive_cka(a, b), rel=1e-6)


@pytest.mark.parametrize("n", [2, 3])
def test_fewer_than_four_objects_have_no_value(n):
    a, b = (np.random.default_rng(seed).normal(size=(n, 5)).astype(np.float32) for seed in (0, 1))
    assert np.isnan([cka(a, b).value, cka(a, b).low]).all()
