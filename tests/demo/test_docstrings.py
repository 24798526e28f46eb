from __future__ import annotations

import statistics
from typing import Any

import numpy as np
import pytest

from pipelines.demo.docstrings import AT_LEAST, embed_words

VERSIONS = ["stdlib", "scientific"]
ELSEWHERE = ["kernel", "feature", "fit", "model", "signal"]


@pytest.fixture(scope="module")
def spaces(demo) -> list[dict[str, Any]]:
    return [demo.space("docstrings", version) for version in VERSIONS]


@pytest.fixture(scope="module")
def neighbors(spaces) -> list[dict[str, list[str]]]:
    """The common words of both spaces, nearest first, by word."""
    common = sorted(set(spaces[0]["keys"]) & set(spaces[1]["keys"]))
    both = []
    for space in spaces:
        row_of = {key: row for row, key in enumerate(space["keys"])}
        vectors = space["vectors"][[row_of[word] for word in common]].astype(np.float64)
        directions = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        orders = np.argsort(-(directions @ directions.T), axis=1, kind="stable")
        both.append(
            {
                word: [common[other] for other in order if other != row]
                for row, (word, order) in enumerate(zip(common, orders, strict=True))
            }
        )
    return both


def similarity(neighbors: list[dict[str, list[str]]], word: str) -> float:
    A, B = (set(one[word][:50]) for one in neighbors)
    return len(A & B) / len(A | B)


def test_there_are_two_versions(demo):
    assert demo.versions("docstrings") == set(VERSIONS)


def test_a_space_holds_words_vectors_and_frequencies(spaces):
    for space in spaces:
        n = len(space["keys"])
        assert set(space) == {"keys", "vectors", "frequency"}
        assert n > 2000
        assert len(set(space["keys"])) == n
        assert space["vectors"].dtype == np.float32
        assert space["vectors"].shape == (n, 100)
        assert np.isfinite(space["vectors"]).all()
        assert (np.linalg.norm(space["vectors"], axis=1) > 0.01).all()
        assert space["frequency"].dtype == np.int64
        assert space["frequency"].min() == AT_LEAST


def test_most_words_are_common_and_each_space_has_words_of_its_own(spaces):
    A, B = (set(space["keys"]) for space in spaces)
    assert len(A & B) > 1500
    assert len(A - B) > 300
    assert len(B - A) > 1000


def test_another_process_with_other_threads_writes_the_same_bytes(demo):
    for version in VERSIONS:
        here = (demo.here / "docstrings" / f"{version}.npz").read_bytes()
        assert here == (demo.elsewhere / "docstrings" / f"{version}.npz").read_bytes(), version


def test_words_of_other_meaning_keep_few_of_their_neighbors(neighbors):
    median = statistics.median(similarity(neighbors, word) for word in neighbors[0])
    assert 0.02 < median < 0.2
    assert statistics.mean(similarity(neighbors, word) for word in ELSEWHERE) < 0.75 * median


def test_words_of_the_same_meaning_keep_many_of_their_neighbors(neighbors):
    median = statistics.median(similarity(neighbors, word) for word in neighbors[0])
    for word in ("stream", "file", "exception"):
        assert similarity(neighbors, word) > 2 * median, word


@pytest.mark.parametrize(
    ("word", "in_stdlib", "in_scientific"),
    [
        ("kernel", {"cpu", "user"}, {"linear", "nearest"}),
        ("field", {"fields", "fill"}, {"fields", "struct"}),
        ("tree", {"element", "document"}, {"depth", "node"}),
        ("sample", {"population"}, {"drawn", "test"}),
        ("stream", {"io", "read"}, {"io", "reading"}),
        ("signal", {"process"}, {"processing"}),
    ],
)
def test_neighborhoods_tell_what_a_word_means_there(neighbors, word, in_stdlib, in_scientific):
    assert in_stdlib <= set(neighbors[0][word][:30])
    assert in_scientific <= set(neighbors[1][word][:30])


def test_an_estimator_is_known_to_the_scientific_world_alone(spaces):
    assert "estimator" not in spaces[0]["keys"]
    assert "estimator" in spaces[1]["keys"]


def test_words_below_the_least_frequency_are_left_out():
    rng = np.random.default_rng(0)
    many = [tuple(f"w{i}" for i in rng.integers(0, 150, 30)) for _ in range(400)]
    checkpoint = embed_words([*many, ("seldom",) * (AT_LEAST - 1), ("often",) * AT_LEAST])
    assert "seldom" not in checkpoint.keys
    assert "often" in checkpoint.keys
