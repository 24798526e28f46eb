"""`build` beside a Dagster instance: the instance is told the same as runs of its own would have told it."""

from __future__ import annotations

import dagster as dg
import pytest

from pipelines.checks import CHECKS
from tests.orchestration.test_assets import run as run_job

DIFFERENT = {"seconds", "computed", "artifacts", "store"}
"""Metadata that tells of the run, not of the data."""


def told(instance, asset, partition):
    """The latest materialisation of a partition and every check's latest evaluation."""
    asked = dg.AssetRecordsFilter(dg.AssetKey(asset), asset_partitions=[partition] if partition else None)
    record = instance.fetch_materializations(asked, limit=1).records[0]
    event = record.asset_materialization
    checks = {}
    for name, check in CHECKS.items():
        if check.asset == asset:
            key = dg.AssetCheckKey(dg.AssetKey(asset), name)
            history = instance.event_log_storage.get_asset_check_execution_history(key, 50)
            checks[name] = next(one.evaluation for one in history if one.partition == partition)
    return event, checks, record


def evaluations(instance):
    return sum(
        len(instance.event_log_storage.get_asset_check_execution_history(
            dg.AssetCheckKey(dg.AssetKey(check.asset), name), 1000
        ))
        for name, check in CHECKS.items()
    )  # fmt: skip


def materializations(instance):
    assets = {check.asset for check in CHECKS.values()} | {"history"}
    return {
        name: len(instance.fetch_materializations(dg.AssetKey(name), limit=1000).records) for name in assets
    }


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    return folder


def test_build_tells_the_instance_what_its_own_runs_would_have_told(run, small_project, home, tmp_path):
    status, _, errors = run("build", "--project", small_project.file, "--dagster-home", home)
    assert status == 0, errors
    spaces, pair = [f"words@v{i}" for i in (1, 2, 3)], "words@v1..words@v2"
    with (
        dg.DagsterInstance.from_config(str(home)) as instance,
        dg.DagsterInstance.local_temp(str(tmp_path)) as other,
    ):
        assert instance.get_dynamic_partitions("spaces") == spaces
        assert len(instance.get_dynamic_partitions("pairs")) == 3
        other.add_dynamic_partitions("spaces", spaces)
        other.add_dynamic_partitions("pairs", [pair])
        for job, partition in (("build_space", "words@v2"), ("compare_pair", pair)):
            assert run_job(other, small_project, job, partition).success
        asked = [(asset, "words@v2") for asset in ("space", "neighbors", "health", "projections")]
        for asset, partition in [*asked, ("similarity", pair)]:
            (ours, our_checks, record), (theirs, their_checks, _) = (
                told(one, asset, partition) for one in (instance, other)
            )
            assert ours.metadata.keys() == theirs.metadata.keys()
            assert {name: value for name, value in ours.metadata.items() if name not in DIFFERENT} == {
                name: value for name, value in theirs.metadata.items() if name not in DIFFERENT
            }
            assert ours.tags["dagster/data_version"] == theirs.tags["dagster/data_version"]
            assert our_checks.keys() == their_checks.keys()
            for name, ours_judged in our_checks.items():
                theirs_judged = their_checks[name]
                for field in ("passed", "severity", "description", "metadata", "partition"):
                    assert getattr(ours_judged, field) == getattr(theirs_judged, field)
                assert ours_judged.target_materialization_data.storage_id == record.storage_id
        history, _, _ = told(instance, "history", None)
        assert history.metadata["dagster/row_count"].value == 3


def test_a_second_build_tells_nothing_again_but_verdicts_by_other_thresholds(
    run, small_project, home, monkeypatch
):
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    assert run("build", "--project", small_project.file)[0] == 0
    with dg.DagsterInstance.from_config(str(home)) as instance:
        made, judged = materializations(instance), evaluations(instance)
        assert made == {
            "space": 3,
            "neighbors": 3,
            "health": 3,
            "projections": 3,
            "similarity": 3,
            "history": 1,
        }
        assert run("build", "--project", small_project.file)[0] == 0
        assert (materializations(instance), evaluations(instance)) == (made, judged)
        config = small_project.folder / "configs" / "datasets" / "words.yaml"
        config.write_text(config.read_text() + "checks: {pair: {similarity: [{min: 0.9, k: 10}]}}\n")
        assert run("build", "--project", small_project.file)[0] == 0
        assert (materializations(instance), evaluations(instance)) == (made, judged + 3)
        _, checks, _ = told(instance, "similarity", "words@v1..words@v2")
        assert not checks["similarity"].passed


def test_a_home_that_is_not_there_is_a_usage_error(run, small_project, tmp_path):
    status, _, errors = run("build", "--project", small_project.file, "--dagster-home", tmp_path / "nowhere")
    assert status == 2
    assert "nowhere: no such Dagster home" in errors


def test_what_failed_is_not_told(run, small_project, home):
    (small_project.folder / "checkpoints" / "v2.txt").write_text("60 8\nword-0 1 2 3\n")
    assert run("build", "--project", small_project.file, "--dagster-home", home)[0] == 2
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert materializations(instance)["space"] == 2
        assert instance.get_dynamic_partitions("pairs") == ["words@v1..words@v3"]
