"""Where the objects of an iterative map start."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.projections import pca
from pipelines.projections.start import starting_map

VECTORS = (np.random.default_rng(0).normal(size=(200, 6)) * [5, 2, 1, 1, 1, 1]).astype(np.float32)


def test_objects_start_at_their_places_in_the_pca_map_over_a_range_of_ten():
    found = starting_map(VECTORS, None, 0)
    assert np.ptp(found, axis=0) == pytest.approx(10, abs=1e-2)
    for axis in range(2):
        assert np.corrcoef(found[:, axis], pca(VECTORS).coordinates[:, axis])[0, 1] > 0.9999


def test_an_outlier_does_not_squeeze_the_others_together():
    outlier = VECTORS.copy()
    outlier[3] *= 1e6
    assert (np.delete(starting_map(outlier, None, 0), 3, axis=0).std(axis=0) > 1).all()


def test_most_objects_at_one_place_leave_the_others_where_they_are():
    crowded = np.zeros((100, 2), np.float32)
    crowded[:3] = [[0, 4], [2, 0], [-2, 0]]
    found = starting_map(crowded, None, 0)
    assert np.ptp(found, axis=0) == pytest.approx(10, abs=1e-2)


def test_no_two_objects_start_at_the_same_place():
    equal = np.repeat(VECTORS[:2], 50, axis=0)
    assert len(np.unique(starting_map(equal, None, 0)[:, 0])) == 100


def test_a_given_start_is_kept_in_its_own_scale():
    initial = VECTORS[:, :2] * 30
    np.testing.assert_allclose(starting_map(VECTORS, initial, 0), initial, atol=1e-3)


def test_a_start_that_is_not_finite_is_refused():
    initial = VECTORS[:, :2].copy()
    initial[4, 1] = np.nan
    with pytest.raises(ValueError, match="it must hold two finite numbers for each of 200 objects"):
        starting_map(VECTORS, initial, 0)
