"""Processes that read damaged files one after another, and what becomes of all of them.

Half of the inputs come from a mutator of bytes, half from hypothesis. Where a process dies or hangs, the next one goes
on behind that input. For a reader that always gets a process of its own, reading such an input in one must end with
blocks or be refused; for any other it has escaped.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import signal
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import hypothesis

from pipelines.ingest import READERS
from pipelines.ingest.isolation import Limits
from tests.ingest.conftest import WRITERS
from tests.ingest.mutations import EDITS, SECONDS, Edit, Outcome, Subject, megabytes

HANG_SECONDS = 60
CHECKED_ALONE = 20
AT_ONCE = 20
"""Inputs that one process reads where each would have a process of its own: what a library keeps must not add up."""


# Every worker is a copy of one process that has imported what they need, and has no threads.
FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(["tests.ingest.mutation_workers"])
MEMORY = 4 << 30
"""Bytes for a reader that is given no process of its own, so that this machine survives what is wrong with it."""


@dataclass
class Tally:
    """What became of the inputs of one format."""

    inputs: int = 0
    refused: int = 0
    seconds: float = 0
    slowest: float = 0
    most_memory: float = 0
    deaths: list[int] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)

    def add(self, number: int, outcome: Outcome) -> None:
        self.inputs += 1
        self.refused += outcome.refused
        self.seconds += outcome.seconds
        self.slowest = max(self.slowest, outcome.seconds)
        self.most_memory = max(self.most_memory, outcome.megabytes)
        if not outcome.is_good:
            took = f"{outcome.seconds:.1f} s, {outcome.megabytes:.0f} MB"
            self.bad.append(f"input {number}: {took} {outcome.escaped}")


def outcomes(written_format: str, first: int, last: int) -> Iterator[tuple[int, Outcome]]:
    """Read the inputs of some numbers in a process of its own; ends early where it dies or hangs."""
    here, there = FORKING.Pipe(duplex=False)
    folder = tempfile.mkdtemp()  # the process may die before it could remove it
    worker = FORKING.Process(target=_work, args=(there, folder, written_format, first, last), daemon=True)
    worker.start()
    there.close()
    try:
        while here.poll(HANG_SECONDS):
            yield here.recv()
    except EOFError:
        pass
    finally:
        worker.kill()
        worker.join()
        here.close()
        shutil.rmtree(folder)


def _work(pipe: Connection, folder: str, written_format: str, first: int, last: int) -> None:
    """Say what becomes of each input; numbers below zero are inputs of hypothesis."""
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def answer(number: int, read: Callable[[], Outcome]) -> None:
        signal.setitimer(signal.ITIMER_PROF, SECONDS + 0.5)  # ends the process
        _allow(more)
        outcome = read()
        resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        signal.setitimer(signal.ITIMER_PROF, 0)
        pipe.send((number, outcome))

    more = Limits().memory if READERS[WRITERS[written_format][0]].is_isolated else MEMORY
    _allow(more)  # before Arrow is used: without a limit, its allocator takes a GiB at once
    subject = Subject(written_format, Path(folder))
    if first < 0:
        _explore(subject, range(first, last), answer)
    for number in range(max(first, 0), last):
        answer(number, partial(subject.damaged, number))
    os._exit(0)  # what a damaged file did to a library must not matter at its end


def _allow(more: int) -> None:
    """Let this process have some more bytes than it has now; what it already has says nothing about an input."""
    allowed = (int(megabytes("VmData")) << 20) + more
    resource.setrlimit(resource.RLIMIT_DATA, (allowed, resource.RLIM_INFINITY))


def _explore(subject: Subject, numbers: range, answer: Callable[[int, Callable[[], Outcome]], None]) -> None:
    left = iter(numbers)

    @hypothesis.seed(numbers.start)
    @hypothesis.settings(
        max_examples=len(numbers),
        phases=[hypothesis.Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(EDITS)
    def explore(edits: list[Edit]) -> None:
        number = next(left, None)
        if number is not None:
            answer(number, partial(subject.edited, number, edits))

    explore()


def drive(written_format: str, count: int) -> Tally:
    """Read `count` inputs of one format."""
    tally = Tally()
    is_isolated = READERS[WRITERS[written_format][0]].is_isolated
    for first, last in ((-(count // 2), 0), (0, count - count // 2)):
        while first < last:
            end = min(last, first + AT_ONCE) if is_isolated else last
            for number, outcome in outcomes(written_format, first, end):
                tally.add(number, outcome)
                first = number + 1
            if first < end:
                tally.deaths.append(first)
                first += 1
    with tempfile.TemporaryDirectory() as folder:
        subject = Subject(written_format, Path(folder))
        alone = [number for number in tally.deaths if number >= 0][:CHECKED_ALONE]
        for number in tally.deaths:
            tally.inputs += 1
            if not subject.is_isolated:
                tally.bad.append(f"input {number}: the process died")
            elif number in alone and (escaped := _escaped_alone(subject, number)):
                tally.bad.append(f"input {number}: killed its process; alone, {escaped}")
    return tally


def _escaped_alone(subject: Subject, number: int) -> str:
    """Say what escapes where the input of a number is read in a process of its own; empty where nothing does."""
    try:
        subject.refused_alone(number)
    except Exception:
        return traceback.format_exc(limit=-4)
    return ""
