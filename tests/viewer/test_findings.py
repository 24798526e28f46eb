"""The drawer of findings shows what the store says, and its buttons do what they say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from artifacts.catalog import Catalog, Comparison
from artifacts.glossary import glossary
from artifacts.queries import Queries
from artifacts.store import Store
from pipelines.build import build
from pipelines.config import load_project
from pipelines.workspace import Workspace
from tests.viewer.conftest import HOSTILE_KEYS, Visit, serving
from viewer.hints import hint
from viewer.state import Selection
from viewer.views.findings import Findings

browser_test = pytest.mark.browser
A, B, OTHER = "base", "moved", "base-again"
OPEN = f"?dataset=planted&a={A}&b={B}&k=10&metric=cosine&panel=findings"
HTML = '<img src=x onerror="window.pwned=1">'


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with replicates, objects that only one space has, and a group that moved, all with hostile keys."""
    folder = tmp_path_factory.mktemp("planted")
    rng = np.random.default_rng(5)
    homes = rng.normal(size=(8, 12)) * 4
    base = np.repeat(homes, 30, axis=0) + rng.normal(size=(240, 12)) * 0.6
    moved = base.copy()
    moved[:30] = homes[5] + rng.normal(size=(30, 12)) * 0.6
    jitter = [base + rng.normal(size=base.shape) * 0.02 for _ in range(2)]
    keys = [f"object-{row}" for row in range(240)]
    keys[: len(HOSTILE_KEYS)] = HOSTILE_KEYS
    for version, vectors, kept in (
        (A, base, slice(0, 236)),
        (OTHER, jitter[0], slice(0, 240)),
        ("base-third", jitter[1], slice(0, 240)),
        (B, moved, slice(0, 240)),
    ):
        path = folder / "checkpoints" / f"{version}.npz"
        path.parent.mkdir(exist_ok=True)
        np.savez(path, keys=np.array(keys)[kept], vectors=vectors[kept].astype(np.float32))
    (folder / "configs" / "datasets").mkdir(parents=True)
    (folder / "configs" / "project.yaml").write_text("store: ../store\n", encoding="utf-8")
    (folder / "configs" / "datasets" / "planted.yaml").write_text(
        "dataset: planted\nsource:\n  path: ../../checkpoints/{version}.npz\npairs:\n  policy: all\n"
        "projections:\n  method: [pca]\n"
        f"replicates: [{A}, {OTHER}, base-third]\n",
        encoding="utf-8",
    )
    work = Workspace(load_project(folder / "configs" / "project.yaml"), Store(folder / "store", create=True))
    failed = [built.error for built in build(work, ["planted"]) if built.error]
    assert not failed, failed
    return folder / "store"


@pytest.fixture(scope="module")
def asked(planted: Path) -> Queries:
    return Queries(planted)


@pytest.fixture(scope="module")
def pair(asked: Queries) -> Comparison:
    return asked.comparison("planted", A, B)


@pytest.fixture(scope="module")
def planted_address(planted: Path) -> Iterator[str]:
    with serving(str(planted)) as running:
        yield running


@pytest.fixture
def page(browser: Any, planted_address: str) -> Iterator[Any]:
    """The page with the drawer open and filled."""
    context = browser.new_context(viewport={"width": 1600, "height": 1000})
    opened = Visit(context.new_page(), planted_address).open(OPEN)
    opened.complaints = []
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.locator(
        f'.drawer.open[data-pair="{A}..{B}"][data-metric="cosine"] tr[data-measure]'
    ).first.wait_for()
    yield opened
    assert opened.complaints == []
    context.close()


