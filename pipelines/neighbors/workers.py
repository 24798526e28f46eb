"""Objects in blocks, and threads that work through them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import Any

from pipelines.neighbors.lists import Progress

BLOCK = 1024
"""Objects of a block, which one worker at a time writes about."""

TILE = 128
"""Objects of a tile: its products with a block fit a processor's second-level cache."""


def blocks(stop: int, first: int = 0) -> list[slice]:
    """Return the blocks of the objects `first` … `stop` − 1."""
    return [slice(start, min(start + BLOCK, stop)) for start in range(first, stop, BLOCK)]


def tiles(block: slice) -> list[slice]:
    """Return the tiles of a block."""
    return [slice(start, min(start + TILE, block.stop)) for start in range(block.start, block.stop, TILE)]


def run(
    threads: int,
    tasks: Sequence[tuple[Callable[..., None], tuple[Any, ...]]],
    progress: Progress | None = None,
) -> None:
    """Run tasks on threads, a few at a time, so that Ctrl-C ends after those that run.

    Parameters
    ----------
    tasks
        Functions and their arguments.
    progress
        Called with (tasks done, all tasks).
    """
    waiting = iter(tasks)
    with ThreadPoolExecutor(threads) as pool:
        running: set[Future[None]] = {
            pool.submit(work, *values) for work, values in islice(waiting, 2 * threads)
        }
        done = 0
        while running:
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                future.result()
            done += len(finished)
            running |= {pool.submit(work, *values) for work, values in islice(waiting, len(finished))}
            if progress:
                progress(done, len(tasks))
