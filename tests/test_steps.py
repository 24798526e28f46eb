"""The pipeline on a small project: what is computed, what is skipped, and what the store then answers."""

from __future__ import annotations

import numpy as np
import pytest

from artifacts.catalog import Catalog
from artifacts.errors import MissingArtifactError
from artifacts.names import PairKey, SpaceKey
from artifacts.queries import Queries
from artifacts.store import Store
from pipelines.build import build
from pipelines.config import load_project
from pipelines.errors import ComparisonError, IngestError
from pipelines.steps import compare, ingest_space
from pipelines.workspace import Workspace
from tests.conftest import make_project, write_text_checkpoint
from tests.oracles import all_distances, neighbor_sets


def workspace(small_project) -> Workspace:
    project = load_project(small_project.file)
    return Workspace(project, Store(project.store, create=True))


def built(work):
    return list(build(work, list(work.project.datasets)))


def errors(results):
    return [str(result.error) for result in results if result.error]


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    """A built small project, its workspace and its queries."""
    small = make_project(tmp_path_factory.mktemp("words"))
    work = workspace(small)
    assert errors(built(work)) == []
    return small, work, Queries(work.store)


def test_a_second_build_computes_nothing(words):
    _, work, _ = words
    results = built(work)
    assert len(results) == 6
    assert [artifact for result in results for artifact in result.artifacts if artifact.computed] == []


def test_a_touched_but_equal_checkpoint_computes_nothing(small_project):
    work = workspace(small_project)
    built(work)
    path = small_project.folder / "checkpoints" / "v1.txt"
    path.write_bytes(path.read_bytes())
    assert not any(artifact.computed for result in built(work) for artifact in result.artifacts)


def test_a_changed_checkpoint_computes_what_depends_on_it_and_only_that(small_project):
    work = workspace(small_project)
    built(work)
    vectors = small_project.vectors["v2"] + 1
    write_text_checkpoint(small_project.folder / "checkpoints" / "v2.txt", small_project.keys["v2"], vectors)
    changed = {
        (artifact.manifest.kind, str(result.key))
        for result in built(work)
        for artifact in result.artifacts
        if artifact.computed
    }
    assert {key for _, key in changed} == {"words@v2", "words@v1..words@v2", "words@v2..words@v3"}
    assert ("comparison", "words@v1..words@v2") in changed


def test_equal_key_sets_share_their_neighbors_and_unequal_ones_search_the_common_objects(words):
    _, work, _ = words
    lists = {path: work.published("neighbors", path).manifest for path in work.store.ref_paths("neighbors")}
    whole = [path for path, manifest in lists.items() if manifest.parameters["objects"] == "all"]
    assert whole == [f"words/{v}/{m}" for v in ("v1", "v2", "v3") for m in ("cosine", "euclidean")]
    common = {manifest.parameters["objects"] for path, manifest in lists.items() if path not in whole}
    assert len(common) == 1, "v1..v3 and v2..v3 have the same common objects"
    assert {manifest.facts["objects"] for path, manifest in lists.items() if path not in whole} == {40}


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("pair", [("v1", "v2"), ("v1", "v3"), ("v2", "v3")])
def test_overlap_equals_a_set_based_comparison_among_the_common_objects(words, pair, metric):
    small, _, queries = words
    comparison = queries.comparison("words", *pair)
    keys = queries.keys(comparison)
    assert sorted(keys) == sorted(set(small.keys[pair[0]]) & set(small.keys[pair[1]]))
    for k in (1, 7, comparison.k_max - 1):
        sides = []
        for version in pair:
            rows = [small.keys[version].index(key) for key in keys]
            sides.append(neighbor_sets(small.vectors[version][rows], k, metric))
        clear = sides[0][1] & sides[1][1]
        expected = [len(a & b) for a, b in zip(sides[0][0], sides[1][0], strict=True)]
        overlap = queries.overlap(comparison, metric, k)
        assert clear.sum() >= 15
        assert overlap[clear].tolist() == np.array(expected)[clear].tolist()


