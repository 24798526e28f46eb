"""A hundred hostile texts through every entry that takes text: nothing outside is read, nothing is written anywhere."""

from __future__ import annotations

import hashlib
import sys
from urllib.parse import urlencode

import numpy as np
import pytest

from artifacts.catalog import Catalog
from artifacts.errors import MissingArtifactError, StoreError
from artifacts.names import PairKey, SpaceKey
from artifacts.queries import Queries
from artifacts.store import Store
from pipelines import cli
from pipelines.build import build
from pipelines.config import load_project
from pipelines.workspace import Workspace
from tests.conftest import make_project
from viewer.address import FIELDS, read_address
from viewer.state import Selection

SECRET = "the-secret-outside"  # noqa: S105 (what must not be read)
SQL = [
    "'; DROP TABLE objects; --",
    "' OR '1'='1",
    "v1' UNION SELECT * FROM read_text('/etc/passwd') --",
    "\"; COPY (SELECT 1) TO 'written.csv'; --",
    "cosine' --",
    "cosine; SET enable_external_access = true",
    "overlap_1) FROM read_csv('/etc/passwd') --",
    "$files",
    "$1",
    "?",
    "read_parquet('../secret/store.json')",
    "(SELECT content FROM read_text('/etc/passwd'))",
    "ATTACH 'written.db'",
    "INSTALL httpfs; LOAD httpfs",
    "COLUMNS('.*')",
    "* EXCLUDE (row)",
    "1; EXPORT DATABASE 'written'",
    "/* comment */ cosine",
    "x' || pg_sleep(9) || '",
    "PRAGMA database_list",
]
PATHS = [
    "..",
    ".",
    "../..",
    "../secret",
    "../../secret/ref",
    "../../../secret/ref",
    "../../../../secret/ref",
    "..\\..\\secret",
    "v1/../../secret",
    "v1/../v1",
    "./v1",
    "v1/",
    "/v1",
    "//v1",
    "v1//v2",
    "/etc/passwd",
    "/etc/../etc/passwd",
    "/proc/self/environ",
    "~/.ssh/id_rsa",
    "~root",
    "~no-such-user/x",
    "C:\\Windows\\win.ini",
    "\\\\host\\share",
    "v1.json",
    "..%2f..%2fsecret%2fref",
    "%2e%2e/secret",
    "....//....//secret",
    "*",
    "**/*",
    "v[12]",
    "{v1,v2}",
    "v1\\",
    ".hidden",
    "-rf",
    "--help",
    "con",
    "$HOME",
    "$(touch written)",
    "`touch written`",
    "| touch written",
    "v1; touch written",
    "v1 && touch written",
]
URLS = [
    "file:///etc/passwd",
    "file://host/etc/passwd",
    "file:/etc/passwd",
    "FILE:///etc/passwd",
    "s3://other-bucket/store",
    "s3://",
    "s3:///x",
    "s3://bucket/../other",
    "S3://other-bucket/x",
    "gs://other/store",
    "az://other/store",
    "http://127.0.0.1:9/store",
    "https://127.0.0.1:9/[store",
    "http://[bad",
    "ftp://host/x",
    "memory://x",
    "store://objects/x",
    "data:text/plain,hello",
    "javascript:alert(1)",
    "simplecache::s3://other/x",
    "zip://x::file:///etc/passwd",
    "github://owner:repo@/x",
    "file:///%2e%2e/%2e%2e/etc/passwd",
]
CHARACTERS = [
    "",
    " ",
    "\0",
    "v1\0",
    "v1\0/../../secret",
    "\n",
    "v1\nv2",
    "\r\nX: y",
    "\x1b[31mred\x1b[0m",
    "\x7f",
    "\u202egnp.1v",
    "v1\u200b",
    "\ufeffv1",
    "ｖ１",
    "v1",
    "é",
    "e\u0301",
    "\ud800",
    "🦋" * 100,
    "a" * 121,
    "a" * 300,
    "a" * 5000,
    "a/" * 600 + "a",
    "../" * 400 + "etc/passwd",
    "%s%s%s%n",
    "{0.__class__}",
    "{self}",
    "%(store)s",
    "{{7*7}}",
    "${7*7}",
    "[bold]x[/bold]",
    "[/red]",
    "\\[/bold]",
    "<script>alert(1)</script>",
    "nan",
    "None",
    "1e999",
    "9" * 400,
    "-1",
    "٣",
]
ALLOWED_NAMES = {"v1.json", "con", "nan", "None", "1e999"}
HOSTILE = [text for text in dict.fromkeys(SQL + PATHS + URLS + CHARACTERS) if text != "v1"]


def hashes_of(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else ""
        for path in folder.rglob("*")
    }


def times_of(folder):
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*")}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A folder with a project, its store, and beside it a file that looks like a ref and must not be read."""
    folder = tmp_path_factory.mktemp("hostile")
    project = make_project(folder / "project")
    work = Workspace(load_project(project.file), Store(folder / "project" / "store", create=True))
    assert [built.error for built in build(work, ["words"]) if built.error] == []
    for place in ("secret", "project/secret", "project/store/secret", "project/store/refs/secret"):
        (folder / place).mkdir()
        for name in ("ref.json", "ref..ref.json", "store.json"):
            (folder / place / name).write_text(f'{{"{SECRET}": 1}}')
    (folder / "project" / "work").mkdir()
    before = hashes_of(folder)
    yield folder
    assert hashes_of(folder) == before


