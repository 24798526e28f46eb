"""The real daemon, as `embedding-comparator dev` starts it: versions appear, grow, break, are mended; it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import pytest

from artifacts.schemas import KINDS
from artifacts.store import Store
from pipelines.attempts import ATTEMPTS, CUT_OFF, WANT
from tests.orchestration.live import ROOT, daemon, environment, make_live, runs, told, working

START, END, REPLICATE, OTHER, LAST = "epoch-00", "epoch-50", "epoch-50-seed-1", "epoch-50-seed-2", "pixels"
DRIFT, SAME, NEXT = (
    f"digits@{a}..digits@{b}" for a, b in ((START, END), (END, REPLICATE), (REPLICATE, OTHER))
)
FAILED = [dg.DagsterRunStatus.FAILURE]

BACKFILL = """mutation($of: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $of) { __typename ... on LaunchBackfillSuccess { backfillId } }
}"""

NIGHTLY = """{
  scheduleOrError(scheduleSelector: {
    repositoryName: "__repository__", repositoryLocationName: "pipelines.definitions", scheduleName: "nightly"
  }) { ... on Schedule { scheduleState { id } } }
}"""
STOP = "mutation($id: String!) { stopRunningSchedule(id: $id) { __typename } }"


def refs(store):
    return {
        (kind, path): store.ref(kind, path).fingerprint for kind in KINDS for path in store.ref_paths(kind)
    }


@contextmanager
def growing(path, content) -> Iterator[None]:
    """Write a checkpoint on and on, as a training that saves it would, up to half of it."""
    done = threading.Event()

    def write() -> None:
        written = 0
        with path.open("wb", buffering=0) as file:
            while not done.wait(0.3):
                file.write(content[written : written + 512])
                written = min(written + 512, len(content) // 2)
            file.write(content[written : len(content) // 2])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        done.set()
        writer.join()


def verdicts(instance, partition):
    """Name of every check of a pair to whether its latest evaluation passed."""
    found = {}
    for name in ("similarity", "chance", "common_objects"):
        key = dg.AssetCheckKey(dg.AssetKey("similarity"), name)
        history = instance.event_log_storage.get_asset_check_execution_history(key, 50)
        judged = [one.evaluation for one in history if one.partition == partition]
        found[name] = next(one for one in judged if isinstance(one, dg.AssetCheckEvaluation)).passed
    return found


def computed(instance, run):
    """Whether a run of a pair computed anything, as it told."""
    asked = dg.AssetRecordsFilter(dg.AssetKey("similarity"))
    records = instance.fetch_materializations(asked, limit=50).records
    (event,) = [one.asset_materialization for one in records if one.run_id == run.run_id]
    return event.metadata["computed"].value


def is_over(instance):
    return all(run.is_finished for run in runs(instance))


@pytest.mark.long
def test_versions_appear_grow_break_are_mended_and_survive_killed_workers_and_daemons(tmp_path, webhook):
    webhook.refusals = 2
    every_minute = "schedule: {cron: '* * * * *'}\n"
    live = make_live(tmp_path, f"alerts: {{webhook: '{webhook.url}'}}\n{every_minute}")
    store = Store(live.folder / "store")
    live.add(START)
    live.add(END)

    def is_compared(a, b):
        return lambda: store.find_ref("comparison", f"digits/{a}..{b}")

    def alerts(event):
        return [one for one in webhook.received if one["event"] == event]

    def has_told(sentence):
        return lambda: [one for one in told(instance, "reconcile") if sentence in one]

    with dg.DagsterInstance.from_config(str(live.home)) as instance:
        with daemon(live) as child:
            with growing(live.checkpoint(REPLICATE), (live.waiting / f"{REPLICATE}.npz").read_bytes()):
                child.until("the first pair is compared", is_compared(START, END))
                child.until("the third version is waited for", has_told("may still be written"))
                spaces = [f"digits@{version}" for version in (START, END, REPLICATE)]
                assert instance.get_dynamic_partitions("spaces") == spaces
                assert instance.get_dynamic_partitions("pairs") == [DRIFT, SAME]
                assert [run.status.value for run in runs(instance, f"digits@{START}")] == ["SUCCESS"]
                assert runs(instance, f"digits@{REPLICATE}") == []

            child.until(
                "half a version is given up", has_told(f"{REPLICATE}: gave up after {ATTEMPTS} attempts")
            )
            failed = runs(instance, f"digits@{REPLICATE}")
            assert [run.status for run in failed] == FAILED * ATTEMPTS
            assert store.find_ref("space", f"digits/{REPLICATE}") is None

            live.add(REPLICATE)
            child.until("the mended version is compared", is_compared(END, REPLICATE))
            assert len({run.tags[WANT] for run in runs(instance, f"digits@{REPLICATE}")}) == 2
            asked = {"assetSelection": [{"path": ["similarity"]}], "partitionNames": [DRIFT, SAME]}
            answer = child.ask(BACKFILL, of=asked)["launchPartitionBackfill"]
            again = {"dagster/backfill": answer["backfillId"]}, {"dagster/schedule_name": "nightly"}
            for tags in again:
                child.until(
                    f"both pairs are looked at again by {tags}",
                    lambda tags=tags: (
                        {DRIFT, SAME}
                        == {run.tags["dagster/partition"] for run in runs(instance, **tags) if run.is_success}
                    ),
                )
                assert not any(computed(instance, run) for run in runs(instance, **tags) if run.is_success)
            nightly = child.ask(NIGHTLY)["scheduleOrError"]["scheduleState"]["id"]
            stopped = child.ask(STOP, id=nightly)["stopRunningSchedule"]
            assert stopped["__typename"] == "ScheduleStateResult"
            assert verdicts(instance, DRIFT) == {"similarity": False, "chance": True, "common_objects": True}
            assert set(verdicts(instance, SAME).values()) == {True}
            history = dg.AssetKey("history")
            child.until("the history is recorded", lambda: instance.get_latest_materialization_event(history))
            child.until("the failed runs are told", lambda: len(alerts("run failed")) == ATTEMPTS)
            child.until("the drift is told", lambda: alerts("check failed"))
            assert webhook.refused == webhook.refusals
            assert {one["partition"] for one in alerts("run failed")} == {f"digits@{REPLICATE}"}
            assert {(one["partition"], one["check"]) for one in alerts("check failed")} == {
                (DRIFT, "similarity")
            }

            live.add(OTHER)
            victim = child.until("a run of the fourth", lambda: working(instance, f"digits@{OTHER}"), 0.05)
            os.kill(next(iter(victim)), signal.SIGKILL)
            child.until("the fourth is compared all the same", is_compared(REPLICATE, OTHER))
            assert sorted(run.status.value for run in runs(instance, f"digits@{OTHER}")) == [
                "FAILURE",
                "SUCCESS",
            ]

            live.add(LAST)
            child.until("a run of the fifth", lambda: working(instance, f"digits@{LAST}"), 0.05)
            child.kill()
        with daemon(live) as child:
            child.until("the fifth is compared", is_compared(OTHER, LAST))
            child.until("all is as wanted", has_told("9 of 9 are as wanted (5 spaces, 4 pairs)"))
            child.until("every run has ended", lambda: is_over(instance))
            assert child.end() == []
        assert [CUT_OFF in run.tags for run in runs(instance, f"digits@{LAST}")] == [False, True]
        sequence = "may still be written", "gave up", "9 of 9 are as wanted"
        places = [
            next(place for place, one in enumerate(told(instance, "reconcile")) if sentence in one)
            for sentence in sequence
        ]
        assert places == sorted(places)
    command = [sys.executable, "-m", "pipelines", "build", "--project", live.file]
    subprocess.run([*command, "--store", live.folder / "built"], env=environment(), cwd=ROOT, check=True)
    assert refs(store) == refs(Store(live.folder / "built"))
