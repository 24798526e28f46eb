"""What the page's export saves is what the store says."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from artifacts.queries import Queries
from tests.viewer.conftest import HOSTILE_KEYS, Visit
from viewer.export import packed_rows, unpacked_rows

browser = pytest.mark.browser
WORDS = "?dataset=words&a=1.10&b=1990&k=20"


def saved(visit: Visit, name: str, form: str, to: Path) -> Path:
    """Choose a list of the export, press a button, and keep the file."""
    page = visit.page
    if page.get_by_role("button", name="Export").get_attribute("aria-expanded") == "false":
        page.get_by_role("button", name="Export").click()
    page.get_by_label("List").select_option(name)
    with page.expect_download() as download:
        page.get_by_role("button", name=form, exact=True).first.click()
    path = to / download.value.suggested_filename
    download.value.save_as(path)
    return path


@browser
def test_all_objects_are_saved_in_the_order_of_the_page(
    visit: Visit, queries: Queries, tmp_path: Path
) -> None:
    visit.open(WORDS)
    comparison = queries.comparison("words", "1.10", "1990")
    expected = queries.ranked(comparison, "cosine", 20, "similarity", 0, comparison.n).low
    keys = queries.keys(comparison)
    csv = saved(visit, "objects all", "CSV", tmp_path)
    parquet = saved(visit, "objects all", "Parquet", tmp_path)
    assert csv.name == "words_1.10_1990_objects.csv"
    for table in (pa_csv.read_csv(csv), pq.read_table(parquet)):
        assert table["key"].to_pylist() == [keys[row] for row in expected.rows]
        assert table["overlap"].to_pylist() == expected.values.tolist()
        assert table["place"].to_pylist() == list(range(1, comparison.n + 1))
    assert not visit.complaints


@browser
def test_the_neighbors_of_a_pinned_object_are_saved_with_ranks_and_distances(
    visit: Visit, queries: Queries, tmp_path: Path
) -> None:
    visit.open(f"{WORDS}&pin=word-30")
    table = pq.read_table(saved(visit, "neighbors of word-30", "Parquet", tmp_path))
    comparison = queries.comparison("words", "1.10", "1990")
    keys = queries.keys(comparison)
    near = queries.neighborhoods(comparison, "cosine", 20, np.array([keys.index("word-30")], np.int32))
    assert table["neighbor"].to_pylist() == [
        keys[row] for row in [*near.neighbors_a[0], *near.neighbors_b[0]]
    ]
    assert table["space"].to_pylist() == ["A"] * 20 + ["B"] * 20
    assert table["in_common"].to_pylist() == [*near.common_a[0], *near.common_b[0]]
    np.testing.assert_array_equal(
        table["distance"], np.concatenate([near.distances_a[0], near.distances_b[0]])
    )


@browser
def test_a_narrowed_list_holds_what_was_chosen_alone(visit: Visit, tmp_path: Path) -> None:
    visit.open(f"{WORDS}&find=word-30&find=word-40&sort=metadata:length")
    table = pa_csv.read_csv(saved(visit, "objects all", "CSV", tmp_path))
    assert sorted(table["key"].to_pylist()) == ["word-30", "word-40"]
    assert table["metadata:length"].to_pylist() == [7, 7]


@browser
def test_pictures_of_the_plots_are_png_and_svg(visit: Visit, tmp_path: Path) -> None:
    page = visit.open(WORDS)
    page.get_by_role("button", name="Export").click()
    names = [name for place in range(3) for name in saved_pictures(page, place, tmp_path)]
    assert names == [f"{name}.{form}" for name in ("map-A", "map-B", "histogram") for form in ("png", "svg")]
    assert not visit.complaints


def saved_pictures(page: Any, place: int, to: Path) -> list[str]:
    """Save the plot at a place of the export's list in both formats, and return the names of the files."""
    names = []
    for form, start in (("PNG", b"\x89PNG"), ("SVG", b"<svg")):
        with page.expect_download() as download:
            page.get_by_role("button", name=form, exact=True).nth(place).click()
        names.append(download.value.suggested_filename)
        download.value.save_as(to / names[-1])
        assert (to / names[-1]).read_bytes().startswith(start)
        assert (to / names[-1]).stat().st_size > 2_000
    return names


@browser
def test_the_only_map_is_saved_under_the_name_of_what_it_shows(visit: Visit, tmp_path: Path) -> None:
    page = visit.open(f"{WORDS}&projection=pca&maps=b")
    page.get_by_role("button", name="Export").click()
    assert saved_pictures(page, 0, tmp_path) == ["map-B.png", "map-B.svg"]
    assert page.get_by_role("button", name="PNG", exact=True).count() == 2


@browser
def test_a_map_that_the_server_draws_is_saved_with_its_picture(
    visit: Visit, aggregated: str, tmp_path: Path
) -> None:
    visit.address = aggregated
    page = visit.open(WORDS)
    page.locator(".drawn", has_text="118 objects, aggregated").wait_for()
    page.get_by_role("button", name="Export").click()
    for name in (*saved_pictures(page, 0, tmp_path), *saved_pictures(page, 1, tmp_path)):
        assert name.endswith("png") or b"<image" in (tmp_path / name).read_bytes()


def ask(address: str, ticket: Any) -> tuple[int, bytes]:
    body = ticket if isinstance(ticket, bytes) else json.dumps(ticket).encode()
    asked = urllib.request.Request(f"{address}/export", body)  # noqa: S310 (our own http address)
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


HOSTILE = {
    "dataset": "hostile", "a": "a", "b": "b", "metric": "cosine", "k": 5, "at": "", "what": "objects", "format": "csv",
}  # fmt: skip


def test_no_text_of_a_stranger_is_a_formula(address: str) -> None:
    status, body = ask(address, HOSTILE)
    assert status == 200
    keys = [line.split(b",", 2)[1] for line in body.splitlines()[1:]]
    assert b'"\'@key{safe}"' in keys
    assert len(keys) == len(HOSTILE_KEYS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"k": 0}, {"k": 10**9}, {"k": "5"}, {"metric": "'; DROP"}, {"by": "../x"}, {"what": "vectors"},
        {"format": "exe"}, {"dataset": "../.."}, {"at": "x"}, {"end": "middle"}, {"count": -1}, {"rows": "x"},
        {"rows": packed_rows(np.arange(3), 10_000)}, {"what": []},
    ],
)  # fmt: skip
def test_a_ticket_that_describes_no_list_is_refused(address: str, wrong: dict[str, Any]) -> None:
    assert ask(address, HOSTILE | wrong)[0] == 400


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b"\xff"])
def test_what_is_no_ticket_is_refused(address: str, body: bytes) -> None:
    assert ask(address, body)[0] == 400


@pytest.mark.parametrize("n", [1, 7, 8, 9, 1000])
def test_a_set_of_objects_survives_its_ticket(n: int) -> None:
    rows = np.flatnonzero(np.random.default_rng(n).random(n) < 0.4)
    np.testing.assert_array_equal(unpacked_rows(packed_rows(rows, n), n), rows)
