"""One function per artifact: what decides it, how it is computed. Knows nothing of Dagster.

::

    space ──┬─ neighbors ──┬─ similarity ─┐
            ├─ matching ───┘              ├─ comparison
            └─ projection ────────────────┘

Every function returns the published artifacts and computes only what is not there. The numbers come from
``neighbors``, ``similarity`` and ``projections``; here they are only fed and stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from artifacts.fingerprint import digest_of_keys
from artifacts.names import PairKey, SpaceKey
from artifacts.publication import Publication
from pipelines.errors import ComparisonError, IngestError
from pipelines.ingest import open_checkpoint, source_files, validated
from pipelines.loading import load_keys, load_vectors
from pipelines.projections import PROJECTIONS
from pipelines.scoring import score_pair
from pipelines.searching import neighbor_artifacts
from pipelines.space_writer import SpaceWriter
from pipelines.workspace import Artifact, Recipe, Workspace, recorded_digest

CODE = {"space": 1, "matching": 1, "projection": 1, "similarity": 1, "comparison": 1}
"""Version of the code of each kind; raise one when its results change."""

HEADLINE_K = 50
"""The k of the scores that stand in manifests and in the Dagster UI."""

EXAMPLES = 10


def ingest_space(work: Workspace, key: SpaceKey) -> Artifact:
    """Read the checkpoint of one version into the store.

    Raises
    ------
    IngestError
        The checkpoint cannot be read as an embedding space.
    """
    checkpoints = work.project.checkpoints(key.dataset)
    if key not in checkpoints:
        known = ", ".join(space.version for space in checkpoints) or "none"
        raise IngestError(f"{key}: no checkpoint; dataset {key.dataset} has the versions {known}")
    path, options = checkpoints[key]
    files = source_files(path, options)
    sources = {f"file {i}": recorded_digest(work.store, file) for i, file in enumerate(files)}
    parameters = {"format": options.format, "key": options.key, "member": options.member}

    def compute(publication: Publication) -> None:
        reading = open_checkpoint(path, options)
        progress = work.report(f"ingest {key}")
        with SpaceWriter(publication, reading.dimensions) as writer:
            for block in validated(reading):
                writer.write(block)
                progress(writer.rows, reading.count or writer.rows)
        if sources != {f"file {i}": recorded_digest(work.store, file) for i, file in enumerate(files)}:
            raise IngestError(f"{path}: changed while it was read: build again when it is complete")
        publication.facts.update(writer.facts, format=reading.format, dtype=reading.dtype)

    return work.publish(Recipe("space", key.path, str(key), CODE["space"], parameters, {}, sources), compute)


def search_neighbors(work: Workspace, key: SpaceKey) -> list[Artifact]:
    """Search the neighbors of a published space among all its objects, under every configured metric."""
    space = work.published("space", key.path)
    metrics = work.project.dataset(key.dataset).neighbors.metric
    return neighbor_artifacts(work, key, space, None, metrics)


def project(work: Workspace, key: SpaceKey) -> list[Artifact]:
    """Compute every configured map of a published space."""
    space = work.published("space", key.path)
    methods = work.project.dataset(key.dataset).projections.method
    return [_projection(work, key, space, method) for method in methods]


def compare(work: Workspace, pair: PairKey) -> list[Artifact]:
    """Compare two published spaces: matching, neighbors, similarity and maps, bound together as one comparison.

    Returns
    -------
    list of Artifact
        Everything the comparison consists of; the comparison is the last one.

    Raises
    ------
    ComparisonError
        Fewer than two common objects.
    """
    config = work.project.dataset(pair.dataset)
    spaces = [work.published("space", space.path) for space in pair.spaces]
    matching = _matching(work, pair, *spaces)
    inputs = {"space_a": spaces[0], "space_b": spaces[1], "matching": matching}
    metrics = config.neighbors.metric
    lists_a, lists_b = (
        neighbor_artifacts(work, key, space, matching, metrics)
        for key, space in zip(pair.spaces, spaces, strict=True)
    )
    made = [matching, *lists_a, *lists_b]
    for metric, a, b in zip(metrics, lists_a, lists_b, strict=True):
        inputs[f"similarity:{metric}"] = _similarity(work, pair, metric, matching, a, b)
        made.append(inputs[f"similarity:{metric}"])
    for method in config.projections.method:
        for side, key, space in zip("ab", pair.spaces, spaces, strict=True):
            inputs[f"projection_{side}:{method}"] = _projection(work, key, space, method)
            made.append(inputs[f"projection_{side}:{method}"])
    return [*made, _comparison(work, pair, inputs)]


def _projection(work: Workspace, key: SpaceKey, space: Artifact, method: str) -> Artifact:
    def compute(publication: Publication) -> None:
        progress = work.report(f"projection {key} {method}")
        made = PROJECTIONS[method](load_vectors(work.store, space.manifest))
        x, y = np.ascontiguousarray(made.coordinates.T)
        publication.write("coordinates", pa.table({"row": np.arange(len(x), dtype=np.int32), "x": x, "y": y}))
        publication.facts.update(objects=len(x), **made.facts)
        progress(len(x), len(x))

    inputs = {"space": space.reference}
    return work.publish(
        Recipe(
            "projection",
            f"{key.path}/{method}",
            f"{key} {method}",
            CODE["projection"],
            {"method": method},
            inputs,
            {},
        ),
        compute,
    )


def match(work: Workspace, pair: PairKey) -> Artifact:
    """Find the objects whose keys are in both spaces of a pair, compared exactly.

    Raises
    ------
    ComparisonError
        Fewer than two common objects.
    """
    return _matching(work, pair, *(work.published("space", space.path) for space in pair.spaces))


def _matching(work: Workspace, pair: PairKey, a: Artifact, b: Artifact) -> Artifact:
    def compute(publication: Publication) -> None:
        keys_a, keys_b = (load_keys(work.store, space.manifest) for space in (a, b))
        row_in_b = {key: row for row, key in enumerate(keys_b)}
        matched = [(row, row_in_b[key]) for row, key in enumerate(keys_a) if key in row_in_b]
        if len(matched) < 2:
            raise ComparisonError(_too_few(pair, len(matched), keys_a, keys_b))
        rows = np.array(matched, np.int32)
        common = np.arange(len(rows), dtype=np.int32)
        publication.write(
            "matched",
            pa.table({"common_row": common, "row_a": rows[:, 0].copy(), "row_b": rows[:, 1].copy()}),
        )
        shared = {keys_a[row] for row, _ in matched}
        only_a, only_b = ([key for key in keys if key not in shared] for keys in (keys_a, keys_b))
        publication.facts.update(
            common=len(matched),
            only_a=len(only_a),
            only_b=len(only_b),
            only_a_examples=only_a[:EXAMPLES],
            only_b_examples=only_b[:EXAMPLES],
            keys_digest=digest_of_keys(shared),
        )

    inputs = {"space_a": a.reference, "space_b": b.reference}
    return work.publish(
        Recipe("matching", pair.path, str(pair), CODE["matching"], {"keys": "exact"}, inputs, {}), compute
    )


def _similarity(
    work: Workspace, pair: PairKey, metric: str, matching: Artifact, a: Artifact, b: Artifact
) -> Artifact:
    rbo_p = work.project.dataset(pair.dataset).similarity.rbo_p

    def compute(publication: Publication) -> None:
        progress = work.report(f"similarity {pair} {metric}")
        scores, curve = score_pair(work.store, matching.manifest, a.manifest, b.manifest, rbo_p)
        publication.write("scores", scores)
        publication.write("curve", pa.table(vars(curve)))
        headline = curve.at(min(HEADLINE_K, len(curve.k)))
        publication.facts.update(objects=len(scores), k=len(curve.k), headline=headline)
        progress(len(scores), len(scores))

    inputs = {"matching": matching.reference, "neighbors_a": a.reference, "neighbors_b": b.reference}
    return work.publish(
        Recipe(
            "similarity",
            f"{pair.path}/{metric}",
            f"{pair} {metric}",
            CODE["similarity"],
            {"metric": metric, "rbo_p": rbo_p},
            inputs,
            {},
        ),
        compute,
    )


def _comparison(work: Workspace, pair: PairKey, inputs: Mapping[str, Artifact]) -> Artifact:
    names = [role.split(":") for role in inputs if ":" in role]
    metrics = [name for role, name in names if role == "similarity"]
    facts: dict[str, Any] = {
        "metrics": metrics,
        "projections": [name for role, name in names if role == "projection_a"],
        "k": min(inputs[f"similarity:{metric}"].manifest.facts["k"] for metric in metrics),
        "headlines": {
            metric: inputs[f"similarity:{metric}"].manifest.facts["headline"] for metric in metrics
        },
        **{name: inputs["matching"].manifest.facts[name] for name in ("common", "only_a", "only_b")},
    }
    references = {role: artifact.reference for role, artifact in inputs.items()}
    return work.publish(
        Recipe("comparison", pair.path, str(pair), CODE["comparison"], {}, references, {}),
        lambda publication: publication.facts.update(facts),
    )


def _too_few(pair: PairKey, common: int, keys_a: list[str], keys_b: list[str]) -> str:
    found = "no common keys" if common == 0 else "only one common key"
    return (
        f"{pair}: {found}, at least two are needed: A has {len(keys_a)} objects such as {keys_a[0]!r}, "
        f"B has {len(keys_b)} such as {keys_b[0]!r}; check that both name their objects alike"
    )
