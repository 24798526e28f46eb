"""The command `embedding-comparator`. Parses, calls, prints; computes nothing itself."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from artifacts.errors import MissingArtifactError, StoreError
from artifacts.queries import PATIENT, Queries
from artifacts.store import Store
from pipelines import commands
from pipelines.adhoc import compare_files
from pipelines.build import Built, build
from pipelines.compute import opened
from pipelines.config import Project, load_project
from pipelines.config_compute import ComputeConfig, asked_compute
from pipelines.demo.project import demo_project, write_checkpoints
from pipelines.errors import InputError, LostWorkersError
from pipelines.export import check_format, export_neighbors, write_table
from pipelines.facts import judged_build
from pipelines.measures import REGISTRY, definition_of
from pipelines.options import (
    PROJECT,
    AtOption,
    ComputeOption,
    DagsterHomeOption,
    PortOption,
    ProjectOption,
    StoreOption,
    asked,
    out,
    plain,
    space_key,
    whole_numbers,
)
from pipelines.pair_page import pair_facts, pair_page
from pipelines.progress import errors, progress_bars
from pipelines.report import print_comparison, print_health, print_measures
from pipelines.serve_cli import SERVE_EXAMPLES, serve
from pipelines.serving import Served, dagster_home, prepare_home, run_dagster, serve_viewer
from pipelines.store_cli import store_app
from pipelines.workspace import Workspace

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="What changed between two embedding spaces, and does it matter?",
)
INTERRUPTED = 130


def main() -> None:
    """Run the command; exit 0 ok, 1 something failed, 2 usage or bad input, 130 interrupted."""
    try:
        app()
    except (InputError, MissingArtifactError) as error:
        errors.print(f"[bold red]error:[/] {plain(error)}")
        sys.exit(2)
    except (StoreError, LostWorkersError, OSError) as error:
        errors.print(f"[bold red]failed:[/] {plain(error)}")
        sys.exit(1)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            errors.print("interrupted: nothing half-written counts; run the same command again to go on")
        raise


@app.command(
    "build",
    epilog="Examples: `embedding-comparator build` · `embedding-comparator build --only digits` · "
    "`embedding-comparator build --store s3://bucket/store --compute tcp://scheduler:8786` · "
    "`embedding-comparator build --dagster-home artifacts/data/dagster`",
)
def build_command(
    project: ProjectOption = PROJECT,
    store: StoreOption = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="This dataset alone; repeatable.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 when a check did not pass.")] = False,
    compute: ComputeOption = None,
    dagster_home: DagsterHomeOption = None,
) -> None:
    """Ingest every checkpoint and compare every pair of the project; compute only what is not there yet."""
    config = load_project(project)
    datasets, where = only or list(config.datasets), asked_compute(config.compute, compute)
    raise typer.Exit(_build(config, store or config.store, datasets, where, strict=strict, home=dagster_home))


@app.command(
    epilog="Examples: `embedding-comparator compare old.bin new.txt` · "
    "`embedding-comparator compare old.csv new.csv --k 10,50 --metric euclidean --export scores.parquet` · "
    "`embedding-comparator compare s3://bucket/v1.npz#layer_6 zip://v2.txt::models.zip`"
)
def compare(
    a: Annotated[str, typer.Argument(help="Checkpoint file or URL of space A (the older or the base).")],
    b: Annotated[str, typer.Argument(help="Checkpoint file or URL of space B (the newer or the candidate).")],
    k: Annotated[
        str | None, typer.Option("--k", help="Neighbors compared; several: 10,50,100.", show_default="50")
    ] = None,
    metric: Annotated[str, typer.Option("--metric", help="cosine or euclidean.")] = "cosine",
    store: Annotated[
        str | None, typer.Option("--store", help="Keep the artifacts in this store, to browse them.")
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            "--export",
            help="Write one row per common object (.parquet, .csv, .json): key, overlap and jaccard; "
            "with several k: overlap_10, jaccard_10, overlap_50, …",
        ),
    ] = None,
    top: Annotated[int, typer.Option("--top", help="Objects listed at each end.", min=1)] = 10,
) -> None:
    """Compare two checkpoint files and print what changed most and least."""
    if export:
        check_format(export)
    with tempfile.TemporaryDirectory(prefix="embedding-comparator-") as scratch:
        with progress_bars() as report:
            opened = Store(store or scratch, create=True)
            found = compare_files(a, b, whole_numbers(k), metric, opened, report)
        print_comparison(out, found.queries, found.comparison, found.metric, found.ks, top)
        if export:
            write_table(export, found.scores())
            out.print(f"scores of {found.comparison.n:,} objects written to {export}")
    if store:
        out.print(f"browse it with: embedding-comparator serve --store {store}")


@app.command(
    epilog="Examples: `embedding-comparator report digits@epoch-00..digits@epoch-50` · "
    "`embedding-comparator report digits@epoch-50` · "
    "`embedding-comparator report digits@epoch-00..digits@epoch-50 --html report.html`"
)
def report(
    key: Annotated[str, typer.Argument(help="A pair, DATASET@A..DATASET@B, or a space, DATASET@VERSION.")],
    k: Annotated[
        str | None, typer.Option("--k", help="Neighbors compared; several: 10,50.", show_default="50")
    ] = None,
    metric: Annotated[str, typer.Option("--metric", help="cosine or euclidean.")] = "cosine",
    top: Annotated[int, typer.Option("--top", help="Objects listed at each end.", min=1)] = 10,
    at: AtOption = "",
    html: Annotated[
        Path | None,
        typer.Option(
            "--html", help="Of a pair: write one page that opens offline, at the first k, to this file."
        ),
    ] = None,
    project: ProjectOption = PROJECT,
    store: StoreOption = None,
) -> None:
    """Print what the store holds of a pair or of the health of a space."""
    queries = Queries(Store(store or load_project(project).store), PATIENT)
    if ".." not in key:
        if at:
            raise InputError(
                "--at names a version of a pair; the health of a space is that of its current version"
            )
        if html:
            raise InputError("--html writes the page of a pair: name one, as words@v1..words@v2")
        print_health(out, key, queries.health_of(space_key(key)))
        return
    comparison, ks = asked(queries, key, at, metric, k)
    if html:
        html.write_text(pair_page(pair_facts(queries, comparison, metric, ks[0], top)), encoding="utf-8")
        out.print(f"page written to {plain(html)}")
        return
    print_comparison(out, queries, comparison, metric, ks, top)


@app.command(
    epilog="Examples: `embedding-comparator metrics` · `embedding-comparator metrics cka` · "
    "`embedding-comparator metrics --json`"
)
def metrics(
    name: Annotated[str | None, typer.Argument(help="Tell everything about this measure.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List every measure: what it says, its range, and where it comes from."""
    try:
        definitions = [definition_of(name)] if name else list(REGISTRY.values())
    except KeyError as error:
        raise InputError(str(error.args[0])) from None
    if as_json:
        sys.stdout.write(
            json.dumps([asdict(one) for one in definitions], ensure_ascii=False, indent=1) + "\n"
        )
    else:
        print_measures(out, definitions)