@pytest.fixture(scope="module")
def times(world):
    return times_of(world)


@pytest.fixture(autouse=True)
def unchanged(world, times, monkeypatch):
    """Nothing may be written, wherever the process stands; no server may be reached."""
    monkeypatch.chdir(world / "project" / "work")
    for name in ("AWS_ENDPOINT_URL", "STORAGE_EMULATOR_HOST"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    yield
    assert times_of(world) == times


@pytest.fixture(scope="module")
def queries(world):
    return Queries(world / "project" / "store")


@pytest.fixture
def run(monkeypatch, capfd):
    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["embedding-comparator", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        written = capfd.readouterr()
        return end.value.code, written.out, written.err

    return command


def test_there_are_a_hundred_of_them():
    assert len(HOSTILE) >= 100


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_no_comparison_has_such_a_name(queries, text, place):
    names = ["words", "v1", "v2"]
    names[place] = text
    with pytest.raises(MissingArtifactError, match="no comparison") as caught:
        queries.comparison(*names)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_metric_projection_or_space_has_such_a_name(queries, text):
    comparison = queries.comparison("words", "v1", "v2")
    positions = np.array([0], np.int32)
    for ask in (
        lambda: queries.overlap(comparison, text, 5),
        lambda: queries.histogram(comparison, text, 5),
        lambda: queries.extremes(comparison, text, 5, 3),
        lambda: queries.neighborhoods(comparison, text, 5, positions),
        lambda: queries.scores(comparison, text, [5]),
        lambda: queries.object_scores(comparison, text),
        lambda: queries.curve(comparison, text),
        lambda: queries.groups(comparison, text),
        lambda: queries.coordinates(comparison, text),
        lambda: queries.map_quality(comparison, text, "a"),
    ):
        with pytest.raises(ValueError, match="has no ") as caught:
            ask()
        assert type(caught.value) is ValueError
    assert queries.noise(comparison, text) is None
    for space in (SpaceKey("words", text), SpaceKey(text, "v1")):
        with pytest.raises(StoreError, match="no health|cannot name a file of a store"):
            queries.health_of(space)


@pytest.mark.parametrize("text", [text for text in HOSTILE if text not in ALLOWED_NAMES])
def test_no_key_is_made_of_it(text):
    for parse, written in (
        (SpaceKey.parse, [f"words@{text}", f"{text}@v1", text]),
        (PairKey.parse, [f"words@{text}..words@v1", f"{text}@v1..{text}@v2", f"words@v1..{text}", text]),
    ):
        for key in written:
            with pytest.raises(ValueError, match="is not") as caught:
                parse(key)
            assert type(caught.value) is ValueError


@pytest.mark.parametrize("text", HOSTILE)
def test_an_address_with_it_shows_words_or_what_exists(queries, world, text):
    for field in FIELDS:
        selection = Selection(Catalog(queries.store), queries)
        fields = {"dataset": "words", "a": "v1", "b": "v2", field: text}
        search = "?" + urlencode(fields, errors="surrogatepass")
        selection.select(**read_address(search))
        if selection.comparison is None:
            assert field in {"dataset", "a", "b", "at"}
            assert selection.problem
            assert SECRET not in selection.problem
        else:
            assert (selection.comparison.a, selection.comparison.b) == ("v1", "v2")
            assert selection.metric in {"cosine", "euclidean"}
            assert selection.projection == "pca"
            assert 1 <= selection.k <= selection.comparison.k_max


@pytest.mark.parametrize("text", HOSTILE)
def test_a_raw_address_with_it_shows_words_or_what_exists(queries, text):
    selection = Selection(Catalog(queries.store), queries)
    selection.select(**read_address(f"?dataset=words&a=v1&b=v2&k={text}&metric={text}&{text}"))
    assert selection.comparison is not None or selection.problem


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE)
def test_the_command_refuses_it_as_a_store(run, text):
    status, out, err = run("report", f"--store={text}", "words@v1..words@v2")
    assert status in {1, 2}
    assert "Traceback" not in err
    assert SECRET not in out + err
    assert "matched" not in out


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE)
def test_the_command_refuses_it_as_a_key_and_as_a_metric(run, world, text):
    store = f"--store={world / 'project' / 'store'}"
    for arguments in (
        ["report", store, "--", text],
        ["report", store, "--", f"words@v1..words@{text}"],
        ["report", store, f"--metric={text}", "words@v1..words@v2"],
        ["export", "neighbors", store, "--out=written.csv", "--", f"words@{text}"],
        ["export", "neighbors", store, "--out=written.csv", f"--metric={text}", "words@v1"],
        ["compare", f"--metric={text}", "a.txt", "b.txt"],
        ["metrics", "--", text],
    ):
        if text == "" and arguments[0] == "metrics":
            continue  # that lists them
        status, out, err = run(*arguments)
        assert status in {1, 2}, arguments
        assert "Traceback" not in err
        assert SECRET not in out + err
