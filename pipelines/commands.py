"""The commands of a release: `gate` and `history`. They parse, call and print; `pipelines.cli` lists them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from artifacts.errors import StoreError
from artifacts.history import recorded
from artifacts.names import PairKey, check_name
from artifacts.store import Store
from pipelines.compute import opened
from pipelines.config import load_project
from pipelines.config_compute import asked_compute
from pipelines.errors import ComparisonError, InputError, LostWorkersError
from pipelines.gate import run_gate
from pipelines.gate.page import gate_page
from pipelines.gate.printed import print_gate
from pipelines.options import PROJECT, ComputeOption, ProjectOption, StoreOption, out, plain
from pipelines.past import chosen, print_history
from pipelines.progress import errors, progress_bars
from pipelines.workspace import Workspace

PASSED, DRIFT, BAD_INPUT, NOT_COMPARABLE = 0, 1, 2, 3

GATE_EXAMPLES = (
    "Exit status: 0 passed · 1 a check did not pass · 2 usage, bad input or an unusable store · 3 not comparable. "
    "Examples: `embedding-comparator gate words --baseline v1 --candidate v2` · "
    "`embedding-comparator gate words --baseline v1 --candidate v2 --json --html gate.html`"
)
HISTORY_EXAMPLES = (
    "Examples: `embedding-comparator history words` · "
    "`embedding-comparator history words --measure cka --json`"
)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def gate(
    dataset: Annotated[str, typer.Argument(help="The dataset, as in configs/datasets.")],
    baseline: Annotated[str, typer.Option("--baseline", help="The version that is in use (A).")],
    candidate: Annotated[str, typer.Option("--candidate", help="The version that may replace it (B).")],
    k: Annotated[
        int | None, typer.Option("--k", help="Neighbors compared.", show_default="50", min=1)
    ] = None,
    metric: Annotated[
        str | None, typer.Option("--metric", help="cosine or euclidean; default: the first configured.")
    ] = None,
    top: Annotated[int, typer.Option("--top", help="Objects and slices listed.", min=1)] = 10,
    as_json: JsonOption = False,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write one self-contained page to this file.")
    ] = None,
    project: ProjectOption = PROJECT,
    store: StoreOption = None,
    compute: ComputeOption = None,
) -> None:
    """Judge a candidate version against a baseline by the thresholds of the dataset: a gate for releases."""
    pair = _pair(dataset, baseline, candidate)
    try:
        config = load_project(project)
        with opened(asked_compute(config.compute, compute)) as where, progress_bars() as report:
            work = Workspace(config, Store(store or config.store, create=True), report, where)
            found = run_gate(work, pair, metric, k, top)
        if html:
            html.write_text(gate_page(found), encoding="utf-8")
    except ComparisonError as error:
        raise _ended(pair, "not_comparable", error, as_json, NOT_COMPARABLE) from None
    except (InputError, StoreError, LostWorkersError, OSError) as error:
        raise _ended(pair, "bad_input", error, as_json, BAD_INPUT) from None
    if as_json:
        _write_json(found.to_json())
    else:
        print_gate(out, found)
        if html:
            out.print(Text(f"page written to {html}"))
    raise typer.Exit(PASSED if found.passed else DRIFT)


def history(
    dataset: Annotated[str, typer.Argument(help="The dataset.")],
    measure: Annotated[str, typer.Option("--measure", help="A measure of pairs.")] = "jaccard_mean",
    metric: Annotated[
        str | None, typer.Option("--metric", help="cosine or euclidean; default: the first there is.")
    ] = None,
    k: Annotated[
        int | None, typer.Option("--k", help="Neighbors compared; default: the largest there is.", min=1)
    ] = None,
    as_json: JsonOption = False,
    project: ProjectOption = PROJECT,
    store: StoreOption = None,
) -> None:
    """Print a measure of every published pair in the order of the versions, superseded comparisons included."""
    opened = Store(store or load_project(project).store)
    rows = chosen(recorded(opened, dataset, k), dataset, measure, metric, k)
    if as_json:
        _write_json([one.to_json() for one in rows])
    else:
        print_history(out, rows)


def _pair(dataset: str, baseline: str, candidate: str) -> PairKey:
    try:
        return PairKey(
            check_name(dataset, "dataset"), check_name(baseline, "version"), check_name(candidate, "version")
        )
    except ValueError as error:
        raise InputError(str(error)) from None


def _ended(pair: PairKey, status: str, error: Exception, as_json: bool, code: int) -> typer.Exit:
    errors.print(f"[bold red]error:[/] {plain(error)}")
    if as_json:
        named = {"dataset": pair.dataset, "baseline": pair.a, "candidate": pair.b}
        _write_json({"status": status, "passed": False, **named, "error": str(error)})
    return typer.Exit(code)


def _write_json(content: Any) -> None:
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n")