app.command(epilog=commands.GATE_EXAMPLES)(commands.gate)
app.command(epilog=commands.HISTORY_EXAMPLES)(commands.history)

export_app = typer.Typer(no_args_is_help=True, help="Write artifacts of a store to a file.")
app.add_typer(export_app, name="export")
app.add_typer(store_app, name="store")


@export_app.command(
    "neighbors",
    epilog="Example: `embedding-comparator export neighbors digits@epoch-50 --metric cosine --out neighbors.parquet`",
)
def export_neighbors_command(
    space: Annotated[str, typer.Argument(help="The space, DATASET@VERSION.")],
    to: Annotated[Path, typer.Option("--out", help="File to write: .parquet, .csv or .json.")],
    metric: Annotated[str, typer.Option("--metric", help="cosine or euclidean.")] = "cosine",
    project: ProjectOption = PROJECT,
    store: StoreOption = None,
) -> None:
    """Write the neighbors of every object of a space: key, rank (from 1), neighbor, distance."""
    check_format(to)
    opened = Store(store or load_project(project).store)
    with progress_bars() as report:
        rows = export_neighbors(opened, space_key(space), metric, to, report(f"export {space}"))
    out.print(f"{rows:,} neighbors written to {to}")


app.command(epilog=SERVE_EXAMPLES)(serve)


