"""What the commands share: their options, and where results are printed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

out = Console(soft_wrap=True, highlight=False)

ProjectOption = Annotated[Path, typer.Option("--project", help="Project file.", show_default=True)]
StoreOption = Annotated[
    str | None, typer.Option("--store", help="Store, a folder, file:// or s3:// URL; default: the project's.")
]
PortOption = Annotated[int, typer.Option("--port", help="Port of the page.", min=0, max=65535)]
PROJECT = Path("configs/project.yaml")


def plain(error: object) -> str:
    """Return text in which Rich finds no markup."""
    return escape(str(error))
