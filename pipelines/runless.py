"""Tell a Dagster instance what `build` published outside of its runs, so that its UI shows the same history."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationTargetMaterializationData,  # not exported: what binds a verdict to the data it is about
)
from dagster._core.event_api import (
    PartitionKeyFilter,
)  # not exported: the only way to ask for one partition's verdict

from artifacts.history import history_version
from artifacts.names import PairKey
from artifacts.queries import PATIENT, Queries
from pipelines import assets, reported
from pipelines.build import Built
from pipelines.checks import CHECKS
from pipelines.errors import InputError
from pipelines.facts import judged_built
from pipelines.workspace import Artifact, Workspace

DATA_VERSION = "dagster/data_version"
"""Tag of a materialisation, as runs set it."""

_OF_SPACES: dict[str, tuple[dg.AssetsDefinition, Callable[..., Any]]] = {
    "space": (assets.space, reported.of_space),
    "neighbors": (assets.neighbors, reported.of_neighbors),
    "health": (assets.health, reported.of_health),
    "projection": (assets.projections, reported.of_projections),
}
"""Kind of artifact of a space to the asset that consists of it, and what is told of that asset."""


@contextmanager
def reporting(home: Path, work: Workspace) -> Iterator["Reporter"]:
    """Give a `Reporter` to the Dagster instance whose home is `home`.

    Raises
    ------
    InputError
        There is no such folder.
    """
    if not home.is_dir():
        raise InputError(
            f"{home}: no such Dagster home: make the folder, or run 'embedding-comparator dev' once"
        )
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield Reporter(instance, work)


class Reporter:
    """Reports what a build published to one instance; what the instance knows already is not repeated.

    Parameters
    ----------
    instance
        The instance, open.
    work
        What the build works with.
    """

    def __init__(self, instance: dg.DagsterInstance, work: Workspace) -> None:
        self._instance = instance
        self._work = work
        self._queries = Queries(work.store, PATIENT)
        self._build = str(uuid4())

    def report(self, built: Built) -> None:
        """Report one space or pair: its partition, materialisations and verdicts; nothing of one that failed."""
        if built.error:
            return
        partition = str(built.key)
        partitions = assets.PAIRS if isinstance(built.key, PairKey) else assets.SPACES
        self._instance.add_dynamic_partitions(str(partitions.name), [partition])
        known = set()
        for asset, made, result_of in _grouped(built):
            if self._version(asset, partition) == reported.version_of(made):
                known.add(asset.key.to_user_string())
            else:
                self._tell(asset, partition, result_of(self._work, built.key, made))
        if known:  # other thresholds may judge the same data otherwise
            for judgement in judged_built(self._work, built, self._queries):
                if CHECKS[judgement.name].asset in known:
                    self._judge_again(partition, reported.check_result(judgement))

    def report_history(self) -> None:
        """Report the history, unless it is the one that was told the last time."""
        version = history_version(self._work.store, list(self._work.project.datasets))
        if self._version(assets.history, None) != version:
            self._tell(assets.history, None, reported.of_history(self._work))

    def _tell(
        self, asset: dg.AssetsDefinition, partition: str | None, result: dg.MaterializeResult[Any]
    ) -> None:
        # Without the version of the code Dagster takes the data to be as fresh as its time says; with it, it would miss
        # the versions of all inputs, which only a run notes, and call the asset unsynced.
        tags = {DATA_VERSION: result.data_version.value if result.data_version else ""}
        self._instance.report_runless_asset_event(
            dg.AssetMaterialization(asset.key, metadata=result.metadata, partition=partition, tags=tags)
        )
        for check in result.check_results or ():
            self._judge(asset.key, partition, check)

    def _judge_again(self, partition: str, check: dg.AssetCheckResult) -> None:
        """Report a verdict on data that is known, unless it is the one that was told the last time."""
        asset = dg.AssetKey(CHECKS[str(check.check_name)].asset)
        told = self._instance.event_log_storage.get_asset_check_execution_history(
            dg.AssetCheckKey(asset, str(check.check_name)),
            1,
            partition_filter=PartitionKeyFilter(key=partition),
        )
        before = told[0].evaluation if told else None
        # What a run has only planned is no verdict yet.
        same = isinstance(before, dg.AssetCheckEvaluation) and before.passed == check.passed
        if before is None or not same or before.description != check.description:
            self._judge(asset, partition, check)

    def _judge(self, asset: dg.AssetKey, partition: str | None, check: dg.AssetCheckResult) -> None:
        record = self._latest(asset, partition)
        judged = record and AssetCheckEvaluationTargetMaterializationData(
            storage_id=record.storage_id, run_id=record.run_id, timestamp=record.timestamp
        )
        evaluation = dg.AssetCheckEvaluation(
            asset,
            str(check.check_name),
            check.passed,
            check.metadata,
            judged,
            check.severity,
            check.description,
            partition=partition,
        )
        # A second runless verdict on one partition would be refused: Dagster keeps one a check, partition and run id.
        event = dg.DagsterEvent(
            dg.DagsterEventType.ASSET_CHECK_EVALUATION.value, "", event_specific_data=evaluation
        )
        self._instance.report_dagster_event(event, run_id=self._build)

    def _version(self, asset: dg.AssetsDefinition, partition: str | None) -> str | None:
        record = self._latest(asset.key, partition)
        found = record.asset_materialization if record else None
        return (found.tags or {}).get(DATA_VERSION) if found else None

    def _latest(self, asset: dg.AssetKey, partition: str | None) -> dg.EventLogRecord | None:
        asked = dg.AssetRecordsFilter(asset, asset_partitions=[partition] if partition else None)
        return next(iter(self._instance.fetch_materializations(asked, limit=1).records), None)


def _grouped(built: Built) -> Iterator[tuple[dg.AssetsDefinition, Sequence[Artifact], Callable[..., Any]]]:
    """Give the assets that a build made of a space or pair, each with its artifacts."""
    if isinstance(built.key, PairKey):
        yield assets.similarity, built.artifacts, reported.of_pair
        return
    for kind, (asset, result_of) in _OF_SPACES.items():
        if made := [one for one in built.artifacts if one.manifest.kind == kind]:
            yield asset, made, result_of
