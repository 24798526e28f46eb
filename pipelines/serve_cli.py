"""The command `serve`: it parses, calls and prints; `pipelines.cli` lists it."""

from __future__ import annotations

from typing import Annotated

import typer

from artifacts.store import Store
from pipelines.config import load_project
from pipelines.options import PROJECT, PortOption, ProjectOption, StoreOption, out
from pipelines.serving import Served, serve_viewer

SERVE_EXAMPLES = (
    "`/healthz` answers who watches the server. Sessions are signed with a secret of this process, or with "
    "BOKEH_SECRET_KEY where several servers share their sessions. "
    "Examples: `embedding-comparator serve` · "
    "`embedding-comparator serve --store artifacts/data --port 5006` · "
    "`embedding-comparator serve --address 0.0.0.0 --prefix /embeddings --allow-origin example.org --num-procs 4`"
)


def serve(
    project: ProjectOption = PROJECT,
    store: StoreOption = None,
    port: PortOption = 5006,
    address: Annotated[
        str, typer.Option("--address", help="Network interface to listen on; 0.0.0.0: all.")
    ] = "127.0.0.1",
    prefix: Annotated[
        str, typer.Option("--prefix", help="Path before /viewer, behind a proxy.", show_default="none")
    ] = "",
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-origin",
            help="HOST[:PORT] in the address bar of those who may use the page; repeatable.",
            show_default="this machine",
        ),
    ] = None,
    num_procs: Annotated[int, typer.Option("--num-procs", help="Processes that share the port.", min=1)] = 1,
    most_sessions: Annotated[
        int, typer.Option("--most-sessions", help="Sessions of one process; more are answered 503.", min=1)
    ] = 100,
) -> None:
    """Serve the page until Ctrl-C, hardened: `panel serve viewer` is for a machine whose users are all trusted."""
    url = store or load_project(project).store
    Store(url)
    served = Served(port, address, prefix, num_procs, tuple(allow_origin or ()), most_sessions)
    raise typer.Exit(serve_viewer(url, served, lambda told: out.print(f"the page: {told}")))
