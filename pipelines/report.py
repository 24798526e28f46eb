"""What `compare` prints: the head line, then the objects that changed most and least."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.adhoc import AdHoc


def print_comparison(out: Console, found: AdHoc, top: int) -> None:
    """Print matching, mean similarity with its chance level, and both ends of the ranking at the smallest k."""
    comparison = found.comparison
    out.print(f"[bold]{comparison.n:,}[/] objects matched (compared by {found.metric} neighbors)")
    for side, count, examples in (
        ("A", comparison.only_a, found.only_a_examples),
        ("B", comparison.only_b, found.only_b_examples),
    ):
        shown = f": {', '.join(examples)}{', …' if count > len(examples) else ''}" if count else ""
        out.print(Text(f"{count:,} only in {side}{shown}"))
    curve = found.queries.curve(comparison, found.metric)
    for k in found.ks:
        out.print(
            f"k = {k}: mean similarity [bold]{curve.jaccard_mean[k - 1]:.4f}[/], "
            f"median {curve.jaccard_median[k - 1]:.4f}, chance {curve.jaccard_chance[k - 1]:.4f} "
            f"(chance-adjusted {curve.chance_adjusted[k - 1]:.4f})"
        )
    _print_ends(out, found, found.ks[0], top)


def _print_ends(out: Console, found: AdHoc, k: int, top: int) -> None:
    extremes = found.queries.extremes(found.comparison, found.metric, k, top)
    overlap = found.queries.overlap(found.comparison, found.metric, k)
    for name, rows in (("least", extremes.least), ("most", extremes.most)):
        table = Table(title=f"{name} similar, k = {k}", title_justify="left", title_style="bold")
        for column in ("object", "in common", "similarity", "tied with"):
            table.add_column(column, justify="left" if column == "object" else "right")
        for row, key in zip(rows, (found.queries.keys(found.comparison)[row] for row in rows), strict=True):
            c = int(overlap[row])
            tied = _others_tied(overlap, c)
            table.add_row(
                Text(key), f"{c} of {k}", f"{c / (2 * k - c):.4f}", f"{tied:,} others" if tied else ""
            )
        out.print(table)


def _others_tied(overlap: NDArray[np.uint16], c: int) -> int:
    return int(np.count_nonzero(overlap == c)) - 1
