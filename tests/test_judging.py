"""What is judged of a space and a pair: values on both sides of every threshold, and the sentence that is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipelines.checks import CHECKS
from pipelines.judging import (
    PairFacts,
    SliceMeans,
    judge_health,
    judge_maps,
    judge_neighbors,
    judge_pair,
    judge_space,
)
from pipelines.thresholds import PairChecks, SimilarityThreshold, SliceThreshold, SpaceChecks
from pipelines.verdict import Fact, failed, judged

HEALTHY = {
    ("duplicate_objects", None): 2.0,
    ("norm_variation", None): 0.4,
    ("hub_skewness", "cosine"): 1.5,
    ("hub_skewness", "euclidean"): 2.5,
}
ALIKE = PairFacts(
    n=100,
    only_a=0,
    only_b=0,
    k=3,
    similarity={"cosine": np.array([0.7, 0.8, 0.9]), "euclidean": np.array([0.6, 0.6, 0.6])},
    chance_adjusted={"cosine": np.array([0.7, 0.8, 0.9]), "euclidean": np.array([0.6, 0.6, 0.6])},
    changed={},
)


def verdict(judgements, name):
    (found,) = [one for one in judgements if one.name == name]
    return found


def test_every_check_is_judged_once_and_a_healthy_space_and_pair_pass_all():
    checks = SpaceChecks(max_norm_variation=0.5)
    judgements = [
        *judge_space(100, 0, checks),
        *judge_neighbors({"cosine": 1.0}, checks),
        *judge_health(HEALTHY, 100, checks),
        *judge_maps({"umap": 0.95}, checks),
        *judge_pair(ALIKE, PairChecks()),
    ]
    assert sorted(one.name for one in judgements) == sorted(CHECKS)
    assert failed(judgements) == []


@pytest.mark.parametrize(
    ("name", "judge", "told"),
    [
        ("zero_vectors", lambda checks: judge_space(100, 3, checks), "zero vectors: 3.0% (at most 1.0%)"),
        ("recall", lambda checks: judge_neighbors({"cosine": 0.9}, checks), "0.900 (at least 0.950)"),
        (
            "duplicates",
            lambda checks: judge_health({**HEALTHY, ("duplicate_objects", None): 30.0}, 100, checks),
            "duplicate objects: 30.0% (at most 5.0%)",
        ),
        (
            "norm_variation",
            lambda checks: judge_health({**HEALTHY, ("norm_variation", None): 0.6}, 100, checks),
            "0.600 (at most 0.500)",
        ),
        (
            "hubness",
            lambda checks: judge_health({**HEALTHY, ("hub_skewness", "euclidean"): 12.0}, 100, checks),
            "euclidean hub skewness: 12.0 (at most 10.0)",
        ),
        ("trustworthiness", lambda checks: judge_maps({"tsne": 0.7}, checks), "tsne: 0.700 (at least 0.800)"),
    ],
)
def test_a_space_beyond_a_threshold_fails_that_check_alone_and_is_told_value_threshold_and_advice(
    name, judge, told
):
    (wrong,) = failed(judge(SpaceChecks(max_norm_variation=0.5)))
    assert wrong.name == name
    assert told in wrong.description
    assert wrong.description.endswith(CHECKS[name].advice)


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("common_objects", {"only_b": 25}, "objects of B that A lacks: 20.0% (at most 10.0%)"),
        ("chance", {"chance_adjusted": {"cosine": np.array([0.5, 0.5, 0.001])}}, "0.001 (at least 0.020)"),
        ("noise", {"changed": {"cosine": 0.25}}, "objects changed beyond noise (cosine): 25.0%"),
        (
            "drop",
            {"previous": "v1..v2", "previous_similarity": {"euclidean": np.array([0.9, 0.9, 0.9])}},
            "from 0.900 in v1..v2 to 0.600: 33.3% (at most 20.0%)",
        ),
    ],
)
def test_a_pair_beyond_a_threshold_fails_that_check_alone(name, change, told):
    (wrong,) = failed(judge_pair(replace(ALIKE, **change), PairChecks()))
    assert wrong.name == name
    assert told in wrong.description


def test_only_what_makes_the_numbers_worthless_is_an_error():
    assert {name for name, check in CHECKS.items() if check.severity == "error"} == {"recall", "chance"}
    strangers = replace(ALIKE, chance_adjusted={"cosine": np.array([0.0, 0.0, -0.01])}, only_a=900)
    assert [one.severity for one in failed(judge_pair(strangers, PairChecks()))] == ["error", "warn"]


def test_a_threshold_of_similarity_holds_at_its_own_metric_and_k():
    def judge(**threshold):
        checks = PairChecks(similarity=(SimilarityThreshold(**threshold),))
        return verdict(judge_pair(ALIKE, checks), "similarity")

    assert judge(min=0.9).passed, "the default is the first metric at the headline k"
    assert not judge(min=0.9, k=2).passed
    assert not judge(min=0.9, metric="euclidean").passed
    assert judge(min=0.6, metric="euclidean", k=1).values == {
        "jaccard_mean_euclidean_k1": 0.6,
        "jaccard_mean_euclidean_k1_limit": 0.6,
    }
    assert "Jaccard@3" in judge(min=0.9, k=50).description, "a k that was not compared is the largest"


def test_a_bad_slice_is_named_and_a_small_one_is_not_judged():
    threshold = SliceThreshold(column="kind", min=0.5, min_objects=10)
    means = {"verb": (40, 0.3), "noun": (50, 0.9), "name": (9, 0.0)}
    facts = replace(ALIKE, slices=(SliceMeans(threshold, "cosine", 3, means),))
    found = verdict(judge_pair(facts, PairChecks()), "slices")
    assert not found.passed
    assert "where kind = verb: 0.300 (at least 0.500)" in found.description
    assert "noun" not in found.description
    assert "name" not in " ".join(found.values)


def test_an_unknown_slice_column_fails_and_is_told_the_known_ones():
    threshold = SliceThreshold(column="knid", min=0.5)
    facts = replace(ALIKE, slices=(SliceMeans(threshold, "cosine", 3, None, ("kind", "year")),))
    found = verdict(judge_pair(facts, PairChecks()), "slices")
    assert not found.passed
    assert "'knid'" in found.description and "kind, year" in found.description


def test_what_has_no_threshold_or_no_value_passes_and_says_why_it_was_not_judged():
    judgements = judge_pair(ALIKE, PairChecks())
    assert [one.name for one in judgements if one.description.startswith("not judged: ")] == [
        "similarity",
        "slices",
        "drop",
        "noise",
    ]
    nothing = judged("hubness", [Fact("skewness", "skewness", float("nan"), 10.0, at_most=True)])
    assert nothing.passed
    assert nothing.values == {}


def test_the_worst_of_many_failures_are_told_first_and_the_rest_counted():
    facts = [Fact(f"f{9 - value}", f"fact {value}", value / 10, 0.9) for value in (5, 1, 8, 3, 7)]
    found = judged("similarity", facts)
    assert found.description.startswith("fact 1: 0.100 (at least 0.900); fact 3")
    assert "; and 2 more: look at" in found.description
    assert len(found.values) == 10


def test_of_thousands_of_slices_a_judgement_keeps_the_worst():
    found = judged("slices", [Fact(f"f{i}", "a slice", i / 1000, 0.5) for i in reversed(range(1000))])
    assert "and 497 more" in found.description
    assert sorted(found.values) == sorted(
        [*(f"f{i}" for i in range(50)), *(f"f{i}_limit" for i in range(50))]
    )


@pytest.mark.parametrize("at_most", [True, False])
def test_a_value_at_its_threshold_passes(at_most):
    assert judged("similarity", [Fact("x", "x", 0.5, 0.5, at_most)]).passed
    beyond = 0.5 + (1e-9 if at_most else -1e-9)
    assert not judged("similarity", [Fact("x", "x", beyond, 0.5, at_most)]).passed
