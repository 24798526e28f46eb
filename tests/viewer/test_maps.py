"""The maps of the page against the store: colours, one zoom for both, the passage from A to B, very many objects."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from artifacts.catalog import Comparison
from artifacts.quantities import quantity
from artifacts.queries import Queries
from tests.viewer.conftest import Visit
from viewer.views.maps import MOST_TRAILS
from viewer.views.places import nearest_row, rows_in_box, rows_in_polygon

pytestmark = pytest.mark.browser

WORDS = "?dataset=words&a=1.10&b=1990&k=10&projection=pca"
MODEL = "(name) => Bokeh.documents[0].get_model_by_name(name)"
PICTURE = f"(side) => ({MODEL})(`map-${{side}}`).renderers[0].data_source.data"
RANGES = f"""() => Object.fromEntries(["a", "b"].map((side) => [side, ["x", "y"].flatMap((axis) => {{
  const range = ({MODEL})(`map-${{side}}-${{axis}}`);
  return [range.start, range.end];
}})]))"""
PASSED = (
    f"() => {{ const data = ({MODEL})('maps').data; return data.x_a.every((x, i) => x === data.x_b[i]); }}"
)
LINK = '[...Bokeh.documents[0]._all_models.values()].find((model) => model.class_name === "MapLink")'
DOMINOES_VERSION = """() => [...Bokeh.documents[0]._all_models.values()].find(
  (model) => model.class_name === "Dominoes").data.message.version"""


@pytest.fixture(scope="module")
def comparison(queries: Queries) -> Comparison:
    return queries.comparison("words", "1.10", "1990")


def column(page: Any, name: str) -> list[Any]:
    """A column of the source that both maps draw, as the browser has it."""
    values: list[Any] = page.evaluate(f"(name) => [...({MODEL})('maps').data[name]]", name)
    return values


def color_by(page: Any, words: str) -> None:
    page.locator(".coloring select").select_option(label=words)
    page.locator(".atlas h3", has_text=words).wait_for()


def ranges(page: Any) -> dict[str, list[float]]:
    found: dict[str, list[float]] = page.evaluate(RANGES)
    return found


def frame(page: Any, side: str) -> dict[str, float]:
    """The inner frame of a map on the screen."""
    outer = page.locator(f'[data-map="{side}"]').bounding_box()
    width, height = page.evaluate(
        f"(side) => {{ const map = ({MODEL})(`map-${{side}}`); return [map.inner_width, map.inner_height]; }}",
        side,
    )
    return {"x": outer["x"], "y": outer["y"] + outer["height"] - height, "width": width, "height": height}


@pytest.mark.parametrize("projection", ["pca", "umap"])
def test_the_colours_of_the_points_are_the_numbers_of_the_store(
    visit: Visit, queries: Queries, comparison: Comparison, projection: str
) -> None:
    page = visit.open(WORDS.replace("pca", projection))
    for words, name in (
        ("chance-adjusted overlap", "chance_adjusted"),
        ("rank-biased overlap", "rank_biased_overlap"),
        ("length", "metadata:length"),
        ("placement error of the map", "placement_error"),
        ("similarity", "similarity"),
    ):
        color_by(page, words)
        expected = quantity(queries, comparison, "cosine", 10, projection, name)
        np.testing.assert_allclose(column(page, "shade"), expected.a, rtol=1e-6)
        if name == "placement_error":
            np.testing.assert_allclose(column(page, "shade_b"), expected.b, rtol=1e-6)
            fields = [
                page.evaluate(f"(n) => ({MODEL})(n).renderers[1].glyph.fill_color.field", n)
                for n in ("map-a", "map-b")
            ]
            assert fields == ["shade", "shade_b"]
    assert not visit.complaints


def test_kinds_have_a_colour_a_shape_and_their_number_in_the_legend(
    visit: Visit, queries: Queries, comparison: Comparison
) -> None:
    page = visit.open(f"{WORDS}&color=metadata:kind")
    scale = queries.scale(comparison, "cosine", "metadata:kind")
    named = [scale.names[int(value)] for value in scale.values]
    assert column(page, "label") == named
    shapes = dict(zip(named, column(page, "shape"), strict=True))
    assert sorted(shapes.values()) == ["circle", "square", "triangle"]
    legend = page.locator(".atlas .kinds li")
    assert {
        item.locator("span").inner_text(): int(item.locator("b").inner_text()) for item in legend.all()
    } == {name: named.count(name) for name in scale.names}
    assert page.evaluate(f"() => ({MODEL})('map-a').renderers[1].glyph.marker.field") == "shape"
    version = page.evaluate(DOMINOES_VERSION)
    color_by(page, "similarity")
    assert page.evaluate(f"() => ({MODEL})('map-a').renderers[1].glyph.marker.value") == "circle"
    assert page.evaluate(DOMINOES_VERSION) == version, "a colour of the maps does not make the dominoes again"


def test_another_k_patches_the_colours_and_sends_no_places_again(visit: Visit, queries: Queries) -> None:
    page = visit.open(WORDS)
    page.evaluate(f"() => {{ window.places = ({MODEL})('maps').data.x_a; }}")
    page.locator(".number input").fill("7")
    page.locator(".number input").press("Enter")
    visit.wait_for_k(7)
    overlap = queries.overlap(queries.comparison("words", "1.10", "1990"), "cosine", 7)
    np.testing.assert_allclose(column(page, "shade"), overlap / (14 - overlap.astype(float)), rtol=1e-6)
    assert page.evaluate(f"() => window.places === ({MODEL})('maps').data.x_a")


def test_a_colour_that_is_not_there_is_said_and_the_similarity_shown(visit: Visit) -> None:
    page = visit.open(f"{WORDS}&color=<b>nothing</b>&maps=sideways")
    note = page.locator(".atlas [role=alert]")
    assert "Nothing here is called “<b>nothing</b>”" in note.inner_text()
    assert "There is no view “sideways”" in note.inner_text()
    assert page.locator(".atlas h3").inner_text() == "similarity"
    color_by(page, "length")
    page.wait_for_function("location.search.includes('color=metadata%3Alength')")
    assert note.count() == 0


def test_maps_in_one_frame_zoom_together_until_that_is_switched_off(visit: Visit) -> None:
    page = visit.open(WORDS)
    before = ranges(page)
    assert before["a"] == before["b"]
    zoom(page, "a")
    page.wait_for_function(f"(old) => ({RANGES})().b[0] !== old", arg=before["b"][0])
    zoomed = ranges(page)
    assert zoomed["a"] == zoomed["b"]
    page.get_by_label("Zoom together").uncheck()
    page.wait_for_function("location.search.includes('unlinked=1')")
    page.wait_for_function(f"() => !({LINK}).data.linked")
    zoom(page, "b")
    page.wait_for_function(f"(old) => ({RANGES})().b[0] !== old", arg=zoomed["b"][0])
    assert ranges(page)["a"] == zoomed["a"]


def test_maps_in_frames_of_their_own_zoom_one_by_one_and_cannot_be_laid_over_one_another(
    visit: Visit,
) -> None:
    page = visit.open(WORDS.replace("pca", "umap") + "&maps=b")
    assert "a frame each" in page.locator(".atlas [role=alert]").inner_text()
    assert not page.get_by_label("Zoom together").is_visible()
    before = ranges(page)
    zoom(page, "a")
    page.wait_for_function(f"(old) => ({RANGES})().a[0] !== old", arg=before["a"][0])
    assert ranges(page)["b"] == before["b"]


def zoom(page: Any, side: str) -> None:
    box = frame(page, side)
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.4)
    page.mouse.wheel(0, -240)


def test_one_map_passes_from_a_to_b_without_telling_the_server_of_the_places_between(
    visit: Visit, queries: Queries, comparison: Comparison
) -> None:
    page = visit.open(WORDS)
    a, b = queries.coordinates(comparison, "pca")
    buttons = page.locator(".layout")
    buttons.get_by_role("button", name="A", exact=True).click()
    page.locator('[data-map="b"]').wait_for(state="hidden")
    assert page.get_by_label("Trails").is_visible()
    assert not page.get_by_label("Zoom together").is_visible()
    np.testing.assert_allclose(column(page, "x_a"), a[:, 0], rtol=1e-6)
    page.evaluate(f"""() => {{
      window.seen = [];
      const source = ({MODEL})("maps");
      source.change.connect(() => window.seen.push(source.data.x_a[0]));
    }}""")
    sent = len(visit.sent)
    buttons.get_by_role("button", name="B", exact=True).click()
    page.wait_for_function(PASSED)
    np.testing.assert_allclose(column(page, "y_a"), b[:, 1], rtol=1e-6)
    between = page.evaluate("() => window.seen")
    low, high = sorted([float(a[0, 0]), float(b[0, 0])])
    assert sum(low < x < high for x in between) >= 3
    assert sum(len(str(frame)) for frame in visit.sent[sent:]) < 4_000
    assert page.locator("figure.a .version").inner_text() == "B 1990"
    color_by(page, "length")  # a new colour leaves the points where they are
    assert page.evaluate(PASSED)
    buttons.get_by_role("button", name="Both", exact=True).click()
    page.locator('[data-map="b"]').wait_for()
    np.testing.assert_allclose(column(page, "x_a"), a[:, 0], rtol=1e-6)


def test_who_wants_no_motion_gets_none(visit: Visit) -> None:
    visit.page.emulate_media(reduced_motion="reduce")
    page = visit.open(f"{WORDS}&maps=a")
    page.evaluate(f"""() => {{
      window.seen = 0;
      ({MODEL})("maps").change.connect(() => {{ window.seen += 1; }});
    }}""")
    page.locator(".layout").get_by_role("button", name="B", exact=True).click()
    page.wait_for_function(PASSED)
    page.wait_for_timeout(300)
    assert page.evaluate("() => window.seen") <= 2


def test_trails_lead_from_a_to_b_for_what_changed_most_and_for_what_is_chosen(
    visit: Visit, queries: Queries, comparison: Comparison
) -> None:
    page = visit.open(f"{WORDS}&maps=b&trails=1")
    a, b = queries.coordinates(comparison, "pca")
    least = queries.extremes(comparison, "cosine", 10, MOST_TRAILS).least
    data = page.evaluate(
        f"() => {{ const data = ({MODEL})('map-a').renderers[2].data_source.data; "
        "return Object.fromEntries(Object.entries(data).map(([name, values]) => [name, [...values]])); }"
    )
    trails = [data[name] for name in ("x0", "y0", "x1", "y1")]
    np.testing.assert_allclose(np.array(trails).T, np.hstack([a[least], b[least]]), rtol=1e-6)
    page = visit.open(f"{WORDS}&maps=b&trails=1&find=word-7&find=word-9")
    page.get_by_text("Trails lead from A to B: all 2 chosen objects.").wait_for()


@pytest.mark.parametrize("query", [WORDS, f"{WORDS}&maps=a&trails=1", f"{WORDS}&color=metadata:kind"])
def test_on_a_narrow_window_nothing_is_cut_and_nothing_overlaps(visit: Visit, query: str) -> None:
    visit.page.set_viewport_size({"width": 420, "height": 900})
    page = visit.open(query)
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    names = (".coloring", "figcaption", ".map", ".layout", ".tune", ".spread")
    parts = page.locator(", ".join(f".sidebar {name}:visible" for name in names)).all()
    boxes = sorted((part.bounding_box() for part in parts), key=lambda box: box["y"])
    assert len(boxes) >= 6
    for upper, lower in pairwise(boxes):
        assert upper["y"] + upper["height"] <= lower["y"] + 0.5
        assert upper["x"] >= 0 and upper["x"] + upper["width"] <= 420


@pytest.fixture
def picture(visit: Visit, aggregated: str) -> Any:
    visit.address = aggregated
    page = visit.open(WORDS)
    page.locator(".drawn", has_text="118 objects, aggregated").wait_for()
    page.wait_for_function(f"() => ({PICTURE})('a').image.length === 1")
    return page


def test_very_many_objects_are_a_picture_and_no_points(picture: Any) -> None:
    assert column(picture, "x_a") == []
    assert picture.locator("figure .seen").all_inner_texts() == ["118 in view", "118 in view"]
    opaque = picture.evaluate(f"() => ({PICTURE})('a').image[0].filter((cell) => cell >>> 24 > 0).length")
    assert opaque >= 100


def test_a_lasso_in_a_picture_chooses_the_objects_inside(
    picture: Any, visit: Visit, queries: Queries, comparison: Comparison
) -> None:
    box, (x0, x1, y0, y1) = frame(picture, "b"), ranges(picture)["b"]
    corners = [(0.3, 0.2), (0.85, 0.3), (0.7, 0.75), (0.5, 0.5), (0.25, 0.8)]
    picture.mouse.move(*on_screen(box, *corners[0]))
    picture.mouse.down()
    for x, y in corners[1:]:
        picture.mouse.move(*on_screen(box, x, y))
    picture.mouse.up()
    picture.locator(".chosen b").wait_for()
    xs, ys = zip(*((x0 + x * (x1 - x0), y1 - y * (y1 - y0)) for x, y in corners), strict=True)
    expected = rows_in_polygon(queries.coordinates(comparison, "pca")[1], xs, ys)
    assert 10 < len(expected) < 110
    assert int(picture.locator(".chosen b").inner_text()) == len(expected)
    keys, shown = queries.keys(comparison), picture.locator(".column").first.locator("article.domino h3")
    assert set(shown.all_inner_texts()) <= {keys[row] for row in expected}
    assert not visit.complaints


def on_screen(box: dict[str, float], x: float, y: float) -> tuple[float, float]:
    return round(box["x"] + x * box["width"]), round(box["y"] + y * box["height"])


def test_pointing_into_a_picture_names_the_nearest_object(
    picture: Any, queries: Queries, comparison: Comparison
) -> None:
    box, (x0, x1, y0, y1) = frame(picture, "a"), ranges(picture)["a"]
    points = queries.coordinates(comparison, "pca")[0]
    row = nearest_row(points, float(points[7, 0]), float(points[7, 1]), 1.0)
    across, up = (points[row, 0] - x0) / (x1 - x0), (y1 - points[row, 1]) / (y1 - y0)
    picture.mouse.move(*on_screen(box, float(across), float(up)))
    card = picture.locator(".card b")
    card.wait_for()
    assert card.inner_text() == queries.keys(comparison)[row]
    overlap = int(queries.overlap(comparison, "cosine", 10)[row])
    assert picture.locator(".card span").inner_text() == f"similarity: {overlap / (20 - overlap):.0%}"
    picture.mouse.move(5, 5)
    card.wait_for(state="hidden")


def test_zooming_into_a_picture_draws_that_part_again_and_counts_it(
    picture: Any, queries: Queries, comparison: Comparison
) -> None:
    before = ranges(picture)["a"]
    zoom(picture, "a")
    picture.wait_for_function(
        f"(x) => {{ const now = ({RANGES})().b[0]; return now !== x && ({PICTURE})('b').x[0] === now; }}",
        arg=before[0],
    )
    for side, points in zip("ab", queries.coordinates(comparison, "pca"), strict=True):
        x0, x1, y0, y1 = ranges(picture)[side]
        words = f"{len(rows_in_box(points, x0, x1, y0, y1))} in view"
        picture.locator(f"figure.{side} .seen", has_text=words).wait_for()


def test_the_only_map_of_very_many_objects_shows_them_where_b_has_them(
    picture: Any, queries: Queries, comparison: Comparison
) -> None:
    image = f"() => [...({PICTURE})('a').image[0]]"
    both = picture.evaluate(image)
    picture.locator(".layout").get_by_role("button", name="B", exact=True).click()
    picture.locator("figure.a .version", has_text="1990").wait_for()
    assert picture.evaluate(image) != both
