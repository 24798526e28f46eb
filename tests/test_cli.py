"""The command line as a person meets it: what it prints, what it writes, how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from tests.conftest import write_text_checkpoint
from tests.oracles import all_distances, neighbor_sets


@pytest.fixture
def two_files(tmp_path):
    """Two checkpoints with 40 common objects, 5 only in A, 3 only in B; returns paths, common keys, vectors."""
    rng = np.random.default_rng(0)
    common = [f"word-{i}" for i in range(40)]
    a = rng.normal(size=(45, 6)).astype(np.float32)
    b = np.vstack([a[:40] + 0.5 * rng.normal(size=(40, 6)), rng.normal(size=(3, 6))]).astype(np.float32)
    one = write_text_checkpoint(tmp_path / "one.txt", [*common, *(f"a-{i}" for i in range(5))], a)
    two = write_text_checkpoint(tmp_path / "two.txt", [*common, *(f"b-{i}" for i in range(3))], b)
    return one, two, common, (a[:40], b[:40])


def test_compare_prints_matching_similarity_chance_and_both_ends(run, two_files):
    status, out, _ = run("compare", two_files[0], two_files[1], "--k", "10", "--top", "3")
    assert status == 0
    assert "40 objects matched" in out
    assert "5 only in A: a-0, a-1, a-2, a-3, a-4" in out
    assert "3 only in B: b-0, b-1, b-2" in out
    assert "k = 10: mean similarity" in out and "chance 0.1" in out
    assert "least similar" in out and "most similar" in out
    assert "of 10" in out


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("ending", [".parquet", ".csv", ".json"])
def test_compare_exports_one_row_per_common_object(run, two_files, tmp_path, metric, ending):
    file = tmp_path / f"scores{ending}"
    status, *_ = run(
        "compare", two_files[0], two_files[1], "--k", "5,10", "--metric", metric, "--export", file
    )
    assert status == 0
    readers = {
        ".parquet": lambda: pq.read_table(file).to_pylist(),
        ".csv": lambda: pa_csv.read_csv(file).to_pylist(),
    }
    rows = readers.get(ending, lambda: json.loads(file.read_text()))()
    assert [row["key"] for row in rows] == two_files[2]
    for k in (5, 10):
        sets = [neighbor_sets(vectors, k, metric)[0] for vectors in two_files[3]]
        overlap = [len(a & b) for a, b in zip(*sets, strict=True)]
        assert [row[f"overlap_{k}"] for row in rows] == overlap
        assert [row[f"jaccard_{k}"] for row in rows] == pytest.approx([c / (2 * k - c) for c in overlap])


def test_with_one_k_the_columns_have_plain_names(run, two_files, tmp_path):
    run("compare", two_files[0], two_files[1], "--k", "5", "--export", tmp_path / "scores.parquet")
    assert pq.read_table(tmp_path / "scores.parquet").column_names == ["key", "overlap", "jaccard"]


def test_compare_keeps_its_artifacts_where_it_is_told(run, two_files, tmp_path):
    status, out, _ = run("compare", two_files[0], two_files[1], "--store", tmp_path / "store")
    assert status == 0
    assert f"serve --store {tmp_path / 'store'}" in out
    assert (tmp_path / "store/refs/comparison/compare/one..two.json").is_file()


def test_a_space_against_itself_is_one_everywhere(run, two_files, tmp_path):
    run("compare", two_files[0], two_files[0], "--k", "1,20,44", "--export", tmp_path / "same.csv")
    rows = pa_csv.read_csv(tmp_path / "same.csv").to_pylist()
    assert {row[f"jaccard_{k}"] for row in rows for k in (1, 20, 44)} == {1.0}


def bad_input(tmp_path, two_files, case):
    """Arguments of `compare` that cannot work, and what the answer must hold."""
    one = two_files[0]
    vectors = np.random.default_rng(0).normal(size=(4, 3))
    bad = tmp_path / "bad.txt"
    if case == "missing file":
        return [one, tmp_path / "absent.txt"], ["absent.txt", "no such file"]
    if case == "unknown format":
        bad.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
        return [one, bad], ["bad.txt", "format"]
    if case == "ragged row":
        bad.write_text("3 2\na 1 2\nb 1\nc 1 2\n")
        return [one, bad], ["bad.txt", "line 3"]
    if case == "non-finite value":
        bad.write_text("3 2\na 1 2\nb 1 nan\nc 1 2\n")
        return [one, bad], ["bad.txt", "line 3"]
    if case == "duplicate key":
        bad.write_text("3 2\na 1 2\nb 1 3\na 1 2\n")
        return [one, bad], ["bad.txt", "line 4", "'a'"]
    if case == "one object":
        bad.write_text("1 2\na 1 2\n")
        return [one, bad], ["bad.txt", "at least 2"]
    if case == "no common keys":
        write_text_checkpoint(bad, ["p", "q", "r", "s"], vectors)
        return [one, bad], ["no common keys", "'word-0'", "'p'"]
    if case == "k too large":
        return [one, two_files[1], "--k", "40"], [
            "k = 40 needs at least 41 common objects and there are 40",
            "--k 39",
        ]
    if case == "k not a number":
        return [one, two_files[1], "--k", "ten"], ["--k 'ten' is not a list of whole numbers"]
    if case == "k zero":
        return [one, two_files[1], "--k", "0"], ["k starts at 1"]
    if case == "unknown metric":
        return [one, two_files[1], "--metric", "dot"], ["'dot' is unknown: choose one of cosine, euclidean"]
    if case == "unknown export format":
        return [one, two_files[1], "--export", tmp_path / "x.xlsx"], ["cannot write", ".parquet, .csv, .json"]
    raise AssertionError(case)


@pytest.mark.parametrize(
    "case",
    [
        "missing file",
        "unknown format",
        "ragged row",
        "non-finite value",
        "duplicate key",
        "one object",
        "no common keys",
        "k too large",
        "k not a number",
        "k zero",
        "unknown metric",
        "unknown export format",
    ],
)
def test_bad_input_is_one_sentence_and_status_two_and_publishes_no_comparison(run, two_files, tmp_path, case):
    arguments, expected = bad_input(tmp_path, two_files, case)
    status, _, err = run("compare", *arguments, "--store", tmp_path / "store")
    assert status == 2
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1
    assert [part for part in expected if part not in err] == []
    assert list((tmp_path / "store").rglob("refs/comparison/**/*.json")) == []


def test_build_says_what_it_did_and_then_that_there_is_nothing_to_do(run, small_project):
    status, out, _ = run("build", "--project", small_project.file)
    assert status == 0
    assert "0 unchanged, 0 failed" in out
    status, out, _ = run("build", "--project", small_project.file, "--only", "words")
    assert status == 0
    assert "nothing to compute: 0 artifacts computed" in out


def test_build_warns_of_checks_that_did_not_pass_and_fails_only_when_strict(run, small_project):
    status, _, err = run("build", "--project", small_project.file)
    assert status == 0
    assert "warn words@v1: duplicate objects: 16.7% (at most 5.0%): look for" in err
    assert "warn words@v1..words@v3: objects of A that B lacks: 33.3% (at most 10.0%)" in err
    assert "words@v1..words@v2: objects of A" not in err
    status, out, again = run("build", "--project", small_project.file, "--strict")
    assert status == 1
    assert "nothing to compute" in out
    assert again == err


def test_build_tells_a_broken_checkpoint_and_ends_with_status_two(run, small_project):
    (small_project.folder / "checkpoints" / "v2.txt").write_text("60 8\nword-0 1 2 3\n")
    status, out, err = run("build", "--project", small_project.file)
    assert status == 2
    assert "failed words@v2" in err and "line 2" in err
    assert "3 failed" in out


def test_build_with_an_unreadable_config_names_file_line_and_field(run, small_project):
    file = small_project.folder / "configs" / "datasets" / "words.yaml"
    file.write_text(file.read_text() + "neighbors:\n  metrik: cosine\n")
    status, _, err = run("build", "--project", small_project.file)
    assert status == 2
    assert "words.yaml:8: neighbors.metrik: unknown field (did you mean metric?)" in err


def test_build_of_an_unknown_dataset_is_a_usage_error(run, small_project):
    status, _, err = run("build", "--project", small_project.file, "--only", "wrods")
    assert status == 2
    assert "did you mean words?" in err


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".json"])
def test_export_neighbors_writes_key_rank_neighbor_distance(run, small_project, ending):
    run("build", "--project", small_project.file)
    file = small_project.folder / f"neighbors{ending}"
    status, _, _ = run(
        "export",
        "neighbors",
        "words@v1",
        "--metric",
        "euclidean",
        "--store",
        small_project.folder / "store",
        "--out",
        file,
    )
    assert status == 0
    readers = {
        ".parquet": lambda: pq.read_table(file).to_pylist(),
        ".csv": lambda: pa_csv.read_csv(file).to_pylist(),
    }
    rows = readers.get(ending, lambda: json.loads(file.read_text()))()
    keys, distances = small_project.keys["v1"], all_distances(small_project.vectors["v1"], "euclidean")
    assert [(row["key"], row["rank"]) for row in rows] == [
        (key, rank) for key in keys for rank in range(1, 60)
    ]
    places = {key: i for i, key in enumerate(keys)}
    found = [distances[places[row["key"]], places[row["neighbor"]]] for row in rows]
    assert [row["distance"] for row in rows] == pytest.approx(found, abs=1e-6)
    assert found == pytest.approx(np.sort(distances, axis=1)[:, :59].ravel(), abs=1e-6)


def test_report_prints_a_pair_and_the_health_of_a_space(run, small_project, monkeypatch):
    monkeypatch.chdir(small_project.folder)
    run("build")
    status, out, _ = run("report", "words@v1..words@v3", "--k", "5,9", "--metric", "euclidean", "--top", 3)
    assert status == 0
    assert "40 objects matched (66.7% of A, 80.0% of B; compared by euclidean neighbors)" in out
    assert "10 only in B: new-0, new-1" in out
    assert "k = 5: mean similarity" in out
    assert "k = 9: mean similarity" in out
    for measure in ("cka", "procrustes_distance", "rsa", "mutual_knn"):
        assert measure in out
    assert "least similar, k = 5" in out
    status, out, _ = run("report", "words@v1")
    assert status == 0
    row = next(line for line in out.splitlines() if "zero_vectors" in line)
    assert "1.0000" in row.split()


def test_metrics_lists_every_measure_and_tells_everything_about_one(run):
    status, out, _ = run("metrics", "--json")
    listed = json.loads(out)
    assert status == 0
    assert {"jaccard", "cka", "isoscore", "trustworthiness"} <= {one["name"] for one in listed}
    assert all(one["definition"] and one["source"] and one["range"] for one in listed)
    status, out, _ = run("metrics")
    assert all(one["name"] in out for one in listed)
    _, out, _ = run("metrics", "cka")
    assert "Kornblith" in out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["export", "neighbors", "words", "--out", "x.csv"], "write DATASET@VERSION"),
        (["export", "neighbors", "words@v9", "--out", "x.csv"], "no neighbors 'words/v9/cosine'"),
        (["serve", "--store", "absent"], "no store at"),
        (["nonsense"], "No such command"),
        (["report", "words"], "write DATASET@VERSION"),
        (["report", "words@v1..words@v9"], "no comparison 'words/v1..v9'"),
        (["report", "words@v9"], "no health 'words/v9'"),
        (["report", "words@v1..words@v2", "--metric", "dot"], "compared under cosine, euclidean"),
        (["report", "words@v1..words@v2", "--k", "60"], "compared up to k = 59"),
        (["metrics", "ckaa"], "did you mean 'cka'?"),
    ],
)
def test_other_usage_errors_end_with_status_two(run, small_project, monkeypatch, arguments, expected):
    monkeypatch.chdir(small_project.folder)
    run("build")
    status, _, err = run(*arguments)
    assert status == 2
    assert expected in err


@pytest.mark.parametrize(
    "command",
    ["build", "compare", "report", "metrics", "gate", "history", "serve", "dev", "demo", "export neighbors"]
    + [f"store {name}" for name in ("ls", "show", "verify", "gc", "rebuild", "export")],
)
def test_help_shows_an_example(run, command):
    status, out, _ = run(*command.split(), "--help")
    assert status == 0
    assert "Example" in out
    assert f"embedding-comparator {command}" in " ".join(out.split())


def test_ctrl_c_during_a_build_ends_with_a_sentence_and_leaves_nothing_half_written(small_project):
    rng = np.random.default_rng(0)
    keys = [f"word-{i}" for i in range(6000)]
    for version in ("v4", "v5"):
        write_text_checkpoint(
            small_project.folder / "checkpoints" / f"{version}.txt", keys, rng.normal(size=(6000, 50))
        )
    command = [sys.executable, "-m", "pipelines", "build", "--project", str(small_project.file)]
    child = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
        # A shell that starts the tests in the background lets them ignore Ctrl-C, and their children with them.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    space = small_project.folder / "store" / "refs" / "space" / "words" / "v4.json"
    deadline = time.monotonic() + 180
    while not space.exists() and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "run the same command again to go on" in err
    assert "Traceback" not in err
    assert list((small_project.folder / "store").rglob("*.tmp")) == []
