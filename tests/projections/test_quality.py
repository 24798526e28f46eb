"""Quality of a map against obvious twins and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.manifold import trustworthiness

from pipelines.projections import map_quality, pca, quality
from pipelines.projections.quality import placement_errors, rnx_curve
from tests.oracles import all_distances, graph_of


def drawn(n: int = 300, kind: str = "pca") -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A space of five dimensions, and its PCA map or a random one."""
    rng = np.random.default_rng(n)
    vectors = (rng.normal(size=(n, 5)) * [3, 2, 1, 1, 1] + 1).astype(np.float32)
    return vectors, pca(vectors).coordinates if kind == "pca" else rng.normal(size=(n, 2)).astype(np.float32)


def slow_ranks(points: NDArray[np.floating]) -> list[dict[int, int]]:
    """Rank of every other object, 1 the nearest, for each object."""
    order = np.argsort(all_distances(points, "euclidean"), axis=1, kind="stable")
    return [{int(j): rank + 1 for rank, j in enumerate(row)} for row in order]


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
@pytest.mark.parametrize("kind", ["pca", "random"])
@pytest.mark.parametrize("k", [5, 15])
def test_trustworthiness_equals_that_of_scikit_learn(metric, kind, k):
    vectors, coordinates = drawn(kind=kind)
    found = map_quality(vectors, graph_of(vectors, 20, metric), coordinates, k)
    exact = vectors.astype(np.float64), coordinates.astype(np.float64)
    expected = trustworthiness(*exact, n_neighbors=k, metric=metric)
    assert (found.k, found.sampled) == (k, 300)
    assert found.trustworthiness == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("kind", ["pca", "random"])
def test_continuity_is_trustworthiness_with_the_roles_exchanged(kind):
    vectors, coordinates = drawn(kind=kind)
    found = map_quality(vectors, graph_of(vectors, 20), coordinates, 10)
    exact = coordinates.astype(np.float64), vectors.astype(np.float64)
    assert found.continuity == pytest.approx(trustworthiness(*exact, n_neighbors=10), abs=1e-12)


def test_both_equal_their_definitions():
    vectors, coordinates = drawn(60)
    n, k = 60, 7
    space, plane = slow_ranks(vectors), slow_ranks(coordinates)
    intruders = extruders = 0
    for i in range(n):
        intruders += sum(space[i][j] - k for j in plane[i] if plane[i][j] <= k < space[i][j])
        extruders += sum(plane[i][j] - k for j in space[i] if space[i][j] <= k < plane[i][j])
    found = map_quality(vectors, graph_of(vectors, 10), coordinates, k)
    norm = 2 / (n * k * (2 * n - 3 * k - 1))
    assert found.trustworthiness == pytest.approx(1 - norm * intruders)
    assert found.continuity == pytest.approx(1 - norm * extruders)


def test_rnx_and_its_area_equal_their_definitions():
    vectors, coordinates = drawn(80)
    space, plane = graph_of(vectors, 30).rows, graph_of(coordinates, 30).rows
    n, curve = 80, []
    for k in range(1, 31):
        common = np.mean([len(set(space[i, :k]) & set(plane[i, :k])) for i in range(n)])
        curve.append(((n - 1) * common / k - k) / (n - 1 - k))
    weights = [1 / k for k in range(1, 31)]
    found = map_quality(vectors, graph_of(vectors, 30), coordinates, 12)
    assert found.rnx == pytest.approx(curve[11])
    assert found.rnx_auc == pytest.approx(
        sum(w * r for w, r in zip(weights, curve, strict=True)) / sum(weights)
    )
    np.testing.assert_allclose(rnx_curve(space, plane), curve)


