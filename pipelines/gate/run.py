"""Publish what a gate needs, judge it, and collect the offenders."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from artifacts.catalog import Comparison
from artifacts.names import PairKey, SpaceKey
from artifacts.queries import PATIENT, Queries
from pipelines.errors import InputError
from pipelines.facts import judged_candidate, judged_pair, metadata_of, slice_means
from pipelines.gate.record import Gate, MovedGroup, WorstObject, WorstSlice
from pipelines.report import traits_told
from pipelines.shown import comparison_png, page_of
from pipelines.similarity import jaccard
from pipelines.steps import HEADLINE_K, compare, ingest_space
from pipelines.workspace import Workspace

KEYS_TOLD, MEMBERS_TOLD = 4, 8
GROUPS_TOLD = 5
VALUES = 50
"""A metadata column with more different values makes no slices, unless the configuration names it."""


def run_gate(work: Workspace, pair: PairKey, metric: str | None, k: int | None, top: int) -> Gate:
    """Hold a candidate against a baseline; ingest and compare what is not published yet.

    Parameters
    ----------
    metric, k
        How to list the worst objects; None: the first configured metric, and 50 or less where there are fewer.
    top
        Worst objects and slices listed.

    Raises
    ------
    ComparisonError
        The two have no common objects.
    InputError
        A version that is not there, a checkpoint that cannot be read, another metric or a larger k than compared.
    """
    if pair.a == pair.b:
        raise InputError(f"--baseline and --candidate are both {pair.a!r}: name two versions")
    _publish(work, pair)
    compare(work, pair)
    queries = Queries(work.store, PATIENT)
    comparison = queries.comparison(pair.dataset, pair.a, pair.b)
    metric, k = _asked(comparison, metric, k)
    curve, noise = queries.curve(comparison, metric), queries.noise(comparison, metric)
    report = queries.matching(comparison)
    return Gate(
        pair,
        metric,
        k,
        comparison.n,
        comparison.only_a,
        comparison.only_b,
        {"a": report.a.only_examples, "b": report.b.only_examples},
        float(curve.jaccard_mean[k - 1]),
        float(curve.jaccard_chance[k - 1]),
        int(noise.changed.sum()) if noise else None,
        [*judged_pair(work, pair, k, queries), *judged_candidate(work, comparison)],
        _worst_objects(queries, comparison, metric, k, top),
        _worst_slices(work, queries, comparison, metric, k)[:top],
        _groups(queries, comparison, metric),
        page_of(work, pair, metric, k),
        comparison_png(queries, comparison, metric, k, zoom=3),
    )


def _publish(work: Workspace, pair: PairKey) -> None:
    checkpoints = work.checkpoints(pair.dataset)
    for space in pair.spaces:
        if space in checkpoints:
            ingest_space(work, space)
        elif work.store.find_ref("space", space.path) is None:
            known = ", ".join(one.version for one in checkpoints) or "none"
            raise InputError(
                f"{space}: neither a checkpoint nor published in {work.store.url}; there are the versions {known}"
            )
    for version in work.project.dataset(pair.dataset).replicates:
        replicate = SpaceKey(pair.dataset, version)
        if replicate in checkpoints:
            with suppress(
                InputError
            ):  # a replicate that cannot be read only leaves the noise less well known
                ingest_space(work, replicate)


def _asked(comparison: Comparison, metric: str | None, k: int | None) -> tuple[str, int]:
    if metric and metric not in comparison.metrics:
        raise InputError(f"--metric {metric!r}: choose one of {', '.join(comparison.metrics)}")
    if k and k > comparison.k_max:
        raise InputError(f"--k {k}: the two were compared up to k = {comparison.k_max}")
    return metric or comparison.metrics[0], k or min(HEADLINE_K, comparison.k_max)


def _worst_objects(
    queries: Queries, comparison: Comparison, metric: str, k: int, top: int
) -> list[WorstObject]:
    noise = queries.noise(comparison, metric)
    rows = queries.extremes(comparison, metric, k, comparison.n if noise else top).least
    if noise:  # those beyond noise first, the least similar of each first
        rows = rows[np.argsort(~noise.changed[rows], kind="stable")][:top]
    overlap, keys = queries.overlap(comparison, metric, k), queries.keys(comparison)
    near = queries.neighborhoods(comparison, metric, k, rows)
    return [
        WorstObject(
            keys[row],
            int(overlap[row]),
            float(jaccard(overlap[[row]], k)[0]),
            bool(noise.changed[row]) if noise else None,
            _keys(keys, near.neighbors_a[place][~near.common_a[place]]),
            _keys(keys, near.neighbors_b[place][~near.common_b[place]]),
        )
        for place, row in enumerate(rows.tolist())
    ]


def _keys(keys: Sequence[str], rows: Sequence[int] | np.ndarray, count: int = KEYS_TOLD) -> list[str]:
    return [keys[row] for row in rows[:count]]


def _worst_slices(
    work: Workspace, queries: Queries, comparison: Comparison, metric: str, k: int
) -> list[WorstSlice]:
    """Return the slices of the configured columns, or else of all columns of few values, the least similar first."""
    wanted = {
        one.column: one.min_objects for one in work.project.dataset(comparison.dataset).checks.pair.slices
    }
    similarity = jaccard(queries.overlap(comparison, metric, k), k)
    found = []
    for column, values in metadata_of(work.store, comparison).items():
        means = slice_means(similarity, values)
        if column in wanted or (not wanted and 1 < len(means) <= VALUES):
            least = wanted.get(column, 10)
            found += [WorstSlice(column, value, *of) for value, of in means.items() if of[0] >= least]
    return sorted(found, key=lambda one: one.similarity)


def _groups(queries: Queries, comparison: Comparison, metric: str) -> list[MovedGroup]:
    keys = queries.keys(comparison)
    return [
        MovedGroup(
            len(group.members),
            _keys(keys, group.members, MEMBERS_TOLD),
            _keys(keys, [row for row, _ in group.lost]),
            _keys(keys, [row for row, _ in group.gained]),
            traits_told(group),
        )
        for group in queries.groups(comparison, metric)[:GROUPS_TOLD]
    ]
