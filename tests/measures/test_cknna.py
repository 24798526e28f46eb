"""CKNNA from neighbor lists against dense kernels and masks, as its authors published it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.measures import measure_vectors
from pipelines.measures.cknna import cknna
from pipelines.neighbors import exact_neighbors
from tests.measures.test_cka import hsic


def kernel(vectors: NDArray[np.float32], metric: str) -> NDArray[np.float64]:
    exact = vectors.astype(np.float64)
    exact = (
        exact - exact.mean(axis=0)
        if metric == "euclidean"
        else exact / np.linalg.norm(exact, axis=1)[:, None]
    )
    return exact @ exact.T


def published(K: NDArray[np.float64], L: NDArray[np.float64], nearest: list[NDArray[np.int32]]) -> float:
    """The published steps, without the 1e-6 in the denominator."""
    masks = [np.zeros(K.shape) for _ in nearest]
    for mask, lists in zip(masks, nearest, strict=True):
        np.put_along_axis(mask, lists.astype(np.int64), 1.0, axis=1)
    (a, b), both = masks, masks[0] * masks[1]
    across = published_hsic(both * K, both * L)
    return across / float(np.sqrt(published_hsic(a * K, a * K) * published_hsic(b * L, b * L)))


def published_hsic(K: NDArray[np.float64], L: NDArray[np.float64]) -> float:
    n = len(K)
    total = (K * L.T).sum() + K.sum() * L.sum() / ((n - 1) * (n - 2)) - 2 * (K @ L).sum() / (n - 2)
    return float(total / (n * (n - 3)))


def pair(n: int, d: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    rng = np.random.default_rng(n)
    a = rng.normal(size=(n, d)).astype(np.float32)
    return a, (a + 0.5 * rng.normal(size=(n, d))).astype(np.float32)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize(("n", "d", "k"), [(6, 2, 2), (40, 3, 10), (90, 12, 5), (90, 12, 40)])
def test_cknna_equals_the_published_steps_in_both_orders(n, d, k, metric):
    a, b = pair(n, d)
    nearest = [exact_neighbors(vectors, k, [metric])[metric].rows for vectors in (a, b)]
    K, L = kernel(a, metric), kernel(b, metric)
    expected = (published(K, L, nearest) + published(L, K, nearest[::-1])) / 2
    assert cknna(a, b, *nearest, metric, k).value == pytest.approx(expected, rel=1e-6)


def test_with_all_objects_as_neighbors_it_is_debiased_cka():
    a, b = pair(30, 4)
    nearest = [exact_neighbors(vectors, 29, ["euclidean"])["euclidean"].rows for vectors in (a, b)]
    whole = measure_vectors(a, b)[0]
    found = cknna(a, b, *nearest, "euclidean", 29)
    assert found.value == pytest.approx(whole.value)
    assert [found.low, found.high] == pytest.approx([whole.low, whole.high])


def test_lists_without_a_common_neighbor_score_nearly_zero():
    a, _ = pair(12, 3)
    lists = np.array([[(i + step) % 12 for step in range(1, 12)] for i in range(12)], np.int32)
    found = cknna(a, a, lists[:, :3], lists[:, 3:6], "euclidean", 3)
    assert found.value == 0.0 or np.isnan(found.value)


@pytest.mark.parametrize("d", [1, 3, 6, 10])
def test_one_direction_has_no_value_when_all_are_neighbors(d):
    a = np.outer(np.arange(1, 11), np.linspace(0.1, 0.9, d)).astype(np.float32)
    nearest = exact_neighbors(a, 9, ["cosine"])["cosine"].rows
    assert np.isnan(cknna(a, a, nearest, nearest, "cosine", 9).value)


def test_the_dense_kernels_of_the_tests_agree_with_one_another():
    K, L = (kernel(vectors, "euclidean") for vectors in pair(20, 3))
    np.fill_diagonal(K, 0)
    np.fill_diagonal(L, 0)
    assert published_hsic(K, L) == pytest.approx(hsic(K, L))
