"""What two runs of the same model score: the noise floor of a space, and where a pair lies against it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.similarity.scores import jaccard


@dataclass(frozen=True)
class NoiseFloor:
    """What two runs of the same model score at one k.

    Attributes
    ----------
    k
        Number of neighbors.
    replicate_pairs
        Number of pairs of replicates, r ≥ 1.
    low, median, high
        5 %, 50 % and 95 % points of the Jaccard similarity over objects and replicate pairs, 0 … 1.
    mean
        Mean Jaccard similarity over both.
    location
        float32, shape (n,), 0 … 1: the share of an object's neighbors that replicates keep: its mean over the
        pairs, shrunk towards the mean over all objects by as much as the pairs disagree (as James & Stein 1961).
    scale
        Standard deviation of c / k between the replicate pairs of one object, pooled over the objects, 0 … 1;
        NaN for r = 1. Pairs that share a run vary together, so it understates what independent pairs would show.
    """

    k: int
    replicate_pairs: int
    low: float
    median: float
    high: float
    mean: float
    location: NDArray[np.float32]
    scale: float


@dataclass(frozen=True)
class PairNoise:
    """Where the mean similarity of a pair lies among those of the replicate pairs, at one k.

    Attributes
    ----------
    similarity
        Mean Jaccard similarity of the pair, 0 … 1.
    replicate_mean, replicate_low, replicate_high
        Mean, least and largest of the replicate pairs' mean Jaccard similarities, 0 … 1.
    rank
        Share of replicate pairs whose mean is at most the pair's, 0 … 1; 0 is below all of them.
    z
        Distance to `replicate_mean` in standard deviations of a new pair; NaN for fewer than three replicate pairs
        or where they all agree. With few pairs it is t-distributed with r − 1 degrees of freedom at best.
    noise_ratio
        (1 − similarity) / (1 − replicate_mean): 1 is a change like that between two runs of the same model, 2 twice
        as much; infinite where replicates agree entirely and the pair does not, 1 where both do.
    """

    similarity: float
    replicate_mean: float
    replicate_low: float
    replicate_high: float
    rank: float
    z: float
    noise_ratio: float


def noise_floor(replicate_overlap: NDArray[np.uint16], k: int) -> NoiseFloor:
    """Summarise the overlaps of pairs of replicates.

    Parameters
    ----------
    replicate_overlap
        uint16, shape (r, n): c(k) of every object in every pair of replicates, 0 … k.
    k
        Number of neighbors.

    Raises
    ------
    ValueError
        If there is no pair of replicates.
    """
    check_replicates(replicate_overlap, None)
    similarity = jaccard(replicate_overlap, k)
    low, median, high = np.quantile(similarity, [0.05, 0.5, 0.95])
    location, scale = _shrunk(replicate_overlap / k)
    summary = (float(low), float(median), float(high), float(similarity.mean()))
    return NoiseFloor(k, len(replicate_overlap), *summary, location.astype(np.float32), scale)


def pair_noise(overlap: NDArray[np.uint16], replicate_overlap: NDArray[np.uint16], k: int) -> PairNoise:
    """Compare the mean similarity of a pair with those of the replicate pairs.

    Parameters
    ----------
    overlap, replicate_overlap
        uint16, shapes (n,) and (r, n): c(k) as for `noise_p_values`.
    k
        Number of neighbors.
    """
    check_replicates(replicate_overlap, overlap.shape)
    similarity = float(jaccard(overlap, k).mean())
    means = jaccard(replicate_overlap, k).mean(axis=1)
    mean, r = float(means.mean()), len(means)
    # A new pair varies around the true mean, and so does the mean of r pairs.
    spread = float(means.std(ddof=1)) * np.sqrt(1 + 1 / r) if r > 2 else 0.0
    z = (similarity - mean) / spread if spread > 0 else float("nan")
    ratio = (1 - similarity) / (1 - mean) if mean < 1 else (1.0 if similarity == 1 else float("inf"))
    rank = float((means <= similarity).mean())
    return PairNoise(similarity, mean, float(means.min()), float(means.max()), rank, float(z), ratio)


def check_replicates(replicate_overlap: NDArray[np.uint16], shape: tuple[int, ...] | None) -> None:
    """Raise ValueError where there is no pair of replicates, or they have other objects than `shape`."""
    if replicate_overlap.ndim != 2 or len(replicate_overlap) == 0:
        raise ValueError(
            f"shape {replicate_overlap.shape}: the noise floor needs one or more pairs of replicates"
        )
    if shape is not None and replicate_overlap.shape[1:] != shape:
        raise ValueError(
            f"{shape} overlaps, but replicates of {replicate_overlap.shape[1:]}: not the same objects"
        )


def _shrunk(kept: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    means, r = kept.mean(axis=0), len(kept)
    if r == 1:
        return means, float("nan")
    within = float(kept.var(axis=0, ddof=1).mean())
    between = max(float(means.var()) - within / r, 0.0)
    weight = between / (between + within / r) if between + within > 0 else 1.0
    return means.mean() + weight * (means - means.mean()), float(np.sqrt(within))
