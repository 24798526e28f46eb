"""The runs for one want: how many there were, which go on, and those that nobody works on any more."""

import os
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from pipelines.resources import PROCESS

ATTEMPTS = 3
"""How often the same want is tried before it is given up until its file, configuration or code changes."""

WANT = "embedding-comparator/want"
"""Tag of a run: the digest of what it is for."""

CUT_OFF = "embedding-comparator/cut-off"
"""Tag of a failed run that ended with its whole instance: that says nothing about what it was for."""


@dataclass(frozen=True)
class Attempts:
    """What became of the runs for one want.

    Attributes
    ----------
    runs
        All of them, those that were cut off included.
    failures
        Those that failed by themselves.
    """

    runs: int
    failures: int
    is_going_on: bool

    @property
    def is_given_up(self) -> bool:
        """Whether it failed as often as it is tried."""
        return not self.is_going_on and self.failures >= ATTEMPTS

    @property
    def is_open(self) -> bool:
        """Whether it can be tried now."""
        return not self.is_going_on and not self.is_given_up


def attempts_at(instance: dg.DagsterInstance, want: str) -> Attempts:
    """Return what became of the runs for the want of this digest."""
    runs = instance.get_runs(dg.RunsFilter(tags={WANT: want}))
    failures = sum(run.is_failure and CUT_OFF not in run.tags for run in runs)
    return Attempts(len(runs), failures, any(not run.is_finished for run in runs))


def fail_orphans(instance: dg.DagsterInstance) -> list[str]:
    """Fail the runs whose process no longer exists, so that nothing stays started for ever; return their ids."""
    failed = []
    for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
        process = run.tags.get(PROCESS, "")
        if process and not _exists(int(process)):
            instance.report_run_failed(run, f"process {process}, which worked on this run, no longer exists")
            failed.append(run.run_id)
    return failed


def _exists(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def fail_unfinished_at(home: Path) -> list[str]:
    """Fail every run of an instance that nobody works on any more, before it is started again; return their ids."""
    with dg.DagsterInstance.from_config(str(home)) as instance:
        unfinished = [
            dg.DagsterRunStatus.STARTING,
            dg.DagsterRunStatus.STARTED,
            dg.DagsterRunStatus.CANCELING,
        ]
        runs = instance.get_runs(dg.RunsFilter(statuses=unfinished))
        for run in runs:
            instance.add_run_tags(run.run_id, {CUT_OFF: "yes"})
            instance.report_run_failed(run, "the instance was stopped while this run was going on")
        return [run.run_id for run in runs]