@pytest.mark.parametrize("pair", [("v1", "v2"), ("v1", "v3")])
def test_neighborhoods_are_the_neighbors_nearest_first_with_their_common_flags(words, pair):
    small, _, queries = words
    comparison = queries.comparison("words", *pair)
    keys = queries.keys(comparison)
    positions = np.array([3, 17, 0, 29], np.int32)
    found = queries.neighborhoods(comparison, "euclidean", 9, positions)
    for side, version in (("a", pair[0]), ("b", pair[1])):
        rows = [small.keys[version].index(key) for key in keys]
        distances = all_distances(small.vectors[version][rows], "euclidean")[positions]
        neighbors = getattr(found, f"neighbors_{side}")
        np.testing.assert_allclose(
            np.take_along_axis(distances, neighbors, axis=1), np.sort(distances, axis=1)[:, :9], atol=1e-6
        )
    for i in range(len(positions)):
        common = set(found.neighbors_a[i].tolist()) & set(found.neighbors_b[i].tolist())
        assert found.common_a[i].tolist() == [j in common for j in found.neighbors_a[i].tolist()]
        assert found.common_b[i].tolist() == [j in common for j in found.neighbors_b[i].tolist()]


def test_histogram_extremes_and_curve_agree_with_the_overlap(words):
    _, work, queries = words
    comparison = queries.comparison("words", "v1", "v2")
    overlap = queries.overlap(comparison, "cosine", 12).astype(int)
    assert queries.histogram(comparison, "cosine", 12).tolist() == np.bincount(overlap, minlength=13).tolist()
    manifest = work.published("similarity", "words/v1..v2/cosine").manifest
    table = work.store.read_table(manifest, "scores")
    ranks = table["tie_rank"].to_pylist()
    ranking = sorted(range(len(overlap)), key=lambda row: (overlap[row], ranks[row]))
    for count in (1, 7, 60, 100):
        extremes = queries.extremes(comparison, "cosine", 12, count)
        assert extremes.least.tolist() == ranking[:count]
        assert extremes.most.tolist() == ranking[::-1][:count]
    assert extremes.tied_least == (overlap == overlap.min()).sum()
    assert extremes.tied_most == (overlap == overlap.max()).sum()
    similarity = overlap / (24 - overlap)
    assert queries.curve(comparison, "cosine").jaccard_mean[11] == pytest.approx(similarity.mean())


def test_ties_are_ordered_by_rank_biased_overlap_distance_change_and_key(words):
    _, work, queries = words
    comparison = queries.comparison("words", "v1", "v3")
    manifest = work.published("similarity", "words/v1..v3/cosine").manifest
    rows = work.store.read_table(manifest, "scores").to_pylist()
    keys = queries.keys(comparison)
    order = sorted(rows, key=lambda row: row["tie_rank"])
    rules = [(row["rank_biased_overlap"], -row["distance_change"], keys[row["common_row"]]) for row in order]
    assert rules == sorted(rules)


def test_maps_and_keys_belong_to_the_same_objects(words):
    small, work, queries = words
    comparison = queries.comparison("words", "v2", "v3")
    drawn_from = [("v2", "projection", "words/v2/pca"), ("v3", "aligned_projection", "words/v2..v3/pca")]
    for side, (version, kind, path) in enumerate(drawn_from):
        whole = work.store.read_table(work.published(kind, path).manifest, "coordinates")
        points = zip(whole["x"].to_pylist(), whole["y"].to_pylist(), strict=True)
        by_key = dict(zip(small.keys[version], points, strict=True))
        drawn = queries.coordinates(comparison, "pca")[side]
        assert [by_key[key] for key in queries.keys(comparison)] == [tuple(point) for point in drawn.tolist()]


def test_the_catalogue_lists_what_is_published(words):
    _, work, _ = words
    catalog = Catalog(work.store)
    assert catalog.datasets() == ["words"]
    assert catalog.spaces("words") == ["v1", "v2", "v3"]
    assert catalog.comparisons("words") == [("v1", "v2"), ("v1", "v3"), ("v2", "v3")]
    comparison = catalog.comparison("words", "v2", "v3")
    assert (comparison.n, comparison.only_a, comparison.only_b, comparison.k_max) == (40, 20, 10, 39)
    with pytest.raises(MissingArtifactError, match="no comparison 'words/v3..v1'"):
        catalog.comparison("words", "v3", "v1")


