"""Matching reports of real, messy checkpoints: elements with gaps and dummies, emoji of three kinds, proteins."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from artifacts.matched import matching_report
from artifacts.names import PairKey
from artifacts.queries import Queries
from artifacts.store import Store
from pipelines.build import build
from pipelines.config import load_project
from pipelines.loading import load_keys, load_metadata
from pipelines.steps import ingest_space, match
from pipelines.workspace import Workspace

# Version to what it shares with mat2vec, what only mat2vec has, and what only it has.
ELEMENTS = {
    "cgnf": (100, 18, []),
    "chemeleon": (87, 31, []),
    "chgnet": (87, 31, []),
    "crystallm_v24c": (89, 29, []),
    "mace_mp0": (87, 31, []),
    "magpie": (97, 21, []),
    "magpie_sc": (97, 21, []),
    "matscholar-embedding": (103, 15, []),
    "matscibert": (97, 21, []),
    "megnet16": (94, 24, ["Null"]),
    "oliynyk": (75, 43, []),
    "oliynyk_preprocessed": (85, 33, []),
    "oliynyk_sc": (85, 33, []),
    "orb_v2": (87, 31, []),
    "random_200": (116, 2, ["GaGe"]),
    "random_200_new": (114, 4, ["Uut", "Uup", "Uuh"]),
    "sevennet": (87, 31, []),
    "skipatom_20201009_induced": (86, 32, []),
    "xenonpy_element_features": (94, 24, []),
}
DROPPED = {
    "oliynyk": ({"values not finite": 10}, ["H", "He", "F", "Ne", "Cl", "Ar", "Br", "Kr", "I", "Xe"]),
    "random_200_new": ({"repeated key": 1}, ["Uuh"]),
}
SETTINGS = """
neighbors: {k: 10, metric: [cosine]}
projections: {method: [pca], aligned: []}
"""


def project(folder: Path, config: str) -> Workspace:
    (folder / "configs" / "datasets").mkdir(parents=True)
    (folder / "configs" / "project.yaml").write_text("store: ../store\n")
    (folder / "configs" / "datasets" / "d.yaml").write_text("dataset: d" + SETTINGS + config)
    loaded = load_project(folder / "configs" / "project.yaml")
    return Workspace(loaded, Store(loaded.store, create=True))


def built(folder: Path, config: str) -> tuple[Queries, Workspace, dict[str, str]]:
    work = project(folder, config)
    refused = {str(one.key): str(one.error) for one in build(work, ["d"]) if one.error}
    return Queries(work.store), work, refused


def element_files(source: Path, folder: Path) -> dict[str, Path]:
    """The 20 representations; those in JSON as the CSV that the other files are."""
    files = {}
    for file in sorted(source.iterdir()):
        version = file.stem.removesuffix(".dim512_atom_vectors")
        if file.suffix == ".csv":
            files[version] = file
        elif file.suffix == ".json":
            content = json.loads(file.read_text())
            if isinstance(next(iter(content.values())), list):
                files[version] = folder / f"{version}.csv"
                with files[version].open("w", newline="") as stream:
                    width = len(next(iter(content.values())))
                    csv.writer(stream).writerow(["element", *range(width)])
                    csv.writer(stream).writerows([key, *vector] for key, vector in content.items())
    return files


def test_all_twenty_element_spaces_are_matched_and_report_what_is_missing_and_dropped(shared_data, tmp_path):
    files = element_files(shared_data / "elements", tmp_path)
    assert len(files) == 20
    groups = shared_data / "elements" / "element_group.json"
    spaces = "".join(f"  {v}: {{path: '{p}', on_bad: drop, table: '{groups}'}}\n" for v, p in files.items())
    work = project(tmp_path, f"pairs: {{policy: baseline, baseline: mat2vec}}\nspaces:\n{spaces}")
    for key in work.project.checkpoints("d"):
        ingest_space(work, key)
    for version, (common, only_mat2vec, only) in ELEMENTS.items():
        report = matching_report(match(work, PairKey("d", "mat2vec", version)).manifest.facts)
        assert (report.common, report.a.only, report.b.only_examples) == (common, only_mat2vec, only), version
        dropped, examples = DROPPED.get(version, ({}, []))
        assert report.b.dropped == dropped
        assert [key for key, _ in report.b.dropped_examples] == examples
    space = work.published("space", "d/oliynyk").manifest
    assert space.facts["metadata"] == ["element_group"]
    groups_of = dict(
        zip(
            load_keys(work.store, space),
            load_metadata(work.store, space)["element_group"].to_pylist(),
            strict=True,
        )
    )
    assert groups_of == {key: json.loads(groups.read_text())[key] for key in groups_of}


def test_without_dropping_the_two_broken_element_files_are_refused_alone(shared_data, tmp_path):
    files = element_files(shared_data / "elements", tmp_path)
    some = ("mat2vec", "oliynyk", "random_200_new", "sevennet")
    spaces = "".join(f"  {version}: {{path: '{files[version]}'}}\n" for version in some)
    _, _, refused = built(tmp_path, f"pairs: {{policy: baseline, baseline: mat2vec}}\nspaces:\n{spaces}")
    assert list(refused) == [
        "d@oliynyk",
        "d@random_200_new",
        "d@mat2vec..d@oliynyk",
        "d@mat2vec..d@random_200_new",
    ]
    assert "the value is missing" in refused["d@oliynyk"]
    assert "(key 'Uuh'): the key was already used by line" in refused["d@random_200_new"]


def test_emoji_pairs_report_the_same_emoji_and_those_that_have_pictures(shared_data, tmp_path):
    folder = shared_data / "emoji"
    spaces = (
        f"  emoji2vec: {{path: '{folder}/emoji2vec.bin'}}\n"
        f"  embeddings: {{path: '{folder}/emoji_embeddings_100d.txt'}}\n"
        f"  google: {{path: '{folder}/emoji_images_670.npz', key: ids, member: pixels_google_pca50}}\n"
    )
    work = project(tmp_path, f"matching: {{keys: nfc+casefold}}\nspaces:\n{spaces}")
    keys = {}
    for key in work.project.checkpoints("d"):
        keys[key.version] = set(load_keys(work.store, ingest_space(work, key).manifest))
    for other in ("embeddings", "google"):
        report = matching_report(match(work, PairKey("d", "emoji2vec", other)).manifest.facts)
        shared = len(keys["emoji2vec"] & keys[other])
        assert (report.common, report.a.only, report.b.only) == (
            shared,
            1661 - shared,
            len(keys[other]) - shared,
        )
        assert report.a.covered == shared / 1661
    assert (keys["emoji2vec"] == keys["embeddings"], shared) == (True, 670)


def test_proteins_of_two_models_are_compared_with_their_table_of_features(shared_data, tmp_path):
    folder = shared_data / "pla2g2"
    spaces = "".join(
        f"  {name}: {{path: '{folder}/embeddings/{name}', table: '{folder}/Pla2g2_features.csv'}}\n"
        for name in ("ESMC", "ProtT5")
    )
    queries, work, refused = built(tmp_path, f"pairs: {{policy: all}}\nspaces:\n{spaces}")
    assert refused == {}
    assert queries.matching(queries.comparison("d", "ESMC", "ProtT5")).common == 446
    with (folder / "Pla2g2_features.csv").open(newline="") as stream:
        features = {row.pop("identifier"): row for row in csv.DictReader(stream)}
    space = work.published("space", "d/ESMC").manifest
    assert space.facts["format"] == "npy-folder"
    found = load_metadata(work.store, space).to_pylist()
    texts = [{name: str(value) for name, value in row.items()} for row in found]
    assert texts == [features[key] for key in load_keys(work.store, space)]
