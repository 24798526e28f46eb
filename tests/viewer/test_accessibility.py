"""axe-core finds nothing serious on the page, light and dark."""

from __future__ import annotations

from typing import Any

import pytest

from tests.viewer.conftest import Visit

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
)
pytestmark = pytest.mark.browser
GRAVE = {"serious", "critical"}


def faults(page: Any) -> list[tuple[str, str]]:
    """What axe-core calls serious or critical: rule and element."""
    found = axe.Axe().run(page).response["violations"]
    return [(one["id"], node["html"]) for one in found if one["impact"] in GRAVE for node in one["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_with_its_drawer_a_search_and_a_pin_has_no_serious_fault(visit: Visit, scheme: str) -> None:
    visit.page.emulate_media(color_scheme=scheme)
    page = visit.open("?dataset=words&a=1.10&b=1990&k=20&panel=findings&pin=word-3")
    page.get_by_role("combobox", name="Find objects by key").fill("word-1")
    page.locator('[role="option"]').first.wait_for()
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.goto(f"{visit.address}?dataset=words&a=1.10&b=1990&k=20")
    page.get_by_role("button", name="Export").click()
    assert faults(page) == []


def test_the_page_that_has_nothing_to_show_has_no_serious_fault(visit: Visit) -> None:
    visit.page.goto(f"{visit.address}?dataset=nowhere")
    visit.page.get_by_text("There is no dataset").wait_for()
    assert faults(visit.page) == []