def test_a_comparison_that_was_opened_stays_whole_when_a_newer_one_is_published(small_project):
    work = workspace(small_project)
    built(work)
    queries = Queries(work.store)
    old = queries.comparison("words", "v1", "v2")
    before = queries.overlap(old, "cosine", 10)
    vectors = np.random.default_rng(1).normal(size=(60, 8)).astype(np.float32)
    write_text_checkpoint(small_project.folder / "checkpoints" / "v2.txt", small_project.keys["v2"], vectors)
    built(work)
    new = queries.comparison("words", "v1", "v2")
    assert new.fingerprint != old.fingerprint
    assert queries.overlap(old, "cosine", 10).tolist() == before.tolist()
    assert queries.overlap(new, "cosine", 10).tolist() != before.tolist()


def test_swapped_spaces_have_the_same_overlap(small_project):
    config = small_project.folder / "configs" / "datasets" / "words.yaml"
    config.write_text(config.read_text().replace("policy: all", "policy: list\n  list: [v1..v3, v3..v1]"))
    work = workspace(small_project)
    assert errors(built(work)) == []
    queries = Queries(work.store)
    straight, swapped = queries.comparison("words", "v1", "v3"), queries.comparison("words", "v3", "v1")
    one, two = (
        dict(zip(queries.keys(c), queries.overlap(c, "cosine", 9).tolist(), strict=True))
        for c in (straight, swapped)
    )
    assert one == two


def test_the_configured_engine_searches_and_its_recall_is_measured(small_project):
    config = small_project.folder / "configs" / "datasets" / "words.yaml"
    config.write_text(config.read_text() + "neighbors: {k: 20, engine: nndescent}\n")
    work = workspace(small_project)
    assert errors(built(work)) == []
    manifest = work.published("neighbors", "words/v1/cosine").manifest
    assert manifest.parameters["engine"] == "nndescent"
    assert 0.9 <= manifest.facts["recall"] <= 1.0


def test_a_broken_checkpoint_blocks_its_pairs_and_nothing_else(small_project):
    (small_project.folder / "checkpoints" / "v2.txt").write_text("60 8\nword-0 1 2 3\n")
    work = workspace(small_project)
    results = built(work)
    assert [str(result.key) for result in results if result.error] == [
        "words@v2",
        "words@v1..words@v2",
        "words@v2..words@v3",
    ]
    assert "line 2" in errors(results)[0]
    assert work.store.find_ref("space", "words/v2") is None
    assert Catalog(work.store).comparisons("words") == [("v1", "v3")]


def test_no_common_keys_are_refused_with_examples_of_both(small_project):
    keys = [f"other-{i}" for i in range(60)]
    write_text_checkpoint(small_project.folder / "checkpoints" / "v2.txt", keys, small_project.vectors["v2"])
    work = workspace(small_project)
    for version in ("v1", "v2"):
        ingest_space(work, SpaceKey("words", version))
    with pytest.raises(ComparisonError, match="no common keys.*such as 'word-0'.*such as 'other-0'"):
        compare(work, PairKey("words", "v1", "v2"))
    assert work.store.ref_paths("matching") == []


def test_an_unknown_version_is_refused_with_the_known_ones(small_project):
    with pytest.raises(
        IngestError, match="words@v9: no checkpoint; dataset words has the versions v1, v2, v3"
    ):
        ingest_space(workspace(small_project), SpaceKey("words", "v9"))


def test_two_builds_give_the_same_bytes(tmp_path):
    tables = []
    for name in ("one", "two"):
        work = workspace(make_project(tmp_path / name))
        built(work)
        tables.append(
            {
                (kind, path, table): entry["sha256"]
                for kind in ("space", "matching", "neighbors", "projection", "similarity")
                for path in work.store.ref_paths(kind)
                for table, entry in work.published(kind, path).manifest.tables.items()
            }
        )
    assert tables[0] == tables[1]
    assert len(tables[0]) == 39
