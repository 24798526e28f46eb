"""Two hundred hostile keys, names and values in every visible place of the page and its report run nothing.

The page is served without a policy, so that escaping alone is judged.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import numpy as np
import pytest

from artifacts.store import Store
from pipelines.build import build
from pipelines.config import load_project
from pipelines.workspace import Workspace
from tests.viewer.conftest import ROOT, Visit, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]
RUN = "window.pwned=1"
ENTRIES = [
    "",
    '">',
    "'>",
    "`>",
    "--><",
    "]]>",
    "</script>",
    "</style>",
    "</title>",
    "</textarea>",
    "</template>",
    "</svg>",
    "\\x3e",
]
TAGS = [
    f"<img src=x onerror={RUN}>",
    f"<svg onload={RUN}>",
    f"<script>{RUN}</script>",
    f"<body onload={RUN}>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'>",
    f"<details open ontoggle={RUN}>x",
    f"<a href=javascript:{RUN}>x</a>",
    f"<input autofocus onfocus={RUN}>",
    f"<video><source onerror={RUN}></video>",
    f"<math><mtext><img src=x onerror={RUN}>",
    f"<style onload={RUN}></style>",
    f"<link rel=stylesheet href=//evil.example/x onerror={RUN}>",
    f"<object data=javascript:{RUN}></object>",
    f"<marquee onstart={RUN}>x</marquee>",
    "<base href=//evil.example/>",
]
TEXTS = [
    f"javascript:{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    f"`-{RUN}-`",
    f"${{{RUN}}}",
    f"{{{{{RUN}}}}}",
    f"{{% set x = {RUN} %}}",
    f"'+{RUN}+'",
    f'"+{RUN}+"',
    "@key{safe}",
    "$index",
    "__proto__",
    "constructor",
    "toString",
    "=cmd|'/C calc'!A0",
    "url(//evil.example/x)",
    "//evil.example/x",
    "[x](javascript:alert(1))",
    "&lt;b&gt;",
    "\u202egnp.exe",
]
HOSTILE = [*TEXTS, *(start + tag for start, tag in itertools.product(ENTRIES, TAGS))]
PLACED = """() => {
  const found = [];
  const walk = (root) => {
    for (const one of root.querySelectorAll("*")) {
      const isLink = (name) => /^(href|src|data|action|formaction|xlink:href)$/.test(name);
      const leads = (at) => isLink(at.name) && /javascript:/i.test(at.value);
      const acts = (at) => at.name.startsWith("on") || leads(at);
      if ([...one.attributes].some(acts)) found.push(one.outerHTML);
      if (/^(base|iframe|object|marquee|math)$/.test(one.localName)) found.push(one.outerHTML);
      if (one.shadowRoot) walk(one.shadowRoot);
    }
  };
  walk(document);
  return found.map((html) => html.slice(0, 200)).filter((html) => html.includes("pwned") || html.includes("evil"));
}"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every key is hostile, so is the metadata; a group of objects moves, and each space has objects of its own."""
    folder = tmp_path_factory.mktemp("hostile-page")
    rng = np.random.default_rng(2)
    n = len(HOSTILE)
    base = np.repeat(rng.normal(size=(7, 10)) * 4, 31, axis=0)[:n] + rng.normal(size=(n, 10)) * 0.6
    moved = base + rng.normal(size=base.shape) * 0.1
    moved[40:65] += 9
    keys, values = np.array(HOSTILE), np.array(HOSTILE[::-1])
    (folder / "checkpoints").mkdir()
    for version, vectors, kept in (
        ("v1", base, slice(0, n - 3)),
        ("v2", moved, slice(3, n)),
        ("v3", base, slice(0, n)),
    ):
        np.savez(
            folder / "checkpoints" / f"{version}.npz",
            keys=keys[kept],
            vectors=vectors[kept],
            **{f"<img src=x onerror={RUN}>": values[kept], "kind": values[np.arange(n) % 3][kept]},
        )
    (folder / "configs" / "datasets").mkdir(parents=True)
    (folder / "configs" / "project.yaml").write_text("store: ../store\n", encoding="utf-8")
    (folder / "configs" / "datasets" / "planted.yaml").write_text(
        "dataset: planted\nsource:\n  path: ../../checkpoints/{version}.npz\npairs:\n  policy: consecutive\n"
        "projections:\n  method: [pca]\nreplicates: [v1, v3]\n",
        encoding="utf-8",
    )
    work = Workspace(load_project(folder / "configs" / "project.yaml"), Store(folder / "store", create=True))
    failed = [built.error for built in build(work, ["planted"]) if built.error]
    assert not failed, failed
    return folder / "store"


