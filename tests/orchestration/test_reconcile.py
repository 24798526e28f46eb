"""The reconcile sensor and its neighbors on a real instance: what they request, skip, give up and clean."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime

import dagster as dg
import pytest

from artifacts.store import Store
from pipelines.attempts import ATTEMPTS, CUT_OFF, WANT, fail_orphans, fail_unfinished_at
from pipelines.automation import alert_failed_runs, nightly, nightly_history, reconcile
from pipelines.build import build
from pipelines.config import load_project
from pipelines.definitions import definitions
from pipelines.resources import PROCESS, ProjectResource
from pipelines.workspace import Workspace
from tests.conftest import write_text_checkpoint


@pytest.fixture
def instance(tmp_path):
    with dg.DagsterInstance.local_temp(str(tmp_path)) as made:
        yield made


def resource(small_project):
    return ProjectResource(project=str(small_project.file))


def tick(instance, small_project):
    """Evaluate the sensor and apply what it says about partitions; returns its result."""
    with dg.build_sensor_context(
        instance=instance, resources={"project": resource(small_project)}, definitions=definitions
    ) as context:
        result = reconcile(context)
    for change in result.dynamic_partitions_requests or ():
        for key in change.partition_keys:
            if isinstance(change, dg.AddDynamicPartitionsRequest):
                instance.add_dynamic_partitions(change.partitions_def_name, [key])
            else:
                instance.delete_dynamic_partition(change.partitions_def_name, key)
    return result


def requested(result):
    return [(request.job_name, request.partition_key) for request in result.run_requests or ()]


def pretend(instance, request, status):
    """Record a run for a request, as a launcher would leave it."""
    return instance.create_run_for_job(
        definitions.resolve_job_def(request.job_name),
        tags=request.tags | ({"dagster/partition": request.partition_key} if request.partition_key else {}),
        status=status,
    )


def build_all(small_project):
    project = load_project(small_project.file)
    results = list(build(Workspace(project, Store(project.store, create=True)), list(project.datasets)))
    assert [str(one.error) for one in results if one.error] == []


def test_new_checkpoints_are_partitions_and_requests_in_the_same_tick(instance, small_project):
    result = tick(instance, small_project)
    assert requested(result) == [("build_space", f"words@v{i}") for i in (1, 2, 3)]
    assert instance.get_dynamic_partitions("spaces") == ["words@v1", "words@v2", "words@v3"]
    assert len(instance.get_dynamic_partitions("pairs")) == 3


def test_pairs_are_requested_once_their_spaces_are_published(instance, small_project):
    build_all(small_project)
    store = Store(load_project(small_project.file).store)
    for path in store.ref_paths("comparison"):
        store.storage.remove(f"refs/comparison/{path}.json")
    assert requested(tick(instance, small_project)) == [
        ("compare_pair", f"words@{a}..words@{b}") for a, b in (("v1", "v2"), ("v1", "v3"), ("v2", "v3"))
    ]


def record_history(instance, small_project):
    job = dg.Definitions(
        assets=definitions.assets, jobs=definitions.jobs, resources={"project": resource(small_project)}
    ).resolve_job_def("record_history")
    assert job.execute_in_process(instance=instance).success


def test_with_nothing_to_do_the_tick_says_so(instance, small_project):
    build_all(small_project)
    record_history(instance, small_project)
    result = tick(instance, small_project)
    assert requested(result) == []
    assert result.skip_reason.skip_message == "6 of 6 are as wanted (3 spaces, 3 pairs)"


def test_the_history_is_requested_once_pairs_were_published_and_nothing_else_goes_on(instance, small_project):
    assert "record_history" not in [job for job, _ in requested(tick(instance, small_project))]
    build_all(small_project)
    wanted = tick(instance, small_project)
    assert requested(wanted) == [("record_history", None)]
    going_on = pretend(instance, wanted.run_requests[0], dg.DagsterRunStatus.STARTED)
    assert requested(tick(instance, small_project)) == []
    instance.report_run_failed(going_on)
    assert requested(tick(instance, small_project)) == [("record_history", None)]
    record_history(instance, small_project)
    assert requested(tick(instance, small_project)) == []
    checkpoints = small_project.folder / "checkpoints"
    write_text_checkpoint(checkpoints / "v4.txt", small_project.keys["v2"], small_project.vectors["v2"])
    assert requested(tick(instance, small_project)) == [("build_space", "words@v4")]
    build_all(small_project)
    assert requested(tick(instance, small_project)) == [("record_history", None)]


def test_at_night_the_history_is_requested_only_where_pairs_were_published_since(instance, small_project):
    def at_three():
        with dg.build_schedule_context(
            instance=instance,
            resources={"project": resource(small_project)},
            scheduled_execution_time=datetime(2026, 11, 26, 3, tzinfo=UTC),
        ) as context:
            return nightly_history(context)

    told = "no pair was published since the history was recorded"
    assert at_three().skip_message == told
    build_all(small_project)
    assert len(at_three()) == 1
    record_history(instance, small_project)
    assert at_three().skip_message == told


def test_a_checkpoint_that_may_still_be_written_is_neither_tried_nor_given_up(instance, small_project):
    config = small_project.folder / "configs" / "datasets" / "words.yaml"
    config.write_text(config.read_text().replace("{version}.txt", "{version}.txt\n  settle_seconds: 600"))
    checkpoints = small_project.folder / "checkpoints"
    long_ago = time.time() - 3600
    for version in ("v1", "v2"):
        os.utime(checkpoints / f"{version}.txt", (long_ago, long_ago))
    (checkpoints / "v3.txt").write_text("")  # of no known format yet
    result = tick(instance, small_project)
    assert requested(result) == [("build_space", "words@v1"), ("build_space", "words@v2")]
    for request in result.run_requests:
        pretend(instance, request, dg.DagsterRunStatus.STARTED)
    for _ in range(ATTEMPTS + 1):
        told = tick(instance, small_project).skip_reason.skip_message
        assert told.startswith("0 of 6 are as wanted (3 spaces, 3 pairs), 2 in progress; words@v3: ")
        assert "may still be written" in told
    os.utime(checkpoints / "v3.txt", (long_ago, long_ago))
    assert requested(tick(instance, small_project)) == [("build_space", "words@v3")]


def test_what_was_cut_off_with_the_instance_is_no_attempt(instance, small_project, tmp_path):
    (tmp_path / "dagster.yaml").write_text("")
    for _ in range(ATTEMPTS + 1):
        request = tick(instance, small_project).run_requests[0]
        assert request.partition_key == "words@v1"
        run = pretend(instance, request, dg.DagsterRunStatus.STARTED)
        assert fail_unfinished_at(tmp_path) == [run.run_id]
        assert CUT_OFF in instance.get_run_by_id(run.run_id).tags


def test_what_is_going_on_is_not_requested_again(instance, small_project):
    first = tick(instance, small_project).run_requests[0]
    pretend(instance, first, dg.DagsterRunStatus.STARTED)
    assert first.partition_key not in [key for _, key in requested(tick(instance, small_project))]


def test_after_three_failures_it_is_given_up_and_others_go_on_until_the_file_changes(instance, small_project):
    for attempt in range(ATTEMPTS):
        request = tick(instance, small_project).run_requests[1]
        assert request.partition_key == "words@v2"
        assert request.run_key.endswith(f"/{attempt}")
        pretend(instance, request, dg.DagsterRunStatus.FAILURE)
    result = tick(instance, small_project)
    assert [key for _, key in requested(result)] == ["words@v1", "words@v3"]
    build_spaces = [result.run_requests[0], result.run_requests[1]]
    for request in build_spaces:
        pretend(instance, request, dg.DagsterRunStatus.STARTED)
    assert "words@v2: gave up after 3 attempts" in tick(instance, small_project).skip_reason.skip_message
    path = small_project.folder / "checkpoints" / "v2.txt"
    path.write_text(path.read_text() + "\n")
    assert [key for _, key in requested(tick(instance, small_project))] == ["words@v2"]


def test_a_removed_version_is_no_longer_a_partition(instance, small_project):
    tick(instance, small_project)
    (small_project.folder / "checkpoints" / "v3.txt").unlink()
    tick(instance, small_project)
    assert instance.get_dynamic_partitions("spaces") == ["words@v1", "words@v2"]
    assert instance.get_dynamic_partitions("pairs") == ["words@v1..words@v2"]


def test_an_edited_config_counts_at_the_next_tick_and_a_broken_one_is_told(instance, small_project):
    tick(instance, small_project)
    config = small_project.folder / "configs" / "datasets" / "words.yaml"
    text = config.read_text()
    config.write_text(text.replace("policy: all", "policy: consecutive"))
    tick(instance, small_project)
    assert len(instance.get_dynamic_partitions("pairs")) == 2
    config.write_text(text.replace("policy: all", "policy: al"))
    assert "words.yaml" in tick(instance, small_project).skip_reason.skip_message


def test_a_dataset_that_cannot_be_listed_keeps_no_other_back(instance, small_project):
    other = small_project.folder / "configs" / "datasets" / "wrong.yaml"
    other.write_text("dataset: wrong\nspaces:\n  a: {path: a.txt}\npairs:\n  policy: list\n  list: [a..z]\n")
    result = tick(instance, small_project)
    assert "words@v1" in [key for _, key in requested(result)]
    for request in result.run_requests:
        pretend(instance, request, dg.DagsterRunStatus.STARTED)
    assert "'z'" in tick(instance, small_project).skip_reason.skip_message


def test_a_dataset_that_cannot_be_listed_for_a_while_keeps_its_partitions(instance, small_project):
    tick(instance, small_project)
    config = small_project.folder / "configs" / "datasets" / "words.yaml"
    text = config.read_text()
    config.write_text(text.replace("policy: all", "policy: all\n  max_pairs: 2"))
    result = tick(instance, small_project)
    assert result.dynamic_partitions_requests == []
    for request in result.run_requests:
        pretend(instance, request, dg.DagsterRunStatus.STARTED)
    assert "asks for 3 pairs" in tick(instance, small_project).skip_reason.skip_message
    assert len(instance.get_dynamic_partitions("pairs")) == 3


def test_a_run_whose_process_is_gone_is_failed_and_one_that_works_is_not(instance, small_project):
    requests = tick(instance, small_project).run_requests
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead, alive = (pretend(instance, one, dg.DagsterRunStatus.STARTED) for one in requests[:2])
    instance.add_run_tags(dead.run_id, {PROCESS: str(ended.pid)})
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as working:
        instance.add_run_tags(alive.run_id, {PROCESS: str(working.pid)})
        assert fail_orphans(instance) == [dead.run_id]
        working.stdin.close()
    assert instance.get_run_by_id(dead.run_id).status == dg.DagsterRunStatus.FAILURE
    assert instance.get_run_by_id(alive.run_id).status == dg.DagsterRunStatus.STARTED


def test_what_was_cut_off_is_failed_before_the_instance_starts_again(instance, small_project, tmp_path):
    request = tick(instance, small_project).run_requests[0]
    run = pretend(instance, request, dg.DagsterRunStatus.STARTED)
    (tmp_path / "dagster.yaml").write_text("")
    assert fail_unfinished_at(tmp_path) == [run.run_id]
    assert instance.get_run_by_id(run.run_id).status == dg.DagsterRunStatus.FAILURE


def test_the_schedule_requests_every_published_pair(instance, small_project):
    def at_three(project):
        with dg.build_schedule_context(
            instance=instance,
            resources={"project": project},
            scheduled_execution_time=datetime(2026, 11, 26, 3, tzinfo=UTC),
        ) as context:
            return nightly(context)

    assert at_three(resource(small_project)).skip_message == "no pair is published yet"
    build_all(small_project)
    requests = at_three(resource(small_project))
    assert [request.partition_key for request in requests] == [
        f"words@{a}..words@{b}" for a, b in (("v1", "v2"), ("v1", "v3"), ("v2", "v3"))
    ]
    assert len({request.run_key for request in requests}) == 3


def test_a_failed_run_is_posted_to_the_webhook_even_when_the_first_try_fails(
    instance, small_project, webhook
):
    webhook.refusals = 1
    small_project.file.write_text(small_project.file.read_text() + f"alerts: {{webhook: '{webhook.url}'}}\n")
    (small_project.folder / "checkpoints" / "v2.txt").write_text("60 8\nword-0 1 2 3\n")
    instance.add_dynamic_partitions("spaces", ["words@v2"])
    job = dg.Definitions(
        assets=definitions.assets, jobs=definitions.jobs, resources={"project": resource(small_project)}
    ).resolve_job_def("build_space")
    result = job.execute_in_process(instance=instance, partition_key="words@v2", raise_on_error=False)
    event = next(event for event in result.all_events if event.is_run_failure)
    context = dg.build_run_status_sensor_context(
        sensor_name="alert_failed_runs",
        dagster_instance=instance,
        dagster_run=result.dagster_run,
        dagster_event=event,
        resources={"project": resource(small_project)},
    ).for_run_failure()
    start = time.monotonic()
    with context:
        alert_failed_runs(context)
    assert time.monotonic() - start < 10
    (document,) = webhook.received
    assert (document["event"], document["job"], document["partition"]) == (
        "run failed",
        "build_space",
        "words@v2",
    )


def test_a_request_carries_the_digest_of_what_it_is_for(instance, small_project):
    digests = {request.tags[WANT] for request in tick(instance, small_project).run_requests}
    assert len(digests) == 3
    assert {request.tags[WANT] for request in tick(instance, small_project).run_requests} == digests
