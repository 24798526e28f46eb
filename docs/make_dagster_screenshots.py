"""Take the pictures of the Dagster UI that docs/scheduling.md shows: let the daemon compare digits, look at its UI.

Run ``python docs/make_dagster_screenshots.py [FOLDER]``; the project is made in FOLDER, and what the daemon has built
there before is not built again. Fails when the page asks anything of another machine.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from pipelines.demo.digits import write_digits

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
SIZE = {"width": 1400, "height": 860}
BROWSER = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
BUILD_SECONDS = 1_800
PAGE_MILLISECONDS = 120_000
SETTLE_MILLISECONDS = 5_000
DRIFT = "digits@epoch-00..digits@epoch-01"
STATE = """{
  runsOrError(filter: {statuses: [QUEUED, NOT_STARTED, STARTING, STARTED]}) { ... on Runs { count } }
  assetOrError(assetKey: {path: ["history"]}) { ... on Asset { assetMaterializations(limit: 1) { timestamp } } }
}"""


def main() -> None:
    """Parse the command line, build, and take every picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "folder", nargs="?", type=Path, help="where the project is or goes; default: a temporary one"
    )
    asked = parser.parse_args().folder
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("no Chromium on this machine: install the package 'chromium'")
    with tempfile.TemporaryDirectory() as scratch:
        project = write_project(asked or Path(scratch))
        with serving(project) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER)
            page = browser.new_page(viewport=SIZE, color_scheme="light")
            page.set_default_timeout(PAGE_MILLISECONDS)
            strangers: list[str] = []
            page.on(
                "request", lambda request: strangers.append(request.url) if is_strange(request.url) else None
            )
            for name, (place, look) in PICTURES.items():
                page.goto(address + place)
                look(page)
                page.wait_for_timeout(SETTLE_MILLISECONDS)
                write(page.screenshot(), IMAGES / name)
            browser.close()
    if strangers:
        sys.exit(f"the page asked another machine: {strangers}")


def write_project(folder: Path) -> Path:
    """Write checkpoints and configuration, the demo's digits compared one after the other; return the project file."""
    configs = folder / "configs"
    (configs / "datasets").mkdir(parents=True, exist_ok=True)
    checkpoints = folder / "artifacts" / "data" / "checkpoints" / "digits"
    write_digits(checkpoints)
    (checkpoints / "pixels.npz").unlink()
    shutil.copy(ROOT / "configs" / "dagster.yaml", configs)
    (configs / "project.yaml").write_text(
        "store: ../artifacts/data\nowners: [team:search]\n", encoding="utf-8"
    )
    dataset = (ROOT / "configs" / "datasets" / "digits.yaml").read_text(encoding="utf-8")
    dataset = dataset.replace("policy: all", "policy: consecutive")
    (configs / "datasets" / "digits.yaml").write_text(dataset, encoding="utf-8")
    return configs / "project.yaml"


def graph(page: Page) -> None:
    """Wait for the assets of both groups."""
    page.locator("foreignObject").get_by_text("history", exact=True).first.wait_for()


def pair(page: Page) -> None:
    """Open the plots over the pairs."""
    page.get_by_text("Plots").first.click()
    page.get_by_text("Metadata", exact=True).first.scroll_into_view_if_needed()
    page.get_by_text("Metadata", exact=True).first.evaluate("node => node.scrollIntoView({block: 'start'})")


def picture(page: Page) -> None:
    """Open the picture in the metadata."""
    page.get_by_text("[Show Markdown]").first.click()


def checks(page: Page) -> None:
    """Wait for the verdict."""
    page.get_by_text("Latest execution").wait_for()


PICTURES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "dagster-graph.png": ("/asset-groups?expanded=global@global:spaces,global@global:pairs", graph),
    "dagster-pair.png": ("/assets/similarity?view=overview", pair),
    "dagster-picture.png": (f"/assets/similarity?view=partitions&partition={DRIFT}", picture),
    "dagster-checks.png": ("/assets/similarity?view=checks&checkDetail=similarity", checks),
    "dagster-history.png": ("/assets/history?view=events", picture),
}
"""File to the page, and what is clicked there."""


def is_strange(url: str) -> bool:
    """Return whether a request would leave this machine."""
    return url.startswith("http") and not url.startswith(("http://127.0.0.1:", "http://localhost:"))


def write(png: bytes, path: Path) -> None:
    """Write a picture with few colours, as a user interface has: a third of the size."""
    image = Image.open(io.BytesIO(png)).convert("RGB").quantize(192, dither=Image.Dither.NONE)
    image.save(path, "PNG", optimize=True)


@contextmanager
def serving(project: Path) -> Iterator[str]:
    """Run ``embedding-comparator dev``; gives the address of the UI once the daemon has nothing left to do."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "pipelines", "dev", "--project", str(project), "--port", str(port)]
    child = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=ROOT)  # noqa: S603 (our own)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + BUILD_SECONDS
        while not is_done(address):
            if child.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"the daemon did not finish (exit status {child.poll()})")
            time.sleep(2)
        yield address
    finally:
        child.terminate()
        child.wait()


def is_done(address: str) -> bool:
    """Return whether no run goes on and the history, which comes last, is recorded."""
    body = json.dumps({"query": STATE}).encode()
    request = urllib.request.Request(f"{address}/graphql", body, {"Content-Type": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 (our own http address)
            data: dict[str, Any] = json.load(answer)["data"]
    except (urllib.error.URLError, ConnectionError):
        return False
    return data["runsOrError"]["count"] == 0 and bool(data["assetOrError"].get("assetMaterializations"))


if __name__ == "__main__":
    main()
