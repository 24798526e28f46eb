"""The gate as a continuous integration meets it: exit status, JSON, the written page, and the offenders it names."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from artifacts.store import Store
from tests.gate_project import HOSTILE, N, write_project

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return write_project(tmp_path_factory.mktemp("gate"))


@pytest.fixture
def gate(run, project):
    def command(candidate, *more, baseline="base"):
        names = ["words", "--baseline", baseline, "--candidate", candidate]
        return run("gate", *names, "--project", project, *more)

    return command


def judgement(told, name):
    (found,) = [one for one in told["judgements"] if one["name"] == name]
    return found


def test_another_run_of_the_same_model_passes(gate):
    status, out, _ = gate("run-4")
    assert status == 0
    assert "words@base..words@run-4: passed" in out
    assert "not judged: there is no published previous pair" in out
    assert "the page: https://example.org/viewer?dataset=words&a=base&b=run-4&metric=cosine&k=40" in out


def test_a_planted_drift_does_not_pass_and_its_slice_and_objects_are_named(gate):
    status, out, _ = gate("drifted", "--json", "--k", "20")
    told = json.loads(out)
    assert status == 1
    assert (told["status"], told["passed"]) == ("drift", False)
    assert {one["name"] for one in told["judgements"] if not one["passed"]} == {"slices", "noise"}
    assert "kind = <b>moved</b>" in judgement(told, "slices")["description"]
    slices = {one["value"]: one for one in told["worst_slices"]}
    assert next(iter(slices)) == "<b>moved</b>"
    assert slices["<b>moved</b>"]["objects"] == N // 3
    assert slices["<b>moved</b>"]["similarity"] < 0.2 < slices["steady"]["similarity"]
    places = {**{key: i for i, key in enumerate(HOSTILE)}, **{f"object-{i - 3}": i for i in range(3, N)}}
    assert all(places[one["key"]] % 3 == 0 for one in told["worst_objects"])
    assert all(one["changed_beyond_noise"] for one in told["worst_objects"])


def test_json_tells_everything_that_a_script_needs(gate):
    told = json.loads(gate("drifted", "--json", "--top", "3", "--metric", "euclidean", "--k", "10")[1])
    assert set(told) == {
        "status", "passed", "dataset", "baseline", "candidate", "metric", "k", "common", "only_a", "only_b",
        "unmatched", "similarity", "chance", "changed", "judgements", "worst_objects", "worst_slices", "groups", "page",
    }  # fmt: skip
    assert (told["dataset"], told["baseline"], told["candidate"]) == ("words", "base", "drifted")
    assert (told["metric"], told["k"], told["common"]) == ("euclidean", 10, N)
    assert len(told["worst_objects"]) == 3
    for one in told["worst_objects"]:
        assert one["similarity"] == pytest.approx(one["overlap"] / (20 - one["overlap"]))
        assert one["lost"] and one["gained"] and not set(one["lost"]) & set(one["gained"])
    for one in told["judgements"]:
        assert set(one) == {"name", "passed", "severity", "description", "values"}
        assert all(isinstance(value, float) for value in one["values"].values())


class Tags(HTMLParser):
    """The tags and attributes of a page, and its text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.text = set(), [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


def test_the_page_holds_everything_and_keys_of_a_stranger_are_text_in_it(gate, tmp_path):
    gate("drifted", "--html", tmp_path / "gate.html", "--top", N)
    html = (tmp_path / "gate.html").read_text(encoding="utf-8")
    page = Tags(html)
    assert [key for key in (*HOSTILE, "kind = <b>moved</b>") if key not in page.text] == []
    assert page.tags.isdisjoint({"script", "link", "iframe", "object", "form"})
    assert [name for name, _ in page.attributes if name.startswith("on")] == []
    sources = [value for name, value in page.attributes if name in {"src", "href"}]
    assert [value.partition(",")[0] for value in sources if value.startswith("data:")] == [
        "data:image/png;base64"
    ]
    assert [value for value in sources if not value.startswith("data:")] == [
        "https://example.org/viewer?dataset=words&a=base&b=drifted&metric=cosine&k=40"
    ]
    assert "url(" not in html and "@import" not in html
    assert "default-src 'none'" in html


def test_markup_of_the_terminal_in_a_key_is_printed_as_text(gate):
    _, out, _ = gate("drifted", "--top", N)
    assert "[bold]x[/bold]" in re.sub(r"\s*│\s*\n│\s*", "", out)


@pytest.mark.parametrize(
    ("candidate", "more", "told"),
    [
        ("absent", [], "words@absent: neither a checkpoint nor published"),
        ("base", [], "are both 'base'"),
        ("drifted", ["--metric", "dot"], "--metric 'dot': choose one of cosine, euclidean"),
        ("drifted", ["--k", "41"], "up to k = 40"),
        ("dr ifted", [], "not allowed"),
        ("drifted", ["--store", "ftp://nowhere"], "ftp"),
    ],
)
def test_bad_input_ends_with_status_two_and_a_sentence(gate, candidate, more, told):
    status, out, err = gate(candidate, *more)
    assert status == 2
    assert told in err
    assert "Traceback" not in out + err


def test_versions_without_common_objects_are_not_comparable(gate):
    status, out, err = gate("strangers", "--json")
    told = json.loads(out)
    assert status == 3
    assert (told["status"], told["passed"]) == ("not_comparable", False)
    assert "no common keys" in told["error"]
    assert "no common keys" in err


def test_versions_that_only_the_store_holds_can_be_judged(run, gate, project, tmp_path):
    gate("run-2")
    for file in ("base.npz", "run-2.npz", "run-3.npz"):
        (project.parents[1] / "checkpoints" / file).rename(tmp_path / file)
    try:
        status, out, _ = gate("run-2")
    finally:
        for file in tmp_path.glob("*.npz"):
            file.rename(project.parents[1] / "checkpoints" / file.name)
    assert status == 0
    assert "passed" in out


def test_a_gate_publishes_what_build_would(run, gate, project, tmp_path):
    gate("run-2", "--store", tmp_path / "ours")
    run("build", "--project", project, "--store", tmp_path / "built")
    ours, built = (
        Store(tmp_path / name).ref("comparison", "words/base..run-2").fingerprint
        for name in ("ours", "built")
    )
    assert ours == built


def test_the_command_itself_ends_with_the_status(project):
    command = [
        sys.executable,
        "-m",
        "pipelines",
        "gate",
        "words",
        "--baseline",
        "base",
        "--candidate",
        "drifted",
    ]
    child = subprocess.run(
        [*command, "--project", str(project)], capture_output=True, text=True, cwd=ROOT, env=os.environ
    )
    assert child.returncode == 1, child.stderr
    assert "DRIFT" in child.stdout