@pytest.fixture
def visit(browser: Any, store: Path) -> Iterator[Visit]:
    with serving(str(store)) as address:
        context = browser.new_context(viewport={"width": 1600, "height": 1000})
        made = Visit(context.new_page(), address)
        made.page.on("request", lambda request: made.requests.append(request.url))
        made.page.on("dialog", lambda dialog: made.complaints.append(dialog.message))
        yield made
        context.close()


def judge(page: Any) -> None:
    assert page.evaluate("window.pwned") is None
    assert page.evaluate(PLACED) == []


def test_there_are_two_hundred_of_them() -> None:
    assert len(set(HOSTILE)) >= 200


def test_the_page_runs_none_of_them_wherever_they_stand(visit: Visit) -> None:
    pinned = [("pin", key) for key in HOSTILE[20:30]]
    page = visit.open(
        "?" + urlencode([("dataset", "planted"), ("a", "v1"), ("b", "v2"), ("k", "12"), *pinned])
    )
    judge(page)
    for button in page.locator("button.rest:visible").all()[:12]:
        button.click()
    sort = page.locator(".toolbar select")
    for option in sort.locator("option").evaluate_all("all => all.map((one) => one.value)"):
        if option.startswith("metadata:"):
            sort.select_option(option)
            page.wait_for_timeout(300)
            judge(page)
    for _ in range(3):
        page.locator("button.more").first.click()
        page.wait_for_timeout(300)
    search = page.get_by_role("combobox", name="Find objects by key")
    for text in ("<", "javascript", "`", "&", "evil"):
        search.fill(text)
        page.locator('[role="option"]').first.wait_for()
        judge(page)
    search.press("ArrowDown")
    search.press("Enter")
    page.wait_for_timeout(400)
    page.get_by_role("button", name="Export").click()
    page.get_by_role("button", name="Findings").click()
    page.locator(".drawer.open tr[data-measure]").first.wait_for()
    page.wait_for_timeout(500)
    judge(page)
    assert {urlsplit(url).hostname for url in visit.requests if url.startswith("http")} == {"127.0.0.1"}
    assert visit.complaints == []


def test_an_address_made_of_them_runs_none(visit: Visit) -> None:
    # The page says of some that they are wrong, and ignores others: those stand in one address.
    for fields in (
        ["dataset"],
        ["a", "b"],
        ["at"],
        ["metric", "projection", "k", "sort", "find", "pin", "panel"],
    ):
        wanted = {"dataset": "planted", "a": "v1", "b": "v2"} | dict.fromkeys(fields, HOSTILE[21])
        visit.page.goto(f"{visit.address}?{urlencode(wanted)}")
        visit.page.locator("article.domino, .notice h2").first.wait_for()
        judge(visit.page)
    assert visit.complaints == []


def test_the_report_of_the_pair_runs_none(browser: Any, store: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    command = [sys.executable, "-m", "pipelines", "report", "planted@v1..planted@v2", "--store", str(store)]
    subprocess.run([*command, "--top", "100", "--html", str(file)], cwd=ROOT, check=True, capture_output=True)
    # Without its policy: escaping alone is judged.
    page = browser.new_context(bypass_csp=True).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    assert page.locator("article").count() == 200
    judge(page)
    assert [url for url in asked if not url.startswith(("data:", "file:"))] == []
    page.context.close()
