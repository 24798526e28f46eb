"""The section `checks` of a dataset, and which pair a pair is held against."""

from __future__ import annotations

import pytest

from artifacts.names import PairKey
from pipelines.config import load_project
from pipelines.errors import ConfigError
from tests.conftest import make_project

CHECKS = """checks:
  space: {min_recall: 0.99, min_trustworthiness: {pca: 0.6}}
  pair:
    similarity: [{metric: cosine, k: 10, min: 0.3}]
    slices: [{column: digit, min: 0.2}]
    max_drop: 0.1
"""


def test_thresholds_are_read_and_the_others_keep_their_defaults(tmp_path):
    checks = load_project(make_project(tmp_path, CHECKS).file).dataset("words").checks
    assert checks.space.min_recall == 0.99
    assert checks.space.max_zero_vectors == 0.01
    assert dict(checks.space.min_trustworthiness) == {"pca": 0.6}
    assert (checks.pair.similarity[0].metric, checks.pair.similarity[0].k) == ("cosine", 10)
    assert (checks.pair.slices[0].column, checks.pair.slices[0].min_objects) == ("digit", 10)
    assert checks.pair.max_drop == 0.1


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "max_drop",
            "max_dorp",
            r"words.yaml:12: checks.pair.max_dorp: unknown field \(did you mean max_drop\?\)",
        ),
        ("k: 10", "kk: 10", "words.yaml:10: checks.pair.similarity.0.kk: unknown field"),
        ("min: 0.3", "min: 3", "words.yaml:10: checks.pair.similarity.0.min: Input should be less than"),
        ("k: 10,", "k: 0,", "checks.pair.similarity.0.k: Input should be greater than 0"),
        ("checks:", "neighbors: {metric: [euclidean]}\nchecks:", "checks.pair names the metric 'cosine'"),
    ],
)
def test_a_wrong_threshold_is_told_with_its_line(tmp_path, old, new, told):
    with pytest.raises(ConfigError, match=told):
        load_project(make_project(tmp_path, CHECKS.replace(old, new)).file)


@pytest.mark.parametrize(
    ("policy", "pair", "expected"),
    [
        ("policy: consecutive", ("v2", "v3"), ("v1", "v2")),
        ("policy: consecutive", ("v1", "v2"), None),
        ("policy: consecutive", ("v1", "v3"), None),
        ("policy: baseline\n  baseline: v1", ("v1", "v3"), ("v1", "v2")),
        ("policy: baseline\n  baseline: v1", ("v1", "v2"), None),
        ("policy: baseline\n  baseline: v2", ("v2", "v3"), ("v2", "v1")),
        ("policy: all", ("v2", "v3"), None),
    ],
)
def test_the_previous_pair_is_the_one_that_the_policy_names_before(tmp_path, policy, pair, expected):
    project = make_project(tmp_path)
    file = project.folder / "configs" / "datasets" / "words.yaml"
    file.write_text(file.read_text().replace("policy: all", policy))
    config = load_project(project.file).dataset("words")
    found = config.previous_pair(PairKey("words", *pair), ["v1", "v2", "v3"])
    assert found == (PairKey("words", *expected) if expected else None)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("viewer_url: javascript:alert(1)", "project.yaml:2: viewer_url"),
        ("owners: [search]", "project.yaml:2: owners.0"),
    ],
)
def test_a_page_address_or_owner_that_cannot_be_shown_is_refused(tmp_path, line, told):
    project = make_project(tmp_path)
    project.file.write_text(f"store: ../store\n{line}\n")
    with pytest.raises(ConfigError, match=told):
        load_project(project.file)
