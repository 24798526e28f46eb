"""Run one side of a comparison in a process of its own and say what it cost."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Cost:
    """CPU seconds (all threads, user and system), wall-clock seconds, memory beyond the start in MB, and the result."""

    cpu: float
    wall: float
    memory: float
    result: Any


@dataclass(frozen=True)
class Row:
    """One line of the report.

    Attributes
    ----------
    ours, theirs
        Figures in `unit`; theirs is None where there is nothing to compare with.
    ratio
        theirs / ours, so larger is better; None without theirs.
    budget
        What was promised, in words.
    met
        Whether it is kept; None: reported only.
    """

    name: str
    unit: str
    ours: float
    theirs: float | None
    ratio: float | None
    budget: str
    met: bool | None

    def as_json(self) -> dict[str, Any]:
        """Return the row for the results file."""
        return asdict(self)


def cost_of(work: Callable[..., Any], *arguments: Any, warm: tuple[Any, ...] | None = None) -> Cost:
    """Run ``work(*arguments)`` in a fresh process; `warm` are arguments of a first call that is not counted."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_measured, args=(sender, work, arguments, warm))
    child.start()
    sender.close()
    try:
        cost = receiver.recv()
    except EOFError:
        child.join()
        raise RuntimeError(f"{work.__name__} ended with status {child.exitcode}") from None
    child.join()
    return Cost(*cost)


def _measured(
    sender: Any, work: Callable[..., Any], arguments: tuple[Any, ...], warm: tuple[Any, ...] | None
) -> None:
    if warm is not None:
        work(*warm)
    before, start = _cpu(), time.perf_counter()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = work(*arguments)
    wall, cpu = time.perf_counter() - start, _cpu() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sender.send((cpu, wall, (peak - memory) / 1024, result))


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)
