"""What the pipeline finds in a pair whose change was planted: noise, groups, measures, health, steady maps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from artifacts.queries import Queries
from artifacts.store import Store
from pipelines.build import build
from pipelines.config import load_project
from pipelines.errors import ConfigError
from pipelines.health import space_health
from pipelines.measures import REGISTRY, measure_vectors
from pipelines.workspace import Workspace

N, D, CLUSTERS = 1000, 12, 6
MOVED = np.arange(20)
SHUFFLED = np.arange(200, 240)
CONFIG = """
dataset: planted
source:
  path: ../../checkpoints/{version}.npz
neighbors: {k: 60}
projections: {method: [pca], aligned: [pca]}
replicates: [run-1, run-2, run-3]
pairs:
  policy: list
  list: [run-1..changed, run-1..run-2, run-1..turned]
"""


@dataclass(frozen=True)
class Planted:
    """A built project of three runs, of one with a planted change, and of one that is only rotated."""

    work: Workspace
    queries: Queries
    vectors: dict[str, np.ndarray]

    def comparison(self, a: str, b: str):
        return self.queries.comparison("planted", a, b)


def spaces(rng: np.random.Generator) -> dict[str, np.ndarray]:
    centers = 4 * rng.normal(size=(CLUSTERS, D))
    labels = np.arange(N) % CLUSTERS
    labels[MOVED] = 0
    base = centers[labels] + rng.normal(size=(N, D))
    runs = {f"run-{i}": base + 0.6 * rng.normal(size=(N, D)) for i in (1, 2, 3)}
    changed = base + 0.6 * rng.normal(size=(N, D))
    changed[MOVED] = centers[5] + (base[MOVED] - centers[0])
    changed[SHUFFLED] = changed[np.roll(SHUFFLED, 7)]
    turn, _ = np.linalg.qr(rng.normal(size=(D, D)))
    return {
        name: made.astype(np.float32)
        for name, made in {**runs, "changed": changed, "turned": runs["run-1"] @ turn}.items()
    }


@pytest.fixture(scope="module")
def planted(tmp_path_factory) -> Planted:
    folder = tmp_path_factory.mktemp("planted")
    vectors = spaces(np.random.default_rng(3))
    keys = np.array([f"object-{i}" for i in range(N)])
    kind = np.where(np.isin(np.arange(N), MOVED), "mover", "other")
    (folder / "checkpoints").mkdir()
    for version, made in vectors.items():
        np.savez(folder / "checkpoints" / f"{version}.npz", keys=keys, vectors=made, kind=kind)
    (folder / "configs" / "datasets").mkdir(parents=True)
    (folder / "configs" / "project.yaml").write_text("store: ../store\n")
    (folder / "configs" / "datasets" / "planted.yaml").write_text(CONFIG)
    project = load_project(folder / "configs" / "project.yaml")
    work = Workspace(project, Store(project.store, create=True))
    assert [str(one.error) for one in build(work, ["planted"]) if one.error] == []
    return Planted(work, Queries(work.store), vectors)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_planted_changes_are_told_from_noise(planted, metric):
    noise = planted.queries.noise(planted.comparison("run-1", "changed"), metric)
    assert noise.changed[SHUFFLED].mean() > 0.8
    untouched = np.setdiff1d(np.arange(N), np.concatenate([MOVED, SHUFFLED]))
    assert noise.changed[untouched].mean() < 0.05
    assert noise.noise_ratio > 1.03
    assert noise.similarity < noise.replicate_mean


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_an_unchanged_model_run_again_flags_less_than_a_twentieth(planted, metric):
    noise = planted.queries.noise(planted.comparison("run-1", "run-2"), metric)
    assert noise.changed.mean() < 0.05


def test_objects_that_moved_together_are_one_group_with_their_metadata(planted):
    comparison = planted.comparison("run-1", "changed")
    groups = planted.queries.groups(comparison, "cosine")
    first = max(groups, key=lambda group: np.isin(group.members, MOVED).sum())
    assert np.isin(first.members, MOVED).mean() > 0.7
    assert np.isin(MOVED, first.members).mean() > 0.8
    assert [trait[:2] for trait in first.traits] == [("kind", "mover")]
    labels = np.arange(N) % CLUSTERS
    gained = [row for row, _ in first.gained if row not in MOVED]
    assert gained
    assert {labels[row] for row in gained} == {5}


def test_every_measured_value_is_registered_and_that_of_the_vectors_is_computed_from_them(planted):
    comparison = planted.comparison("run-1", "changed")
    measured = planted.queries.measures(comparison)
    health = planted.queries.health(comparison, "b")
    assert {one.name for one in measured + health} <= set(REGISTRY)
    expected = {
        one.name: one.value for one in measure_vectors(planted.vectors["run-1"], planted.vectors["changed"])
    }
    found = {one.name: one.value for one in measured if one.metric is None}
    assert found == pytest.approx(expected)
    assert all(one.low <= one.value <= one.high for one in measured if not np.isnan(one.low))
    norms = {one.name: one.value for one in health}
    assert norms["norm_max"] == pytest.approx(
        space_health(planted.vectors["changed"], {}).norms.most, rel=1e-6
    )


def test_a_rotated_space_is_the_same_under_every_measure(planted):
    comparison = planted.comparison("run-1", "turned")
    values = {(one.name, one.metric, one.k): one.value for one in planted.queries.measures(comparison)}
    for (name, *_), value in values.items():
        assert value == pytest.approx(0.0 if name == "procrustes_distance" else 1.0, abs=1e-3), name
    scores = planted.queries.object_scores(comparison, "cosine")
    assert set(scores.column_names) <= set(REGISTRY)
    for name in ("average_overlap", "second_order_cosine", "aligned_cosine", "rank_biased_overlap"):
        np.testing.assert_allclose(scores[name].to_numpy(), 1.0, atol=1e-3)


def test_the_map_of_b_is_laid_over_that_of_a(planted):
    a, b = planted.queries.coordinates(planted.comparison("run-1", "turned"), "pca")
    np.testing.assert_allclose(a, b, atol=1e-2 * np.ptp(a))


def test_a_replicate_without_checkpoint_is_a_configuration_error(planted, tmp_path):
    file = planted.work.project.datasets["planted"][0]
    folder = tmp_path / "configs" / "datasets"
    folder.mkdir(parents=True)
    text = (
        file.read_text()
        .replace("run-3]", "run-9]")
        .replace("../../checkpoints", str(file.parents[2] / "checkpoints"))
    )
    (folder / "planted.yaml").write_text(text)
    (folder.parent / "project.yaml").write_text(f"store: {planted.work.store.url}\n")
    work = Workspace(load_project(folder.parent / "project.yaml"), planted.work.store)
    failed = [one.error for one in build(work, ["planted"]) if one.error]
    assert failed
    assert all(isinstance(error, ConfigError) for error in failed)
    assert "replicates name the version 'run-9', which has no checkpoint; there are: changed, run-1" in str(
        failed[0]
    )
