"""Norms, duplicates and the spectrum of a space against naive versions and known values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from pipelines.health.spectrum import (
    effective_rank,
    isoscore,
    mean_cosine,
    participation_ratio,
    principal_variances,
)
from pipelines.health.vectors import count_duplicates, duplicate_groups, norms_of


def normal(n: int, d: int):
    return (np.random.default_rng(n + d).normal(size=(n, d)) * np.linspace(1, 3, d)).astype(np.float32)


def test_norms_equal_numpys():
    vectors = normal(201, 7)
    vectors[3], vectors[4] = 0, [1, 0, 0, 0, 0, 0, 0]
    found = norms_of(vectors)
    norms = np.linalg.norm(vectors.astype(np.float64), axis=1)
    expected = [norms.min(), np.median(norms), norms.mean(), norms.max(), norms.std() / norms.mean()]
    assert [found.least, found.median, found.mean, found.most, found.variation] == pytest.approx(expected)
    assert found.unit_share == pytest.approx(1 / 201)
    assert found.zeros == 1


def test_normalised_vectors_stored_as_float16_are_unit_vectors():
    vectors = normal(100, 30)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert norms_of(vectors.astype(np.float16).astype(np.float32)).unit_share == 1.0


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0.0, -0.0, 1.0]), st.integers(0, 2)), min_size=1, max_size=30))
def test_duplicates_equal_those_of_python_tuples(rows):
    found = duplicate_groups(np.array(rows, np.float32))
    assert found.tolist() == [rows.index(row) for row in rows]
    shared = [rows.count(row) for row in rows]
    groups = len({row for row, count in zip(rows, shared, strict=True) if count > 1})
    assert count_duplicates(found) == (sum(count > 1 for count in shared), groups)


def test_mean_cosine_equals_the_mean_of_all_pairs():
    vectors = normal(60, 5) + 1
    vectors[[4, 9]] = 0
    units = np.delete(vectors, [4, 9], axis=0).astype(np.float64)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    cosines = (units @ units.T)[np.triu_indices(58, 1)]
    assert mean_cosine(vectors) == pytest.approx(cosines.mean())


def test_vectors_of_one_direction_have_mean_cosine_one():
    assert mean_cosine(np.outer(np.arange(1, 9), [1, 2, 3]).astype(np.float32)) == pytest.approx(1.0)


def naive_isoscore(vectors):
    """Algorithm 1 of Rudman et al. 2022, step by step."""
    d = vectors.shape[1]
    points = PCA(n_components=d).fit_transform(vectors.astype(np.float64))
    diagonal = np.diag(np.cov(points.T))
    normalised = np.sqrt(d) * diagonal / np.linalg.norm(diagonal)
    defect = np.linalg.norm(normalised - np.ones(d)) / np.sqrt(2 * (d - np.sqrt(d)))
    used = (d - defect**2 * (d - np.sqrt(d))) ** 2 / d**2
    return (d * used - 1) / (d - 1)


@pytest.mark.parametrize(("n", "d"), [(50, 2), (80, 9), (400, 40)])
def test_isoscore_equals_the_steps_of_the_paper(n, d):
    vectors = normal(n, d) + 5
    assert isoscore(principal_variances(vectors)) == pytest.approx(naive_isoscore(vectors))


def test_isoscore_and_ranks_of_known_spaces():
    rng = np.random.default_rng(0)
    isotropic = principal_variances(rng.normal(size=(20000, 10)).astype(np.float32))
    assert isoscore(isotropic) > 0.99
    assert effective_rank(isotropic) == pytest.approx(10, rel=1e-3)
    assert participation_ratio(isotropic) == pytest.approx(10, rel=1e-2)
    line = principal_variances(np.outer(rng.normal(size=500), np.arange(1, 11)).astype(np.float32))
    assert isoscore(line) == pytest.approx(0, abs=1e-6)
    assert effective_rank(line) == pytest.approx(1, abs=1e-4)
    assert participation_ratio(line) == pytest.approx(1, abs=1e-6)
    half = np.zeros((20000, 10), np.float32)
    half[:, :5] = rng.normal(size=(20000, 5))
    assert isoscore(principal_variances(half)) == pytest.approx((5 - 1) / (10 - 1), rel=1e-2)


def test_rounding_errors_of_a_line_add_no_rank():
    line = principal_variances(np.outer(np.arange(-50, 51), np.arange(1, 11)).astype(np.float32))
    assert effective_rank(line) == pytest.approx(1, abs=1e-9)


def test_effective_rank_equals_the_entropy_of_singular_values():
    vectors = normal(90, 6)
    singular = np.linalg.svd(vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64))[1]
    shares = singular / singular.sum()
    found = principal_variances(vectors)
    assert effective_rank(found) == pytest.approx(np.exp(-(shares * np.log(shares)).sum()))
    assert participation_ratio(found) == pytest.approx((singular**2).sum() ** 2 / (singular**4).sum())
