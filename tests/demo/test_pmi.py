from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from scipy import sparse

from pipelines.demo import pmi

CORPUS = [
    ("tree", "node", "leaf", "rare", "tree", "root"),
    ("kernel", "thread", "memory", "kernel", "thread"),
    ("tree", "tree", "leaf"),
    ("memory",),
    ("root", "kernel", "leaf", "node", "memory", "thread", "tree"),
]
WORDS = ["kernel", "leaf", "memory", "node", "root", "thread", "tree"]


def slow_counts(window: int) -> dict[tuple[str, str], int]:
    counts = dict.fromkeys(product(WORDS, WORDS), 0)
    for paragraph in CORPUS:
        for here, there in product(range(len(paragraph)), repeat=2):
            if (
                here != there
                and abs(here - there) <= window
                and (paragraph[here], paragraph[there]) in counts
            ):
                counts[paragraph[here], paragraph[there]] += 1
    return counts


def slow_pmi(counts: dict[tuple[str, str], int], smoothing: float) -> list[list[float]]:
    total = sum(counts.values())
    single = {word: sum(counts[word, other] for other in WORDS) for word in WORDS}
    smooth = sum(single[word] ** smoothing for word in WORDS)

    def entry(word: str, context: str) -> float:
        if counts[word, context] == 0:
            return 0.0
        together = counts[word, context] / total
        return max(0.0, math.log(together / (single[word] / total) / (single[context] ** smoothing / smooth)))

    return [[entry(word, context) for context in WORDS] for word in WORDS]


@pytest.mark.parametrize("window", [1, 2, 5])
def test_window_counts_equal_those_of_two_loops(window):
    found = pmi.window_counts(CORPUS, WORDS, window=window).toarray()
    expected = slow_counts(window)
    for (row, word), (column, other) in product(enumerate(WORDS), repeat=2):
        assert found[row, column] == expected[word, other], (word, other)


@pytest.mark.parametrize("window", [1, 2, 5])
@pytest.mark.parametrize("smoothing", [0.75, 1.0])
def test_positive_pmi_equals_its_definition(window, smoothing):
    counts = pmi.window_counts(CORPUS, WORDS, window=window)
    before = counts.toarray()
    found = pmi.positive_pmi(counts, smoothing=smoothing).toarray()
    np.testing.assert_allclose(found, slow_pmi(slow_counts(window), smoothing), rtol=1e-12, atol=1e-14)
    assert np.array_equal(counts.toarray(), before)


def test_the_vocabulary_is_the_frequent_words_in_alphabetical_order():
    found = pmi.vocabulary(CORPUS, at_least=3)
    assert found == {"kernel": 3, "leaf": 3, "memory": 3, "thread": 3, "tree": 5}
    assert list(found) == sorted(found)


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0])
def test_the_truncated_decomposition_equals_the_dense_one_up_to_signs(exponent):
    dense = np.random.default_rng(0).random((30, 20))
    U, values, _ = np.linalg.svd(dense)
    found = pmi.truncated_svd(sparse.csr_array(dense), dimensions=5, exponent=exponent)
    expected = U[:, :5] * values[:5] ** exponent
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-9)
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=1e-9)


def test_the_largest_entry_of_every_column_is_positive():
    dense = np.random.default_rng(1).normal(size=(30, 20))
    found = pmi.truncated_svd(sparse.csr_array(dense), dimensions=8)
    assert (found[np.abs(found).argmax(axis=0), np.arange(8)] > 0).all()
