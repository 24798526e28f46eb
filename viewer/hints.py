"""Plain words about the health of a space, where one of its numbers is unusual."""

from __future__ import annotations

from math import isfinite

_MANY = 0.01
_POINTS_ONE_WAY = 0.5
_NORMS_DIFFER = 0.5
_FEW_DIRECTIONS = 0.1
_HUBS = 1.4
_ANTIHUBS = 0.1
_APPROXIMATE = 0.99


def hint(name: str, value: float, n: int, dimensions: int) -> str:
    """Return what an unusual value means for comparing the space; empty where it is usual.

    Parameters
    ----------
    name, value
        The measure, as in ``docs/metrics.md``.
    n, dimensions
        Objects of the space and the width of its vectors.

    Examples
    --------
    >>> hint("zero_vectors", 2, 100, 8)
    'vectors of zeros have no direction: under cosine nothing is near them'
    >>> hint("zero_vectors", 0, 100, 8)
    ''
    """
    if not isfinite(value):
        return ""
    unusual = {
        "zero_vectors": (value > 0, "vectors of zeros have no direction: under cosine nothing is near them"),
        "duplicate_objects": (
            value > _MANY * n,
            "many objects share their vector with another: their order is that of the file",
        ),
        "norm_variation": (
            value > _NORMS_DIFFER,
            "the lengths differ much: cosine and Euclidean neighbors may disagree",
        ),
        "unit_norm_share": (
            value == 1,
            "all vectors have length 1: cosine and Euclidean neighbors are the same",
        ),
        "mean_cosine": (
            value > _POINTS_ONE_WAY,
            "all vectors point much the same way: absolute cosines say little, their order still does",
        ),
        "effective_rank": (
            value < _FEW_DIRECTIONS * dimensions,
            f"a few directions hold nearly everything: {dimensions} dimensions are {value:.0f} in effect",
        ),
        "hub_skewness": (
            value > _HUBS,
            "a few hubs are neighbors of very many objects and fill the lists of others",
        ),
        "antihub_share": (value > _ANTIHUBS, "many objects are among the neighbors of no other"),
        "recall": (value < _APPROXIMATE, "the neighbors are approximate: some are missing"),
    }
    is_unusual, words = unusual.get(name, (False, ""))
    return words if is_unusual else ""
