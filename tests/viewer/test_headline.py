"""The line of numbers: how the objects were matched, with examples that stay text; and dominoes among own objects."""

from __future__ import annotations

import json

import numpy as np
import pytest

from artifacts.catalog import Catalog
from artifacts.queries import Queries
from artifacts.store import Store
from pipelines.build import build
from pipelines.config import load_project
from pipelines.workspace import Workspace
from viewer.state import Selection
from viewer.views.dominoes import Dominoes
from viewer.views.headline import Headline

HOSTILE = '"><img src=x onerror="window.pwned=1">'


@pytest.fixture(scope="module")
def selection(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    rng = np.random.default_rng(0)
    (folder / "datasets").mkdir()
    for version, keys in (("a", [HOSTILE, *map(str, range(30))]), ("b", list(map(str, range(5, 40))))):
        vectors = rng.normal(size=(len(keys), 4))
        vectors[-1] = np.nan
        np.savez(folder / f"{version}.npz", keys=np.array(keys), vectors=vectors, count=np.arange(len(keys)))
    (folder / "project.yaml").write_text("store: store\n")
    (folder / "datasets" / "own.yaml").write_text(
        "dataset: own\nsource: {path: '../{version}.npz', on_bad: drop}\n"
        "neighbors: {k: 10, metric: [cosine], searched: own}\nprojections: {method: [pca]}\n"
        "matching: {keys: casefold, filter: {where: 'count != 7'}}\n"
    )
    project = load_project(folder / "project.yaml")
    work = Workspace(project, Store(project.store, create=True))
    assert [one.error for one in build(work, ["own"]) if one.error] == []
    made = Selection(Catalog(work.store), Queries(work.store))
    made.select()
    return made


def test_the_line_tells_what_was_matched_and_where_neighbors_were_searched_and_examples_stay_text(selection):
    headline = Headline(selection)
    headline.refresh(set())
    text = headline.numbers.object
    for part in (
        "keys compared under casefold",
        "<b>7</b> only in A",
        "<b>1</b> of A filtered",
        "<b>1</b> rows of B dropped",
        "39 (values not finite)",
        "neighbors searched among each space&#x27;s own objects",
    ):
        assert part.replace("&#x27;", "'") in text.replace("&#x27;", "'"), part
    assert "&quot;&gt;&lt;img src=x" in text
    assert "<img" not in text


def test_dominoes_name_and_place_the_neighbors_that_the_other_space_lacks(selection):
    view = Dominoes(selection)
    view.refresh({"comparison"})
    message, n = view.component.message, selection.comparison.n
    rows, keys = message["rows"], json.loads(message["keys"])
    names = selection.queries.all_keys(selection.comparison)
    assert keys == [names[row] for row in rows]
    assert (rows >= n).any()
    map_a = message["map_a"].reshape(-1, 2)
    assert np.isfinite(map_a[message["neighbors_a"]]).all()
    assert np.isfinite(message["map_b"].reshape(-1, 2)[message["neighbors_b"]]).all()
    assert not message["common_a"][rows[message["neighbors_a"]] >= n].any()
