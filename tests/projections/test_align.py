"""Two maps in one frame: the transform is found again, and what did not move stays where it was."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import procrustes as scipy_procrustes

from pipelines.projections import PROJECTIONS, aligned, pca, procrustes
from pipelines.projections.align import starting_places, steady
from tests.oracles import graph_of

RNG = np.random.default_rng(0)


def orthogonal(d: int, determinant: int) -> np.ndarray:
    q, _ = np.linalg.qr(np.random.default_rng(d).normal(size=(d, d)))
    q[:, 0] *= determinant * np.sign(np.linalg.det(q))
    return q


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("determinant", [1, -1])
def test_rotation_reflection_scale_and_shift_are_found_again(d, determinant):
    fixed = RNG.normal(size=(30, d))
    rotation, shift = orthogonal(d, determinant), np.arange(d) + 5.0
    moving = (fixed - shift) @ rotation.T / 3
    found = procrustes(moving, fixed)
    np.testing.assert_allclose(found.rotation, rotation, atol=1e-12)
    np.testing.assert_allclose(found.shift, shift, atol=1e-12)
    assert found.scale == pytest.approx(3)
    assert found.residual == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(found.apply(moving), fixed, atol=1e-12)


def test_the_residual_is_that_of_scipy():
    one, two = RNG.normal(size=(2, 40, 2))
    _, _, disparity = scipy_procrustes(two, one)
    assert procrustes(one, two).residual ** 2 == pytest.approx(disparity)


def test_objects_of_weight_zero_have_no_say():
    fixed = RNG.normal(size=(30, 2))
    moving = fixed @ orthogonal(2, 1).T
    moving[:5] += 100
    found = procrustes(moving, fixed, weights=np.arange(30) >= 5)
    np.testing.assert_allclose(found.apply(moving)[5:], fixed[5:], atol=1e-12)


def test_weights_count_objects_as_if_they_were_given_as_often():
    one, two = RNG.normal(size=(2, 10, 2))
    often = np.arange(10) % 3 + 1
    weighted, repeated = procrustes(one, two, often), procrustes(one.repeat(often, 0), two.repeat(often, 0))
    np.testing.assert_allclose(weighted.apply(one), repeated.apply(one))
    assert weighted.residual == pytest.approx(repeated.residual)


def test_without_scaling_the_size_is_kept():
    points = RNG.normal(size=(20, 2))
    found = procrustes(points, 4 * points, scaling=False)
    assert found.scale == 1
    assert found.residual == pytest.approx(0.75)


def test_points_all_at_one_place_are_only_shifted():
    found = procrustes(np.ones((4, 2)), np.arange(8).reshape(4, 2))
    assert found.scale == 1
    assert found.apply(np.ones((1, 2))).tolist() == [[3, 4]]
    assert procrustes(np.arange(8).reshape(4, 2), np.ones((4, 2))).residual == 0


@pytest.mark.parametrize("shapes", [((3, 2), (4, 2)), ((0, 2), (0, 2))])
def test_different_or_empty_sets_are_refused(shapes):
    one, two = (np.zeros(shape) for shape in shapes)
    with pytest.raises(ValueError, match="give the same objects, at least one, twice"):
        procrustes(one, two)


def test_a_few_far_movers_do_not_pull_the_others_away():
    fixed = RNG.normal(size=(200, 2))
    moving = fixed @ orthogonal(2, -1).T / 7 + 3
    moving[:40] = moving[40:80] + 1
    found = steady(moving, fixed)
    assert np.abs(found.apply(moving)[40:] - fixed[40:]).max() < 1e-3
    assert np.abs(procrustes(moving, fixed).apply(moving)[40:] - fixed[40:]).max() > 0.1
    assert found.residual > 0.3


def test_maps_with_nothing_in_common_keep_their_size():
    one, two = np.random.default_rng(0).normal(size=(2, 300, 2))
    assert procrustes(one, two).apply(one).std() < 0.3 * two.std()
    assert 0.7 < steady(one, two).apply(one).std() / two.std() < 1.4


def test_new_objects_start_at_the_mean_of_their_common_neighbors_or_in_the_middle():
    line = np.arange(5, dtype=np.float32)[:, None]
    graph = graph_of(line, 1)
    graph.rows[:] = [[1], [0], [3], [4], [3]]
    there = np.array([[0, 0], [4, 8]], np.float32)
    found = starting_places(graph, there, np.array([0, 4]))
    assert found.dtype == np.float32
    assert found.tolist() == [[0, 0], [0, 0], [2, 4], [4, 8], [4, 8]]


@pytest.fixture(scope="module")
def space():
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(4, 10)) * 5
    return (centers[np.arange(120) % 4] + rng.normal(size=(120, 10))).astype(np.float32)


def test_a_turned_space_has_the_same_pca_map(space):
    turned = (space @ orthogonal(10, -1) * 3 + 7).astype(np.float32)
    a = pca(space).coordinates
    found = aligned("pca", turned, graph_of(turned, 20), a, np.arange(120), np.arange(120), 0)
    np.testing.assert_allclose(found.coordinates, a, atol=1e-3)
    assert found.facts["alignment_residual"] < 1e-4
    assert "explained_variance_x" in found.facts


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_what_did_not_move_stays_and_what_moved_goes(method, space):
    everyone = np.arange(120)
    a = PROJECTIONS[method](space, graph_of(space, 60), 0).coordinates
    moved = space.copy()
    moved[:6] = space[1:7]
    found = aligned(method, moved, graph_of(moved, 60), a, everyone, everyone, 0).coordinates
    distances = np.linalg.norm(found - a, axis=1) / np.linalg.norm(a - a.mean(axis=0), axis=1).mean()
    assert np.median(distances[6:]) < 0.1
    assert distances[:6].min() > 0.5
    assert found.dtype == np.float32


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_common_objects_are_matched_by_their_rows(method, space):
    rng = np.random.default_rng(1)
    rows_a, rows_b = rng.permutation(120)[:100], rng.permutation(110)[:100]
    b = np.empty((110, 10), np.float32)
    b[rows_b] = space[rows_a]
    only_b = np.setdiff1d(np.arange(110), rows_b)
    b[only_b] = space[np.setdiff1d(np.arange(120), rows_a)[:10]]
    a = PROJECTIONS[method](space, graph_of(space, 60), 0).coordinates
    found = aligned(method, b, graph_of(b, 60), a, rows_a, rows_b, 0).coordinates
    distances = np.linalg.norm(found[rows_b] - a[rows_a], axis=1)
    assert np.median(distances) < 0.25 * np.linalg.norm(a - a.mean(axis=0), axis=1).mean()
