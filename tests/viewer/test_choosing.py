"""Choosing objects on the page: search, lasso, brush; pointing at a domino lights its neighborhood in both maps."""

from __future__ import annotations

import re

import pytest

from artifacts.catalog import Comparison
from artifacts.queries import Queries
from tests.viewer.conftest import Visit

pytestmark = pytest.mark.browser

WORDS = "?dataset=words&a=1.9&b=1.10&k=10&projection=pca"
LIT = """() => {
  const lit = [];
  for (const root of Bokeh.documents) for (const model of root._all_models.values())
    if (model.type === "ColumnDataSource" && model.data.marker !== undefined) lit.push([...model.data.color]);
  return lit;
}"""


def comparison(queries: Queries) -> Comparison:
    return queries.comparison("words", "1.9", "1.10")


def shown(page) -> list[str]:
    return page.locator(".column").first.locator("article.domino h3").all_inner_texts()


def chosen_count(page) -> int:
    page.locator(".chosen b").wait_for()
    return int(page.locator(".chosen b").inner_text().replace(",", ""))


def test_search_offers_keys_and_narrows_the_dominoes_to_those_picked(visit: Visit, queries: Queries) -> None:
    page = visit.open(WORDS)
    page.keyboard.press("/")
    page.keyboard.type("WORD-11")
    offered = page.locator(".search [role=option]")
    offered.first.wait_for()
    assert offered.all_inner_texts() == queries.find(comparison(queries), "word-11", 30)
    page.keyboard.press("Enter")
    page.locator(".picked button").wait_for()
    page.keyboard.type("word-30")
    page.locator(".search [role=option]", has_text="word-30").first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_function("document.location.search.split('find=').length === 3")
    assert set(page.locator(".picked button").all_inner_texts()) == {"word-11", "word-30"}
    assert chosen_count(page) == 2
    assert set(shown(page)) == {"word-11", "word-30"}
    page.get_by_role("button", name="Remove word-30").click()
    page.wait_for_function("document.location.search.split('find=').length === 2")
    page.get_by_role("button", name="Show all", exact=True).click()
    page.wait_for_function("!document.location.search.includes('find=')")
    page.locator(".column").first.locator("article.domino").nth(19).wait_for()


def test_a_link_names_the_objects_that_were_found(visit: Visit) -> None:
    page = visit.open(f"{WORDS}&find=word-7&find=word-8&find=nowhere")
    assert chosen_count(page) == 2
    assert set(shown(page)) == {"word-7", "word-8"}


def test_what_is_drawn_around_in_one_map_is_chosen_on_the_page(visit: Visit) -> None:
    page = visit.open(WORDS)
    box = page.locator(".map").first.bounding_box()
    left, top, side = box["x"] + 8, box["y"] + 34, box["width"] - 16
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in ((0.5, 0), (0.5, 1), (0, 1), (0, 0)):
        page.mouse.move(left + x * side, top + y * side * 0.9, steps=6)
    page.mouse.up()
    count = chosen_count(page)
    assert 5 < count < 110
    assert "drawn around in a map" in page.locator(".chosen .words").inner_text()
    page.locator(".column").first.locator("article.domino").nth(min(20, count) - 1).wait_for()


def test_dragging_across_the_histogram_chooses_the_objects_of_that_range(
    visit: Visit, queries: Queries
) -> None:
    page = visit.open(WORDS)
    box = page.locator(".spread").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.45, box["y"] + 90, steps=8)
    page.mouse.up()
    count = chosen_count(page)
    words = page.locator(".chosen .words").inner_text()
    low, high = (int(end) / 100 for end in re.search(r"similarity (\d+) % to (\d+) %", words).groups())
    overlap = queries.overlap(comparison(queries), "cosine", 10)
    similarity = overlap / (20 - overlap.astype(float))
    assert count == ((similarity >= low) & (similarity < high)).sum()


def test_pointing_at_a_domino_lights_its_neighborhood_in_both_maps(visit: Visit, queries: Queries) -> None:
    page = visit.open(WORDS)
    assert page.evaluate(LIT) == [[], []]
    first = page.locator("article.domino").first
    first.locator("header").hover()
    page.wait_for_function(f"({LIT})().every((colors) => colors.length === 11)")
    common = int(first.locator(".chips.common .label").inner_text().split()[0].replace("none", "0"))
    for colors in page.evaluate(LIT):
        assert colors.count("#17804a") == common
        assert colors.count("#7a3fae") == 10 - common
    page.mouse.move(5, 5)
    page.wait_for_function(f"({LIT})().every((colors) => colors.length === 0)")
