"""The whole record of a space, on friendly and on hostile vectors."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.health import space_health
from pipelines.measures import REGISTRY, frames
from pipelines.neighbors import METRICS, exact_neighbors

pytestmark = pytest.mark.filterwarnings("error")


def normal(n, d):
    return np.random.default_rng(n + d).normal(size=(n, d)).astype(np.float32)


def health_of(vectors, depth=15):
    k = min(depth, len(vectors) - 1)
    return space_health(vectors, exact_neighbors(vectors, k, list(METRICS)) if k else {})


def same(one, two):
    """Whether two lists of `Measured` are equal, NaN equal to NaN."""
    assert [(row.name, row.k, row.metric, row.n) for row in one] == [
        (row.name, row.k, row.metric, row.n) for row in two
    ]
    for name in ("value", "low", "high"):
        np.testing.assert_allclose(
            [getattr(row, name) for row in one], [getattr(row, name) for row in two], rtol=1e-9, atol=1e-12
        )
    return True


def test_every_number_is_registered_as_a_measure_of_a_space():
    rows = health_of(normal(100, 6)).measured()
    assert {REGISTRY[row.name].scope for row in rows} == {"space"}
    assert {about.name for about in REGISTRY.values() if about.scope == "space"} - {
        row.name for row in rows
    } == {"recall"}
    assert len(rows) == 13 + 2 * 5


def test_only_the_dimension_has_an_interval():
    rows = health_of(normal(100, 6)).measured()
    assert {row.name for row in rows if row.interval == "analytic"} == {"intrinsic_dimension"}
    assert all(row.low < row.value < row.high for row in rows if row.interval == "analytic")
    assert all(np.isnan(row.low) and np.isnan(row.high) for row in rows if row.interval == "none")


def test_blocks_change_nothing(monkeypatch):
    vectors = normal(120, 6)
    vectors[50:60] = vectors[:10]
    whole = health_of(vectors).measured()
    monkeypatch.setattr(frames, "BLOCK_VALUES", 64)
    assert same(health_of(vectors).measured(), whole)


def test_the_order_of_the_objects_changes_no_number():
    vectors = normal(120, 6)
    order = np.random.default_rng(0).permutation(120)
    assert same(health_of(vectors[order]).measured(), health_of(vectors).measured())


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v * 0,
        lambda v: v * 0 + np.float32(0.1),
        lambda v: v,
        lambda v: v[np.arange(len(v)) // 2],
        lambda v: np.where(np.arange(len(v))[:, None] == 0, np.float32(1e6), v),
        lambda v: v[:, :1],
    ],
    ids=["zeros", "constant", "normal", "duplicated", "one huge", "one dimension"],
)
@pytest.mark.parametrize("n", [1, 2, 3, 5, 40])
def test_hostile_vectors_give_numbers_in_range_or_none_without_a_warning(change, n):
    health = health_of(change(normal(n, 3)))
    for row in health.measured():
        assert np.isnan(row.value) or -1 <= row.value < 1e7 or row.name == "hub_skewness"
        assert not row.low > row.high
    assert np.isnan(health.isoscore) or 0 <= health.isoscore <= 1
    assert np.isnan(health.effective_rank) or 1 <= health.effective_rank <= 3 + 1e-9


@pytest.mark.parametrize("size", [3e38, 1e-42])
def test_the_largest_and_the_smallest_floats_have_health(size):
    vectors = (np.clip(normal(50, 4), -1, 1) * size).astype(np.float32)
    for row in space_health(vectors, {}).measured():
        assert np.isfinite(row.value), row.name


def test_constant_vectors_are_all_duplicates_without_a_spectrum():
    health = health_of(np.full((30, 4), 0.1, np.float32))
    assert (health.duplicate_objects, health.duplicate_groups) == (30, 1)
    assert np.isnan([health.isoscore, health.effective_rank, health.participation_ratio]).all()
    assert health.mean_cosine == pytest.approx(1.0)


def test_a_number_that_is_not_finite_is_refused_with_its_row():
    vectors = normal(9, 2)
    vectors[6, 1] = np.nan
    with pytest.raises(ValueError, match="row 6 holds a number that is not finite"):
        space_health(vectors, {})
