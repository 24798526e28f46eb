"""What a map can be coloured by: similarity, every score, metadata, noise, groups, and the maps' own errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from artifacts.answers import Quantity
from artifacts.catalog import Comparison
from artifacts.queries import SIMILARITY, Queries

CHANCE_ADJUSTED = "chance_adjusted"
BEYOND_NOISE = "changed_beyond_noise"
PLACEMENT_ERROR = "placement_error"
GROUP = "group"
AT_K = (SIMILARITY, CHANCE_ADJUSTED)
"""Those that another k changes."""

_YES_NO = ("no", "yes")
_FIXED_ENDS = {
    SIMILARITY: (0.0, 1.0),
    "rank_biased_overlap": (0.0, 1.0),
    "average_overlap": (0.0, 1.0),
    "p_value": (0.0, 1.0),
    "noise_quantile": (0.0, 1.0),
}


def quantity_names(queries: Queries, comparison: Comparison, metric: str) -> tuple[str, ...]:
    """Return what `quantity` knows: similarity first, then scores, noise, groups, errors of maps, metadata."""
    sortable = queries.sortable(comparison, metric)
    metadata = tuple(name for name in sortable if ":" in name)
    scores = tuple(name for name in sortable if name != SIMILARITY and ":" not in name)
    noise = (BEYOND_NOISE,) if queries.has_noise(comparison, metric) else ()
    groups = (GROUP,) if queries.has_groups(comparison, metric) else ()
    return (SIMILARITY, CHANCE_ADJUSTED, *scores, *noise, *groups, PLACEMENT_ERROR, *metadata)


def quantity(
    queries: Queries, comparison: Comparison, metric: str, k: int, projection: str, name: str
) -> Quantity:
    """Return what is known of every common object under a name.

    Parameters
    ----------
    name
        One of `quantity_names`.

    Raises
    ------
    ValueError
        There is no such name.
    """
    if name in AT_K:
        overlap = queries.overlap(comparison, metric, k).astype(np.float32)
        values = (
            overlap / (2 * k - overlap) if name == SIMILARITY else _above_chance(overlap, comparison.n, k)
        )
        return _numbers(values, values, name)
    if name == PLACEMENT_ERROR:
        return _numbers(*queries.placement_errors(comparison, projection), name)
    if name == GROUP:
        found = queries.group_of(comparison, metric)
        names = tuple(f"group {number + 1}" for number in range(int(found.max(initial=-1)) + 1))
        return _texts(np.where(found < 0, np.nan, found), names)
    if name == BEYOND_NOISE:
        noise = queries.noise(comparison, metric)
        return _texts(noise.changed if noise else np.full(comparison.n, np.nan), _YES_NO)
    scale = queries.scale(comparison, metric, name)
    return _texts(scale.values, scale.names) if scale.names else _numbers(scale.values, scale.values, name)


def _above_chance(overlap: NDArray[np.float32], n: int, k: int) -> NDArray[np.float32]:
    """Return R_NX of every object: 0 is chance, 1 identical; NaN where every other object is a neighbor."""
    if n - 1 == k:
        return np.full(len(overlap), np.nan, np.float32)
    return (((n - 1) * overlap / k - k) / (n - 1 - k)).astype(np.float32)


def _numbers(a: NDArray[np.floating], b: NDArray[np.floating], name: str) -> Quantity:
    first, second = _known(a), _known(b)
    low, high = _FIXED_ENDS.get(name) or _ends(first if a is b else np.concatenate([first, second]))
    return Quantity(first, first if a is b else second, (), low, high)


def _known(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return values as float32; what is infinite has no place on a scale."""
    found = np.asarray(values, np.float32)
    return np.where(np.isfinite(found), found, np.float32("nan"))


def _ends(values: NDArray[np.float32]) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    if not len(known):
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    return low, high if high > low else low + 1.0


def _texts(places: NDArray[np.floating] | NDArray[np.bool_], names: tuple[str, ...]) -> Quantity:
    values = np.asarray(places, np.float32)
    return Quantity(values, values, names, 0.0, float(max(len(names) - 1, 1)))
