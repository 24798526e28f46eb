"""What a gate prints: the verdict of every check, the offenders, and where to look."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.gate.record import Gate, MovedGroup, WorstObject, WorstSlice

VERDICTS = {
    "pass": "passed",
    "drift": "DRIFT: look before the candidate replaces the baseline",
    "error": "ERROR: the numbers must not be trusted",
}
_STYLES = {"pass": "bold green", "drift": "bold yellow", "error": "bold red"}


def print_gate(out: Console, gate: Gate) -> None:
    """Print a gate; the failed checks first."""
    out.print(Text(f"{gate.pair}: {VERDICTS[gate.status]}", _STYLES[gate.status]))
    out.print(
        f"{gate.common:,} common objects, {gate.only_a:,} only in A, {gate.only_b:,} only in B; "
        f"mean Jaccard@{gate.k} ({gate.metric}) {gate.similarity:.3f} (chance {gate.chance:.3f})"
    )
    for one in sorted(gate.judgements, key=lambda one: (one.passed, one.severity != "error")):
        mark, style = (
            ("ok", "green") if one.passed else (one.severity, "red" if one.severity == "error" else "yellow")
        )
        out.print(
            Text(f"{mark:>5} ", style)
            + Text(f"{one.name}: {one.description}", "" if not one.passed else "dim")
        )
    if not gate.passed:
        _print_worst(out, gate)
    out.print(Text(f"the page: {gate.page}"))


def _print_worst(out: Console, gate: Gate) -> None:
    out.print(_objects(gate.worst_objects, gate.k))
    if gate.worst_slices:
        out.print(_slices(gate.worst_slices))
    if gate.groups:
        out.print(_groups(gate.groups))


def _objects(found: Sequence[WorstObject], k: int) -> Table:
    table = _table("least similar objects", "object", "in common", "beyond noise", "lost", "gained")
    for one in found:
        beyond = {True: "yes", False: "no", None: ""}[one.changed_beyond_noise]
        cells = (one.key, f"{one.overlap} of {k}", beyond, ", ".join(one.lost), ", ".join(one.gained))
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _slices(found: Sequence[WorstSlice]) -> Table:
    table = _table("least similar slices", "slice", "objects", "mean similarity")
    for one in found:
        cells = (f"{one.column} = {one.value}", f"{one.objects:,}", f"{one.similarity:.3f}")
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _groups(found: Sequence[MovedGroup]) -> Table:
    table = _table("moved together", "objects", "such as", "away from", "towards", "what they share")
    for one in found:
        lists = (", ".join(keys) for keys in (one.members, one.lost, one.gained))
        table.add_row(*(Text(cell) for cell in (f"{one.objects:,}", *lists, one.traits)))
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in {"objects", "in common"} else "left")
    return table
