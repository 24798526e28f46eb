"""The registry is whole, and the page made from it is the committed one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from artifacts.glossary import glossary
from pipelines.measures import REGISTRY, definition_of, registry_json, registry_markdown
from pipelines.measures.about_objects import ABOUT_MAPS, ABOUT_OBJECTS
from pipelines.measures.about_pairs import ABOUT_PAIRS
from pipelines.measures.about_spaces import ABOUT_SPACES
from pipelines.similarity import PairCurve

ROOT = Path(__file__).parents[2]


def test_the_committed_page_is_the_generated_one():
    committed = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert committed == registry_markdown(), "run `python -m pipelines.measures > docs/metrics.md`"


def test_the_command_that_the_page_names_prints_it():
    run = subprocess.run(
        [sys.executable, "-m", "pipelines.measures"], capture_output=True, check=True, cwd=ROOT
    )
    assert run.stdout.decode("utf-8") == registry_markdown()


def test_every_measure_has_its_own_name_and_all_its_texts():
    everything = (*ABOUT_OBJECTS, *ABOUT_PAIRS, *ABOUT_SPACES, *ABOUT_MAPS)
    assert len(everything) == len(REGISTRY)
    assert [about.name for about in everything if not all(vars(about).values())] == []


def test_every_score_of_a_curve_is_registered():
    known = {name for name in vars(PairCurve)["__dataclass_fields__"] if name != "k"}
    assert known <= set(REGISTRY)


def test_every_measure_is_in_a_table_and_has_a_section():
    page = registry_markdown()
    assert [name for name in REGISTRY if f"| [`{name}`](#{name}) |" not in page] == []
    assert [name for name in REGISTRY if f"\n### {name}\n" not in page] == []
    tables = [line for line in page.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} == {6}


def test_an_unknown_name_is_refused_with_the_nearest_and_the_known_ones():
    with pytest.raises(
        KeyError, match=r"unknown measure 'jacard': did you mean 'jaccard'\? The known ones are overlap, "
    ):
        definition_of("jacard")
    with pytest.raises(KeyError, match=r"unknown measure 'zzz': The known ones are overlap, "):
        definition_of("zzz")


def test_the_committed_glossary_of_the_page_is_the_generated_one():
    committed = (ROOT / "artifacts" / "glossary.json").read_text(encoding="utf-8")
    assert committed == registry_json(), "run `python -m pipelines.measures --json > artifacts/glossary.json`"
    run = subprocess.run(
        [sys.executable, "-m", "pipelines.measures", "--json"], capture_output=True, check=True, cwd=ROOT
    )
    assert run.stdout.decode("utf-8") == committed


def test_the_glossary_says_where_a_scale_ends():
    terms = glossary()
    assert {name: vars(REGISTRY[name])["title"] for name in REGISTRY} == {
        name: term.title for name, term in terms.items()
    }
    assert (terms["rsa"].low, terms["rsa"].high) == (-1, 1)
    assert (terms["cka"].low, terms["cka"].high) == (0, 1)
    assert (terms["chance_adjusted_mean"].low, terms["norm_max"].high) == (None, None)
