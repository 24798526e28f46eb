"""The curve of a pair against means and medians taken directly."""

from __future__ import annotations

import numpy as np

from pipelines.similarity import chance_adjusted, curve_of, jaccard, overlap_counts


def test_the_curve_equals_means_and_medians_taken_directly():
    rng = np.random.default_rng(0)
    n, depth = 401, 12
    overlap = np.column_stack([rng.integers(0, k + 1, n) for k in range(1, depth + 1)]).astype(np.uint16)
    counts = np.zeros((depth, depth + 1), np.int64)
    overlap_counts(overlap[:100], counts)
    overlap_counts(overlap[100:], counts)
    curve = curve_of(counts)
    similarity = jaccard(overlap, np.arange(1, depth + 1))
    np.testing.assert_allclose(curve.overlap_mean, overlap.mean(axis=0))
    np.testing.assert_allclose(curve.jaccard_mean, similarity.mean(axis=0))
    np.testing.assert_allclose(curve.jaccard_median, np.median(similarity, axis=0))
    expected = [chance_adjusted(overlap[:, k - 1], k, n).mean() for k in range(1, depth + 1)]
    np.testing.assert_allclose(curve.chance_adjusted, expected, atol=1e-12)


def test_the_median_of_an_even_number_of_objects_is_the_mean_of_the_middle_two():
    counts = np.zeros((1, 2), np.int64)
    overlap_counts(np.array([[0], [1]], np.uint16), counts)
    assert curve_of(counts).jaccard_median.tolist() == [0.5]


def test_scores_without_a_value_are_none_in_json():
    counts = np.zeros((1, 2), np.int64)
    overlap_counts(np.array([[1], [1]], np.uint16), counts)
    assert curve_of(counts).at(1)["chance_adjusted"] is None
