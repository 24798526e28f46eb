"""A real store, a real server on it, and the system's Chromium to look at the page."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from artifacts.queries import Queries
from artifacts.store import Store
from pipelines.build import build
from pipelines.config import load_project
from pipelines.workspace import Workspace
from viewer.views.maps import AGGREGATED_VARIABLE

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 60
PARTS = np.array(["verb", "<b>noun</b>", "adverb"])
HOSTILE_KEYS = [
    '<img src=x onerror="window.pwned=1">',
    "<script>window.pwned=1</script>",
    '"><svg onload=window.pwned=1>',
    "javascript:window.pwned=1",
    "@key{safe}",
    "$index ${x} {{ 7*7 }} {% raw %}",
    "`+window.pwned=1+`",
    "</title></style><b>bold</b>",
    "نص من اليمين",
    "🦋",
    " leading and trailing ",
    "a" * 300,
]


def _write_dataset(folder: Path, name: str, spaces: dict[str, dict[str, Any]], more: str = "") -> None:
    for version, arrays in spaces.items():
        path = folder / "checkpoints" / name / f"{version}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, **arrays)
    (folder / "configs" / "datasets").mkdir(parents=True, exist_ok=True)
    config = (
        f"dataset: {name}\nsource:\n  path: ../../checkpoints/{name}/{{version}}.npz\npairs:\n  policy: all\n"
    )
    (folder / "configs" / "datasets" / f"{name}.yaml").write_text(config + more, encoding="utf-8")


@pytest.fixture(scope="session")
def store_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store built by the pipeline: words (1.10, 1.9, 1990), pictures with thumbnails, and hostile keys."""
    folder = tmp_path_factory.mktemp("viewer")
    rng = np.random.default_rng(3)
    words = np.array([f"word-{i}" for i in range(120)])
    base = rng.normal(size=(120, 8)).astype(np.float32)
    noise = (
        rng.normal(size=base.shape).astype(np.float32) * np.linspace(0, 1.5, 120, dtype=np.float32)[:, None]
    )
    spaces = {"1.9": base, "1.10": base + 0.2 * noise, "1990": base + noise}
    kept = {"1.9": slice(0, 115), "1.10": slice(0, 120), "1990": slice(2, 120)}
    about = {
        "keys": words,
        "length": np.array([len(word) for word in words]),
        "kind": PARTS[np.arange(120) % 3],
    }
    rows = {
        name: {column: values[kept[name]] for column, values in {**about, "vectors": made}.items()}
        for name, made in spaces.items()
    }
    _write_dataset(folder, "words", rows, 'replicates: ["1.9", "1.10"]\n')
    pictures = rng.integers(0, 255, (40, 8, 8)).astype(np.uint8)
    names = np.array([f"picture-{i}" for i in range(40)])
    pictured = {"keys": names, "thumbnails": pictures}
    _write_dataset(
        folder, "pictures", {v: {**pictured, "vectors": rng.normal(size=(40, 6))} for v in ("a", "b")}
    )
    hostile = np.array(HOSTILE_KEYS)
    size = (len(hostile), 4)
    _write_dataset(
        folder, "hostile", {v: {"keys": hostile, "vectors": rng.normal(size=size)} for v in ("a", "b")}
    )
    (folder / "configs" / "project.yaml").write_text("store: ../store\n", encoding="utf-8")
    store = Store(folder / "store", create=True)
    work = Workspace(load_project(folder / "configs" / "project.yaml"), store)
    failed = [built.error for built in build(work, ["words", "pictures", "hostile"]) if built.error]
    assert not failed, failed
    return str(folder / "store")


@pytest.fixture(scope="session")
def queries(store_url: str) -> Queries:
    return Queries(store_url)


def free_port() -> int:
    """Return a port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(store: str) -> Iterator[str]:
    """Run ``panel serve viewer`` on a store; gives the address of the page."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "panel",
        "serve",
        "viewer",
        "--port",
        str(port),
        "--address",
        "127.0.0.1",
    ]
    environment = {**os.environ, "EMBEDDING_COMPARATOR_STORE": store, "PYTHONPATH": str(ROOT)}
    command += ["--allow-websocket-origin", f"127.0.0.1:{port}"]
    child = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        yield wait_for(child, f"http://127.0.0.1:{port}/viewer")
    finally:
        child.terminate()
        child.wait(30)


def wait_for(child: subprocess.Popen[Any], address: str) -> str:
    """Wait until a server that was started answers; gives the address."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=START_SECONDS):  # noqa: S310 (our own http address)
                return address
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(f"the server did not answer (exit status {child.poll()})")


@pytest.fixture(scope="session")
def address(store_url: str) -> Iterator[str]:
    with serving(store_url) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The system's Chromium; skips where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@dataclass
class Visit:
    """A visit to the page: what it asked for and what it complained about."""

    page: Any
    address: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    sent: list[Any] = field(default_factory=list)

    def open(self, query: str = "") -> Any:
        """Open the page and wait until its dominoes are drawn."""
        self.page.goto(f"{self.address}{query}")
        self.page.locator("article.domino").first.wait_for()
        self.page.wait_for_function("document.fonts.status === 'loaded'")
        return self.page

    def wait_for_k(self, k: int) -> None:
        """Wait until the dominoes of this k are shown."""
        self.page.locator(f'.columns[data-k="{k}"]').wait_for()


@pytest.fixture(scope="session")
def aggregated(store_url: str) -> Iterator[str]:
    """The page of a server that draws every map itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(AGGREGATED_VARIABLE, "10")
        with serving(store_url) as running:
            yield running


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1600, "height": 1000})
    made = Visit(context.new_page(), address)
    made.page.on("request", lambda request: made.requests.append(request.url))
    made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
    made.page.on("console", lambda note: made.complaints.append(note.text) if note.type == "error" else None)
    made.page.on("websocket", lambda socket: socket.on("framesent", lambda frame: made.sent.append(frame)))
    yield made
    context.close()
