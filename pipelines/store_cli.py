"""The commands `embedding-comparator store …`: look after a store. Parse, call, print."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from artifacts.gc import GRACE_SECONDS, KEPT_VERSIONS, collect
from artifacts.inventory import take_inventory
from artifacts.lookup import Found, find_object
from artifacts.queries import Queries
from artifacts.schemas import KINDS
from artifacts.store import Store
from artifacts.verify import verify
from pipelines.compute import opened
from pipelines.config import load_project
from pipelines.config_compute import asked_compute
from pipelines.errors import InputError
from pipelines.export import check_format, write_table
from pipelines.export_scores import scores_of_objects
from pipelines.options import (
    PROJECT,
    AtOption,
    JsonOption,
    KOption,
    MetricOption,
    ProjectOption,
    StoreOption,
    asked,
    seconds,
)
from pipelines.progress import progress_bars
from pipelines.pruning import forget, unwanted
from pipelines.rebuild import rebuild
from pipelines.store_report import (
    input_tree,
    print_inventory,
    print_object,
    print_swept,
    print_verification,
    shown_records,
)
from pipelines.workspace import Workspace

store_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Look after a store: what it holds, whether it is whole, what can go.",
)
out = Console(soft_wrap=True, highlight=False)

KeyArgument = Annotated[
    str,
    typer.Argument(
        help="A space DATASET@VERSION, a pair DATASET@A..DATASET@B, KIND/PATH, or the first 8 digits of a fingerprint."
    ),
]


@store_app.command(
    "ls",
    epilog="Examples: `embedding-comparator store ls` · "
    "`embedding-comparator store ls --kind comparison --dataset digits --all`",
)
def list_command(
    kind: Annotated[str | None, typer.Option("--kind", help="Artifacts of this kind alone.")] = None,
    dataset: Annotated[str | None, typer.Option("--dataset", help="Of this dataset alone.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Superseded and unreferenced ones as well.")
    ] = False,
    as_json: JsonOption = False,
    project: ProjectOption = PROJECT,
    store: StoreOption = None,
) -> None:
    """List the artifacts: kind, key, state, rows, size, age, fingerprint."""
    if kind is not None and kind not in KINDS:
        raise InputError(f"--kind {kind!r} is unknown: choose one of {', '.join(KINDS)}")
    opened = _open(store, project)
    inventory = take_inventory(opened)
    shown = shown_records(inventory, kind, dataset, everything)
    if as_json:
        _print_json([asdict(record) for record in shown])
    else:
        print_inventory(out, inventory, shown, opened.url)


@store_app.command(
    epilog="Examples: `embedding-comparator store show digits@epoch-00..digits@epoch-50` · "
    "`embedding-comparator store show neighbors/digits/epoch-50/cosine`"
)
def show(
    key: KeyArgument,
    as_json: JsonOption = False,
    project: ProjectOption = PROJECT,
    store: StoreOption = None,
) -> None:
    """Tell everything about one artifact: parameters, facts, tables, what it was computed from, earlier versions."""
    opened = _open(store, project)
    found = _find(opened, key)
    manifest = opened.manifest(*found.reference)
    if as_json:
        _print_json(
            {
                **asdict(manifest),
                "inputs": input_tree(opened, manifest),
                "ref": asdict(found.ref) if found.ref else None,
            }
        )
    else:
        print_object(out, opened, manifest, found.ref)


@store_app.command(
    "verify",
    epilog="Examples: `embedding-comparator store verify` · `embedding-comparator store verify digits@epoch-50`",
)
def verify_command(
    key: Annotated[
        str | None, typer.Argument(help="This artifact alone, with all it was computed from.")
    ] = None,
    as_json: JsonOption = False,
    project: ProjectOption = PROJECT,
    store: StoreOption = None,
) -> None:
    """Read every file that is needed and compare its sha256; exit 1 when something is damaged."""
    opened = _open(store, project)
    roots = None if key is None else [_find(opened, key).reference]
    with progress_bars() as report:
        found = verify(opened, roots, report("verify"))
    if as_json:
        _print_json(asdict(found))
    else:
        print_verification(out, found, opened.url)
    raise typer.Exit(1 if found.damages else 0)


@store_app.command(
    epilog="Examples: `embedding-comparator store gc --dry-run` · `embedding-comparator store gc --keep 1 --grace 1h`"
)
def gc(
    keep: Annotated[
        int, typer.Option("--keep", help="Earlier versions of every key that stay.", min=0)
    ] = KEPT_VERSIONS,
    grace: Annotated[
        str,
        typer.Option(
            "--grace",
            help="What is younger stays (s, m, h, d). Less than the longest step of a build only while nothing builds.",
        ),
    ] = f"{GRACE_SECONDS / 3600:.0f}h",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Remove nothing; list what would be removed.")
    ] = False,
    as_json: JsonOption = False,
    project: ProjectOption = PROJECT,
    store: StoreOption = None,
) -> None:
    """Remove what no key needs any more, lost and temporary files; builds and readers may go on meanwhile."""
    opened = _open(store, project)
    with progress_bars() as report:
        swept = collect(opened, keep, seconds(grace), dry_run=dry_run, progress=report("gc"))
    if as_json:
        _print_json({**asdict(swept), "bytes": swept.bytes, "dry_run": dry_run})
    else:
        print_swept(out, swept, dry_run, listed=dry_run)


@store_app.command(
    epilog="Examples: `embedding-comparator store prune --dry-run` · `embedding-comparator store prune`"
)
def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Forget nothing; list what would be.")] = False,
    as_json: JsonOption = False,
    project: ProjectOption = PROJECT,
    store: StoreOption = None,
) -> None:
    """Forget versions without a checkpoint and pairs that no policy names; 'gc' then removes what only they needed."""
    opened = _open(store, project)
    paths = unwanted(load_project(project), opened)
    if not dry_run:
        forget(opened, paths)
    if as_json:
        _print_json({"forgotten": paths, "dry_run": dry_run})
    else:
        for path in paths:
            out.print(Text(path))
        out.print(f"{len(paths)} spaces and pairs {'would be' if dry_run else 'are'} forgotten")


@store_app.command(
    "rebuild",
    epilog="Examples: `embedding-comparator store rebuild 3f2a9c0d12ab` · "
    "`embedding-comparator store rebuild digits@epoch-00..digits@epoch-50`",
)
def rebuild_command(
    key: KeyArgument,
    as_json: JsonOption = False,
    project: ProjectOption = PROJECT,
    store: StoreOption = None,
) -> None:
    """Compute an artifact again, and what is damaged of all it was computed from; nothing else changes."""
    config = load_project(project)
    with opened(asked_compute(config.compute)) as where, progress_bars() as report:
        done = rebuild(Workspace(config, Store(store or config.store), report, where), key)
    if as_json:
        computed = [[*one.reference, one.manifest.key, round(one.seconds, 3)] for one in done.computed]
        _print_json({"wanted": done.wanted, "computed": computed})
        return
    for one in done.computed:
        out.print(f"computed {one.manifest.kind} {one.manifest.key}: {one.seconds:.1f} s", markup=False)
    out.print(f"{len(done.wanted)} artifacts taken out, {len(done.computed)} computed again")


@store_app.command(
    epilog="Example: `embedding-comparator store export digits@epoch-00..digits@epoch-50 --k 10,50 --out a.csv`"
)
def export(
    pair: Annotated[str, typer.Argument(help="The pair, DATASET@A..DATASET@B.")],
    to: Annotated[Path, typer.Option("--out", help="File to write: .parquet, .csv or .json.")],
    k: KOption = None,
    metric: MetricOption = "cosine",
    at: AtOption = "",
    as_json: JsonOption = False,
    project: ProjectOption = PROJECT,
    store: StoreOption = None,
) -> None:
    """Write one row per common object: key, overlap and jaccard, all its scores, noise, group, metadata in A and B."""
    check_format(to)
    queries = Queries(_open(store, project))
    comparison, ks = asked(queries, pair, at, metric, k)
    table = scores_of_objects(queries, comparison, metric, ks)
    write_table(to, table)
    if as_json:
        _print_json({"file": str(to), "rows": table.num_rows, "columns": table.column_names})
    else:
        out.print(f"{table.num_rows:,} objects, {table.num_columns} columns written to {to}", markup=False)


def _open(store: str | None, project: Path) -> Store:
    return Store(store or load_project(project).store)


def _find(store: Store, key: str) -> Found:
    try:
        return find_object(store, key)
    except ValueError as error:
        raise InputError(str(error)) from None


def _print_json(content: Any) -> None:
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=1, default=dict) + "\n")
