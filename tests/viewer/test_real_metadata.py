"""Real proteins on the page: a configuration names a folder of arrays and a table, and the page shows the table."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from artifacts.store import Store
from pipelines.build import build
from pipelines.config import load_project
from pipelines.workspace import Workspace
from tests.viewer.conftest import Visit, serving

pytestmark = [pytest.mark.browser, pytest.mark.long]

CONFIG = """
dataset: proteins
neighbors: {k: 50, metric: [cosine]}
projections: {method: [pca], aligned: []}
pairs: {policy: all}
source: {path: 'DATA/embeddings/{version}', metadata: DATA/Pla2g2_features.csv}
"""


@pytest.fixture(scope="module")
def proteins(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store of two models of 446 proteins, built as a user would build it."""
    folder = tmp_path_factory.mktemp("proteins")
    (folder / "datasets").mkdir()
    (folder / "project.yaml").write_text("store: store\n")
    text = CONFIG.replace("DATA", str(shared_data / "pla2g2"))
    (folder / "datasets" / "proteins.yaml").write_text(text)
    config = load_project(folder / "project.yaml")
    work = Workspace(config, Store(config.store, create=True))
    assert [one.error for one in build(work, ["proteins"]) if one.error] == []
    return str(folder / "store")


def test_the_features_of_proteins_are_shown_and_sort_them(
    proteins: str, shared_data: Path, browser: Any
) -> None:
    with (shared_data / "pla2g2" / "Pla2g2_features.csv").open(newline="") as stream:
        features = {row["identifier"]: row for row in csv.DictReader(stream)}
    with serving(proteins) as address:
        visit = Visit(browser.new_context(viewport={"width": 1600, "height": 1000}).new_page(), address)
        page = visit.open("?dataset=proteins&a=ESMC&b=ProtT5&k=10")
        offered = page.get_by_label("Sort by").locator("option").all_inner_texts()
        for name in ("gene", "group", "enzyme_class", "species", "seq_length", "length_bin"):
            assert name in offered
        for name in ("species", "seq_length"):
            page.get_by_label("Sort by").select_option(f"metadata:{name}")
            page.locator("section h2", has_text=name).first.wait_for()
            shown = page.locator("article.domino").all()
            assert len(shown) == 40
            for one in shown:
                key = one.locator("h3").inner_text()
                assert one.locator(".value").inner_text() == features[key][name]
        page.context.close()
