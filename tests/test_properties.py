"""What must hold whatever the numbers: invariances, chance, shuffled objects, odd inputs, determinism."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.measures import measure_neighborhoods
from pipelines.neighbors import METRICS, exact_neighbors
from pipelines.similarity import chance_jaccard, jaccard, overlap_at_every_k

K = 20


def normal(n: int, d: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def overlap(a: NDArray[np.floating], b: NDArray[np.floating], metric: str, k: int = K) -> NDArray[np.uint16]:
    lists = [exact_neighbors(np.asarray(x, np.float32), k, [metric])[metric].rows for x in (a, b)]
    return overlap_at_every_k(*lists, len(a))


def rotation(d: int) -> NDArray[np.float64]:
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(d, d)))
    return turn


CHANGES = {
    "rotated": ("cosine euclidean", lambda x: x @ rotation(x.shape[1])),
    "scaled": ("cosine euclidean", lambda x: 37.0 * x),
    "mirrored": ("cosine euclidean", lambda x: -x),
    "moved": ("euclidean", lambda x: x + np.arange(x.shape[1])),
    "each its own length": ("cosine", lambda x: x * np.linspace(0.1, 9, len(x))[:, None]),
    "padded with zeros": ("cosine euclidean", lambda x: np.hstack([x, np.zeros_like(x)])),
}


@pytest.mark.parametrize(
    ("change", "metric"),
    [(name, metric) for name, (metrics, _) in CHANGES.items() for metric in metrics.split()],
)
def test_what_changes_no_neighbor_leaves_every_overlap_full(change, metric):
    a = normal(300, 9)
    found = overlap(a, CHANGES[change][1](a.astype(np.float64)), metric)
    # Rounding to float32 may exchange two neighbors whose distances are equal to the last digit.
    assert (found == np.arange(1, K + 1)).mean() > 0.999
    assert (found[:, -1] >= K - 1).all()


@pytest.mark.parametrize("metric", METRICS)
def test_what_the_metric_sees_is_no_longer_full(metric):
    a = normal(300, 9)
    other = "moved" if metric == "cosine" else "each its own length"
    assert overlap(a, CHANGES[other][1](a.astype(np.float64)), metric)[:, -1].mean() < 0.9 * K


@pytest.mark.parametrize("metric", METRICS)
def test_permuted_objects_are_at_chance_within_the_interval(metric):
    a = normal(400, 12)
    b = np.random.default_rng(5).permutation(a)
    lists = [exact_neighbors(x, K, [metric])[metric].rows for x in (a, b)]
    measured = measure_neighborhoods(a, b, *lists, overlap_at_every_k(*lists, len(a)), metric, (K,))
    found = next(one for one in measured if one.name == "jaccard_mean")
    assert found.low < chance_jaccard(K, len(a)) < found.high
    for name in ("chance_adjusted_mean", "rsa", "rnx_auc_pair"):
        one = next(one for one in measured if one.name == name)
        assert one.low < 0.0 < one.high


@pytest.mark.parametrize("metric", METRICS)
def test_swapping_the_spaces_changes_nothing(metric):
    a, b = normal(200, 6), normal(200, 7, seed=1)
    np.testing.assert_array_equal(overlap(a, b, metric), overlap(b, a, metric))


@pytest.mark.parametrize("metric", METRICS)
def test_reordering_the_objects_reorders_the_overlap(metric):
    a, b = normal(200, 6), normal(200, 6) + 0.5 * normal(200, 6, seed=1)
    order = np.random.default_rng(2).permutation(200)
    np.testing.assert_array_equal(overlap(a[order], b[order], metric), overlap(a, b, metric)[order])


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("share", [0.02, 0.1])
def test_the_shuffled_objects_are_exactly_the_least_similar_ones(metric, share):
    a = normal(600, 10)
    shuffled = np.random.default_rng(3).choice(600, int(600 * share), replace=False)
    b = a.copy()
    b[shuffled] = a[np.roll(shuffled, 1)]
    least = np.argsort(overlap(a, b, metric)[:, -1], kind="stable")[: len(shuffled)]
    assert set(least.tolist()) == set(shuffled.tolist())


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("n", range(2, K + 3))
def test_few_objects_keep_fewer_neighbors(n, metric):
    k = min(K, n - 1)
    a, b = normal(n, 4), normal(n, 4, seed=1)
    found = overlap(a, b, metric, k)
    assert found.shape == (n, k)
    if k == n - 1:
        assert (found[:, -1] == k).all(), "with all other objects as neighbors, every list is the same"
    assert (jaccard(overlap(a, a, metric, k)[:, -1], k) == 1).all()


@pytest.mark.parametrize("metric", METRICS)
def test_half_precision_is_compared_as_the_numbers_it_holds(metric):
    a = normal(200, 8).astype(np.float16)
    assert (overlap(a, a.astype(np.float64), metric)[:, -1] == K).all()


def test_numbers_on_a_line_have_the_neighbors_beside_them():
    line = np.sort(np.random.default_rng(4).uniform(size=(100, 1)), axis=0)
    rows = exact_neighbors(line.astype(np.float32), 2, ["euclidean"])["euclidean"].rows
    assert (np.abs(rows - np.arange(100)[:, None]) <= 2).all()
    same_side = exact_neighbors(line.astype(np.float32), K, ["cosine"])["cosine"]
    assert (same_side.distances == 0).all(), "all of them point the same way"
    assert same_side.rows[5].tolist() == [i for i in range(K + 1) if i != 5], "ties are broken by row"


@pytest.mark.parametrize("metric", METRICS)
def test_one_huge_vector_disturbs_nobody_else(metric):
    a = normal(300, 8)
    b = a.copy()
    b[7] *= 1e6
    others = np.setdiff1d(np.arange(300), [7])
    kept = overlap(a, b, metric)[others, -1]
    # Under euclidean it leaves the lists it was in; under cosine its direction is what it was.
    assert (kept >= K - (metric == "euclidean")).all()


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_the_number_of_threads_changes_no_byte(threads):
    a = normal(3000, 16)
    found = exact_neighbors(a, K, list(METRICS), threads=threads)
    expected = exact_neighbors(a, K, list(METRICS))
    for metric in METRICS:
        assert found[metric].rows.tobytes() == expected[metric].rows.tobytes()
        assert found[metric].distances.tobytes() == expected[metric].distances.tobytes()
