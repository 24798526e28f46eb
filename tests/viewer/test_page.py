"""What the page shows, seen with a browser, is what the store says."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from artifacts.queries import Queries
from tests.viewer.conftest import HOSTILE_KEYS, Visit, serving

pytestmark = pytest.mark.browser

WORDS = "?dataset=words&a=1.10&b=1990&k=20"


def column(page: Any, place: int) -> Any:
    return page.locator("section.column").nth(place)


def test_the_page_shows_what_the_address_asks_for(visit: Visit) -> None:
    page = visit.open(WORDS)
    values = [select.input_value() for select in page.locator(".choose select").all()]
    assert values == ["words", "1.10", "1990"]
    assert page.locator(".number input").input_value() == "20"
    for words in ("118 common objects", "2 only in A", "0 only in B", "mean Jaccard@20"):
        assert page.locator(".headline").get_by_text(words).is_visible()


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_the_dominoes_are_those_of_the_ranking_with_its_percentages(
    visit: Visit, queries: Queries, metric: str
) -> None:
    page = visit.open(f"{WORDS}&metric={metric}")
    comparison = queries.comparison("words", "1.10", "1990")
    keys, overlap = queries.keys(comparison), queries.overlap(comparison, metric, 20)
    ends = queries.extremes(comparison, metric, 20, 20)
    for place, rows in enumerate((ends.least, ends.most)):
        assert column(page, place).locator("h3").all_inner_texts() == [keys[row] for row in rows]
        expected = [f"{round(100 * overlap[row] / (40 - overlap[row]))}%" for row in rows.tolist()]
        assert column(page, place).locator("nav .share").all_inner_texts() == expected


def test_the_chips_of_a_domino_are_the_sets_of_its_neighbors(visit: Visit, queries: Queries) -> None:
    page = visit.open(WORDS)
    comparison = queries.comparison("words", "1.10", "1990")
    keys = queries.keys(comparison)
    for place in (0, 1):
        domino = column(page, place).locator("article").first
        row = keys.index(domino.locator("h3").inner_text())
        near = queries.neighborhoods(comparison, "cosine", 20, np.array([row], np.int32))
        in_a, in_b = ({keys[other] for other in side[0]} for side in (near.neighbors_a, near.neighbors_b))
        for index, expected in enumerate((in_a & in_b, in_a - in_b, in_b - in_a)):
            chips = domino.locator(".chips").nth(index)
            if chips.locator("button").is_visible():
                chips.locator("button").click()
            assert set(chips.locator("li").all_inner_texts()) == expected


def test_a_typed_k_changes_dominoes_headline_and_address(visit: Visit) -> None:
    page = visit.open(WORDS)
    page.locator(".number input").fill("7")
    page.locator(".number input").press("Enter")
    visit.wait_for_k(7)
    page.get_by_text("mean Jaccard@7 ").wait_for()
    page.wait_for_function("location.search.includes('k=7')")


@pytest.mark.parametrize(("asked", "given"), [("100000", 117), ("0", 1), ("-3", 50), ("x", 50)])
def test_a_k_out_of_bounds_in_the_address_is_brought_within(visit: Visit, asked: str, given: int) -> None:
    visit.open(f"?dataset=words&a=1.10&b=1990&k={asked}")
    visit.wait_for_k(given)


def test_the_address_restores_the_page(visit: Visit) -> None:
    page = visit.open(WORDS)
    page.get_by_role("button", name="Euclidean").click()
    page.wait_for_function("location.search.includes('metric=euclidean')")
    state = parse_qs(urlsplit(page.url).query)
    first = column(page, 0).locator("h3").all_inner_texts()
    again = visit.open("?" + urlsplit(page.url).query)
    assert parse_qs(urlsplit(again.url).query) == state
    assert column(again, 0).locator("h3").all_inner_texts() == first


def test_hovering_a_chip_lights_it_everywhere_without_asking_the_server(visit: Visit) -> None:
    page = visit.open(WORDS)
    domino = column(page, 1).locator("article").first
    domino.locator("header").hover()  # which domino is pointed at, the server is told once
    page.wait_for_timeout(800)
    before = len(visit.sent)
    chip = domino.locator(".common li").first
    chip.hover()
    assert domino.locator("li.lit").all_inner_texts() == [chip.inner_text()]
    assert column(page, 0).locator("li.lit").count() == 0
    assert len(visit.sent) == before


def test_an_older_message_never_replaces_a_newer_one(visit: Visit) -> None:
    page = visit.open(WORDS)
    first = column(page, 0).locator("h3").first.inner_text()
    page.evaluate("""() => {
      const models = [...Bokeh.documents[0]._all_models.values()];
      const component = models.find((model) => model.class_name === "Dominoes");
      component.data.setv({message: {...component.data.message, version: 0, keys: "[]"}});
    }""")
    assert column(page, 0).locator("h3").first.inner_text() == first
    assert not visit.complaints


def test_thumbnails_stand_for_objects_that_have_them(visit: Visit) -> None:
    page = visit.open("?dataset=pictures&k=10")
    domino = column(page, 0).locator("article").first
    domino.locator("header canvas.picture").wait_for()
    chips = domino.locator(".chips li canvas")
    chips.first.wait_for()
    assert chips.first.get_attribute("aria-label").startswith("picture-")


def test_keys_of_a_stranger_are_shown_as_text_and_run_nothing(visit: Visit) -> None:
    page = visit.open("?dataset=hostile")
    shown = set(column(page, 0).locator("h3").evaluate_all("all => all.map((one) => one.title)"))
    assert shown == set(HOSTILE_KEYS)
    for button in page.locator("button.rest:visible").all()[:6]:
        button.click()
    for name in ("map_a", "map_b"):
        hover_over_map(page, name)
    assert page.evaluate("window.pwned") is None
    assert page.locator("img, svg[onload], iframe, b:text-is('bold')").count() == 0
    assert not visit.complaints


def hover_over_map(page: Any, name: str) -> None:
    """Point at every object of a map, and see its key as text in the tooltip at least once."""
    box = page.locator(".map").nth(("map_a", "map_b").index(name)).bounding_box()
    seen = set()
    for x in range(8, int(box["width"]) - 4, 9):
        for y in range(30, int(box["height"]) - 4, 9):
            page.mouse.move(box["x"] + x, box["y"] + y)
            seen.update(page.locator(".bk-tooltip-row-value").all_inner_texts())
    assert seen & set(HOSTILE_KEYS)


def test_nothing_is_asked_of_another_machine_and_nothing_is_complained_about(visit: Visit) -> None:
    page = visit.open(WORDS)
    page.locator("button.theme").click()
    column(page, 0).locator("nav button").nth(15).click()
    page.wait_for_timeout(500)
    strangers = [url for url in visit.requests if not url.startswith((visit.address[:-7], "data:", "blob:"))]
    assert not strangers
    assert not visit.complaints


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?dataset=words&a=1990&b=1.9", "words has no published comparison of 1990 (A) with 1.9 (B)"),
        ("?dataset=nowhere", "There is no dataset “nowhere” in the store; it holds hostile, pictures, words"),
        ("?dataset=<img src=x onerror=window.pwned=1>", "There is no dataset “<img"),
    ],
)
def test_what_is_not_published_is_said_in_words_with_what_is(visit: Visit, query: str, words: str) -> None:
    visit.page.goto(f"{visit.address}{query}")
    visit.page.get_by_text(words).wait_for()
    assert visit.page.get_by_role("link", name="words: 1.9 → 1990").is_visible()
    assert visit.page.evaluate("window.pwned") is None
    assert not visit.complaints


def test_without_a_store_the_page_says_which_command_makes_one(browser: Any, tmp_path: Any) -> None:
    with serving(str(tmp_path / "none")) as address:
        page = browser.new_page()
        page.goto(address)
        page.get_by_text("embedding-comparator demo", exact=True).wait_for()
        assert page.get_by_text("embedding-comparator build", exact=True).is_visible()
        page.close()
