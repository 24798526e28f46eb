"""Word vectors from paragraphs: window counts, positive PMI, truncated SVD. No text is read here.

O. Levy and Y. Goldberg, *Neural Word Embedding as Implicit Matrix Factorization*, NeurIPS 2014; the smoothed
contexts and the exponent of the singular values follow O. Levy, Y. Goldberg and I. Dagan, *Improving
Distributional Similarity with Lessons Learned from Word Embeddings*, TACL 3, 2015.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import svds

Paragraph = Sequence[str]


def vocabulary(paragraphs: Iterable[Paragraph], *, at_least: int) -> dict[str, int]:
    """Count the words and keep the frequent ones.

    Parameters
    ----------
    paragraphs
        Words in order.
    at_least
        Smallest frequency kept.

    Returns
    -------
    dict
        Frequencies by word, in alphabetical order.

    Examples
    --------
    >>> vocabulary([("tree", "leaf", "tree"), ("leaf", "root")], at_least=2)
    {'leaf': 2, 'tree': 2}
    """
    counts = Counter(word for paragraph in paragraphs for word in paragraph)
    return {word: count for word, count in sorted(counts.items()) if count >= at_least}


def window_counts(paragraphs: Iterable[Paragraph], words: Sequence[str], *, window: int) -> sparse.csr_array:
    """Count how often two words stand at most `window` places apart in a paragraph.

    Parameters
    ----------
    paragraphs
        Words in order; a word that is not in `words` takes a place and counts for nothing.
    words
        The v words that are counted.
    window
        Places to the left and to the right, at least 1.

    Returns
    -------
    scipy.sparse.csr_array
        float64, shape (v, v), symmetric.
    """
    row_of = {word: row for row, word in enumerate(words)}
    end = [-1] * window  # as long as the window, so that no pair reaches into the next paragraph
    rows: list[int] = []
    for paragraph in paragraphs:
        rows.extend(row_of.get(word, -1) for word in paragraph)
        rows.extend(end)
    places = np.array(rows, dtype=np.int32)
    counts = sparse.csr_array((len(words), len(words)), dtype=np.float64)
    for distance in range(1, window + 1):
        left, right = places[:-distance], places[distance:]
        both = (left >= 0) & (right >= 0)
        entries = (np.ones(int(both.sum())), (left[both], right[both]))
        counts = counts + sparse.coo_array(entries, shape=counts.shape).tocsr()
    return counts + counts.T


def positive_pmi(counts: sparse.csr_array, *, smoothing: float = 0.75) -> sparse.csr_array:
    """Give max(0, log P(w, c) / (P(w) P'(c))), where P'(c) is proportional to count(c) ** smoothing.

    Parameters
    ----------
    counts
        Shape (v, v), from `window_counts`; not modified.
    smoothing
        Exponent of the context counts, 0 to 1; below 1, rare contexts count for less.

    Returns
    -------
    scipy.sparse.csr_array
        float64, shape (v, v), positive entries only. Not symmetric when `smoothing` is below 1.
    """
    pairs = counts.tocoo()
    row_sums = np.asarray(counts.sum(axis=1), dtype=np.float64)
    contexts = np.asarray(counts.sum(axis=0), dtype=np.float64) ** smoothing
    rows, columns = pairs.coords
    expected = row_sums[rows] * contexts[columns] / contexts.sum()
    information = np.log(pairs.data / expected)
    kept = information > 0.0
    return sparse.coo_array((information[kept], (rows[kept], columns[kept])), shape=counts.shape).tocsr()


def truncated_svd(matrix: sparse.csr_array, *, dimensions: int, exponent: float = 0.5) -> NDArray[np.float64]:
    """Give the rows of U Σ ** exponent of the largest singular values, largest first.

    Parameters
    ----------
    matrix
        Shape (v, w).
    dimensions
        Number of singular values, below min(v, w).
    exponent
        Weight of the singular values, 0 to 1.

    Returns
    -------
    numpy.ndarray
        float64, shape (v, dimensions). The entry of largest magnitude in each column is positive: the
        sign of a singular vector is arbitrary.
    """
    start = np.full(min(matrix.shape), 1.0 / np.sqrt(min(matrix.shape)))
    U, values, _ = svds(matrix, k=dimensions, v0=start, return_singular_vectors="u")
    largest_first = np.argsort(-values)
    U, values = U[:, largest_first], values[largest_first]
    peaks = U[np.abs(U).argmax(axis=0), np.arange(dimensions)]
    return np.asarray(U * np.sign(peaks) * values**exponent, dtype=np.float64)
