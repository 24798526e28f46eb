"""Everything about a pair, bound together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from artifacts.names import PairKey
from pipelines.steps.groups import groups_artifact
from pipelines.steps.health import health_artifact
from pipelines.steps.maps import aligned_artifact, projection_artifacts
from pipelines.steps.measures import measures_artifact
from pipelines.steps.neighbors import neighbor_artifacts
from pipelines.steps.noise import noise_artifact, replicate_pairs
from pipelines.steps.pairs import MatchedPair, matched_pair
from pipelines.steps.recipes import recipe
from pipelines.steps.similarity import similarity_artifact
from pipelines.workspace import Artifact, Workspace


def compare(work: Workspace, pair: PairKey) -> list[Artifact]:
    """Compare two published spaces: matching, neighbors, scores, measures and maps, bound together as one comparison.

    Returns
    -------
    list of Artifact
        Everything the comparison consists of; the comparison is the last one.

    Raises
    ------
    ComparisonError
        Fewer than two common objects.
    ConfigError
        Replicates without a checkpoint.
    """
    matched = matched_pair(work, pair)
    inputs: dict[str, Artifact] = {"matching": matched.matching}
    inputs |= _of_spaces(work, matched)
    replicates = replicate_pairs(work, pair)
    for metric in matched.neighbors:
        inputs[f"similarity:{metric}"] = similarity = similarity_artifact(work, matched, metric)
        noise = noise_artifact(work, matched, similarity, replicates, metric) if replicates else None
        if noise:
            inputs[f"noise:{metric}"] = noise
        inputs[f"groups:{metric}"] = groups_artifact(work, matched, metric, noise)
    inputs["measures"] = measures_artifact(work, matched)
    inputs |= _maps(work, matched)
    lists = [artifact for both in matched.neighbors.values() for artifact in both]
    return [*lists, *inputs.values(), _comparison(work, pair, inputs)]


def _of_spaces(work: Workspace, pair: MatchedPair) -> dict[str, Artifact]:
    metrics = work.project.dataset(pair.key.dataset).neighbors.metric
    found = {}
    for side, key, space in zip("ab", pair.key.spaces, pair.spaces, strict=True):
        found[f"space_{side}"] = space
        found[f"health_{side}"] = health_artifact(
            work, key, space, neighbor_artifacts(work, key, space, None, metrics)
        )
    return found


def _maps(work: Workspace, pair: MatchedPair) -> dict[str, Artifact]:
    config = work.project.dataset(pair.key.dataset).projections
    maps_a, maps_b = (
        projection_artifacts(work, key, space, config.method)
        for key, space in zip(pair.key.spaces, pair.spaces, strict=True)
    )
    found = {}
    for method, map_a, map_b in zip(config.method, maps_a, maps_b, strict=True):
        found[f"projection_a:{method}"], found[f"projection_b:{method}"] = map_a, map_b
        if method in config.aligned:
            found[f"aligned_projection:{method}"] = aligned_artifact(
                work, pair.key, pair.matching, pair.spaces[1], found[f"projection_a:{method}"], method
            )
    return found


def _comparison(work: Workspace, pair: PairKey, inputs: Mapping[str, Artifact]) -> Artifact:
    names = [role.split(":") for role in inputs if ":" in role]
    metrics = [name for role, name in names if role == "similarity"]
    matching = inputs["matching"].manifest.facts
    searched = work.project.dataset(pair.dataset).neighbors.searched
    facts: dict[str, Any] = {
        "metrics": metrics,
        "projections": [name for role, name in names if role == "projection_a"],
        "k": min(inputs[f"similarity:{metric}"].manifest.facts["k"] for metric in metrics),
        "headlines": {
            metric: inputs[f"similarity:{metric}"].manifest.facts["headline"] for metric in metrics
        },
        "changed": {
            name: inputs[f"noise:{name}"].manifest.facts["changed"] for role, name in names if role == "noise"
        },
        "common": matching["common"],
        "only_a": matching["a"]["only"],
        "only_b": matching["b"]["only"],
        "searched": searched,
    }
    return work.publish(
        recipe("comparison", pair, "", inputs, {"searched": searched}),
        lambda publication: publication.facts.update(facts),
    )
