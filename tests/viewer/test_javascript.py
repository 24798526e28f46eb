"""The pure functions of the domino component, run in the browser on random input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from viewer.components.domino import join_modules

pytestmark = pytest.mark.browser

WIDTH, HEIGHT, TOP = 220, 180, 16


@pytest.fixture(scope="module")
def scripts(browser: Any) -> Any:
    page = browser.new_page()
    code = join_modules("dom.js", "words.js", "layout.js", "labels.js", "chips.js", "lines.js", "keys.js")
    names = "placePoints, placeLabels, splitChips, fitChips, misplaced, rankWords, tieHeading, sparkPoints, actOnKey"
    page.add_script_tag(content=f"{code}\nwindow.ec = {{{names}}};", type="module")
    page.wait_for_function("window.ec")
    yield page
    page.close()


@pytest.mark.parametrize("seed", range(5))
def test_labels_stay_inside_and_never_cover_one_another_or_a_foreign_point(scripts: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = [{"x": x, "y": y, "radius": 4} for x, y in (rng.random((60, 2)) * [WIDTH, HEIGHT]).tolist()]
    widths = rng.integers(10, 90, 60).tolist()
    labels = scripts.evaluate(
        "([points, widths, w, h, top]) => ec.placeLabels(points, points.map((_, i) => i), (i) => widths[i], w, h, top)",
        [points, widths, WIDTH, HEIGHT, TOP],
    )
    boxes = [(one["x"], one["y"] - 6.5, one["x"] + one["width"], one["y"] + 6.5) for one in labels]
    assert 5 < len(labels) < 60
    assert labels[0]["index"] == 0
    for i, box in enumerate(boxes):
        assert box[0] >= 0 and box[1] >= TOP and box[2] <= WIDTH and box[3] <= HEIGHT
        assert not any(overlaps(box, other) for other in boxes[:i])
        if i:
            assert not any(overlaps(box, (p["x"] - 4, p["y"] - 4, p["x"] + 4, p["y"] + 4)) for p in points)


def overlaps(one: tuple[float, ...], two: tuple[float, ...]) -> bool:
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]


def place(scripts: Any, points: Any) -> list[dict[str, Any]]:
    spots: list[dict[str, Any]] = scripts.evaluate(
        "([xs, ys, w, h, top]) => ec.placePoints(xs, ys, w, h, 14, top)",
        [points[:, 0].tolist(), points[:, 1].tolist(), WIDTH, HEIGHT, TOP],
    )
    return spots


def test_one_unit_is_as_long_across_as_up(scripts: Any) -> None:
    points = np.random.default_rng(1).normal(size=(40, 2))
    spots = place(scripts, points)
    pixels = np.array([(spot["x"], spot["y"]) for spot in spots])
    assert not any(spot["clipped"] for spot in spots)
    across = np.ptp(pixels[:, 0]) / np.ptp(points[:, 0])
    up = np.ptp(pixels[:, 1]) / np.ptp(points[:, 1])
    assert across == pytest.approx(up)


def test_a_far_neighbor_is_clipped_to_the_border_and_the_object_never_is(scripts: Any) -> None:
    points = np.random.default_rng(1).normal(size=(40, 2))
    points[7] = (500, 0)
    clipped = [i for i, spot in enumerate(place(scripts, points)) if spot["clipped"]]
    assert 7 in clipped
    assert len(clipped) <= len(points) / 10
    points[[0, 7]] = points[[7, 0]]
    assert not place(scripts, points)[0]["clipped"]


def test_points_on_one_spot_are_drawn_in_the_middle(scripts: Any) -> None:
    for spot in place(scripts, np.full((5, 2), 3.25)):
        assert (spot["x"], spot["y"]) == pytest.approx((WIDTH / 2, (HEIGHT + TOP) / 2))


def test_chips_are_split_in_order_of_rank(scripts: Any) -> None:
    split = scripts.evaluate("ec.splitChips([5, 3, 9, 1], [1, 0, 0, 1])")
    assert split == {"common": [5, 1], "unique": [3, 9]}


@pytest.mark.parametrize(
    ("widths", "available", "count"), [([50, 50], 104, 2), ([50, 50], 103, 1), ([50, 50], 60, 0), ([], 10, 0)]
)
def test_chips_that_do_not_fit_leave_room_for_the_button(
    scripts: Any, widths: list[int], available: int, count: int
) -> None:
    assert scripts.evaluate("([widths, room]) => ec.fitChips(widths, room, 38)", [widths, available]) == count


def test_a_neighbor_is_misplaced_when_map_and_truth_differ_by_more_than_half_the_ranks(scripts: Any) -> None:
    rng = np.random.default_rng(4)
    points = rng.normal(size=(31, 2))
    wrong = scripts.evaluate(
        "([xs, ys]) => ec.misplaced(xs, ys)", [points[:, 0].tolist(), points[:, 1].tolist()]
    )
    away = np.hypot(*(points[1:] - points[0]).T)
    drawn = np.argsort(np.argsort(away))
    assert wrong == [False, *(np.abs(drawn - np.arange(30)) > 15).tolist()]
    assert 3 < sum(wrong) < 20
    order = np.concatenate([[0], 1 + np.argsort(away)])
    right = scripts.evaluate("([xs, ys]) => ec.misplaced(xs, ys)", points[order].T.tolist())
    assert not any(right)


@pytest.mark.parametrize(
    ("ranks", "words"), [((3, 41), "rank 3 in A, 41 in B"), ((3, 0), "rank 3 in A, beyond 250 in B")]
)
def test_a_rank_beyond_the_list_is_called_so(scripts: Any, ranks: tuple[int, int], words: str) -> None:
    call = "([rankA, rankB]) => ec.rankWords({rankA, rankB}, 250)"
    assert scripts.evaluate(call, list(ranks)) == words


def test_a_group_of_ties_has_one_heading_also_across_pages(scripts: Any) -> None:
    page = {
        "ties": [1, 2, 2, 3],
        "values": [0.1, 0.2, 0.2, 0.7],
        "labels": ["a", "b", "b", "c"],
        "similarity": [],
    }
    call = "([page, index, previous]) => ec.tieHeading(page, index, previous)"
    assert scripts.evaluate(call, [page, 0, None]) == ""
    assert scripts.evaluate(call, [page, 1, 0.1]) == "2 objects tied at b"
    assert scripts.evaluate(call, [page, 2, 0.2]) == ""
    assert scripts.evaluate(call, [page, 3, 0.7]) == ""
    nobody = "(page) => ec.tieHeading({...page, values: [NaN, NaN, NaN, NaN]}, 1, NaN)"
    assert scripts.evaluate(nobody, page) == ""


def test_the_line_over_k_has_the_jaccard_similarity_of_every_k(scripts: Any) -> None:
    overlaps = [0, 1, 3, 3]
    points = scripts.evaluate("(overlaps) => ec.sparkPoints(overlaps, 40, 20)", overlaps)
    expected = [20 - 20 * c / (2 * k - c) for k, c in enumerate(overlaps, 1)]
    assert [y for _, y in points] == pytest.approx(expected)
    assert [x for x, _ in points] == [5, 15, 25, 35]


@pytest.mark.parametrize(
    ("key", "on_domino", "calls"),
    [
        ("j", False, ["walk 1"]), ("k", False, ["walk -1"]), ("ArrowDown", True, ["walk 1"]),
        ("ArrowDown", False, []), ("ArrowLeft", True, ["cross -1"]), ("Enter", True, ["pin"]), ("Enter", False, []),
        ("p", True, ["pin"]), ("r", True, ["ranks"]), ("?", False, ["help"]), ("x", True, []),
    ],
)  # fmt: skip
def test_keys_do_what_the_help_says(scripts: Any, key: str, on_domino: bool, calls: list[str]) -> None:
    heard = scripts.evaluate(
        """([key, onDomino]) => {
          const calls = [];
          const card = { togglePin: () => calls.push("pin"), toggleRanks: () => calls.push("ranks") };
          const understood = ec.actOnKey(key, {
            walk: (step) => calls.push(`walk ${step}`), cross: (step) => calls.push(`cross ${step}`),
            help: () => calls.push("help"), isOnDomino: () => onDomino, current: () => onDomino ? card : undefined,
          });
          return [understood, calls];
        }""",
        [key, on_domino],
    )
    assert heard == [bool(calls), calls]
