"""The history of a dataset: every pair in the order of its versions, superseded comparisons before the current one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from artifacts.history import recorded
from artifacts.queries import Queries
from artifacts.store import Store
from pipelines.build import build
from pipelines.config import load_project
from pipelines.past import sparkline
from pipelines.workspace import Workspace
from tests.conftest import make_project


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Versions v3, v9 and v10, built with K = 12 and again with K = 11."""
    made = make_project(tmp_path_factory.mktemp("history"), "neighbors: {k: 12, metric: [cosine]}\n")
    for old, new in (("v1", "v10"), ("v2", "v9")):
        (made.folder / "checkpoints" / f"{old}.txt").rename(made.folder / "checkpoints" / f"{new}.txt")
    file = made.folder / "configs" / "datasets" / "words.yaml"
    text = file.read_text().replace("policy: all", "policy: consecutive")
    for k in (12, 11):
        file.write_text(text.replace("k: 12", f"k: {k}"))
        config = load_project(made.file)
        work = Workspace(config, Store(config.store, create=True))
        assert [one.error for one in build(work, ["words"]) if one.error] == []
    return made


@pytest.fixture
def rebuilt(project):
    return Store(project.folder / "store")


def test_pairs_stand_in_the_order_of_versions_and_the_superseded_before_the_current(rebuilt):
    rows = [one for one in recorded(rebuilt, "words") if one.name == "cka"]
    assert [(one.order, one.a, one.b, one.state) for one in rows] == [
        (0, "v3", "v9", "superseded"),
        (0, "v3", "v9", "current"),
        (1, "v9", "v10", "superseded"),
        (1, "v9", "v10", "current"),
    ]
    refs = [rebuilt.ref("comparison", path) for path in ("words/v3..v9", "words/v9..v10")]
    assert [one.fingerprint for one in rows if one.state == "current"] == [ref.fingerprint for ref in refs]
    assert all(one.created == rebuilt.manifest("comparison", one.fingerprint).created for one in rows)


def test_the_current_values_are_those_of_the_measures(rebuilt):
    queries = Queries(rebuilt)
    expected = queries.measures(queries.comparison("words", "v9", "v10"))
    found = [one for one in recorded(rebuilt, "words") if one.order == 1 and one.state == "current"]
    assert len(found) == len(expected) > 5
    for one, measure in zip(found, expected, strict=True):
        assert (one.name, one.metric, one.k, one.n) == (measure.name, measure.metric, measure.k, measure.n)
        np.testing.assert_equal([one.value, one.low, one.high], [measure.value, measure.low, measure.high])


def test_a_k_that_the_measures_lack_is_read_from_the_curve(rebuilt):
    queries = Queries(rebuilt)
    curve = queries.curve(queries.comparison("words", "v9", "v10"), "cosine")
    rows = recorded(rebuilt, "words", k=7)
    (found,) = [
        one for one in rows if (one.order, one.state, one.name, one.k) == (1, "current", "jaccard_mean", 7)
    ]
    assert found.value == curve.jaccard_mean[6]
    assert len(recorded(rebuilt, "words", k=10)) == len(recorded(rebuilt, "words")), "k = 10 is already there"


def test_what_was_deleted_of_a_superseded_comparison_is_left_out(project, tmp_path):
    rebuilt = Store(shutil.copytree(project.folder / "store", tmp_path / "store"))
    old = next(one for one in recorded(rebuilt, "words") if one.state == "superseded")
    _, measures = rebuilt.manifest("comparison", old.fingerprint).inputs["measures"]
    shutil.rmtree(next((Path(rebuilt.url) / "objects" / "measures").glob(f"*/{measures}")))
    left = recorded(Store(rebuilt.url), "words")
    assert {(one.order, one.state) for one in left} == {
        (0, "current"),
        (1, "superseded"),
        (1, "current"),
    }


def test_the_command_prints_a_line_a_pair_and_json_that_a_script_can_read(run, project):
    status, out, _ = run("history", "words", "--project", project.file, "--k", "7")
    assert status == 0
    assert "jaccard_mean k = 7 cosine" in out
    assert [line.split()[:3] for line in out.splitlines() if "→" in line] == [
        ["v3", "→", "v9"],
        ["v3", "→", "v9"],
        ["v9", "→", "v10"],
        ["v9", "→", "v10"],
    ]
    assert out.count("superseded") == 2
    status, out, _ = run("history", "words", "--project", project.file, "--measure", "cka", "--json")
    rows = json.loads(out)
    assert [row["state"] for row in rows] == ["superseded", "current"] * 2
    assert all(row["name"] == "cka" and 0 <= row["value"] <= 1 for row in rows)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["wrods"], "no pair of 'wrods' is published"),
        (["words", "--measure", "ckaa"], "--measure 'ckaa': there are chance_adjusted_mean, cka"),
        (["words", "--metric", "euclidean"], "is there for cosine"),
        (["words", "--k", "40"], "jaccard_mean is there for k = "),
    ],
)
def test_what_is_not_there_is_told_with_what_is(run, project, arguments, told):
    status, _, err = run("history", *arguments, "--project", project.file)
    assert status == 2
    assert told in err


def test_a_sparkline_spans_its_values_and_leaves_gaps():
    assert sparkline([0.2, float("nan"), 0.4]) == "▁·█"
    assert sparkline([0.5, 0.5]) == "▄▄"
    assert sparkline([]) == ""
