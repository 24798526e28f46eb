"""What happens by itself: jobs for a space and for a pair, the sensor that keeps them wanted, the schedule, alerts."""

import os
from collections.abc import Iterator, Sequence
from logging import Logger
from pathlib import Path

import dagster as dg

from artifacts.errors import StoreError
from artifacts.names import SpaceKey
from pipelines.alerting import post
from pipelines.assets import PAIRS, SPACES, health, neighbors, projections, similarity, space
from pipelines.config import ScheduleConfig, load_project
from pipelines.errors import InputError
from pipelines.reconcile import Want, plan
from pipelines.resources import PROCESS, ProjectResource

ATTEMPTS = 3
"""How often the same want is tried before it is given up until its file, configuration or code changes."""

WANT = "embedding-comparator/want"
"""Tag of a run: the digest of what it is for."""

build_space = dg.define_asset_job(
    "build_space",
    selection=dg.AssetSelection.assets(space, neighbors, health, projections),
    description="Ingest one checkpoint, search its neighbors, measure its health and draw its maps.",
)

compare_pair = dg.define_asset_job(
    "compare_pair",
    selection=dg.AssetSelection.assets(similarity),
    description="Compare two published spaces.",
)


@dg.sensor(
    jobs=[build_space, compare_pair],
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=10,
    description="Compare what the configuration wants with what is published, and request what is missing.",
)
def reconcile(context: dg.SensorEvaluationContext, project: ProjectResource) -> dg.SensorResult:
    """Add the partitions that the configuration wants, remove the others, and request what is missing."""
    try:
        found = plan(project.load(), project.open_store())
    except (InputError, StoreError, OSError) as error:
        return dg.SensorResult(skip_reason=str(error))
    fail_orphans(context.instance)
    requests, told = [], list(found.problems)
    for want in found.now:
        request, given_up = _request(context.instance, want)
        requests += [request] if request else []
        told += [given_up] if given_up else []
    for sentence in told:
        context.log.warning(sentence)
    changes = [
        *_partition_changes(context.instance, SPACES, [str(key) for key in found.spaces]),
        *_partition_changes(context.instance, PAIRS, [str(key) for key in found.pairs]),
    ]
    total = len(found.spaces) + len(found.pairs)
    published = total - len(found.now) - len(found.waiting)
    summary = f"{published} of {total} are as wanted ({len(found.spaces)} spaces, {len(found.pairs)} pairs)"
    return dg.SensorResult(
        run_requests=requests,
        dynamic_partitions_requests=changes,
        skip_reason=None if requests else "; ".join([summary, *told]),
    )


def _request(instance: dg.DagsterInstance, want: Want) -> tuple[dg.RunRequest | None, str]:
    """Return the run to request for a want, or why there is none."""
    runs = instance.get_runs(dg.RunsFilter(tags={WANT: want.digest}))
    if any(not run.is_finished for run in runs):
        return None, ""
    failed = sum(run.is_failure for run in runs)
    if failed >= ATTEMPTS:
        return (
            None,
            f"{want.key}: gave up after {failed} attempts, until its checkpoint or configuration changes",
        )
    is_space = isinstance(want.key, SpaceKey)
    # A key is never launched twice, so each attempt has its own.
    request = dg.RunRequest(
        run_key=f"{want.key}/{want.digest[:16]}/{len(runs)}",
        job_name="build_space" if is_space else "compare_pair",
        partition_key=str(want.key),
        tags={WANT: want.digest},
    )
    return request, ""


def _partition_changes(
    instance: dg.DagsterInstance, partitions: dg.DynamicPartitionsDefinition, wanted: Sequence[str]
) -> Iterator[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest]:
    known = set(instance.get_dynamic_partitions(str(partitions.name)))
    if added := [key for key in wanted if key not in known]:
        yield partitions.build_add_request(added)
    if removed := sorted(known - set(wanted)):
        yield partitions.build_delete_request(removed)


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
            instance.report_run_failed(run, "the instance was stopped while this run was going on")
        return [run.run_id for run in runs]


def _schedule() -> ScheduleConfig:
    """Return the schedule of the project that Dagster is started for; the default when it cannot be read."""
    try:
        return load_project(
            Path(os.environ.get("EMBEDDING_COMPARATOR_PROJECT", "configs/project.yaml"))
        ).schedule
    except InputError:
        return ScheduleConfig()


_SCHEDULE = _schedule()


@dg.schedule(
    job=compare_pair,
    cron_schedule=_SCHEDULE.cron,
    execution_timezone=_SCHEDULE.timezone,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Request every pair again: what is published is not computed again, and its checks are judged again.",
)
def nightly(
    context: dg.ScheduleEvaluationContext, project: ProjectResource
) -> list[dg.RunRequest] | dg.SkipReason:
    """Request every published pair again."""
    try:
        found = plan(project.load(), project.open_store())
    except (InputError, StoreError, OSError) as error:
        return dg.SkipReason(str(error))
    pending = {str(want.key) for want in found.now} | {str(pair) for pair in found.waiting}
    pairs = [str(pair) for pair in found.pairs if str(pair) not in pending]
    tick = context.scheduled_execution_time.isoformat()
    requests = [dg.RunRequest(run_key=f"{tick}/{pair}", partition_key=pair) for pair in pairs]
    return requests or dg.SkipReason("no pair is published yet")


@dg.run_failure_sensor(
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Log every failed run and tell the webhook of the project.",
)
def alert_failed_runs(context: dg.RunFailureSensorContext, project: ProjectResource) -> None:
    """Log a failed run and post it to the configured webhook."""
    run = context.dagster_run
    _alert(
        context.log,
        project,
        {
            "event": "run failed",
            "job": run.job_name,
            "partition": run.tags.get("dagster/partition"),
            "run": run.run_id,
            "message": context.failure_event.message,
        },
    )


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Log every failed check and tell the webhook of the project.",
)
def alert_failed_checks(context: dg.RunStatusSensorContext, project: ProjectResource) -> None:
    """Log the failed checks of a run and post each to the configured webhook."""
    run = context.dagster_run
    checks = context.instance.get_records_for_run(
        run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
    )
    for record in checks.records:
        event = record.event_log_entry.dagster_event
        judged = event.asset_check_evaluation_data if event else None
        if judged and not judged.passed:
            _alert(
                context.log,
                project,
                {
                    "event": "check failed",
                    "check": judged.check_name,
                    "asset": judged.asset_key.to_user_string(),
                    "severity": judged.severity.value,
                    "partition": run.tags.get("dagster/partition"),
                    "run": run.run_id,
                    "message": judged.description,
                },
            )


def _alert(log: Logger, project: ProjectResource, document: dict[str, str | None]) -> None:
    log.warning(f"{document['event']}: {document['partition']}: {document['message']}")
    try:
        webhook = project.load().alerts.webhook
    except InputError as error:
        log.error(str(error))
        return
    refused = post(webhook, document) if webhook else None
    if refused:
        log.error(refused)
