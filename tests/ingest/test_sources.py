"""Checkpoints behind URLs, on a real HTTP server, a real S3 server (moto) and in a zip file, all of this machine."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import threading
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from artifacts.names import SpaceKey
from artifacts.store import Store
from pipelines.adhoc import compare_files
from pipelines.build import build
from pipelines.config import load_project
from pipelines.errors import ConfigError, IngestError, InputError
from pipelines.ingest import open_checkpoint, validated
from pipelines.ingest.sources import RemoteFile, UrlSource, check_scheme, local_copy
from pipelines.workspace import Workspace, silent
from tests.conftest import write_text_checkpoint
from tests.hub import hub_of
from tests.s3 import BUCKET, running_server, use_server

KEYS = [f"w{i}" for i in range(30)]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with three versions."""
    home = tmp_path / "files"
    for at, version in enumerate(("v1", "v2", "v10")):
        vectors = np.random.default_rng(at).normal(size=(30, 4)).astype(np.float32)
        write_text_checkpoint(home / f"model-{version}.txt", KEYS, vectors)
    (home / "notes.md").write_text("not a checkpoint")
    return home


@pytest.fixture
def http(files: Path):
    pytest.importorskip("aiohttp")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(files)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def endpoint():
    with running_server() as running:
        yield running


@pytest.fixture
def s3(files: Path, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    import s3fs

    use_server(monkeypatch, endpoint)
    system = s3fs.S3FileSystem()
    for file in files.iterdir():
        system.put_file(str(file), f"{BUCKET}/words/{file.name}")
    return f"s3://{BUCKET}/words"


@pytest.fixture
def zipped(files: Path):
    archive = files.parent / "models.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as content:
        for file in files.iterdir():
            content.write(file, f"words/{file.name}")
    return archive


def pattern(place: str, request: pytest.FixtureRequest) -> str:
    if place == "zip":
        return f"zip://words/model-{{version}}.txt::{request.getfixturevalue('zipped')}"
    return f"{request.getfixturevalue(place)}/model-{{version}}.txt"


@pytest.mark.parametrize("place", ["http", "s3", "zip"])
def test_versions_are_listed_fetched_once_and_read(place, request, files, tmp_path):
    source = UrlSource(pattern(place, request))
    versions = source.versions()
    assert set(versions) == {"v1", "v2", "v10"}
    cache = tmp_path / "cache"
    copy = source.fetch(versions["v2"], cache)
    assert copy.read_bytes() == (files / "model-v2.txt").read_bytes()
    assert copy.name == "model-v2.txt"
    (block,) = validated(open_checkpoint(copy))
    assert block.keys == KEYS
    if versions["v2"].state:
        assert source.fetch(versions["v2"], cache) == copy
    one = source.url.replace("{version}", "v1")
    assert local_copy(RemoteFile(one), cache).read_bytes() == (files / "model-v1.txt").read_bytes()
    assert not list(cache.rglob(".part-*"))


def test_a_file_that_changed_is_fetched_again(s3, tmp_path):
    import s3fs

    source = UrlSource(f"{s3}/model-{{version}}.txt")
    before = source.fetch(source.versions()["v1"], tmp_path)
    s3fs.S3FileSystem().pipe_file(f"{BUCKET}/words/model-v1.txt", b"a 1 2\nb 3 4\n")
    after = source.fetch(source.versions()["v1"], tmp_path)
    assert after != before
    assert after.read_bytes() == b"a 1 2\nb 3 4\n"


@pytest.mark.parametrize("size", [10, 10**6])
def test_a_file_of_another_size_than_announced_leaves_nothing_behind(size, http, tmp_path):
    url = f"{http}/model-v1.txt"
    with pytest.raises(
        IngestError, match=r"larger than the 10 bytes announced|of 1000000 bytes came: build again"
    ):
        UrlSource(url).fetch(RemoteFile(url, size, "state"), tmp_path / "cache")
    assert [file for file in (tmp_path / "cache").rglob("*") if file.is_file()] == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v.txt", "zip://a::/nowhere.zip"])
def test_a_place_that_cannot_be_reached_is_one_clear_error(url, tmp_path):
    if url.startswith("http"):
        pytest.importorskip("aiohttp")
    with pytest.raises(IngestError, match="cannot be read .*: check the URL and your credentials"):
        local_copy(RemoteFile(url), tmp_path)


@pytest.mark.parametrize(
    "url",
    ["ftp://h/v.txt", "memory://v", "simplecache::s3://b/v", "zip://a::ftp://h/v.zip", "github://a:b@c/v"],
)
def test_a_scheme_that_is_not_on_the_list_is_refused(url):
    if "simplecache" in url:
        url = "simplecache://x::s3://b/v"
    with pytest.raises(ValueError, match="is not allowed: use file, s3, gs, az, abfs, http, https, hf, zip"):
        check_scheme(url)


def project(folder: Path, text: str) -> Path:
    (folder / "datasets").mkdir()
    (folder / "project.yaml").write_text("store: store\n")
    tail = "projections: {method: [pca]}\nneighbors: {k: 5, metric: [cosine]}\n"
    (folder / "datasets" / "words.yaml").write_text(f"dataset: words\n{text}{tail}")
    return folder / "project.yaml"


@pytest.mark.parametrize("place", ["http", "zip"])
def test_a_project_is_built_from_a_url(place, request, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    url = pattern(place, request)
    config = load_project(project(tmp_path, f"source:\n  path: '{url}'\n"))
    assert [key.version for key in config.checkpoints("words")] == ["v1", "v2", "v10"]
    work = Workspace(config, Store(config.store, create=True))
    results = list(build(work, ["words"]))
    assert [str(result.error) for result in results if result.error] == []
    assert work.published("space", SpaceKey("words", "v10").path).manifest.facts["objects"] == 30


@pytest.mark.parametrize("place", ["http", "s3", "zip"])
def test_two_urls_are_compared_as_their_files_are(place, request, files, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    url = pattern(place, request)
    store = Store(tmp_path / "store", create=True)
    far, near = (
        compare_files(
            *(where.replace("{version}", name) for name in ("v1", "v2")), [5], "cosine", store, silent
        )
        for where in (url, str(files / "model-{version}.txt"))
    )
    assert (far.comparison.a, far.comparison.b) == ("model-v1", "model-v2")
    assert far.scores().num_rows == 30
    assert far.scores().equals(near.scores())


def test_a_member_of_an_array_file_behind_a_url_is_compared(http, files, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    vectors = np.random.default_rng(3).normal(size=(2, 30, 4)).astype(np.float32)
    np.savez(files / "layers.npz", keys=np.array(KEYS), first=vectors[0], last=vectors[1])
    store = Store(tmp_path / "store", create=True)
    found = compare_files(
        f"{http}/layers.npz#first", str(files / "layers.npz") + "#last", [5], "cosine", store, silent
    )
    assert (found.comparison.a, found.comparison.b) == ("layers-first", "layers-last")
    same = compare_files(f"{http}/layers.npz#last", files / "layers.npz#last", [5], "cosine", store, silent)
    assert same.scores()["jaccard"].to_pylist() == [1.0] * 30
    assert found.scores()["jaccard"].to_pylist() != [1.0] * 30


def test_a_scheme_that_is_not_on_the_list_is_not_compared(tmp_path):
    store = Store(tmp_path / "store", create=True)
    with pytest.raises(InputError, match="the scheme ftp:// is not allowed: use file, s3"):
        compare_files("ftp://host/v1.txt", "v2.txt", None, "cosine", store, silent)


def test_a_forbidden_scheme_in_a_config_names_its_line(tmp_path):
    file = project(tmp_path, "source:\n  path: ftp://host/{version}.txt\n")
    with pytest.raises(
        ConfigError, match=r"words\.yaml:\d: source: .*the scheme ftp:// is not allowed: use file"
    ):
        load_project(file)


@pytest.mark.parametrize("space", ["path: 'x.npz#epoch_2'", "path: x.npz, member: epoch_2"])
def test_a_member_may_stand_behind_the_path(space, tmp_path):
    config = load_project(project(tmp_path, f"spaces:\n  a: {{{space}}}\n"))
    ((path, options),) = config.checkpoints("words").values()
    assert (path.name, options.member) == ("x.npz", "epoch_2")


def test_a_file_that_may_still_be_written_is_not_ingested(files, tmp_path):
    config = load_project(
        project(tmp_path, "source:\n  path: ../files/model-{version}.txt\n  settle_seconds: 3600\n")
    )
    work = Workspace(config, Store(config.store, create=True))
    found = [str(result.error) for result in build(work, ["words"]) if result.error]
    assert "s ago, and may still be written; build again when it is 3600 s old (`settle_seconds`)" in found[0]


EXTRAS = {
    "gs://bucket/v.npz": "gs",
    "az://container/v.npz": "az",
    "abfs://container/v.npz": "az",
    "hf://owner/name/v.npz": "hf",
    "s3://bucket/v.npz": "s3",
    "http://127.0.0.1:9/v.npz": "http",
    "zip://v.npz::gs://bucket/all.zip": "gs",
}


def run_apart(code: str, *arguments: str, **environment: str) -> list[str]:
    """Run code in a process of its own, in which no library has been imported yet; gives what it prints."""
    command = [sys.executable, "-c", code, *arguments]
    run = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=True
    )
    return run.stdout.splitlines()


def test_a_missing_backend_says_which_extra_to_install(tmp_path):
    code = """
import sys
sys.modules |= dict.fromkeys(["gcsfs", "adlfs", "huggingface_hub", "s3fs", "aiohttp"])
from pathlib import Path
from pipelines.errors import MissingExtraError
from pipelines.ingest.sources import RemoteFile, local_copy
for url in sys.argv[2:]:
    try:
        local_copy(RemoteFile(url), Path(sys.argv[1]))
    except MissingExtraError as error:
        print(error)
"""
    said = run_apart(code, str(tmp_path), *EXTRAS)
    assert said == [
        f"{extra} is not installed: pip install 'embedding-comparator[{extra}]'" for extra in EXTRAS.values()
    ]


def test_versions_on_a_hub_are_listed_and_fetched(files, tmp_path):
    pytest.importorskip("huggingface_hub")
    code = """
import sys
from pathlib import Path
from pipelines.ingest.sources import UrlSource
source = UrlSource("hf://owner/name/model-{version}.txt")
for version, file in sorted(source.versions().items()):
    print(version, source.fetch(file, Path(sys.argv[1])))
"""
    with hub_of(files) as endpoint:
        found = run_apart(code, str(tmp_path), HF_ENDPOINT=endpoint, HF_HOME=str(tmp_path / "home"))
    copies = dict(line.split(" ", 1) for line in found)
    assert set(copies) == {"v1", "v2", "v10"}
    for version, copy in copies.items():
        assert Path(copy).read_bytes() == (files / f"model-{version}.txt").read_bytes()
