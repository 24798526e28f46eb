"""The Dagster assets on a real instance and a small project: same artifacts as `build`, readable failures."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import dagster as dg
import numpy as np
import pytest
from PIL import Image

from artifacts.queries import Queries
from artifacts.schemas import KINDS
from artifacts.store import Store
from pipelines.build import build
from pipelines.config import load_project
from pipelines.definitions import definitions
from pipelines.pictures import pair_picture
from pipelines.reconcile import plan
from pipelines.resources import ProjectResource
from pipelines.workspace import Workspace

ROOT = Path(__file__).parents[2]


@pytest.fixture
def instance(tmp_path):
    with dg.DagsterInstance.local_temp(str(tmp_path)) as made:
        yield made


def run(instance, small_project, job, partition):
    resources = {"project": ProjectResource(project=str(small_project.file))}
    defined = dg.Definitions(assets=definitions.assets, jobs=definitions.jobs, resources=resources)
    chosen = defined.get_repository_def().get_job(job)
    return chosen.execute_in_process(instance=instance, partition_key=partition, raise_on_error=False)


def run_all(instance, small_project):
    """Materialise every space and pair that the project wants; returns the results."""
    found = plan(load_project(small_project.file), Store(load_project(small_project.file).store, create=True))
    wanted = [("build_space", str(key)) for key in found.spaces]
    wanted += [("compare_pair", str(key)) for key in found.pairs]
    instance.add_dynamic_partitions("spaces", [str(key) for key in found.spaces])
    instance.add_dynamic_partitions("pairs", [str(key) for key in found.pairs])
    return {(job, key): run(instance, small_project, job, key) for job, key in wanted}


def refs(store):
    return {
        (kind, path): store.ref(kind, path).fingerprint for kind in KINDS for path in store.ref_paths(kind)
    }


def metadata(result, asset):
    (event,) = result.asset_materializations_for_node(asset)
    return {name: value.value for name, value in event.metadata.items()}


@pytest.fixture
def materialized(instance, small_project):
    results = run_all(instance, small_project)
    assert [key for key, result in results.items() if not result.success] == []
    return results


def test_the_assets_publish_the_same_fingerprints_as_build(materialized, small_project, tmp_path):
    project = load_project(small_project.file)
    other = Store(tmp_path / "other", create=True)
    assert [built.error for built in build(Workspace(project, other), ["words"]) if built.error] == []
    assert refs(Store(project.store)) == refs(other)


def test_a_second_materialization_computes_nothing_and_says_so(materialized, instance, small_project):
    first = materialized["compare_pair", "words@v1..words@v2"]
    second = run(instance, small_project, "compare_pair", "words@v1..words@v2")
    assert metadata(first, "similarity")["computed"] is True
    assert metadata(second, "similarity")["computed"] is False
    assert metadata(second, "similarity")["fingerprint"] == metadata(first, "similarity")["fingerprint"]


def test_a_pair_reports_counts_headline_scores_and_a_picture(materialized, small_project):
    found = metadata(materialized["compare_pair", "words@v1..words@v3"], "similarity")
    queries = Queries(load_project(small_project.file).store)
    comparison = queries.comparison("words", "v1", "v3")
    k = found["headline_k"]
    assert (found["matched"], found["only_a"], found["only_b"]) == (40, 20, 10)
    assert found["dagster/row_count"] == 40
    curve = queries.curve(comparison, "euclidean")
    assert found["jaccard_mean_euclidean"] == pytest.approx(curve.jaccard_mean[int(k) - 1], rel=1e-5)
    assert found["picture"].startswith("![words@v1..words@v3](data:image/png;base64,")


def test_a_broken_checkpoint_is_a_failed_run_with_the_sentence_and_nothing_published(instance, small_project):
    (small_project.folder / "checkpoints" / "v2.txt").write_text("60 8\nword-0 1 2 3\n")
    instance.add_dynamic_partitions("spaces", ["words@v2"])
    result = run(instance, small_project, "build_space", "words@v2")
    assert not result.success
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    told = failure.step_failure_data.user_failure_data.description
    assert "v2.txt" in told and "line 2" in told
    assert Store(load_project(small_project.file).store).ref_paths("space") == []


def test_the_picture_is_a_small_png_in_several_colours():
    points = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    png = pair_picture(np.linspace(0, 1, 50), {"A": points, "B": points}, "Jaccard@10")
    image = Image.open(BytesIO(png)).convert("RGB")
    assert len(png) < 30_000
    assert len(image.getcolors(1 << 20)) > 10


def test_a_pair_tells_how_its_objects_were_matched(materialized):
    found = metadata(materialized["compare_pair", "words@v1..words@v3"], "similarity")
    assert (found["folding"], found["searched"], found["filtered_a"], found["dropped_b"]) == (
        "exact",
        "common",
        0,
        0,
    )
    assert found["covered_a"] == pytest.approx(40 / 60)
    assert found["matching_a"]["only_examples"] == [f"word-{i}" for i in range(10)]