def shown(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")


def rows_of(page: Any, table: str, name: str) -> list[list[str]]:
    rows = page.locator(f'.drawer table.{table} tr[data-measure="{name}"]').all()
    return [row.locator("td").all_inner_texts() for row in rows]


def test_unmatched_keys_are_found_by_what_they_contain(asked: Queries, pair: Comparison) -> None:
    assert asked.find_unmatched(pair, "b", "", 3) == ["object-236", "object-237", "object-238"]
    assert asked.find_unmatched(pair, "b", "CT-239", 9) == ["object-239"]
    assert asked.find_unmatched(pair, "b", "object-1", 9) == []
    assert asked.find_unmatched(pair, "a", "object", 9) == []


def test_the_curve_of_equal_runs_is_the_mean_over_the_pairs_of_replicates(
    asked: Queries, pair: Comparison
) -> None:
    runs = [
        asked.curve(asked.comparison("planted", *versions), "cosine").jaccard_mean
        for versions in ((A, OTHER), (A, "base-third"), (OTHER, "base-third"))
    ]
    found = asked.replicates_curve(pair, "cosine")
    assert found is not None
    shortest = min(len(run) for run in runs)
    np.testing.assert_allclose(found, np.mean([run[:shortest] for run in runs], axis=0))


def test_headlines_are_those_of_the_curves(asked: Queries, pair: Comparison) -> None:
    found = asked.headlines("planted", [(A, B), ("no", "pair")])
    assert [(one.a, one.b) for one in found] == [(A, B)]
    score = found[0].scores["cosine"]
    assert score["jaccard_mean"] == asked.curve(pair, "cosine").jaccard_mean[int(score["k"]) - 1]


def test_an_unusual_value_is_explained_and_a_usual_one_is_not() -> None:
    assert "no direction" in hint("zero_vectors", 1, 100, 8)
    assert "3 in effect" in hint("effective_rank", 3.2, 100, 64)
    assert hint("effective_rank", 32, 100, 64) == ""
    assert hint("hub_skewness", float("nan"), 100, 64) == ""
    assert hint("norm_median", 1e9, 100, 64) == ""


class Recorder:
    """Queries that remember which questions were asked."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries
        self.names: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.names.append(name)
        return getattr(self._queries, name)


def test_nothing_is_asked_while_the_drawer_is_closed_nor_for_another_k(planted: Path, asked: Queries) -> None:
    recorder: Any = Recorder(asked)
    selection = Selection(Catalog(planted), recorder)
    selection.select(dataset="planted", a=A, b=B, k=10)
    view = Findings(selection)
    recorder.names.clear()
    view.refresh({"comparison", "metric", "k"})
    assert recorder.names == []
    assert view.component.pair == "null"
    selection.panel = "findings"
    view.refresh({"panel"})
    assert {"measures", "health", "groups", "noise", "headlines", "map_quality"} <= set(recorder.names)
    selection.select(k=20)
    recorder.names.clear()
    view.refresh({"k"})
    assert recorder.names == []
    assert view.component.k == 20
    selection.select(metric="euclidean")
    recorder.names.clear()
    view.refresh({"metric"})
    assert "groups" in recorder.names and "measures" not in recorder.names


def test_messages_that_no_button_sends_change_nothing(planted: Path, asked: Queries) -> None:
    selection = Selection(Catalog(planted), asked)
    selection.select(dataset="planted", a=A, b=B, k=10)
    view = Findings(selection)
    before = {name: getattr(selection, name) for name in ("a", "b", "k", "chosen", "lit")}
    messages: list[Any] = [
        None, [], {}, {"group": 0}, {"group": -1}, {"group": "0"}, {"open": [B, "nowhere"]}, {"open": A},
        {"changed": True}, {"k": "7"}, {"lit": 10**9}, {"find": 1, "asked": 1}, {"find": "x", "asked": None},
    ]  # fmt: skip
    for message in messages:
        view._hear(message)
    assert {name: getattr(selection, name) for name in before} == before
    view._hear({"k": 10**9})
    assert selection.k == selection.comparison.k_max


@browser_test
def test_the_measures_of_the_pair_are_those_of_the_store(page: Any, asked: Queries, pair: Comparison) -> None:
    measures = asked.measures(pair)
    assert len(measures) > 10
    for name in {one.name for one in measures}:
        stored = [one for one in measures if one.name == name]
        assert [row[2] for row in rows_of(page, "measures", name)] == [shown(one.value) for one in stored]
        assert [row[1] for row in rows_of(page, "measures", name)] == [str(one.k or "") for one in stored]
    page.locator('.drawer .term[data-term="cka"]').focus()
    assert glossary()["cka"].definition in page.locator(".drawer .tip").inner_text()
    page.locator(".drawer .close").focus()
    assert page.locator(".drawer .tip").is_hidden()


@browser_test
def test_health_and_quality_are_those_of_both_sides(page: Any, asked: Queries, pair: Comparison) -> None:
    health = {
        (side, one.name): one.value
        for side in ("a", "b")
        for one in asked.health(pair, side)
        if one.metric in (None, "cosine")
    }
    for name in ("isoscore", "mean_cosine", "hub_skewness"):
        assert rows_of(page, "health", name) == [[shown(health["a", name]), shown(health["b", name])]]
    for projection in pair.projections:
        cells = page.locator(f'.drawer tr[data-projection="{projection}"] td').all_inner_texts()
        quality = [asked.map_quality(pair, projection, side) for side in ("a", "b")]
        names = ("trustworthiness", "continuity", "rnx_auc")
        assert cells == [shown(side[name]) for name in names for side in quality]


@browser_test
def test_the_button_of_the_noise_narrows_to_what_changed_more(
    page: Any, asked: Queries, pair: Comparison
) -> None:
    noise = asked.noise(pair, "cosine")
    assert noise is not None and 20 <= noise.changed.sum() < 150
    assert page.locator(".drawer .facts b").all_inner_texts() == [
        f"{noise.changed.sum():,}", f"{noise.noise_ratio:.2f} ×", shown(noise.similarity),
        shown(noise.replicate_mean),
    ]  # fmt: skip
    page.get_by_role("button", name="Show the objects that changed more than noise").click()
    page.locator(".chosen b").wait_for()
    assert page.locator(".chosen b").inner_text() == f"{noise.changed.sum():,}"
    assert "changed more than noise" in page.locator(".chosen .words").inner_text()


@browser_test
def test_a_group_lights_up_in_the_maps_and_narrows_the_dominoes(
    page: Any, asked: Queries, pair: Comparison
) -> None:
    groups, keys = asked.groups(pair, "cosine"), asked.keys(pair)
    assert groups
    button = page.locator(".drawer .group").first
    button.scroll_into_view_if_needed()
    button.hover()
    lit = """() => [...Bokeh.documents[0]._all_models.values()].filter(
        (model) => model.type === "ColumnDataSource" && model.data.marker !== undefined
    ).map((model) => model.data.color.length)"""
    size = len(groups[0].members)
    page.wait_for_function(f"({lit})().every((count) => count === {size})")
    button.click()
    page.locator('.drawer .group[aria-pressed="true"]').wait_for()
    page.wait_for_function(f"({lit})().length === 2")
    assert page.locator(".chosen b").inner_text() == str(size)
    titles = page.locator(".column").first.locator("article.domino h3").all_inner_texts()
    members = {keys[row].strip() for row in groups[0].members.tolist()}
    assert titles and {title.strip() for title in titles} <= members
    button.click()
    page.wait_for_function("!document.querySelector('.chosen b')")


@browser_test
def test_hostile_keys_in_groups_and_in_matching_stay_text(
    page: Any, asked: Queries, pair: Comparison
) -> None:
    keys = {asked.keys(pair)[row] for group in asked.groups(pair, "cosine") for row in group.members.tolist()}
    assert keys & set(HOSTILE_KEYS)
    titles = page.locator(".drawer .group .key").evaluate_all("all => all.map((one) => one.title)")
    assert set(titles) & set(HOSTILE_KEYS)
    page.locator(".drawer .matching input").fill(HTML)
    page.locator('.drawer .sides ul[data-side="b"] .more', has_text="none with this").wait_for()
    assert page.locator(".drawer img, .drawer script, .drawer .key *").count() == 0
    assert page.evaluate("window.pwned") is None


@browser_test
def test_clicking_the_curve_sets_k_and_arrow_keys_move_it(
    page: Any, asked: Queries, pair: Comparison
) -> None:
    curve = page.locator(".drawer svg.curve")
    curve.scroll_into_view_if_needed()
    box = curve.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 60)
    page.wait_for_function("!location.search.includes('k=10&')")
    page.locator(".drawer:not([data-k='10'])").wait_for()
    k = int(page.locator(".drawer").get_attribute("data-k"))
    assert 20 < k < pair.k_max
    page.locator(f'.columns[data-k="{k}"]').wait_for()
    curve.press("ArrowRight")
    page.locator(f'.columns[data-k="{k + 1}"]').wait_for()
    page.locator(f".drawer[data-k='{k + 1}']").wait_for()
    words = curve.get_attribute("aria-valuetext")
    assert f"mean Jaccard {asked.curve(pair, 'cosine').jaccard_mean[k]:.3f}" in words


@browser_test
def test_the_matching_is_searched(page: Any) -> None:
    counts = page.locator(".drawer .counts b").all_inner_texts()
    assert counts == ["236", "0", "4"]
    keys = page.locator('.drawer .sides ul[data-side="b"] .key')
    assert keys.all_inner_texts() == ["object-236", "object-237", "object-238", "object-239"]
    page.locator(".drawer .matching input").fill("238")
    keys.nth(1).wait_for(state="detached")
    assert keys.all_inner_texts() == ["object-238"]


@browser_test
def test_a_cell_of_the_matrix_shows_its_score_and_opens_its_pair(page: Any, asked: Queries) -> None:
    cells = page.locator(".drawer .matrix .cell")
    assert cells.count() == 6
    other = asked.comparison("planted", A, OTHER)
    score = asked.headlines("planted", [(A, OTHER)])[0].scores["cosine"]["jaccard_mean"]
    cell = page.locator(".drawer .matrix").get_by_role("button", name=f"{A} with {OTHER}: {shown(score)}")
    cell.click()
    page.locator(f'.drawer[data-pair="{A}..{OTHER}"]').wait_for()
    page.wait_for_function(f"location.search.includes('b={OTHER}')")
    stored = next(one for one in asked.measures(other) if one.name == "cka")
    assert rows_of(page, "measures", "cka")[0][2] == shown(stored.value)
    assert page.locator(".drawer .matrix .here").get_attribute("title").startswith(f"{A} → {OTHER}")


@browser_test
def test_another_metric_brings_its_curve_noise_and_groups(
    page: Any, asked: Queries, pair: Comparison
) -> None:
    page.get_by_role("button", name="Euclidean", exact=True).click()
    page.locator('.drawer[data-metric="euclidean"]').wait_for()
    noise = asked.noise(pair, "euclidean")
    assert noise is not None
    page.locator(".drawer .facts b", has_text=shown(noise.similarity)).first.wait_for()
    sizes = page.locator(".drawer .group .head span:nth-child(2)").all_inner_texts()
    assert sizes == [f"{len(one.members)} objects" for one in asked.groups(pair, "euclidean")][:10]


@browser_test
def test_the_drawer_opens_with_a_key_and_closes_with_escape(visit: Visit) -> None:
    page = visit.open("?dataset=words&a=1.9&b=1.10&k=10")
    assert page.locator(".drawer tr[data-measure]").count() == 0, "nothing is asked while it is closed"
    toggle = page.get_by_role("button", name="Findings", exact=True)
    assert toggle.get_attribute("aria-expanded") == "false"
    page.locator(".search input").click()
    page.keyboard.type("i")
    assert page.locator(".drawer.open").count() == 0, "typing is no command"
    page.locator(".search input").fill("")
    page.locator("h1").click()
    page.keyboard.press("i")
    page.locator(".drawer.open tr[data-measure]").first.wait_for()
    page.wait_for_function("location.search.includes('panel=findings')")
    assert toggle.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Escape")
    page.wait_for_function("!location.search.includes('panel=')")
    page.locator(".drawer").wait_for(state="hidden")
    assert "replicates:" in page.locator(".drawer #noise .none").text_content()
    assert visit.complaints == []


@browser_test
@pytest.mark.parametrize("width", [1600, 1000])
def test_nothing_in_the_drawer_is_cut_or_wider_than_it(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 1000})
    page.wait_for_timeout(300)
    box = page.locator(".drawer").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width
    wide = page.locator(".drawer .sections").evaluate("(one) => one.scrollWidth - one.clientWidth")
    assert wide <= 0
    over = page.locator(".drawer section table, .drawer svg text").evaluate_all(
        """all => { const edge = all[0].closest(".drawer").getBoundingClientRect();
        return all.filter((one) => one.getBoundingClientRect().right > edge.right).length }"""
    )
    assert over == 0
