"""What sessions leave in the memory of the server when they have ended: nothing of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.viewer.conftest import ROOT, free_port, wait_for

_QUERY = "?dataset=words&a=1.10&b=1990&k=20"


@dataclass
class Counted:
    """A server in a process of its own that says what is alive in it."""

    base: str
    child: subprocess.Popen[str]

    def sessions(self) -> int:
        """Return how many sessions have not ended."""
        with urllib.request.urlopen(f"{self.base}/healthz", timeout=30) as answer:  # noqa: S310 (our own)
            return int(json.load(answer)["sessions"])

    def alive(self) -> int:
        """Return how many selections are alive."""
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.write("\n")
        self.child.stdin.flush()
        return int(self.child.stdout.readline())

    def left(self) -> int:
        """Return how many are alive when all sessions have ended."""
        deadline = time.monotonic() + 30
        while self.sessions() and time.monotonic() < deadline:
            time.sleep(0.25)
        assert not self.sessions()
        deadline = time.monotonic() + 5
        while self.alive() and time.monotonic() < deadline:
            time.sleep(0.2)  # the loop may still hold a session that has just ended
        return self.alive()


@pytest.fixture(scope="module")
def counted(store_url: str) -> Iterator[Counted]:
    port = free_port()
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.viewer.counting_server", str(port)],
        cwd=ROOT,
        env={**os.environ, "EMBEDDING_COMPARATOR_STORE": store_url, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    base = f"http://127.0.0.1:{port}"
    try:
        wait_for(child, f"{base}/healthz")
        yield Counted(base, child)
    finally:
        child.terminate()
        child.communicate(timeout=30)


def test_nothing_stays_of_visitors_who_asked_for_the_page_and_left(counted: Counted) -> None:
    seen = []
    for _ in range(3):
        with urllib.request.urlopen(f"{counted.base}/viewer{_QUERY}", timeout=60) as answer:  # noqa: S310
            assert answer.status == 200
        seen.append(counted.alive())
    assert max(seen) > 0
    assert counted.left() == 0


@pytest.mark.browser
@pytest.mark.slow
def test_nothing_stays_of_a_visitor_who_worked_with_the_page(counted: Counted, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 1600, "height": 1000})
    page = context.new_page()
    page.goto(f"{counted.base}/viewer{_QUERY}&panel=findings")
    page.locator("article.domino .chips li").first.hover()
    page.locator(".number input").fill("7")
    page.locator(".number input").press("Enter")
    page.locator('.columns[data-k="7"]').wait_for()
    page.get_by_role("button", name="Euclidean").click()
    page.wait_for_url("**metric=euclidean**", wait_until="commit")
    assert counted.alive() > 0
    context.close()
    assert counted.left() == 0
