"""The selection is always valid, whatever is asked."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from panel.io.location import Location

from artifacts.catalog import Catalog
from artifacts.queries import Queries
from artifacts.store import Store
from tests.viewer.conftest import HOSTILE_KEYS
from viewer import palette
from viewer.address import read_address, write_address
from viewer.state import Selection
from viewer.views.headline import Headline


@pytest.fixture
def selection(store_url: str, queries: Queries) -> Selection:
    made = Selection(Catalog(store_url), queries)
    made.select()
    return made


def test_at_first_the_first_published_pair_is_shown(selection: Selection) -> None:
    assert (selection.dataset, selection.a, selection.b) == ("hostile", "a", "b")
    assert selection.comparison is not None


def test_k_is_kept_when_the_dataset_changes_unless_it_exceeds_its_k(selection: Selection) -> None:
    selection.select(dataset="words", k=30)
    assert selection.k == 30
    selection.select(dataset="pictures")
    assert selection.k == 30
    selection.select(dataset="hostile")
    assert selection.k == len(HOSTILE_KEYS) - 1


def test_selecting_the_same_again_changes_nothing(selection: Selection) -> None:
    heard: list[str] = []
    selection.param.watch(lambda event: heard.append(event.name), list(selection.param))
    selection.select(k=selection.k, dataset=selection.dataset)
    assert heard == []


@pytest.mark.parametrize("wanted", [{"metric": "manhattan"}, {"projection": "tsne"}, {"k": 0}, {"k": 10**9}])
def test_what_the_comparison_lacks_is_replaced(selection: Selection, wanted: dict[str, str | int]) -> None:
    selection.select(**wanted)
    comparison = selection.comparison
    assert comparison is not None
    assert selection.metric in comparison.metrics
    assert selection.projection in comparison.projections
    assert 1 <= selection.k <= comparison.k_max


def test_how_the_maps_are_looked_at_is_in_the_address_where_it_is_not_as_at_first(
    selection: Selection,
) -> None:
    selection.select(dataset="words", projection="pca")
    location = Location()
    write_address(location, selection)
    assert not {"color", "maps", "trails", "unlinked"} & {part.partition("=")[0] for part in parts(location)}
    wanted = {"color": "metadata:kind", "maps": "b", "trails": 1, "unlinked": 1}
    selection.select(**wanted)
    write_address(location, selection)
    assert {name: read_address(location.search)[name] for name in wanted} == wanted


def parts(location: Location) -> list[str]:
    return location.search.removeprefix("?").split("&")


def test_a_wish_of_the_maps_that_cannot_be_had_is_said_until_there_is_another(selection: Selection) -> None:
    selection.select(dataset="words", projection="pca", color="nothing", maps="sideways")
    assert (selection.color, selection.maps) == ("similarity", "both")
    selection.select(k=7)
    assert "Nothing here is called “nothing”" in selection.note
    assert "no view “sideways”" in selection.note
    selection.select(maps="b")
    assert (selection.maps, selection.note) == ("b", "")
    selection.select(projection="umap")
    assert selection.maps == "both"
    assert "a frame each" in selection.note


def test_a_colour_that_another_dataset_lacks_gives_way_to_the_similarity(selection: Selection) -> None:
    selection.select(dataset="words", color="metadata:kind")
    assert selection.color == "metadata:kind"
    selection.select(dataset="pictures")
    assert selection.color == "similarity"
    selection.select(dataset="nowhere", trails=1, beyond_noise=1)
    assert selection.problem


def test_versions_in_the_address_stay_text() -> None:
    fields = read_address("?dataset=words&a=1.10&b=1990&k=7&other=1")
    assert fields == {"dataset": "words", "a": "1.10", "b": "1990", "k": 7}


@pytest.mark.parametrize("k", ["", "-1", "1e3", "٣", "9" * 5000])
def test_a_k_that_is_no_number_is_ignored(k: str) -> None:
    assert read_address(f"?dataset=words&k={k}") == {"dataset": "words"}


def test_jaccard_equals_that_of_the_sets() -> None:
    for k in (1, 2, 7):
        for common in range(k + 1):
            a, b = set(range(k)), set(range(k - common, 2 * k - common))
            assert palette.jaccard(np.array([common]), k)[0] == pytest.approx(len(a & b) / len(a | b))


def test_colors_run_from_red_to_blue() -> None:
    assert palette.colors(np.array([0.0, 1.0])) == [palette.FILL[0], palette.FILL[-1]]
    assert len(palette.FILL) == len(palette.EDGE)


@pytest.fixture
def superseded(store_url: str, tmp_path: Path) -> tuple[Selection, str]:
    """A selection on a store where words 1.9 → 1990 has an earlier version, and the fingerprint of that."""
    shutil.copytree(store_url, tmp_path / "store")
    store = Store(tmp_path / "store")
    before = store.ref("comparison", "words/1.9..1990")
    other = store.ref("comparison", "words/1.9..1.10")
    store.point("comparison", "words/1.9..1990", before.key, other.fingerprint)
    made = Selection(Catalog(store), Queries(store))
    made.select(dataset="words", a="1.9", b="1990")
    return made, before.fingerprint


def test_an_earlier_version_is_shown_and_said_to_be_one_until_another_pair_is_chosen(
    superseded: tuple[Selection, str],
) -> None:
    selection, fingerprint = superseded
    headline = Headline(selection)
    headline.refresh(set())
    assert "superseded" not in headline.numbers.object
    selection.select(**read_address(f"?dataset=words&a=1.9&b=1990&at={fingerprint[:8]}"))
    assert selection.problem == ""
    assert selection.comparison.fingerprint == fingerprint
    headline.refresh(set())
    assert f"superseded version of {selection.comparison.created[:10]}" in headline.numbers.object
    assert 'href="?dataset=words&amp;a=1.9&amp;b=1990"' in headline.numbers.object
    selection.select(k=7)
    assert selection.comparison.fingerprint == fingerprint
    location = Location()
    write_address(location, selection)
    assert read_address(location.search)["at"] == fingerprint[:8]
    selection.select(b="1.10")
    assert (selection.at, selection.comparison.is_current) == ("", True)


@pytest.mark.parametrize("at", ["ffffffff", "12", "<script>"])
def test_an_unknown_version_is_said_in_words(superseded: tuple[Selection, str], at: str) -> None:
    selection, _ = superseded
    selection.select(at=at)
    assert selection.comparison is None
    assert f"words@1.9..words@1990 has no version '{at}'" in selection.problem
    headline = Headline(selection)
    headline.refresh(set())
    assert "<script>" not in headline.notice.object
    selection.select(at="")
    assert selection.comparison is not None
