"""`compare_view` shows the page of arrays, data frames and a store, as a notebook would show it."""

from __future__ import annotations

import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from tests.viewer.conftest import ROOT
from viewer import View, compare_view


@contextmanager
def shown(browser: Any, view: View) -> Iterator[Any]:
    """Show a view in a page of another port of this machine, as a notebook's server does; gives its frame."""
    html = f"<!doctype html><title>Notebook</title>{view._repr_html_()}".encode()

    class Notebook(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(html)

    with ThreadingHTTPServer(("127.0.0.1", 0), Notebook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_page(viewport={"width": 1400, "height": 960})
        page.on("console", lambda note: print(note.text))
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        frame = page.frame_locator("iframe")
        frame.locator("article.domino").first.wait_for()
        yield frame
        page.close()
        server.shutdown()


@pytest.fixture
def arrays() -> Iterator[tuple[Any, Any, list[str]]]:
    rng = np.random.default_rng(5)
    base = rng.normal(size=(60, 8))
    yield base, base + 0.3 * rng.normal(size=base.shape), [f"gene-{row}" for row in range(60)]


@pytest.mark.browser
@pytest.mark.slow
def test_two_arrays_are_compared_and_shown_in_a_frame(browser: Any, arrays: Any, capsys: Any) -> None:
    a, b, keys = arrays
    view = compare_view(a, b, keys=keys, names=("before", "after"))
    try:
        with shown(browser, view) as frame:
            assert frame.locator("article.domino h3").first.inner_text() in keys
            values = [select.input_value() for select in frame.locator(".choose select").all()]
        assert values == ["compare", "before", "after"]
    finally:
        view.close()
    assert "comparing" in capsys.readouterr().out
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(view.url, timeout=5)  # noqa: S310 (our own http address)


@pytest.mark.browser
@pytest.mark.long
def test_two_versions_of_a_store_are_shown_in_a_frame(browser: Any, store_url: str) -> None:
    view = compare_view("words@1.10", "words@1990", store=store_url, metric="euclidean")
    with shown(browser, view) as frame:
        assert frame.locator("article.domino h3").first.inner_text().startswith("word-")
    view.close()


@pytest.mark.long
def test_the_server_ends_with_the_kernel_that_started_it(store_url: str) -> None:
    code = (
        "import os; from viewer import compare_view\n"
        f"view = compare_view('words@1.10', 'words@1990', store={store_url!r})\n"
        "print(view.url, flush=True); os._exit(1)"
    )
    died = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    url = died.stdout.split()[-1]
    for _ in range(100):
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 (our own http address)
        except (urllib.error.URLError, ConnectionError):
            return
    raise AssertionError("the server goes on")


def test_what_cannot_be_compared_is_said_in_words(arrays: Any) -> None:
    a, b, keys = arrays
    for spaces, more, words in (
        ((a, "words@v1"), {}, "not one of each"),
        (("words@v1", "genes@v2"), {}, "are not two versions of one dataset"),
        (("words", "words@v2"), {}, "are not two versions of one dataset"),
        ((a[0], b), {}, "an array of shape"),
        ((a, b), {"keys": keys[:3]}, "3 keys do not fit 60 vectors"),
    ):
        with pytest.raises(ValueError, match=words):
            compare_view(*spaces, **more)


def test_a_refusal_of_the_command_is_told_in_its_words(arrays: Any) -> None:
    a, b, keys = arrays
    with pytest.raises(ValueError, match="gene-0"):
        compare_view(a, b, keys=[*keys[:-1], "gene-0"])
