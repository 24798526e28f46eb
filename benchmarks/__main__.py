"""Run the benchmarks, ``python -m benchmarks [--quick] [--only NAME]``; results go to results/latest.json."""

from __future__ import annotations

import argparse
import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import (
    approximate,
    catalog,
    growth,
    ingest,
    neighbors,
    overlap,
    page,
    preparation,
    reconcile,
    store_queries,
)
from benchmarks.measure import Row

CASES = {
    "ingest": ingest.run,
    "neighbors": neighbors.run,
    "overlap": overlap.run,
    "preparation": preparation.run,
    "approximate": approximate.run,
    "store-queries": store_queries.run,
    "growth": growth.run,
    "catalog": catalog.run,
    "reconcile": reconcile.run,
    "page": page.run,
}
RESULTS = Path(__file__).parent / "results" / "latest.json"


def main() -> None:
    """Run what is asked and report it, row by row as it comes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller sizes: minutes instead of half an hour")
    parser.add_argument("--only", action="append", choices=list(CASES), help="this case alone; repeatable")
    options = parser.parse_args()
    out = Console(soft_wrap=True)
    rows: list[Row] = []
    for name in options.only or CASES:
        for row in CASES[name](options.quick):
            rows.append(row)
            out.print(_sentence(row), highlight=False)
            _write(rows, options.quick)
    out.print(_table(rows))
    missed = [row.name for row in rows if row.met is False]
    out.print(f"{len(missed)} budgets missed: {'; '.join(missed)}" if missed else "every budget is met")


def _sentence(row: Row) -> str:
    verdict = {True: "met", False: "MISSED", None: "reported"}[row.met]
    against = "" if row.theirs is None else f" against {row.theirs:.4g} {row.unit}, ratio {row.ratio:.2f}"
    return f"{row.name}: {row.ours:.4g} {row.unit}{against} ({row.budget}: {verdict})"


def _table(rows: list[Row]) -> Table:
    table = Table("what", "ours", "theirs", "ratio", "budget", "met")
    for row in rows:
        theirs, ratio = ("" if value is None else f"{value:.4g}" for value in (row.theirs, row.ratio))
        met = {True: "yes", False: "NO", None: ""}[row.met]
        table.add_row(row.name, f"{row.ours:.4g} {row.unit}", theirs, ratio, row.budget, met)
    return table


def _write(rows: list[Row], quick: bool) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    content = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "machine": {
            "processors": os.cpu_count(),
            "python": platform.python_version(),
            "system": platform.machine(),
        },
        "rows": [row.as_json() for row in rows],
    }
    RESULTS.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
