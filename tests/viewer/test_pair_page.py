"""The page of a pair that `report --html` writes, opened from its file: what the store says, and nothing runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from artifacts.queries import Queries
from tests.viewer.conftest import HOSTILE_KEYS, ROOT

pytestmark = pytest.mark.browser
MOST_BYTES = 1_000_000


def written(store: str, pair: str, to: Path, *more: str) -> Path:
    command = [sys.executable, "-m", "pipelines", "report", pair, "--store", store, "--html", str(to), *more]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return to


@pytest.fixture
def page(browser: Any) -> Any:
    made = browser.new_page()
    made.asked = []
    made.complaints = []
    made.on("request", lambda request: made.asked.append(request.url))
    made.on("console", lambda note: made.complaints.append(note.text))
    yield made
    made.close()


def test_it_tells_what_the_store_says_and_asks_nobody(
    store_url: str, queries: Queries, page: Any, tmp_path: Path
) -> None:
    file = written(store_url, "words@1.10..words@1990", tmp_path / "words.html", "--k", "20", "--top", "5")
    page.goto(file.as_uri())
    comparison = queries.comparison("words", "1.10", "1990")
    curve, ends = queries.curve(comparison, "cosine"), queries.extremes(comparison, "cosine", 20, 5)
    keys = queries.keys(comparison)
    assert (
        page.locator("dt", has_text="Mean Jaccard@20")
        .locator("+ dd")
        .inner_text()
        .startswith(f"{curve.jaccard_mean[19]:.3f}")
    )
    assert (
        page.locator("dt", has_text="By chance")
        .locator("+ dd")
        .inner_text()
        .startswith(f"{curve.jaccard_chance[19]:.3f}")
    )
    assert page.locator("h4").all_inner_texts() == [keys[row] for row in [*ends.least, *ends.most]]
    near = queries.neighborhoods(comparison, "cosine", 20, ends.least[:1])
    first = page.locator("article").first
    assert first.locator("svg").first.locator(".common").count() == int(np.sum(near.common_a[0]))
    assert first.locator("svg").first.locator(".unique").count() == int(np.sum(~near.common_a[0]))
    assert page.locator(".maps img").evaluate_all("all => all.every((one) => one.naturalWidth > 0)")
    assert [url for url in page.asked if not url.startswith("data:")] == [file.as_uri()]
    assert not page.complaints
    assert file.stat().st_size < MOST_BYTES


def test_keys_of_a_stranger_are_text_on_it(store_url: str, page: Any, tmp_path: Path) -> None:
    file = written(store_url, "hostile@a..hostile@b", tmp_path / "hostile.html", "--k", "5", "--top", "12")
    page.goto(file.as_uri())
    shown = set(page.locator("h4").evaluate_all("all => all.map((one) => one.textContent)"))
    assert shown == set(HOSTILE_KEYS)
    assert page.evaluate("window.pwned") is None
    assert page.locator("script, iframe, svg[onload], img[src='x']").count() == 0
    assert not page.complaints


def test_objects_with_pictures_are_shown_with_them(store_url: str, page: Any, tmp_path: Path) -> None:
    page.goto(written(store_url, "pictures@a..pictures@b", tmp_path / "p.html", "--k", "5").as_uri())
    assert page.locator("header img.picture").count() == 20
    assert page.locator("header img.picture").first.evaluate("one => one.naturalWidth") == 8
