"""Take the pictures of the page that the README shows: serve a store, look at it with Chromium, write docs/images.

Run ``python docs/make_screenshots.py STORE`` on a store that ``embedding-comparator demo --build-only`` has filled.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
SIZE = {"width": 1600, "height": 1000}
DIGITS = "?dataset=digits&a=epoch-00&b=epoch-50&k=50&projection=umap"
DOCSTRINGS = "?dataset=docstrings&a=stdlib&b=scientific&k=50&projection=umap"
PICTURES = {
    "page-light.png": (DIGITS, "light"),
    "page-dark.png": (DIGITS, "dark"),
    "docstrings-light.png": (DOCSTRINGS, "light"),
}
GATE = ("--baseline", "epoch-01", "--candidate", "epoch-50", "--project", "configs/project.yaml")
GATE_SIZE = {"width": 1160, "height": 1330}
START_SECONDS = 60
SETTLE_MILLISECONDS = 1_500
"""Thumbnails and maps arrive after the first dominoes."""


def main() -> None:
    """Parse the command line and take every picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("store", nargs="?", default="artifacts/data", help="folder or URL of the store")
    store = parser.parse_args().store
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("no Chromium on this machine: install the package 'chromium'")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with serving(store) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, (query, scheme) in PICTURES.items():
            take(browser, address + query, scheme, IMAGES / name)
        take_gate(browser, store, IMAGES / "gate.png")
        browser.close()


def take(browser: Any, url: str, scheme: str, path: Path) -> None:
    """Write one picture of the page."""
    page = browser.new_page(viewport=SIZE, color_scheme=scheme)
    page.goto(url)
    page.locator("article.domino").first.wait_for()
    page.wait_for_timeout(SETTLE_MILLISECONDS)
    page.screenshot(path=path)
    page.close()


def take_gate(browser: Any, store: str, path: Path) -> None:
    """Write the picture of the upper part of the page that the command `gate` writes."""
    with tempfile.TemporaryDirectory() as folder:
        html = Path(folder) / "gate.html"
        command = [
            sys.executable,
            "-m",
            "pipelines",
            "gate",
            "digits",
            *GATE,
            "--store",
            store,
            "--html",
            str(html),
        ]
        subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603 (it does not pass: 1)
        page = browser.new_page(viewport=GATE_SIZE, color_scheme="light")
        page.goto(html.as_uri())
        page.screenshot(path=path)
        page.close()


@contextmanager
def serving(store: str) -> Iterator[str]:
    """Run ``panel serve viewer`` on a store; gives the address of the page."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "panel", "serve", str(ROOT / "viewer"), "--port", str(port)]
    environment = {**os.environ, "EMBEDDING_COMPARATOR_STORE": store, "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(command, env=environment)  # noqa: S603 (our own command)
    try:
        yield wait_for(child, f"http://localhost:{port}/viewer")
    finally:
        child.terminate()
        child.wait()


def wait_for(child: subprocess.Popen[bytes], address: str) -> str:
    """Return the address once it answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=START_SECONDS):  # noqa: S310 (our own http address)
                return address
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    sys.exit(f"the server did not answer (exit status {child.poll()})")


if __name__ == "__main__":
    main()
