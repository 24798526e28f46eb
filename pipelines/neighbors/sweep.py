"""One sweep over all pairs of objects that serves every metric and both objects of a pair, compiled.

G = Xc Xcᵀ, the product of the centered vectors, is computed in blocks of its upper triangle. With p = G + mᵢ + mⱼ, the
product of the vectors themselves, object j scores for object i

* under cosine p / ‖xⱼ‖ (the cosine times ‖xᵢ‖), and
* under euclidean G − ½‖xcⱼ‖² (half of ‖xcᵢ‖² − distance²):

larger is nearer. A pair is stored only where its score can beat the threshold of one of its two objects. The comparison
adds a bound of the rounding error, so that an object that is not stored truly scores below the threshold.

Objects are known by their places, an order in which near ones stand together (`pipelines.neighbors.places`): most
stretches of a block then hold no candidate at all, and the others hold many.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

COSINE, EUCLIDEAN = 0, 1

STRETCH = 32
"""Columns that are passed over together where none of them is a candidate."""


class Space(NamedTuple):
    """What the sweep knows of n objects, by place; float32 unless said otherwise.

    Attributes
    ----------
    rows
        int32, shape (n,): the object at each place.
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

    rows: NDArray[np.int32]
    centered: NDArray[np.float32]
    norms: NDArray[np.float32]
    shifts: NDArray[np.float32]
    halves: NDArray[np.float32]
    spans: NDArray[np.float32]
    slacks: NDArray[np.float32]


class Candidates(NamedTuple):
    """Objects that may be among the k nearest of the objects at the first m of n places, under one or both metrics.

    Attributes
    ----------
    thresholds
        float32, shape (2, n): what an object left out scores less than; infinite under a metric not asked for,
        for whom nothing is searched, and where there were too many to keep.
    places
        int32, shape (2, m + 1, capacity): the last is where candidates of all others would be, were there any.
    scores
        float32, shape (2, m + 1, capacity).
    counts
        int32, shape (2, m + 1).
    """

    thresholds: NDArray[np.float32]
    places: NDArray[np.int32]
    scores: NDArray[np.float32]
    counts: NDArray[np.int32]


