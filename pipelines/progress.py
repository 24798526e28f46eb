"""Progress bars for the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pipelines.workspace import Report

errors = Console(stderr=True, soft_wrap=True, highlight=False)
"""Where progress and errors go, so that the standard output holds results alone."""


@contextmanager
def progress_bars() -> Iterator[Report]:
    """Give a `Report` that draws one bar a running computation."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True) as progress:

        def report(name: str):  # type: ignore[no-untyped-def]
            task = progress.add_task(name.replace("[", r"\["), total=None)

            def update(done: int, total: int) -> None:
                progress.update(task, completed=done, total=total, visible=done < total)

            return update

        yield report