@app.command(epilog="Example: `embedding-comparator dev --port 3000`")
def dev(
    project: ProjectOption = PROJECT,
    store: StoreOption = None,
    port: Annotated[int, typer.Option("--port", help="Port of the Dagster UI.", min=1, max=65535)] = 3000,
) -> None:
    """Start the Dagster UI and daemon, with a home of its own in the store's folder, until Ctrl-C."""
    from pipelines.attempts import fail_unfinished_at  # only this command needs Dagster

    config = load_project(project)
    url = store or config.store
    home = prepare_home(project, dagster_home(Store(url, create=True).url, project))
    if failed := fail_unfinished_at(home):
        errors.print(f"{len(failed)} runs that were cut off the last time are marked as failed")
    raise typer.Exit(run_dagster(project, url, home, port))


@app.command(
    epilog="Examples: `embedding-comparator demo` · `embedding-comparator demo --build-only --store /tmp/demo`"
)
def demo(
    store: StoreOption = None,
    port: PortOption = 5006,
    build_only: Annotated[bool, typer.Option("--build-only", help="Do not serve the page.")] = False,
) -> None:
    """Make the demo data, build its comparisons, serve the page and print its address."""
    config = demo_project(Path.cwd())
    with progress_bars() as report:
        write_checkpoints(config, report)
    url = store or config.store
    code = _build(config, url, ["digits", "docstrings"], asked_compute(config.compute), judge=False)
    if code or build_only:
        raise typer.Exit(code)
    raise typer.Exit(
        serve_viewer(url, Served(port), lambda address: out.print(f"the page: [bold]{address}[/]"))
    )


def _build(
    config: Project,
    url: str,
    datasets: list[str],
    compute: ComputeConfig,
    *,
    judge: bool = True,
    strict: bool = False,
    home: Path | None = None,
) -> int:
    """Build, print one line for what was computed or failed and a sum, and return the exit status."""
    results: list[Built] = []
    with opened(compute) as where, progress_bars() as report:
        work = Workspace(config, Store(url, create=True), report, where)
        for built in _reported(work, build(work, datasets), home):
            results.append(built)
            _print_built(built)
        told = judged_build(work, results) if judge else []
    artifacts = [artifact for built in results for artifact in built.artifacts]
    computed = {artifact.reference for artifact in artifacts if artifact.computed}
    unchanged = {artifact.reference for artifact in artifacts} - computed
    failed = [built.error for built in results if built.error]
    nothing = "nothing to compute: " if not computed and not failed else ""
    out.print(
        f"{nothing}{len(computed)} artifacts computed, {len(unchanged)} unchanged, {len(failed)} failed · {url}"
    )
    for key, judgement in told:
        errors.print(f"[yellow]{judgement.severity}[/] {key}: {plain(judgement.description)}")
    if not failed:
        return 1 if strict and told else 0
    return 2 if all(isinstance(error, InputError) for error in failed) else 1


def _reported(work: Workspace, results: Iterator[Built], home: Path | None) -> Iterator[Built]:
    """Give the results of a build; where there is a Dagster home, each is reported to it as it comes."""
    if home is None:
        yield from results
        return
    from pipelines.runless import reporting  # only who has a Dagster home needs Dagster

    with reporting(home, work) as reporter:
        for built in results:
            reporter.report(built)
            yield built
        reporter.report_history()


def _print_built(built: Built) -> None:
    if built.error:
        errors.print(f"[bold red]failed[/] {built.key}: {plain(built.error)}")
    elif seconds := sum(artifact.seconds for artifact in built.artifacts):
        out.print(f"{built.key}: {seconds:.1f} s")
