"""What `compare` and `report` print: how alike the pair is, what moved together, what changed most and least."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from artifacts.answers import Group, Measure
from artifacts.catalog import Comparison
from artifacts.queries import Queries
from pipelines.measures import Definition
from pipelines.report_matching import print_matching

GROUPS_SHOWN, MEMBERS_SHOWN = 5, 8


def print_comparison(
    out: Console, queries: Queries, comparison: Comparison, metric: str, ks: list[int], top: int
) -> None:
    """Print matching, mean similarity with its chance level and noise, measures, groups and both ends of the ranking.

    Parameters
    ----------
    ks
        Neighbors compared, ascending; the ranking is shown at the first.
    top
        Objects shown of each end.
    """
    if not comparison.is_current:
        out.print(
            f"[bold]superseded version of {comparison.created}[/] ({comparison.fingerprint[:16]}): "
            "the current one is shown without --at"
        )
    print_matching(out, queries.matching(comparison), comparison.searched, metric)
    curve = queries.curve(comparison, metric)
    for k in ks:
        out.print(
            f"k = {k}: mean similarity [bold]{curve.jaccard_mean[k - 1]:.4f}[/], "
            f"median {curve.jaccard_median[k - 1]:.4f}, chance {curve.jaccard_chance[k - 1]:.4f} "
            f"(chance-adjusted {curve.chance_adjusted[k - 1]:.4f})"
        )
    _print_noise(out, queries, comparison, metric)
    out.print(measures_table("the pair as a whole", queries.measures(comparison)))
    _print_groups(out, queries, comparison, metric)
    _print_ends(out, queries, comparison, metric, ks[0], top)


def print_health(out: Console, space: str, measures: Sequence[Measure]) -> None:
    """Print the health of a space."""
    out.print(measures_table(f"health of {space}", measures))


def measures_table(title: str, measures: Sequence[Measure]) -> Table:
    """Return a table of measured values with their intervals."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in ("measure", "metric", "k", "value", "95 % interval"):
        table.add_column(column, justify="left" if column in {"measure", "metric"} else "right")
    for one in measures:
        interval = "" if math.isnan(one.low) else f"{one.low:.4f} … {one.high:.4f}"
        table.add_row(one.name, one.metric or "", str(one.k or ""), _number(one.value), interval)
    return table


def print_measures(out: Console, definitions: Sequence[Definition]) -> None:
    """Print a list of measures, or everything about one."""
    if len(definitions) == 1:
        for field in fields(Definition):
            out.print(f"[bold]{field.name}[/] ", Text(getattr(definitions[0], field.name)))
        return
    table = Table(Column("measure", no_wrap=True), "of", "range", "direction")
    for one in definitions:
        table.add_row(*(Text(text) for text in (one.name, one.scope, one.range, one.direction)))
    out.print(table)


def _print_noise(out: Console, queries: Queries, comparison: Comparison, metric: str) -> None:
    noise = queries.noise(comparison, metric)
    if noise:
        out.print(
            f"[bold]{int(noise.changed.sum()):,}[/] objects changed more than noise explains (k = {noise.k}): "
            f"runs of the same model have a mean similarity of {noise.replicate_mean:.4f}, "
            f"this pair {noise.similarity:.4f}, a change {noise.noise_ratio:.2f} × as large"
        )


def _print_groups(out: Console, queries: Queries, comparison: Comparison, metric: str) -> None:
    groups = queries.groups(comparison, metric)
    if not groups:
        return
    keys = queries.all_keys(comparison)  # own neighbors may be what the other space lacks
    table = Table(
        title=f"moved together ({len(groups)} groups)",
        title_justify="left",
        title_style="bold",
        show_lines=True,
    )
    for column in ("objects", "coherence", "such as", "away from", "towards", "what they share"):
        table.add_column(column, justify="right" if column in {"objects", "coherence"} else "left")
    for group in groups[:GROUPS_SHOWN]:
        members = ", ".join(keys[row] for row in group.members[:MEMBERS_SHOWN])
        lost, gained = (", ".join(keys[row] for row, _ in side[:3]) for side in (group.lost, group.gained))
        table.add_row(
            f"{len(group.members):,}",
            f"{group.coherence:.2f}",
            *(Text(text) for text in (members, lost, gained, traits_told(group))),
        )
    out.print(table)


def traits_told(group: Group) -> str:
    """Return what the members of a group share, in words."""
    shown = [
        f"{column} = {value}: {inside:.0%} (others {outside:.0%})"
        if value is not None
        else f"{column}: median {inside:.4g} (others {outside:.4g})"
        for column, value, inside, outside, _ in group.traits[:2]
    ]
    return "; ".join(shown)


def _print_ends(
    out: Console, queries: Queries, comparison: Comparison, metric: str, k: int, top: int
) -> None:
    extremes = queries.extremes(comparison, metric, k, top)
    overlap = queries.overlap(comparison, metric, k)
    keys = queries.keys(comparison)
    for name, rows in (("least", extremes.least), ("most", extremes.most)):
        table = Table(title=f"{name} similar, k = {k}", title_justify="left", title_style="bold")
        for column in ("object", "in common", "similarity", "tied with"):
            table.add_column(column, justify="left" if column == "object" else "right")
        for row in rows:
            c = int(overlap[row])
            tied = _others_tied(overlap, c)
            table.add_row(
                Text(keys[row]), f"{c} of {k}", f"{c / (2 * k - c):.4f}", f"{tied:,} others" if tied else ""
            )
        out.print(table)


def _others_tied(overlap: NDArray[np.uint16], c: int) -> int:
    return int(np.count_nonzero(overlap == c)) - 1


def _number(value: float) -> str:
    if math.isnan(value):
        return "none"
    return f"{value:,.0f}" if value == round(value) and abs(value) >= 2 else f"{value:.4f}"
