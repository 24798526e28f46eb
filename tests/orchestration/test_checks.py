"""The asset checks on a real instance: one verdict a partition, its severity, and what else the Dagster UI shows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import dagster as dg
import pytest

from artifacts.schemas import KINDS
from pipelines.checks import CHECKS
from pipelines.definitions import definitions
from pipelines.resources import ProjectResource
from tests.gate_project import write_project

ROOT = Path(__file__).parents[2]
SPACES = ("base", "run-2", "run-3", "drifted")
PAIRS = ("words@base..words@run-2", "words@base..words@drifted")


OF_A_SPACE = ("space", "neighbors", "health", "projections")


def run(instance, project, assets, partition=None):
    resources = {"project": ProjectResource(project=str(project))}
    chosen = [one for one in definitions.assets if one.key.to_user_string() in assets]
    return dg.materialize(
        definitions.assets,
        instance=instance,
        resources=resources,
        selection=chosen,
        partition_key=partition,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """An instance in which four spaces, a replicate's pair and a drifted pair were materialised; and the project."""
    project = write_project(tmp_path_factory.mktemp("checks"))
    with dg.DagsterInstance.local_temp(str(tmp_path_factory.mktemp("home"))) as instance:
        instance.add_dynamic_partitions("spaces", [f"words@{version}" for version in SPACES])
        instance.add_dynamic_partitions("pairs", list(PAIRS))
        for version in SPACES:
            assert run(instance, project, OF_A_SPACE, f"words@{version}").success
        for pair in PAIRS:
            assert run(instance, project, ["similarity"], pair).success
        yield instance, project


def verdicts(instance, asset, partition):
    """Name to evaluation of every check of one partition of an asset, as the event log has them."""
    records = instance.event_log_storage.get_asset_check_execution_history
    found = {}
    for name, check in CHECKS.items():
        if check.asset == asset:
            (record,) = [
                one
                for one in records(dg.AssetCheckKey(dg.AssetKey(asset), name), limit=50)
                if one.partition == partition
            ]
            found[name] = record.event.dagster_event.asset_check_evaluation_data
    return found


@pytest.mark.parametrize("asset", OF_A_SPACE)
def test_every_check_of_a_space_is_recorded_once_for_each_partition(built, asset):
    instance, _ = built
    for version in SPACES:
        found = verdicts(instance, asset, f"words@{version}")
        assert found
        assert [name for name, one in found.items() if not one.passed] == []
        assert {one.partition for one in found.values()} == {f"words@{version}"}


def test_a_replicate_passes_and_a_drifted_version_warns_with_the_sentence_and_the_numbers(built):
    instance, _ = built
    assert [name for name, one in verdicts(instance, "similarity", PAIRS[0]).items() if not one.passed] == []
    drifted = verdicts(instance, "similarity", PAIRS[1])
    wrong = {name: one for name, one in drifted.items() if not one.passed}
    assert set(wrong) == {"slices", "noise"}
    assert {one.severity for one in wrong.values()} == {dg.AssetCheckSeverity.WARN}
    assert drifted["chance"].severity == dg.AssetCheckSeverity.ERROR
    assert "where kind = <b>moved</b>" in wrong["slices"].description
    assert (
        wrong["noise"].metadata["changed_cosine"].value
        > wrong["noise"].metadata["changed_cosine_limit"].value
    )


def test_a_pair_links_to_its_page(built):
    instance, _ = built
    event = instance.get_latest_materialization_event(dg.AssetKey("similarity"))
    page = event.asset_materialization.metadata["page"]
    assert isinstance(page, dg.UrlMetadataValue)
    assert page.value.startswith("https://example.org/viewer?")
    assert parse_qs(urlsplit(page.value).query) == {"dataset": ["words"], "a": ["base"], "b": ["drifted"]}


def test_the_history_shows_every_pair_and_the_numbers_of_the_latest(built):
    instance, project = built
    result = run(instance, project, ["history"])
    (event,) = result.asset_materializations_for_node("history")
    assert event.metadata["dagster/row_count"].value == 2
    rows = [record.data for record in event.metadata["history"].records]
    assert [row["pair"] for row in rows] == [PAIRS[1], PAIRS[0]]
    assert event.metadata["words_jaccard_mean"].value == rows[-1]["jaccard_mean"]
    assert rows[0]["jaccard_mean"] < rows[1]["jaccard_mean"]
    assert event.metadata["picture"].value.startswith("![words](data:image/png;base64,")


def test_the_columns_of_an_asset_are_those_of_its_tables():
    specs = {spec.key.to_user_string(): spec for asset in definitions.assets for spec in asset.specs}
    for asset, kind in (("space", "space"), ("projections", "projection"), ("similarity", "similarity")):
        schema = specs[asset].metadata["dagster/column_schema"]
        shown = {column.name.rpartition(".")[2]: column.description for column in schema.columns}
        tables = KINDS[kind].tables.values()
        expected = {name: column.about for table in tables for name, column in table.columns.items()}
        assert expected.items() <= shown.items()


def test_owners_of_the_project_file_own_every_asset(built):
    _, project = built
    code = (
        "import json; from pipelines.definitions import definitions as d; "
        "print(json.dumps([list(spec.owners) for asset in d.assets for spec in asset.specs]))"
    )
    environment = {**os.environ, "EMBEDDING_COMPARATOR_PROJECT": str(project)}
    child = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, cwd=ROOT, env=environment,
    )  # fmt: skip
    assert child.returncode == 0, child.stderr
    assert "PreviewWarning" not in child.stderr
    assert json.loads(child.stdout.splitlines()[-1]) == [["team:search"]] * 6
