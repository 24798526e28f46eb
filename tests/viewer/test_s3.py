"""A store on S3 from the command line to the page, as a person meets it: every process is a real one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.csv as pa_csv
import pytest

from artifacts.catalog import Catalog
from artifacts.queries import Queries
from pipelines.serving import dagster_home
from tests.conftest import SmallProject, make_project
from tests.s3 import BUCKET, Proxy, proxy_before, running_server, use_server
from tests.viewer.conftest import Visit, serving
from viewer.state import Selection

pytestmark = pytest.mark.slow
URL = f"s3://{BUCKET}/team/store"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    command = [sys.executable, "-m", "pipelines", *map(str, arguments)]
    environment = {**os.environ, "COLUMNS": "200"}
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    """A server that counts what it is asked, before an S3 server; the environment leads to it."""
    with running_server() as endpoint, proxy_before(endpoint) as proxy, pytest.MonkeyPatch.context() as patch:
        use_server(patch, proxy.endpoint)
        yield proxy


@pytest.fixture(scope="module")
def project(proxy: Proxy, tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """A project that was built into the bucket."""
    made = make_project(tmp_path_factory.mktemp("s3"))
    built = run("build", "--project", made.file, "--store", URL)
    assert built.returncode == 0, built.stderr
    assert f"0 unchanged, 0 failed · {URL}" in built.stdout
    return made


def test_a_second_build_computes_and_writes_nothing(project: SmallProject, proxy: Proxy) -> None:
    proxy.seen.clear()
    built = run("build", "--project", project.file, "--store", URL)
    assert built.returncode == 0, built.stderr
    assert "nothing to compute: 0 artifacts computed" in built.stdout
    assert {method for method, _ in proxy.seen} <= {"GET", "HEAD"}


def test_nothing_of_a_remote_store_is_written_beside_the_project(project: SmallProject) -> None:
    assert sorted(path.name for path in project.folder.iterdir()) == ["checkpoints", "configs"]


def test_a_pair_and_a_space_are_reported(project: SmallProject) -> None:
    reported = run("report", "--store", URL, "words@v1..words@v3", "--k", "5")
    assert reported.returncode == 0, reported.stderr
    assert "40 objects matched" in reported.stdout
    assert "k = 5: mean similarity" in reported.stdout
    assert "zero_vectors" in run("report", "--store", URL, "words@v1").stdout


def test_two_files_are_compared_into_the_store(project: SmallProject) -> None:
    files = [project.folder / "checkpoints" / f"{version}.txt" for version in ("v1", "v2")]
    compared = run("compare", *files, "--k", "5", "--store", URL)
    assert compared.returncode == 0, compared.stderr
    assert "60 objects matched" in compared.stdout
    assert Catalog(URL).comparisons("compare") == [("v1", "v2")]


def test_neighbors_are_exported(project: SmallProject, tmp_path: Path) -> None:
    exported = run("export", "neighbors", "words@v1", "--store", URL, "--out", tmp_path / "neighbors.csv")
    assert exported.returncode == 0, exported.stderr
    rows = pa_csv.read_csv(tmp_path / "neighbors.csv").to_pylist()
    assert {row["key"] for row in rows} == set(project.keys["v1"])


def test_moving_k_asks_the_server_for_nothing_once_the_page_is_warm(
    project: SmallProject, proxy: Proxy
) -> None:
    queries = Queries(URL)
    selection = Selection(Catalog(URL), queries)

    def look(k: int) -> int:
        proxy.seen.clear()
        selection.select(k=k)
        comparison = selection.comparison
        assert comparison is not None
        ends = queries.extremes(comparison, selection.metric, k, 20)
        for rows in (ends.least, ends.most):
            queries.neighborhoods(comparison, selection.metric, k, rows)
        queries.histogram(comparison, selection.metric, k)
        queries.curve(comparison, selection.metric)
        queries.coordinates(comparison, selection.projection)
        queries.keys(comparison)
        return len(proxy.seen)

    selection.select(dataset="words", a="v1", b="v3", k=5)
    assert look(5) > 3, "the count itself must see what is asked"
    assert [look(k) for k in (6, 10, 30, 39)] == [0, 0, 0, 0]


@pytest.mark.browser
def test_the_page_shows_the_dominoes_of_a_remote_store(project: SmallProject, browser: Any) -> None:
    comparison = Queries(URL).comparison("words", "v1", "v3")
    ends = Queries(URL).extremes(comparison, "cosine", 5, 20)
    keys = Queries(URL).keys(comparison)
    with serving(URL) as address:
        page = Visit(browser.new_page(), address).open("?dataset=words&a=v1&b=v3&k=5")
        shown = page.locator("section.column").first.locator("h3").all_inner_texts()
        page.close()
    assert shown == [keys[row] for row in ends.least]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("s3://no-such-bucket/store", "there is no such bucket: make it first, or check the name"),
        (f"s3://{BUCKET}/nothing", "no store at s3://bucket/nothing: make one with"),
        ("s3://", "cannot name a file of a store"),
    ],
)
def test_what_is_wrong_with_a_store_is_one_sentence_of_the_command(
    proxy: Proxy, url: str, words: str
) -> None:
    failed = run("report", "--store", url, "words@v1")
    assert failed.returncode in {1, 2}
    assert words in failed.stderr
    assert len(failed.stderr.strip().splitlines()) == 1


def test_a_server_that_is_gone_is_one_sentence_of_the_command(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    failed = run("build", "--store", URL, "--project", Path(__file__).parents[2] / "configs/project.yaml")
    assert failed.returncode == 1
    assert "Could not connect" in failed.stderr
    assert len(failed.stderr.strip().splitlines()) == 1


def test_the_home_of_dagster_is_local_for_a_remote_store(project: SmallProject) -> None:
    assert dagster_home(URL, project.file) == (project.folder / "artifacts" / "data" / "dagster").resolve()
    assert dagster_home("/somewhere/store", project.file) == Path("/somewhere/store/dagster")