def prepare(vectors: NDArray[np.float32], rows: NDArray[np.integer]) -> Space:
    """Put the vectors in an order, center them, and bound the rounding errors of their scores."""
    n, dimensions = vectors.shape
    mean = vectors.mean(axis=0, dtype=np.float64)
    centered = np.empty((n, dimensions), np.float32)
    norms, lengths, shifts = (np.empty(n) for _ in range(3))
    size = max(1, 2**22 // dimensions)
    for start in range(0, n, size):
        block = slice(start, start + size)
        exact = vectors[rows[block]].astype(np.float64)
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
    return Space(rows.astype(np.int32), centered, *single)


@numba.njit(nogil=True, cache=True, error_model="numpy")
def error_of(metric, i, j, norms, spans, slacks):  # type: ignore[no-untyped-def]
    """Return the bound of the rounding error of the score of j for i."""
    # Arrays, not the space that they are in: taking one out of a tuple counts a reference, which threads wait for.
    error = spans[i] * spans[j] + (slacks[i] + slacks[j])
    return error / norms[j] if metric == COSINE else error


@numba.njit(nogil=True, cache=True, fastmath={"contract", "nsz", "nnan"})
def _margins(product, i, j0, space, thresholds, margins):  # type: ignore[no-untyped-def]
    """Write how far object i and those from j0 on pass the lowest of their thresholds, in vector instructions."""
    j1 = j0 + product.shape[0]
    cosines, euclideans = thresholds[COSINE, j0:j1], thresholds[EUCLIDEAN, j0:j1]
    norms, shifts, halves = space.norms[j0:j1], space.shifts[j0:j1], space.halves[j0:j1]
    spans, slacks = space.spans[j0:j1], space.slacks[j0:j1]
    cosine, euclidean = thresholds[COSINE, i], thresholds[EUCLIDEAN, i]
    norm, shift, half, span, slack = (
        space.norms[i],
        space.shifts[i],
        space.halves[i],
        space.spans[i],
        space.slacks[i],
    )
    for column in range(product.shape[0]):
        error = span * spans[column] + (slack + slacks[column])
        inner = product[column] + (shift + shifts[column])
        lowest_cosine = min(cosine * norms[column], cosines[column] * norm)
        lowest_euclidean = min(euclidean + halves[column], euclideans[column] + half)
        margins[column] = max(inner - lowest_cosine, product[column] - lowest_euclidean) + error


@numba.njit(nogil=True, cache=True)
def _hits(first, margins, hits):  # type: ignore[no-untyped-def]
    """Store the columns from the first on where a threshold is passed, of whole stretches; return their number.

    The sign bits of a stretch are looked at together; where one is clear, a loop without a branch stores the columns.
    """
    signs = margins.view(np.uint32)
    count = 0
    for start in range(first - first % STRETCH, margins.shape[0], STRETCH):
        every = np.uint32(0xFFFFFFFF)
        for column in range(STRETCH):
            every &= signs[start + column]
        if every < np.uint32(0x80000000):
            for column in range(max(start, first), start + STRETCH):
                hits[count] = column
                count += margins[column] >= 0
    return count


@numba.njit(nogil=True, cache=True)
def _compact(metric, i, k, space, candidates):  # type: ignore[no-untyped-def]
    """Raise the threshold of an object to what k candidates surely reach, and drop what surely does not."""
    count = candidates.counts[metric, i]
    places, scores = candidates.places[metric, i], candidates.scores[metric, i]
    bounds = space.norms, space.spans, space.slacks
    sure = np.empty(count, np.float32)
    largest = np.float32(0)
    for c in range(count):
        error = error_of(metric, i, places[c], *bounds)
        sure[c] = scores[c] - error
        largest = max(largest, error)
    # Lower by one more error: the k-th neighbor must be told from what is dropped when its own error is allowed for.
    reached = np.partition(sure, count - k)[count - k] - largest
    threshold = max(candidates.thresholds[metric, i], reached)
    kept = 0
    for c in range(count):
        if scores[c] + error_of(metric, i, places[c], *bounds) >= threshold:
            places[kept] = places[c]
            scores[kept] = scores[c]
            kept += 1
    if kept > count - max(1, count // 16):  # hardly anything can be told apart: left to the exact fallback
        threshold = np.inf
        kept = 0
    candidates.thresholds[metric, i] = threshold
    candidates.counts[metric, i] = kept


@numba.njit(nogil=True, cache=True, error_model="numpy")
def scan_block(product, i0, j0, k, space, candidates):  # type: ignore[no-untyped-def]
    """Store the candidates that a block of products gives for both of its sides.

    Parameters
    ----------
    product
        float32, shape (b, c): ``centered[i0 : i0 + b] @ centered[j0 : j0 + c].T``. Only pairs i < j are looked at.
    """
    width = -(-product.shape[1] // STRETCH) * STRETCH
    margins = np.full(width, np.float32(-1))
    hits = np.empty(width, np.int64)
    norms, shifts, halves, spans, slacks = space.norms, space.shifts, space.halves, space.spans, space.slacks
    thresholds, places, scores, counts = candidates
    others = counts.shape[1] - 1
    for row in range(product.shape[0]):
        i = i0 + row
        _margins(product[row], i, j0, space, thresholds, margins)
        for hit in range(_hits(max(0, i + 1 - j0), margins, hits)):
            j = j0 + hits[hit]
            g = product[row, hits[hit]]
            inner = g + (shifts[i] + shifts[j])
            error = spans[i] * spans[j] + (slacks[i] + slacks[j])
            for side in range(4):
                # The four are written out as one loop: a call with this many arrays costs more than what it does.
                metric = side & 1
                owner, other = (i, j) if side < 2 else (j, i)
                if metric == COSINE:
                    score = inner / norms[other]
                    passed = inner + error >= thresholds[COSINE, owner] * norms[other]
                else:
                    score = g - halves[other]
                    passed = score + error >= thresholds[EUCLIDEAN, owner]
                # There is always room for one more, so what does not pass is overwritten: nothing here branches.
                at = min(owner, others)
                count = counts[metric, at]
                places[metric, at, count] = other
                scores[metric, at, count] = score
                count += passed
                counts[metric, at] = count
                if count == places.shape[2]:
                    _compact(metric, owner, k, space, candidates)
