"""Sorting, paging, ranks, pins and keys of the dominoes: what the page shows is what the store says."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from artifacts.catalog import Comparison
from artifacts.queries import Queries
from tests.viewer.conftest import Visit

pytestmark = pytest.mark.browser

K = 10
WORDS = f"?dataset=words&a=1.10&b=1990&k={K}&projection=pca"


@pytest.fixture(scope="module")
def comparison(queries: Queries) -> Comparison:
    return queries.comparison("words", "1.10", "1990")


def column(page: Any, place: int) -> Any:
    return page.locator("section.column").nth(place)


def shown(page: Any, place: int) -> list[str]:
    return column(page, place).locator("article.domino h3").all_inner_texts()


def wait_for_title(page: Any, words: str) -> None:
    column(page, 0).locator("h2", has_text=re.compile(words, re.IGNORECASE)).wait_for()


def asked(page: Any, name: str) -> list[str]:
    return parse_qs(urlsplit(page.url).query).get(name, [])


@pytest.mark.parametrize("by", ["rank_displacement", "metadata:kind", "metadata:length", "noise_quantile"])
def test_sorting_follows_the_store_and_the_address(
    visit: Visit, queries: Queries, comparison: Comparison, by: str
) -> None:
    page = visit.open(WORDS)
    page.get_by_label("Sort by").select_option(by)
    wait_for_title(page, by.removeprefix("metadata:").replace("_", " "))
    page.wait_for_function("document.location.search.includes('sort=')")
    assert asked(page, "sort") == [by]
    keys = queries.keys(comparison)
    ranked = queries.ranked(comparison, "cosine", K, by, 0, 20)
    for place, end in enumerate((ranked.low, ranked.high)):
        assert shown(page, place) == [keys[row] for row in end.rows]
    scale = queries.scale(comparison, "cosine", by)
    first = column(page, 0).locator("article .value").first.inner_text()
    value = ranked.low.values[0]
    assert first == (scale.names[int(value)] if scale.names else f"{value:.3g}")
    if ranked.low.ties[0] > 1:
        assert (
            column(page, 0).locator(".ties").first.inner_text()
            == f"{ranked.low.ties[0]} objects tied at {first}"
        )
    again = visit.open(f"?{urlsplit(page.url).query}")
    assert shown(again, 0) == [keys[row] for row in ranked.low.rows]
    assert again.locator("b:text-is('noun')").count() == 0
    assert not visit.complaints


def test_paging_reaches_the_last_object_in_order(
    visit: Visit, queries: Queries, comparison: Comparison
) -> None:
    page = visit.open(WORDS)
    keys = queries.keys(comparison)
    more = column(page, 1).locator("button.more")
    for count in (40, 60, 80, 100, comparison.n):
        more.click()
        column(page, 1).locator("article.domino").nth(count - 1).wait_for()
    ranked = queries.ranked(comparison, "cosine", K, "similarity", 0, comparison.n)
    assert shown(page, 1) == [keys[row] for row in ranked.high.rows]
    assert column(page, 1).locator("nav li").count() == comparison.n
    assert not more.is_visible()
    assert len(shown(page, 0)) == 20
    overlap = queries.overlap(comparison, "cosine", K)
    sizes = np.bincount(overlap)
    tied = sum(1 for value in np.unique(overlap) if sizes[value] > 1)
    assert column(page, 1).locator(".ties:visible").count() == tied
    last = column(page, 1).locator("article.domino").last
    last.scroll_into_view_if_needed()
    last.locator(".chips li").first.wait_for()
    page.locator(".number input").fill("11")
    page.locator(".number input").press("Enter")
    visit.wait_for_k(11)
    assert len(shown(page, 1)) == 20


def test_only_what_changed_more_than_noise_is_shown_on_demand(
    visit: Visit, queries: Queries, comparison: Comparison
) -> None:
    keys, changed = queries.keys(comparison), queries.changed_rows(comparison, "cosine")
    assert changed is not None and 4 < len(changed) < comparison.n - 4
    others = np.setdiff1d(np.arange(comparison.n), changed)
    page = visit.open(WORDS)
    toggle = page.get_by_label("only what changed more than noise")
    toggle.check()
    page.locator(".toolbar .count", has_text=re.compile(f"^{len(changed)} objects$")).wait_for()
    page.wait_for_function("location.search.includes('beyond_noise=1')")
    found = [keys[row] for row in (*changed[:3], *others[:3])]
    visit.open(f"?{urlsplit(page.url).query}{''.join(f'&find={key}' for key in found)}")
    page.locator(".toolbar .count", has_text=re.compile("^3 objects$")).wait_for()
    assert set(shown(page, 0)) == set(found[:3])
    assert toggle.is_checked()
    visit.open("?dataset=pictures&beyond_noise=1")  # it has no replicates
    assert not toggle.is_visible()
    assert page.locator(".toolbar .count").inner_text() == "40 objects"
    assert not visit.complaints


def test_the_ranks_and_distances_of_a_chip_are_those_in_both_spaces(
    visit: Visit, queries: Queries, comparison: Comparison
) -> None:
    page = visit.open(WORDS)
    keys = queries.keys(comparison)
    domino = column(page, 0).locator("article").nth(2)
    row = keys.index(domino.locator("h3").inner_text())
    near = queries.neighborhoods(comparison, "cosine", comparison.k_max, np.array([row], np.int32))
    for index in (0, 1, 2):
        chips = domino.locator(".chips").nth(index).locator("li")
        if not chips.count():
            continue
        chips.first.hover()
        neighbor = keys.index(chips.first.inner_text())
        at_a = near.neighbors_a[0].tolist().index(neighbor)
        at_b = near.neighbors_b[0].tolist().index(neighbor)
        far_a, far_b = (
            f"{float(f'{d:.2g}'):g}" for d in (near.distances_a[0, at_a], near.distances_b[0, at_b])
        )
        words = domino.locator(".readout span").all_inner_texts()
        assert words == [
            f"rank {at_a + 1} in A, {at_b + 1} in B",
            f"distance {far_a} in A, {far_b} in B",
        ]


def test_pins_survive_another_pair_and_the_reload_of_the_page(visit: Visit) -> None:
    page = visit.open(WORDS)
    first, second = shown(page, 0)[0], shown(page, 1)[0]
    for place in (0, 1):
        column(page, place).locator("button.pin").first.click()
    pins = page.locator(".pins li")
    pins.nth(1).wait_for()
    page.locator("select").nth(1).select_option("1.9")
    page.wait_for_function("location.search.includes('a=1.9')")
    page.wait_for_function("location.search.split('pin=').length === 3")
    assert pins.locator(".key").all_inner_texts() == [first, second]
    again = visit.open(f"?{urlsplit(page.url).query}")
    pins.nth(1).wait_for()
    assert pins.locator(".key").all_inner_texts() == [first, second]
    again.locator(".pins .open").last.click()
    opened = again.locator(".opened article")
    assert opened.locator("h3").inner_text() == second
    opened.locator(".chips li").first.wait_for()
    pins.first.locator("button.out").click()
    again.wait_for_function("location.search.split('pin=').length === 2")
    assert pins.locator(".key").all_inner_texts() == [second]
    again.locator("select").first.select_option("pictures")
    again.wait_for_function("!location.search.includes('pin=')")
    assert not again.locator(".tray").is_visible()
    assert not visit.complaints


def test_keys_walk_pin_and_show_ranks(visit: Visit, queries: Queries, comparison: Comparison) -> None:
    page = visit.open(WORDS)
    names = shown(page, 0)
    focused = page.locator("article:focus h3")
    for key, expected in (("j", names[0]), ("j", names[1]), ("ArrowDown", names[2]), ("k", names[1])):
        page.keyboard.press(key)
        assert focused.inner_text() == expected
    page.keyboard.press("ArrowRight")
    assert focused.inner_text() == shown(page, 1)[1]
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.locator(".pins .key", has_text=names[1]).wait_for()
    domino = column(page, 0).locator("article").nth(1)
    page.keyboard.press("r")
    assert domino.locator(".strip").is_visible()
    assert column(page, 0).locator(".strip:visible").count() == 1
    domino.locator("figure canvas").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    keys = queries.keys(comparison)
    row = keys.index(names[1])
    near = queries.neighborhoods(comparison, "cosine", K, np.array([row], np.int32))
    assert domino.locator(".spoken").inner_text().startswith(f"{keys[near.neighbors_a[0, 1]]}, rank 2 in A")
    page.keyboard.press("?")
    help_ = page.get_by_role("dialog")
    assert help_.get_by_text("unique: a neighbor in one of them alone").is_visible()
    page.keyboard.press("Escape")
    assert not help_.is_visible()


def test_a_letter_typed_into_the_search_is_no_command(visit: Visit) -> None:
    page = visit.open(WORDS)
    page.keyboard.press("/")
    page.keyboard.type("jp?")
    assert page.locator(".search input").input_value() == "jp?"
    assert not page.get_by_role("dialog").is_visible()
    assert not page.locator(".tray").is_visible()


def test_the_share_says_what_chance_would_give(
    visit: Visit, queries: Queries, comparison: Comparison
) -> None:
    page = visit.open(WORDS)
    chance = queries.curve(comparison, "cosine").jaccard_chance[K - 1]
    words = f"chance {100 * chance:.1f}%"
    assert words in column(page, 0).locator("h2").inner_text()
    assert words in column(page, 0).locator(".share").first.get_attribute("title")
