"""The commands that look after a store, on a store that the pipeline has built."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from artifacts.errors import DamagedArtifactError
from artifacts.queries import Queries
from artifacts.store import Store
from artifacts.verify import verify
from tests.conftest import SmallProject, make_project
from tests.oracles import neighbor_sets

PAIR = "words@v1..words@v2"


def write_csv(project, version, keys, vectors) -> None:
    """Write a checkpoint with a column of metadata: the last character of the key."""
    columns = ",".join(f"d{i}" for i in range(vectors.shape[1]))
    lines = [
        f"{key},end-{key[-1]},{','.join(repr(float(value)) for value in row)}"
        for key, row in zip(keys, vectors, strict=True)
    ]
    path = project.folder / f"checkpoints/{version}.csv"
    path.write_text("\n".join([f"key,ending,{columns}", *lines]) + "\n")


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> SmallProject:
    """A small project with replicates and metadata, built once."""
    from pipelines.build import build
    from pipelines.config import load_project
    from pipelines.workspace import Workspace

    config = "replicates: [v1, v2]\nneighbors: {metric: [cosine], k: 20}\n"
    made = make_project(tmp_path_factory.mktemp("built"), config)
    dataset = made.folder / "configs/datasets/words.yaml"
    dataset.write_text(dataset.read_text().replace("{version}.txt", "{version}.csv"))
    for version, keys in made.keys.items():
        write_csv(made, version, keys, made.vectors[version])
    work = Workspace(load_project(made.file), Store(made.folder / "store", create=True))
    assert [one.error for one in build(work, ["words"]) if one.error] == []
    return made


@pytest.fixture
def project(built, tmp_path, monkeypatch) -> SmallProject:
    """A copy of the built project; commands run in its folder."""
    folder = tmp_path / "project"
    shutil.copytree(built.folder, folder)
    monkeypatch.chdir(folder)
    return replace(built, folder=folder)


def store_of(project) -> Store:
    return Store(project.folder / "store")


def manifest_of(project, kind, path):
    store = store_of(project)
    return store.manifest(kind, store.ref(kind, path).fingerprint)


def file_of(project, manifest, table) -> Path:
    return project.folder / "store" / store_of(project).table_path(manifest, table)


def change_v2(project, run, seed=0):
    """Give v2 other vectors and build again; return the fingerprint of the comparison before."""
    before = manifest_of(project, "comparison", "words/v1..v2").fingerprint
    vectors = np.random.default_rng(seed).normal(size=(60, 8))
    write_csv(project, "v2", project.keys["v2"], vectors)
    assert run("build")[0] == 0
    return before


def test_ls_lists_kind_key_state_rows_size_age_fingerprint_and_a_total(run, project):
    status, out, _ = run("store", "ls")
    assert status == 0
    lines = [line.split() for line in out.splitlines()]
    space = manifest_of(project, "space", "words/v3")
    (row,) = (line for line in lines if line[:2] == ["space", "words@v3"])
    assert row[2:4] == ["current", "50"]
    assert row[-1] == space.fingerprint[:12]
    assert "aligned_projection" in out
    assert out.splitlines()[-1].startswith(f"{len(json.loads(run('store', 'ls', '--json')[1]))} artifacts, ")


def test_ls_shows_superseded_ones_with_all_alone(run, project):
    before = change_v2(project, run)
    _, out, _ = run("store", "ls", "--kind", "comparison")
    assert before[:12] not in out
    assert "superseded or unreferenced" in out and "--all shows them" in out
    _, out, _ = run("store", "ls", "--kind", "comparison", "--all")
    (line,) = (line for line in out.splitlines() if before[:12] in line)
    assert "superseded" in line
    _, out, _ = run("store", "ls", "--dataset", "others")
    assert "0 artifacts, 0 B" in out


def test_show_tells_parameters_tables_inputs_down_to_the_files_and_versions(run, project):
    before = change_v2(project, run)
    status, out, _ = run("store", "show", PAIR)
    assert status == 0
    assert "similarity:cosine: similarity" in out
    checkpoint = project.folder.resolve() / "checkpoints/v2.csv"
    assert f"{checkpoint} (sha256" in out
    assert before[:12] in out and "current" in out
    status, out, _ = run("store", "show", "neighbors/words/v1/cosine")
    assert "metric" in out and "cosine" in out and "neighbors-" in out
    manifest = manifest_of(project, "neighbors", "words/v1/cosine")
    assert manifest.tables["neighbors"]["sha256"][:12] in out
    told = json.loads(run("store", "show", manifest.fingerprint[:8], "--json")[1])
    assert told["fingerprint"] == manifest.fingerprint
    assert told["inputs"]["space"]["sources"][0]["path"].endswith("v1.csv")
    assert told["ref"]["key"] == "words@v1 cosine"


def test_a_removed_version_is_shown_as_removed(run, project):
    before = change_v2(project, run)
    shutil.rmtree(project.folder / "store/objects/comparison" / before[:2] / before)
    _, out, _ = run("store", "show", PAIR)
    (line,) = (line for line in out.splitlines() if before[:12] in line)
    assert "removed" in line


def test_verify_ends_with_status_one_and_names_file_and_command(run, project):
    status, out, _ = run("store", "verify")
    assert status == 0
    assert out.startswith("everything is as it was published")
    manifest = manifest_of(project, "neighbors", "words/v1/cosine")
    path = file_of(project, manifest, "neighbors")
    path.write_bytes(bytes(len(path.read_bytes())))
    status, out, _ = run("store", "verify", PAIR)
    assert status == 1
    assert path.name in out
    assert f"embedding-comparator store rebuild {manifest.fingerprint[:16]}" in out
    assert run("store", "verify", "words@v3")[0] == 0, "what it was computed from is whole"
    assert len(json.loads(run("store", "verify", "--json")[1])["damages"]) == 1


def command_in(message: str) -> list[str]:
    """The arguments of the command that a message names."""
    return message.partition("embedding-comparator ")[2].split("'")[0].split("\n")[0].split()


def unlike(store: Path, fingerprint: str) -> dict[Path, bytes]:
    """Every file of a store but those of one object and the notes about checkpoints, whose paths differ here."""
    files = (path for part in ("objects", "refs") for path in (store / part).rglob("*"))
    return {path: path.read_bytes() for path in files if path.is_file() and fingerprint not in str(path)}


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("space", "words/v1"),
        ("neighbors", "words/v1/cosine"),
        ("health", "words/v2"),
        ("projection", "words/v2/pca"),
        ("matching", "words/v1..v3"),
        ("similarity", "words/v1..v2/cosine"),
        ("groups", "words/v1..v3/cosine"),
        ("noise", "words/v1..v3/cosine"),
        ("comparison", "words/v1..v2"),
    ],
)
@pytest.mark.parametrize("harm", ["table", "manifest"])
def test_the_command_that_verify_names_mends_the_damage_and_changes_nothing_else(
    run, project, kind, path, harm
):
    manifest = manifest_of(project, kind, path)
    store = project.folder / "store"
    others = unlike(store, manifest.fingerprint)
    folder = store / "objects" / kind / manifest.fingerprint[:2] / manifest.fingerprint
    if harm == "table" and manifest.tables:
        victim = folder / next(iter(manifest.tables.values()))["file"]
        victim.write_bytes(b"x" + victim.read_bytes()[1:])
    else:
        (folder / "manifest.json").write_text("{")
    status, out, _ = run("store", "verify")
    assert status == 1
    status, told, err = run(*command_in(out))
    assert (status, err.strip()) == (0, "")
    assert "1 artifacts taken out, 1 computed again" in told
    assert verify(Store(store)).damages == ()
    again = manifest_of(project, kind, path)
    assert again.fingerprint == manifest.fingerprint
    assert {name: one["sha256"] for name, one in again.tables.items()} == {
        name: one["sha256"] for name, one in manifest.tables.items()
    }
    assert {file.name for file in folder.iterdir()} == {
        "manifest.json", *(one["file"] for one in again.tables.values())
    }  # fmt: skip
    assert unlike(store, manifest.fingerprint) == others


def test_rebuilding_mends_damaged_inputs_as_well(run, project):
    space, neighbors = (
        manifest_of(project, "space", "words/v1"),
        manifest_of(project, "neighbors", "words/v1/cosine"),
    )
    file_of(project, space, "vectors").unlink()
    file_of(project, neighbors, "neighbors").unlink()
    status, out, _ = run("store", "rebuild", PAIR)
    assert status == 0
    assert "3 artifacts taken out, 3 computed again" in out
    assert run("store", "verify")[0] == 0


def test_a_damaged_ref_is_made_again(run, project):
    ref = project.folder / "store/refs/neighbors/words/v1/cosine.json"
    before = json.loads(ref.read_text())["fingerprint"]
    ref.write_text("{")
    status, out, _ = run("store", "verify")
    assert status == 1
    assert run(*command_in(out))[0] == 0
    assert json.loads(ref.read_text())["fingerprint"] == before
    assert run("store", "verify")[0] == 0


def test_what_the_project_no_longer_makes_is_left_as_it_was(run, project):
    before = change_v2(project, run)
    status, _, err = run("store", "rebuild", before[:8])
    assert status == 1
    assert "was not computed: the project as it is now makes another version of it" in err
    assert store_of(project).has("comparison", before)
    assert run("store", "verify")[0] == 0


def test_a_checkpoint_that_is_gone_leaves_the_space_as_it_was(run, project):
    (project.folder / "checkpoints/v1.csv").unlink()
    status, _, err = run("store", "rebuild", "words@v1")
    assert status == 2
    assert "no checkpoint" in err
    assert run("store", "verify")[0] == 0


def test_what_the_configuration_wants_no_more_is_pruned_and_then_garbage(run, project):
    (project.folder / "checkpoints" / "v3.csv").unlink()
    gone = ["words/v1..v3", "words/v2..v3", "words/v3"]
    status, out, _ = run("store", "prune", "--dry-run", "--json")
    assert (status, json.loads(out)) == (0, {"forgotten": gone, "dry_run": True})
    assert "0 objects" in run("store", "gc", "--grace", "0s", "--keep", "0", "--dry-run")[1]
    assert run("store", "prune")[1].splitlines() == [*gone, "3 spaces and pairs are forgotten"]
    store = Store(project.folder / "store")
    assert store.ref_paths("space") == ["words/v1", "words/v2"]
    assert store.ref_paths("comparison") == ["words/v1..v2"]
    out = run("store", "gc", "--grace", "0s", "--keep", "0")[1]
    assert not out.startswith("0 objects")
    assert run("store", "verify")[0] == 0
    assert "nothing to compute" in run("build")[1]
    assert run("store", "prune")[1] == "0 spaces and pairs are forgotten\n"


def test_a_dataset_whose_folder_is_empty_is_not_pruned(run, project):
    for path in (project.folder / "checkpoints").iterdir():
        path.unlink()
    status, _, errors = run("store", "prune")
    assert status == 2
    assert "dataset words has no checkpoint at all: nothing is forgotten" in errors
    assert len(Store(project.folder / "store").ref_paths("space")) == 3


def test_gc_keeps_earlier_versions_and_then_frees_them(run, project):
    before = change_v2(project, run)
    status, out, _ = run("store", "gc", "--grace", "0s")
    assert status == 0
    assert out.startswith("0 objects, 0 lost files, 0 temporary files removed, 0 B · ")
    status, out, _ = run("store", "gc", "--keep", "0", "--grace", "0s", "--dry-run")
    assert "object comparison words@v1..words@v2" in out
    assert "would be removed" in out
    assert store_of(project).has("comparison", before)
    freed = json.loads(run("store", "gc", "--keep", "0", "--grace", "0s", "--json")[1])
    assert freed["bytes"] > 0 and not freed["dry_run"]
    assert not store_of(project).has("comparison", before)
    assert run("store", "verify")[0] == 0
    assert run("report", PAIR)[0] == 0
    assert "nothing to compute" in run("build")[1]


def test_report_shows_an_earlier_version_and_says_that_it_is_one(run, project):
    before = change_v2(project, run)
    _, now, _ = run("report", PAIR, "--k", "5")
    assert "superseded" not in now
    status, out, _ = run("report", PAIR, "--k", "5", "--at", before[:8])
    assert status == 0
    assert out.startswith(f"superseded version of {store_of(project).manifest('comparison', before).created}")
    assert [line for line in out.splitlines() if "k = 5: mean" in line] != [
        line for line in now.splitlines() if "k = 5: mean" in line
    ]
    status, _, err = run("report", PAIR, "--at", "00000000")
    assert (status, "no fingerprint starts with '00000000'" in err) == (2, True)


READERS = {
    ".parquet": lambda file: pq.read_table(file).to_pylist(),
    ".csv": lambda file: pa_csv.read_csv(file).to_pylist(),
    ".json": lambda file: json.loads(
        file.read_text(), parse_constant=lambda name: pytest.fail(f"{name} is no JSON")
    ),
}


@pytest.mark.parametrize("ending", READERS)
def test_export_writes_everything_about_every_common_object(run, project, ending):
    file = project.folder / f"scores{ending}"
    status, out, _ = run("store", "export", "words@v1..words@v3", "--k", "3,7", "--out", file)
    assert status == 0
    assert "40 objects" in out
    rows = READERS[ending](file)
    common = project.keys["v1"][20:]
    assert [row["key"] for row in rows] == common
    vectors = [
        np.array([project.vectors[name][project.keys[name].index(key)] for key in common])
        for name in ("v1", "v3")
    ]
    for k in (3, 7):
        sets = [neighbor_sets(one, k, "cosine")[0] for one in vectors]
        overlap = [len(a & b) for a, b in zip(*sets, strict=True)]
        assert [row[f"overlap_{k}"] for row in rows] == overlap
        assert [row[f"jaccard_{k}"] for row in rows] == pytest.approx([c / (2 * k - c) for c in overlap])
    queries = Queries(store_of(project))
    comparison = queries.comparison("words", "v1", "v3")
    noise = queries.noise(comparison, "cosine")
    assert [row["changed_beyond_noise"] for row in rows] == noise.changed.tolist()
    scores = queries.object_scores(comparison, "cosine")
    assert set(scores.column_names) <= set(rows[0])
    assert [row["average_overlap"] for row in rows] == pytest.approx(scores["average_overlap"].to_pylist())
    endings = [f"end-{key[-1]}" for key in common]
    assert [row["a_ending"] for row in rows] == [row["b_ending"] for row in rows] == endings
    groups = queries.groups(comparison, "cosine")
    members = {
        comparison_row: number
        for number, group in enumerate(groups)
        for comparison_row in group.members.tolist()
    }
    assert [row["group"] for row in rows] == [members.get(i) for i in range(40)]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["ls", "--kind", "spaces"], "--kind 'spaces' is unknown: choose one of space, matching"),
        (["ls", "--store", "absent"], "no store at"),
        (["show", "words"], "names no artifact: write DATASET@VERSION"),
        (["show", "words@v9"], "no space 'words/v9'"),
        (["show", "0000000000"], "no fingerprint starts with '0000000000'"),
        (["verify", "abc"], "give 8 or more of its hexadecimal digits"),
        (["gc", "--grace", "soon"], "--grace 'soon' is not a duration: write 24h, 30m, 7d or 0s"),
        (["gc", "--keep", "-1"], "greater than or equal to 0"),
        (["rebuild", "words@v1..others@v1"], "words and others are two datasets"),
        (["export", PAIR, "--out", "x.xlsx"], "cannot write '.xlsx'"),
        (["export", PAIR, "--k", "60", "--out", "x.csv"], "compared up to k = 20"),
        (["export", PAIR, "--metric", "dot", "--out", "x.csv"], "was compared under cosine"),
    ],
)
def test_usage_errors_are_one_sentence_and_status_two(run, built, monkeypatch, arguments, expected):
    monkeypatch.chdir(built.folder)
    status, _, err = run("store", *arguments)
    assert status == 2
    assert expected in " ".join(err.split())
    assert "Traceback" not in err


def test_the_message_about_a_damaged_table_names_a_command_that_mends_it(run, project):
    manifest = manifest_of(project, "similarity", "words/v1..v2/cosine")
    file_of(project, manifest, "scores").write_bytes(b"short")
    status, _, err = run("report", PAIR)
    assert status == 1
    assert run(*command_in(err))[0] == 0
    assert run("report", PAIR)[0] == 0


@pytest.mark.parametrize(
    "harm", [lambda path: path.unlink(), lambda path: path.write_bytes(bytes(path.stat().st_size))]
)
def test_a_page_that_met_the_damage_shows_the_rebuilt_artifact_without_a_restart(run, project, harm):
    queries = Queries(store_of(project))
    comparison = queries.comparison("words", "v1", "v2")
    before = queries.overlap(comparison, "cosine", 5)
    manifest = manifest_of(project, "similarity", "words/v1..v2/cosine")
    harm(file_of(project, manifest, "scores"))
    with pytest.raises(DamagedArtifactError, match="cannot be read"):
        queries.overlap(comparison, "cosine", 5)
    assert run("store", "rebuild", manifest.fingerprint[:8])[0] == 0
    assert queries.overlap(comparison, "cosine", 5).tolist() == before.tolist()