@pytest.mark.parametrize(("depth", "k"), [(30, 12), (12, 12)])
def test_placement_errors_equal_their_definition(depth, k):
    vectors, coordinates = drawn(80)
    space, plane = graph_of(vectors, depth).rows, graph_of(coordinates, depth).rows
    found = map_quality(vectors, graph_of(vectors, depth), coordinates, k)

    def slow(lists, near):
        beyond = max(depth - k, 1)
        places = [
            [list(line).index(j) + 1 if j in line else depth + 1 for j in row[:k]]
            for line, row in zip(lists, near, strict=True)
        ]
        return [np.mean([min(max(r - k, 0), beyond) / beyond for r in row]) for row in places]

    assert found.intrusion.dtype == found.extrusion.dtype == np.float32
    np.testing.assert_allclose(found.intrusion, slow(space, plane), rtol=1e-6)
    np.testing.assert_allclose(found.extrusion, slow(plane, space), rtol=1e-6)


def test_a_plane_drawn_as_itself_is_perfect():
    plane = np.random.default_rng(0).normal(size=(100, 2)).astype(np.float32)
    found = map_quality(plane, graph_of(plane, 30), 5 * plane)
    assert (found.trustworthiness, found.continuity, found.rnx, found.rnx_auc) == (1, 1, 1, 1)
    assert not found.intrusion.any()
    assert not found.extrusion.any()


def test_a_random_map_is_at_chance():
    vectors, coordinates = drawn(800, "random")
    found = map_quality(vectors, graph_of(vectors, 100), coordinates)
    assert abs(found.rnx) < 0.02
    assert abs(found.rnx_auc) < 0.02
    assert found.trustworthiness == pytest.approx(0.5, abs=0.03)
    assert found.intrusion.mean() > 0.85


def test_only_the_misplaced_object_has_a_large_error():
    plane = np.random.default_rng(0).normal(size=(200, 2)).astype(np.float32)
    moved = plane.copy()
    moved[0] = -3 * plane[0]
    found = map_quality(plane, graph_of(plane, 60), moved)
    assert found.intrusion.argmax() == found.extrusion.argmax() == 0
    assert found.intrusion[0] > 0.5 > 5 * found.intrusion[1:].mean()


def test_a_large_map_is_judged_by_a_seeded_sample(monkeypatch):
    vectors, coordinates = drawn()
    whole = map_quality(vectors, graph_of(vectors, 20), coordinates)
    monkeypatch.setattr(quality, "EVERY_OBJECT", 200)
    monkeypatch.setattr(quality, "SAMPLE", 150)
    found = [map_quality(vectors, graph_of(vectors, 20), coordinates, seed=seed) for seed in (0, 0, 1)]
    assert [one.sampled for one in found] == [150, 150, 150]
    assert found[0].trustworthiness == found[1].trustworthiness != found[2].trustworthiness
    assert found[0].trustworthiness == pytest.approx(whole.trustworthiness, abs=0.01)
    assert found[0].continuity == pytest.approx(whole.continuity, abs=0.01)
    assert found[0].intrusion.tobytes() == whole.intrusion.tobytes()


@pytest.mark.parametrize(("n", "k"), [(2, 1), (3, 1), (4, 1), (5, 2), (31, 15)])
def test_a_handful_of_objects_is_judged_in_small_neighborhoods(n, k):
    plane = np.random.default_rng(n).normal(size=(n, 2)).astype(np.float32)
    found = map_quality(plane, graph_of(plane, 250), plane)
    assert found.k == k
    assert (found.trustworthiness, found.continuity, found.rnx, found.rnx_auc) == (1, 1, 1, 1)
    assert found.intrusion.tolist() == found.extrusion.tolist() == [0] * n


def test_equal_vectors_drawn_in_one_point_are_judged_without_error():
    equal = np.ones((40, 3), np.float32)
    found = map_quality(equal, graph_of(equal, 10), np.zeros((40, 2), np.float32))
    assert 0 <= found.trustworthiness <= 1


def test_errors_need_no_vectors_and_count_absent_objects_as_one():
    lists = np.array([[1, 2, 3]] * 4, np.int32)
    near = np.array([[1], [2], [3], [0]], np.int32)
    assert placement_errors(lists, near).tolist() == [0, 0.5, 1, 1]
