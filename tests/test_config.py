"""Configuration files: what is read, and what every mistake is answered with."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from artifacts.names import PairKey
from pipelines.config import load_project
from pipelines.errors import ConfigError

ROOT = Path(__file__).parents[1]
EMOJI = """dataset: emoji
title: Emoji
source:
  path: checkpoints/{version}.txt
neighbors:
  k: 100
"""


@pytest.fixture
def project(tmp_path):
    """Write a dataset file into a project; returns the project file."""

    def write(text: str, name: str = "emoji.yaml") -> Path:
        (tmp_path / "datasets").mkdir(exist_ok=True)
        (tmp_path / "datasets" / name).write_text(text, encoding="utf-8")
        (tmp_path / "project.yaml").write_text("store: data\n", encoding="utf-8")
        return tmp_path / "project.yaml"

    return write


def with_checkpoints(folder: Path, *versions: str) -> None:
    (folder / "datasets" / "checkpoints").mkdir(parents=True, exist_ok=True)
    for version in versions:
        (folder / "datasets" / "checkpoints" / f"{version}.txt").write_text("a 1\nb 2\n")


def test_the_projects_own_configuration_is_valid():
    loaded = load_project(ROOT / "configs" / "project.yaml")
    assert list(loaded.datasets) == ["digits", "docstrings"]
    assert Path(loaded.store) == ROOT / "artifacts" / "data"


def test_a_misspelled_field_is_answered_with_its_line_and_the_right_name(project):
    file = project(EMOJI.replace("  k: 100", "  metrik: cosine"))
    with pytest.raises(
        ConfigError, match=r"emoji\.yaml:6: neighbors\.metrik: unknown field \(did you mean metric\?\)$"
    ):
        load_project(file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (EMOJI + "title: Again\n", r"emoji\.yaml:7: title: given twice, first on line 2: keep one of them"),
        (EMOJI.replace("k: 100", "k: none"), r"emoji\.yaml:6: neighbors\.k: .*valid integer.*found 'none'"),
        (
            EMOJI.replace("k: 100", "k: 0"),
            r"emoji\.yaml:6: neighbors\.k: .*greater than or equal to 1, found 0",
        ),
        (EMOJI.replace("dataset: emoji\n", ""), r"emoji\.yaml:1: dataset: is missing"),
        (
            EMOJI.replace("dataset: emoji", "dataset: ../x"),
            r"emoji\.yaml:1: dataset: name '\.\./x' is not allowed",
        ),
        (EMOJI + "  metric: [dot]\n", r"emoji\.yaml:7: neighbors\.metric\.0: .*'cosine' or 'euclidean'"),
        (EMOJI.replace("{version}", "v"), r"must hold \{version\} exactly once"),
        (EMOJI.replace("source:\n  path: checkpoints/{version}.txt\n", ""), "give either 'source'"),
        (EMOJI + "pairs:\n  policy: baseline\n", r"emoji\.yaml:7: pairs: give 'baseline: VERSION'"),
        (EMOJI + "pairs:\n  policy: list\n", r"emoji\.yaml:7: pairs: give 'list:"),
        (EMOJI + "title: [", r"emoji\.yaml:\d: "),
        (EMOJI + "x: &a 1\ny: *a\n", r"emoji\.yaml:8: y: aliases \(\*name\) are not allowed"),
        ("[" * 5000, r"emoji\.yaml:1: not YAML, or nested too deeply"),
        ("- emoji\n", r"emoji\.yaml:1: a mapping \(field: value\) is expected"),
        ("", r"emoji\.yaml:1: dataset: is missing"),
    ],
)
def test_every_mistake_names_file_line_and_field(project, text, message):
    with pytest.raises(ConfigError, match=message):
        load_project(project(text))


def test_two_files_may_not_define_one_dataset(project):
    project(EMOJI)
    with pytest.raises(
        ConfigError, match=r"other\.yaml:1: dataset: 'emoji' is already defined in .*emoji\.yaml"
    ):
        load_project(project(EMOJI, "other.yaml"))


def test_a_missing_project_is_said_with_the_option(tmp_path):
    with pytest.raises(ConfigError, match=r"project\.yaml: no such file: give the path .* --project"):
        load_project(tmp_path / "project.yaml")


def test_a_file_that_is_not_text_is_refused(project, tmp_path):
    file = project(EMOJI)
    (tmp_path / "datasets" / "emoji.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_project(file)


def test_every_matching_file_is_a_version_in_natural_order(project, tmp_path):
    file = project(EMOJI)
    with_checkpoints(tmp_path, "v10", "v2")
    (tmp_path / "datasets" / "checkpoints" / ".v3.txt").write_text("half-written")
    assert [key.version for key in load_project(file).checkpoints("emoji")] == ["v2", "v10"]


def test_a_version_that_cannot_be_a_name_is_refused(project, tmp_path):
    file = project(EMOJI)
    with_checkpoints(tmp_path, "v 1")
    with pytest.raises(ConfigError, match="version 'v 1' is not allowed.*rename the file"):
        load_project(file).checkpoints("emoji")


def test_spaces_may_be_named_one_by_one(project, tmp_path):
    text = "dataset: emoji\nspaces:\n  old: {path: a.bin, format: word2vec-binary}\n  new: {path: b.npz, member: x}\n"
    found = load_project(project(text)).checkpoints("emoji")
    assert {
        key.version: (path, options.format, options.member) for key, (path, options) in found.items()
    } == {
        "new": (tmp_path / "datasets/b.npz", None, "x"),
        "old": (tmp_path / "datasets/a.bin", "word2vec-binary", None),
    }


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ("policy: consecutive", ["a..b", "b..c"]),
        ("policy: baseline\n  baseline: b", ["b..a", "b..c"]),
        ("policy: all", ["a..b", "a..c", "b..c"]),
        ("policy: list\n  list: [c..a]", ["c..a"]),
    ],
)
def test_policies_name_their_pairs(project, pairs, expected):
    config = load_project(project(f"{EMOJI}pairs:\n  {pairs}\n")).dataset("emoji")
    assert config.wanted_pairs(["a", "b", "c"]) == [PairKey("emoji", *pair.split("..")) for pair in expected]


def test_a_pair_of_an_absent_version_is_refused_with_the_present_ones(project):
    config = load_project(project(f"{EMOJI}pairs:\n  policy: list\n  list: [a..z]\n")).dataset("emoji")
    with pytest.raises(ConfigError, match="name the version 'z', which has no checkpoint; there are: a, b"):
        config.wanted_pairs(["a", "b"])


def test_more_pairs_than_allowed_are_refused_with_their_number(project):
    config = load_project(project(f"{EMOJI}pairs:\n  policy: all\n  max_pairs: 2\n")).dataset("emoji")
    with pytest.raises(ConfigError, match=r"asks for 3 pairs, more than pairs\.max_pairs = 2"):
        config.wanted_pairs(["a", "b", "c"])


def test_an_unknown_dataset_is_answered_with_the_known_ones(project):
    with pytest.raises(ConfigError, match=r"no dataset 'emojy' \(did you mean emoji\?\); there are: emoji"):
        load_project(project(EMOJI)).dataset("emojy")


def test_models_are_frozen(project):
    config = load_project(project(EMOJI)).dataset("emoji")
    with pytest.raises(ValidationError, match="frozen"):
        config.neighbors.k = 3


def test_what_the_readme_says_of_matching_is_a_valid_configuration(project):
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition("### Matching")[2]
    example = text.partition("```yaml\n")[2].partition("```")[0]
    config = load_project(project("dataset: words\n" + example)).dataset("words")
    assert config.matching.filter.keys == ("red", "green")
    assert config.identity("v7") == {"provider": "us", "model": "words", "revision": "v7"}
    assert (config.neighbors.searched, config.checkpoint("v7").on_bad) == ("own", "drop")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("matching: {keys: lower}\n", r"matching\.keys: .*'exact', 'nfc', 'casefold' or 'nfc\+casefold'"),
        ("matching: {filter: {where: 'f(x)'}}\n", r"matching\.filter\.where: .*which is not allowed"),
        ("matching: {filter: {top: 0}}\n", r"matching\.filter\.top: .*greater than 0"),
        ("matching: {filters: {top: 1}}\n", r"matching\.filters: unknown field \(did you mean filter\?\)"),
    ],
)
def test_mistakes_in_matching_name_their_field(project, text, message):
    with pytest.raises(ConfigError, match=message):
        load_project(project(EMOJI + text))
