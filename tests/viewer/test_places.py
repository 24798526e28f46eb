"""Which objects lie where in a map, against slow and obvious ways; the picture of very many objects counts them all."""

from __future__ import annotations

import numpy as np
import pytest

from viewer import palette
from viewer.views.aggregate import CELLS, Window, picture
from viewer.views.coloring import Coloring, Kind
from viewer.views.places import nearest_row, rows_in_box, rows_in_polygon


def is_inside(x: float, y: float, corners: list[tuple[float, float]]) -> bool:
    """The even-odd rule, one point and one edge after the other."""
    inside = False
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            inside = not inside
    return inside


@pytest.mark.parametrize("seed", range(8))
def test_a_polygon_holds_what_the_even_odd_rule_says_also_where_it_crosses_itself(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(500, 2)).astype(np.float32)
    corners = rng.normal(size=(rng.integers(3, 40), 2)).tolist()
    found = rows_in_polygon(points, *zip(*corners, strict=True))
    expected = [row for row, (x, y) in enumerate(points.tolist()) if is_inside(x, y, [*map(tuple, corners)])]
    assert found.tolist() == expected


def test_what_is_no_polygon_holds_nothing() -> None:
    points = np.zeros((3, 2), np.float32)
    assert not len(rows_in_polygon(points, [0, 1], [0, 1]))
    assert not len(rows_in_polygon(points, [5, 6, 6], [5, 5, 6]))


def test_a_box_may_be_drawn_from_any_corner() -> None:
    points = np.array([[0, 0], [1, 1], [2, 2]], np.float32)
    assert rows_in_box(points, 1.5, 0.5, 1.5, 0.5).tolist() == [1]


def test_the_nearest_object_is_found_within_reach_alone() -> None:
    points = np.random.default_rng(0).random((300, 2)).astype(np.float32)
    away = np.hypot(*(points - [0.4, 0.6]).T)
    assert nearest_row(points, 0.4, 0.6, 0.5) == away.argmin()
    assert nearest_row(points, 0.4, 0.6, away.min() * 0.99) == -1


NUMBERS = Coloring("similarity", np.empty(0), np.empty(0), 0, 1, palette.FILL)


def test_a_picture_holds_every_object_of_its_window_and_tells_how_many() -> None:
    rng = np.random.default_rng(2)
    points = rng.normal(size=(4_000, 2)).astype(np.float32)
    made = picture(points, rng.random(4_000).astype(np.float32), NUMBERS, Window(-1, 1, -0.5, 1.5), None)
    assert made.image.shape == (CELLS, CELLS)
    assert made.in_view == len(rows_in_box(points, -1, 1, -0.5, 1.5))
    everything = picture(points, np.zeros(4_000, np.float32), NUMBERS, Window(-9, 9, -9, 9), None)
    assert everything.in_view == 4_000


def test_a_cell_has_the_colour_of_the_mean_and_is_the_more_opaque_the_more_it_holds() -> None:
    points = np.array([[0.5, 0.5], [0.5, 0.5], [0.5, 0.5], [-0.5, -0.5], [0.5, -0.5]], np.float32)
    shade = np.array([0, 0, 0.6, 0.98, np.nan], np.float32)
    image = picture(points, shade, NUMBERS, Window(-1, 1, -1, 1), None).image
    three, one, unknown = (cell(image, x, y) for x, y in ((0.5, 0.5), (-0.5, -0.5), (0.5, -0.5)))
    assert three[:3] == rgb(palette.FILL[int(0.2 * len(palette.FILL))])
    assert one[:3] == rgb(palette.FILL[int(0.98 * len(palette.FILL))])
    assert unknown[:3] == rgb(palette.MISSING)
    assert three[3] > one[3] > 100


def test_what_is_not_chosen_is_grey_and_below() -> None:
    points = np.array([[0.5, 0.5], [0.5, 0.5], [-0.5, -0.5]], np.float32)
    made = picture(points, np.ones(3, np.float32), NUMBERS, Window(-1, 1, -1, 1), np.array([0], np.int32))
    assert cell(made.image, 0.5, 0.5)[:3] == rgb(palette.FILL[-1])
    assert cell(made.image, -0.5, -0.5)[:3] == rgb(palette.OTHER)
    assert made.in_view == 3


def test_kinds_in_one_cell_are_mixed_by_their_shares() -> None:
    kinds = tuple(Kind(name, 1, color, "circle") for name, color in (("a", "#ff0000"), ("b", "#0000ff")))
    coloring = Coloring("kind", np.empty(0), np.empty(0), -0.5, 1.5, ("#ff0000", "#0000ff"), kinds)
    points = np.full((4, 2), 0.25, np.float32)
    image = picture(points, np.array([0, 1, 1, 1], np.float32), coloring, Window(0, 1, 0, 1), None).image
    assert cell(image, 0.25, 0.25)[:3] == (63, 0, 191)


def cell(image: np.ndarray, x: float, y: float) -> tuple[int, ...]:
    """Red, green, blue and opacity at a place of the window −1 … 1, or of 0 … 1."""
    place = image[int((y + 1) / 2 * CELLS), int((x + 1) / 2 * CELLS)]
    if not place:
        place = image[int(y * CELLS), int(x * CELLS)]
    return tuple(int(part) for part in np.array([place], "<u4").view(np.uint8))


def rgb(color: str) -> tuple[int, ...]:
    return tuple(int(color[at : at + 2], 16) for at in (1, 3, 5))
