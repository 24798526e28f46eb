"""What every measure of a pair must keep: identity, rotation, exchange, order, chance; and hostile vectors."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import special_ortho_group

from pipelines.measures import (
    REGISTRY,
    Measured,
    frames,
    measure_neighborhoods,
    measure_vectors,
    moments,
    rsa,
)
from pipelines.neighbors import METRICS, exact_neighbors
from pipelines.similarity import chance_jaccard, overlap_at_every_k

pytestmark = pytest.mark.filterwarnings("error")

Found = dict[tuple[str, int | None, str | None], Measured]
DEPTH = 30
FLOOR = {"procrustes_similarity", "procrustes_distance"}
"""Unrelated spaces score above chance under these, as their definition says."""


def measure(a: NDArray[np.float32], b: NDArray[np.float32], ks: tuple[int, ...] = (10, 25)) -> Found:
    """Every measure under every metric, by (name, k, metric)."""
    found = measure_vectors(a, b)
    depth = min(DEPTH, len(a) - 1)
    for metric in METRICS:
        one, two = (exact_neighbors(vectors, depth, [metric])[metric].rows for vectors in (a, b))
        overlap = overlap_at_every_k(one, two, len(a))
        found += measure_neighborhoods(a, b, one, two, overlap, metric, ks)
    return {(measured.name, measured.k, measured.metric): measured for measured in found}


def noisy_pair(
    n: int = 150, d: int = 12, noise: float = 0.5
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    rng = np.random.default_rng(0)
    a = rng.normal(size=(n, d)) * np.linspace(1, 2, d)
    return a.astype(np.float32), (a + noise * rng.normal(size=(n, d))).astype(np.float32)


def best(name: str) -> float:
    return 0.0 if name == "procrustes_distance" else 1.0


def turned(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    rotation = special_ortho_group.rvs(vectors.shape[1], random_state=0)
    return (vectors.astype(np.float64) @ rotation * 7).astype(np.float32)


def padded(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.column_stack((vectors, np.zeros((len(vectors), 3), np.float32)))


def moved(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return vectors + np.float32(3)


@pytest.mark.parametrize("change", [np.copy, turned, padded])
def test_a_space_against_itself_turned_scaled_or_padded_is_the_same(change):
    a, _ = noisy_pair()
    for (name, k, _), measured in measure(a, change(a)).items():
        assert measured.value == pytest.approx(best(name), abs=1e-6), (name, k)
        assert measured.low - 1e-9 <= measured.value <= measured.high + 1e-9, (name, k)


def test_a_shifted_space_is_the_same_except_under_cosine():
    a, _ = noisy_pair()
    for (name, _, metric), measured in measure(a, moved(a)).items():
        if metric == "cosine":
            assert measured.value < 0.9, name
        else:
            assert measured.value == pytest.approx(best(name), abs=1e-5), name


def test_a_space_that_changed_is_neither_the_same_nor_unrelated():
    for (name, k, _), measured in measure(*noisy_pair()).items():
        worst = 2.0 if name == "procrustes_distance" else 0.0
        assert min(best(name), worst) + 0.02 < measured.value < max(best(name), worst) - 0.02, (name, k)
        assert measured.low < measured.value < measured.high or name == "jaccard_median", (name, k)


def test_exchanging_a_and_b_changes_nothing():
    a, b = noisy_pair()
    forth, back = measure(a, b), measure(b, a)
    for name, measured in forth.items():
        expected = [measured.value, measured.low, measured.high]
        assert [back[name].value, back[name].low, back[name].high] == pytest.approx(expected, abs=1e-9), name


def test_the_order_of_the_objects_changes_no_value():
    a, b = noisy_pair()
    order = np.random.default_rng(1).permutation(len(a))
    straight, reordered = measure(a, b), measure(a[order], b[order])
    for name, measured in straight.items():
        assert reordered[name].value == pytest.approx(measured.value, abs=1e-9), name


def test_permuted_objects_score_at_chance_within_the_interval():
    a, b = noisy_pair(300)
    b = b[np.random.default_rng(0).permutation(len(b))]
    for (name, k, metric), measured in measure(a, b).items():
        if name == "cknna":
            assert 0 < measured.value < 2 * 10 / 299
        if name in FLOOR | {"cknna", "jaccard_median"}:
            continue
        chance = {"jaccard_mean": chance_jaccard(k or 1, 300), "mutual_knn": (k or 1) / 299}.get(name, 0.0)
        assert measured.low <= chance <= measured.high, (name, k, metric)
        assert measured.high - measured.low < 0.2, (name, k, metric)


def constant(n: int, d: int) -> NDArray[np.float32]:
    return np.full((n, d), 0.1, np.float32)


def zeros(n: int, d: int) -> NDArray[np.float32]:
    return np.zeros((n, d), np.float32)


def normal(n: int, d: int) -> NDArray[np.float32]:
    return np.random.default_rng(n + d).normal(size=(n, d)).astype(np.float32)


def one_apart(n: int, d: int) -> NDArray[np.float32]:
    vectors = constant(n, d)
    vectors[-1] = 5
    return vectors


def one_huge(n: int, d: int) -> NDArray[np.float32]:
    vectors = normal(n, d)
    vectors[n // 2] = 3e37
    return vectors


def tiny(n: int, d: int) -> NDArray[np.float32]:
    return normal(n, d) * np.float32(1e-42)


def duplicated(n: int, d: int) -> NDArray[np.float32]:
    return normal(n, d)[np.arange(n) // 2]


KINDS = [constant, zeros, normal, one_apart, one_huge, tiny, duplicated]


@pytest.mark.parametrize("two", KINDS)
@pytest.mark.parametrize("one", KINDS)
@pytest.mark.parametrize(("n", "d"), [(2, 3), (3, 1), (4, 2), (5, 3), (40, 1), (45, 4)])
def test_hostile_vectors_give_a_value_in_range_or_none_without_a_warning(one, two, n, d):
    if {one, two} & {one_huge, tiny}:
        # Neighbor search squares in float32; only the measures are under test here.
        found = measure_vectors(one(n, d), two(n, d))
        lists = np.array([[j for j in range(n) if j != i] for i in range(n)], np.int32)
        overlap = overlap_at_every_k(lists, lists, n)
        for metric in METRICS:
            found += measure_neighborhoods(one(n, d), two(n, d), lists, lists, overlap, metric)
    else:
        found = list(measure(one(n, d), two(n, d)).values())
    for measured in found:
        assert np.isnan(measured.value) or abs(measured.value) < 1e3
        assert not measured.low > measured.high
        assert np.isnan(measured.low) == np.isnan(measured.high)


@pytest.mark.parametrize("kind", [constant, zeros])
def test_a_constant_space_has_no_value_where_the_vectors_count(kind):
    for (name, _, _), measured in measure(kind(40, 4), normal(40, 4)).items():
        if name in {"cka", "procrustes_similarity", "procrustes_distance", "rsa"}:
            assert np.isnan([measured.value, measured.low, measured.high]).all(), name


def test_blocks_and_room_for_groups_change_nothing(monkeypatch):
    a, b = noisy_pair()
    whole = measure(a, b)
    monkeypatch.setattr(frames, "BLOCK_VALUES", 64)
    monkeypatch.setattr(moments, "KEPT_BYTES", 5000)
    for name, measured in measure(a, b).items():
        expected = [whole[name].value, whole[name].low, whole[name].high]
        assert [measured.value, measured.low, measured.high] == pytest.approx(expected, abs=1e-9), name


def test_vectors_may_be_mapped_from_a_file_and_are_not_modified(tmp_path):
    a, b = noisy_pair(60)
    np.save(tmp_path / "a.npy", a)
    mapped = np.load(tmp_path / "a.npy", mmap_mode="r")
    assert measure_vectors(mapped, b) == measure_vectors(a, b)


def test_the_same_seed_gives_the_same_numbers(monkeypatch):
    monkeypatch.setattr(rsa, "PAIRS", 2000)
    a, b = noisy_pair()
    assert measure(a, b) == measure(a, b)


def test_ks_beyond_the_lists_are_cut_and_counted_once():
    a, b = noisy_pair(20)
    found = measure(a, b, ks=(10, 50, 99))
    assert sorted({k for name, k, _ in found if name == "jaccard_mean"}) == [10, 19]


def test_every_measured_name_is_registered_as_a_measure_of_a_pair():
    names = {name for name, _, _ in measure(*noisy_pair(40))}
    assert len(names) == 10
    assert {REGISTRY[name].scope for name in names} == {"pair"}


def test_progress_ends_when_all_is_done():
    a, b = noisy_pair(40)
    lists = exact_neighbors(a, 12, ["cosine"])["cosine"].rows
    told: list[tuple[int, int]] = []
    measure_vectors(a, b, lambda *step: told.append(step))
    assert told[-1] == (20, 20)
    overlap = overlap_at_every_k(lists, lists, 40)
    measure_neighborhoods(a, b, lists, lists, overlap, "cosine", (5, 10), 0, lambda *step: told.append(step))
    assert told[20:] == [(step, 4) for step in range(1, 5)]
