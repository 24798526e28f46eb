"""The history of a dataset, chosen and printed: one measure of every pair, with bars in the order of the versions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isnan

from rich.console import Console
from rich.table import Table
from rich.text import Text

from artifacts.history import Recorded
from pipelines.errors import InputError

_BLOCKS = "▁▂▃▄▅▆▇█"
_EIGHTHS = "▏▎▍▌▋▊▉"
_WIDTH = 8


def chosen(
    rows: Sequence[Recorded], dataset: str, measure: str, metric: str | None, k: int | None
) -> list[Recorded]:
    """Return the rows of one measure.

    Parameters
    ----------
    metric, k
        None: the first metric and the largest k that there is.

    Raises
    ------
    InputError
        Nothing is published, or nothing under this measure, metric and k.
    """
    if not rows:
        raise InputError(f"no pair of {dataset!r} is published: run 'embedding-comparator build'")
    found = [row for row in rows if row.name == measure]
    if not found:
        known = ", ".join(sorted({row.name for row in rows}))
        raise InputError(f"--measure {measure!r}: there are {known}")
    metric = metric or found[0].metric
    of_metric = [row for row in found if row.metric == metric]
    if not of_metric:
        raise InputError(
            f"--metric {metric!r}: {measure} is there for {_listed(row.metric for row in found)}"
        )
    wanted = k or max((row.k for row in of_metric if row.k), default=None)
    of_k = [row for row in of_metric if row.k == wanted]
    if not of_k:
        raise InputError(f"--k {k}: {measure} is there for k = {_listed(row.k for row in of_metric)}")
    return of_k


def print_history(out: Console, rows: Sequence[Recorded]) -> None:
    """Print one measure of every pair as a table with bars, and as a line over the current comparisons."""
    first = rows[0]
    told = " ".join(
        [first.name, *([f"k = {first.k}"] if first.k else []), *([first.metric] if first.metric else [])]
    )
    table = Table(title=told, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in ("pair", "value", "", "95 % interval", "computed", ""):
        table.add_column(column, justify="right" if column == "value" else "left", no_wrap=True)
    for row in rows:
        interval = "" if isnan(row.low) else f"{row.low:.3f} … {row.high:.3f}"
        old = row.state == "superseded"
        cells = (f"{row.a} → {row.b}", f"{row.value:.3f}", bar(row.value), interval, row.created[:10])
        table.add_row(
            *(Text(cell) for cell in (*cells, row.state if old else "")), style="dim" if old else ""
        )
    out.print(table)
    out.print(Text(f"over the pairs  {sparkline([row.value for row in rows if row.state == 'current'])}"))


def bar(value: float) -> str:
    """Return a bar for a value between 0 and 1; nothing for one outside.

    Examples
    --------
    >>> bar(0.25), bar(0.3125)
    ('██', '██▌')
    """
    if not 0 <= value <= 1:
        return ""
    whole, part = divmod(round(value * _WIDTH * 8), 8)
    return "█" * whole + (_EIGHTHS[part - 1] if part else "")


def sparkline(values: Sequence[float]) -> str:
    """Return values as a line of blocks, from the smallest to the largest; a dot where there is no value.

    Examples
    --------
    >>> sparkline([0.1, 0.5, 0.9])
    '▁▅█'
    """
    known = [value for value in values if not isnan(value)]
    low, span = min(known, default=0.0), max(known, default=0.0) - min(known, default=0.0)
    top = len(_BLOCKS) - 1
    return "".join(
        "·" if isnan(value) else _BLOCKS[round((value - low) / span * top) if span else top // 2]
        for value in values
    )


def _listed(values: Iterable[object]) -> str:
    return ", ".join(sorted({"none" if value is None else str(value) for value in values}))
