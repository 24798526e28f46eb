"""One sweep over all pairs of objects that serves every metric and both objects of a pair, compiled.

G = Xc Xcᵀ, the product of the centered vectors, is computed in blocks of its upper triangle. With p = G + mᵢ + mⱼ, the
product of the vectors themselves, object j scores for object i

* under cosine p / ‖xⱼ‖ (the cosine times ‖xᵢ‖), and
* under euclidean G − ½‖xcⱼ‖² (half of ‖xcᵢ‖² − distance²):

larger is nearer. A pair is stored only where its score can beat the threshold of one of its two objects. The comparison
adds a bound of the rounding error, so that an object that is not stored truly scores below the threshold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

COSINE, EUCLIDEAN = 0, 1


@dataclass(frozen=True)
class Space:
    """What the sweep knows of n objects; float32 unless said otherwise.

    Attributes
    ----------
    centered
        Shape (n, d): the vectors less their mean.
    norms
        Shape (n,): ‖x‖, 1 for zero vectors.
    shifts
        Shape (n,): m with x·y = xc·yc + m_x + m_y.
    halves
        Shape (n,): ½‖xc‖².
    spans, slacks
        Shape (n,): the rounding error of a score of i and j is at most spansᵢ · spansⱼ + slacksᵢ + slacksⱼ.
    """

    centered: NDArray[np.float32]
    norms: NDArray[np.float32]
    shifts: NDArray[np.float32]
    halves: NDArray[np.float32]
    spans: NDArray[np.float32]
    slacks: NDArray[np.float32]


@dataclass(frozen=True)
class Candidates:
    """Objects that may be among the k nearest of each of n objects, under one or both metrics.

    Attributes
    ----------
    thresholds
        float32, shape (2, n): what an object left out scores less than; infinite under a metric not asked for.
    rows
        int32, shape (2, n, capacity).
    scores
        float32, shape (2, n, capacity).
    counts
        int32, shape (2, n); −1 where there were too many to keep.
    """

    thresholds: NDArray[np.float32]
    rows: NDArray[np.int32]
    scores: NDArray[np.float32]
    counts: NDArray[np.int32]


def prepare(vectors: NDArray[np.float32]) -> Space:
    """Center the vectors and bound the rounding errors of their scores."""
    n, dimensions = vectors.shape
    mean = vectors.mean(axis=0, dtype=np.float64)
    centered = np.empty((n, dimensions), np.float32)
    norms, lengths, shifts = (np.empty(n) for _ in range(3))
    size = max(1, 2**22 // dimensions)
    for start in range(0, n, size):
        block = slice(start, start + size)
        exact = vectors[block].astype(np.float64)
        norms[block] = np.sqrt(np.einsum("ij,ij->i", exact, exact))
        shifts[block] = exact @ mean - 0.5 * (mean @ mean)
        exact -= mean
        lengths[block] = np.sqrt(np.einsum("ij,ij->i", exact, exact))
        centered[block] = exact
    norms[norms == 0] = 1.0
    unit = 2.0**-24
    # d products and sums round a dot product of length d; a few more operations round with the uncentered norms.
    spans = np.sqrt(unit * (dimensions + 8)) * lengths + 2.0 * np.sqrt(unit) * norms
    slacks = 4.0 * unit * (np.abs(shifts) + 0.5 * lengths**2)
    single = [values.astype(np.float32) for values in (norms, shifts, 0.5 * lengths**2, spans, slacks)]
    return Space(centered, *single)


@numba.njit(nogil=True, cache=True, fastmath={"contract", "nsz", "nnan"})
def _hits(  # type: ignore[no-untyped-def]
    product,
    first,
    margins,
    hits,
    cosine,
    euclidean,
    norm,
    shift,
    half,
    span,
    slack,
    cosines,
    euclideans,
    norms,
    shifts,
    halves,
    spans,
    slacks,
):
    """Store the columns where one object and another pass a threshold of either; return their number.

    Two plain loops: the first becomes vector instructions, the second has no branch.
    """
    for column in range(product.shape[0]):
        error = span * spans[column] + (slack + slacks[column])
        inner = product[column] + (shift + shifts[column])
        lowest_cosine = min(cosine * norms[column], cosines[column] * norm)
        lowest_euclidean = min(euclidean + halves[column], euclideans[column] + half)
        margins[column] = max(inner - lowest_cosine, product[column] - lowest_euclidean) + error
    count = 0
    for column in range(first, product.shape[0]):
        hits[count] = column
        count += margins[column] >= 0
    return count


@numba.njit(nogil=True, cache=True)
def error_of(metric, i, j, norms, spans, slacks):  # type: ignore[no-untyped-def]
    """Return the bound of the rounding error of the score of j for i."""
    error = spans[i] * spans[j] + (slacks[i] + slacks[j])
    return error / norms[j] if metric == COSINE else error


@numba.njit(nogil=True, cache=True)
def _compact(metric, i, k, thresholds, rows, scores, counts, norms, spans, slacks):  # type: ignore[no-untyped-def]
    """Raise the threshold of an object to what k candidates surely reach, and drop what surely does not."""
    count = counts[metric, i]
    sure = np.empty(count, np.float32)
    for place in range(count):
        j = rows[metric, i, place]
        sure[place] = scores[metric, i, place] - error_of(metric, i, j, norms, spans, slacks)
    reached = np.partition(sure, count - k)[count - k]
    thresholds[metric, i] = max(thresholds[metric, i], reached)
    kept = 0
    for place in range(count):
        j = rows[metric, i, place]
        score = scores[metric, i, place]
        if score + error_of(metric, i, j, norms, spans, slacks) >= thresholds[metric, i]:
            rows[metric, i, kept] = j
            scores[metric, i, kept] = score
            kept += 1
    if kept > count - max(1, count // 16):  # hardly anything can be told apart: left to the exact fallback
        thresholds[metric, i] = np.inf
        kept = -1
    counts[metric, i] = kept
    return kept


@numba.njit(nogil=True, cache=True)
def scan_block(product, i0, j0, k, thresholds, rows, scores, counts, norms, shifts, halves, spans, slacks):  # type: ignore[no-untyped-def]
    """Store the candidates that a block of products gives for both of its sides.

    Parameters
    ----------
    product
        float32, shape (b, c): ``centered[i0 : i0 + b] @ centered[j0 : j0 + c].T``. Where i0 = j0, only what is right
        of the diagonal is looked at.
    """
    margins = np.empty(product.shape[1], np.float32)
    hits = np.empty(product.shape[1], np.int64)
    j1 = j0 + product.shape[1]
    cosines, euclideans = thresholds[COSINE, j0:j1], thresholds[EUCLIDEAN, j0:j1]
    for row in range(product.shape[0]):
        i = i0 + row
        first = row + 1 if i0 == j0 else 0
        count = _hits(
            product[row],
            first,
            margins,
            hits,
            thresholds[COSINE, i],
            thresholds[EUCLIDEAN, i],
            norms[i],
            shifts[i],
            halves[i],
            spans[i],
            slacks[i],
            cosines,
            euclideans,
            norms[j0:j1],
            shifts[j0:j1],
            halves[j0:j1],
            spans[j0:j1],
            slacks[j0:j1],
        )
        for hit in range(count):
            column = hits[hit]
            j = j0 + column
            g = product[row, column]
            inner = g + (shifts[i] + shifts[j])
            error = spans[i] * spans[j] + (slacks[i] + slacks[j])
            for side in range(4):
                # The four pushes are written out as one loop: a call with this many arrays costs more than the push.
                metric = side >> 1
                owner, other = (i, j) if side & 1 == 0 else (j, i)
                if metric == COSINE:
                    score, passed = (
                        inner / norms[other],
                        inner + error >= thresholds[COSINE, owner] * norms[other],
                    )
                else:
                    score = g - halves[other]
                    passed = score + error >= thresholds[EUCLIDEAN, owner]
                count = counts[metric, owner]
                if not passed or count < 0:
                    continue
                if count == rows.shape[2]:
                    count = _compact(metric, owner, k, thresholds, rows, scores, counts, norms, spans, slacks)
                    if count < 0:
                        continue
                rows[metric, owner, count] = other
                scores[metric, owner, count] = score
                counts[metric, owner] = count + 1
