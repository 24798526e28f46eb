"""What happens by itself: jobs for a space and for a pair, the sensor that keeps them wanted, the schedule, alerts."""

import os
from collections.abc import Collection, Iterator, Sequence
from logging import Logger
from pathlib import Path

import dagster as dg

from artifacts.errors import StoreError
from artifacts.history import history_version
from artifacts.names import PairKey, SpaceKey
from artifacts.store import Store
from pipelines.alerting import post
from pipelines.assets import PAIRS, SPACES, health, history, neighbors, projections, similarity, space
from pipelines.attempts import WANT, Attempts, attempts_at, fail_orphans
from pipelines.config import Project, ScheduleConfig, load_project
from pipelines.errors import InputError
from pipelines.reconcile import Want, plan
from pipelines.resources import ProjectResource

DATA_VERSION = "dagster/data_version"
"""Tag of a materialisation."""

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


record_history = dg.define_asset_job(
    "record_history",
    selection=dg.AssetSelection.assets(history),
    description="List what was measured of every published pair.",
)


@dg.sensor(
    jobs=[build_space, compare_pair, record_history],
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=10,
    description="Compare what the configuration wants with what is published, and request what is missing.",
)
def reconcile(context: dg.SensorEvaluationContext, project: ProjectResource) -> dg.SensorResult:
    """Add the partitions that the configuration wants, remove the others, and request what is missing."""
    try:
        wanted, store = project.load(), project.open_store()
        found = plan(wanted, store)
    except (InputError, StoreError, OSError) as error:
        return dg.SensorResult(skip_reason=str(error))
    fail_orphans(context.instance)
    tried = [(want, attempts_at(context.instance, want.digest)) for want in found.now]
    requests = [_request(want, made) for want, made in tried if made.is_open]
    going_on = sum(made.is_going_on for _, made in tried)
    if not requests and not going_on:  # once for all pairs that are being compared
        requests = _history_requests(context.instance, wanted, store)
    told = [*found.problems.values(), *(_gave_up(want, made) for want, made in tried if made.is_given_up)]
    for sentence in told:
        context.log.warning(sentence)
    total = len(found.spaces) + len(found.pairs)
    published = total - len(found.now) - len(found.waiting) - len(found.unsettled)
    summary = f"{published} of {total} are as wanted ({len(found.spaces)} spaces, {len(found.pairs)} pairs)"
    summary += f", {going_on} in progress" if going_on else ""
    return dg.SensorResult(
        run_requests=requests,
        dynamic_partitions_requests=[
            *_partition_changes(context.instance, SPACES, found.spaces, found.problems),
            *_partition_changes(context.instance, PAIRS, found.pairs, found.problems),
        ],
        skip_reason=None if requests else "; ".join([summary, *found.unsettled, *told]),
    )


def _request(want: Want, made: Attempts) -> dg.RunRequest:
    is_space = isinstance(want.key, SpaceKey)
    # A key is never launched twice, so each attempt has its own.
    return dg.RunRequest(
        run_key=f"{want.key}/{want.digest[:16]}/{made.runs}",
        job_name="build_space" if is_space else "compare_pair",
        partition_key=str(want.key),
        tags={WANT: want.digest},
    )


def _gave_up(want: Want, made: Attempts) -> str:
    return (
        f"{want.key}: gave up after {made.failures} attempts, until its checkpoint or configuration changes"
    )


def _history_requests(instance: dg.DagsterInstance, project: Project, store: Store) -> list[dg.RunRequest]:
    """Return the run that records the history, where pairs were published since the last time; else none."""
    version = history_version(store, list(project.datasets))
    event = instance.get_latest_materialization_event(history.key)
    last = event.asset_materialization if event else None
    if version == ((last.tags or {}).get(DATA_VERSION) if last else ""):
        return []
    made = attempts_at(instance, version)
    if not made.is_open:
        return []
    return [
        dg.RunRequest(
            run_key=f"history/{version[:16]}/{made.runs}", job_name="record_history", tags={WANT: version}
        )
    ]


def _partition_changes(
    instance: dg.DagsterInstance,
    partitions: dg.DynamicPartitionsDefinition,
    wanted: Sequence[SpaceKey | PairKey],
    unlisted: Collection[str],
) -> Iterator[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest]:
    keys = [str(key) for key in wanted]
    known = set(instance.get_dynamic_partitions(str(partitions.name)))
    if added := [key for key in keys if key not in known]:
        yield partitions.build_add_request(added)
    gone = known - set(keys)
    if removed := sorted(key for key in gone if key.partition("@")[0] not in unlisted):
        yield partitions.build_delete_request(removed)


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


@dg.schedule(
    job=record_history,
    cron_schedule=_SCHEDULE.cron,
    execution_timezone=_SCHEDULE.timezone,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Record the history where pairs were published since it was recorded.",
)
def nightly_history(
    context: dg.ScheduleEvaluationContext, project: ProjectResource
) -> list[dg.RunRequest] | dg.SkipReason:
    """Request the history where it is not that of what is published, as it may be while `reconcile` is off."""
    try:
        requests = _history_requests(context.instance, project.load(), project.open_store())
    except (InputError, StoreError, OSError) as error:
        return dg.SkipReason(str(error))
    return requests or dg.SkipReason("no pair was published since the history was recorded")


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
