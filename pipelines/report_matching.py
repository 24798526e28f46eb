"""What `compare` and `report` print of the matching: counts, and examples of what takes no part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.text import Text

from artifacts.matched import MatchingReport, SideReport


def print_matching(out: Console, report: MatchingReport, searched: str, metric: str) -> None:
    """Print how many objects were matched, what became of the others, and where neighbors were searched."""
    how = "" if report.folding == "exact" else f", keys compared under {report.folding}"
    among = ", searched among each space's own objects" if searched == "own" else ""
    covered = f"{report.a.covered:.1%} of A, {report.b.covered:.1%} of B"
    out.print(
        f"[bold]{report.common:,}[/] objects matched ({covered}{how}; compared by {metric} neighbors{among})"
    )
    for name, side in (("A", report.a), ("B", report.b)):
        for line in _lines(name, side):
            out.print(Text(line))


def _lines(name: str, side: SideReport) -> list[str]:
    lines = [f"{side.only:,} only in {name}{_examples(side.only_examples, side.only)}"]
    if side.filtered:
        filters = f" by {_counted(side.filters)}"
        lines.append(
            f"{side.filtered:,} of {name} filtered{filters}{_examples(side.filtered_examples, side.filtered)}"
        )
    if side.dropped:
        some, count = [key for key, _ in side.dropped_examples], sum(side.dropped.values())
        lines.append(f"{count:,} rows of {name} dropped ({_counted(side.dropped)}){_examples(some, count)}")
    if side.zero_vectors:
        lines.append(f"{side.zero_vectors:,} zero vectors in {name}: they have no direction")
    return lines


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items() if count)


def _examples(some: Sequence[str], count: int) -> str:
    return f": {', '.join(some)}{', …' if count > len(some) else ''}" if some else ""
