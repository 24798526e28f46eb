"""Which objects a comparison is about: folded, filtered and dropped ones, and neighbors among each space's own."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from artifacts.queries import Queries
from artifacts.store import Store
from pipelines.build import build
from pipelines.config import load_project
from pipelines.errors import ComparisonError
from pipelines.report import print_comparison
from pipelines.similarity import Others, overlap_chances
from pipelines.workspace import Workspace
from tests.oracles import all_distances


@dataclass(frozen=True)
class Made:
    """A built project of one dataset, ``d``, with versions ``a`` and ``b``."""

    work: Workspace
    queries: Queries
    errors: list[Exception]

    @property
    def comparison(self):
        return self.queries.comparison("d", "a", "b")

    @property
    def report(self):
        return self.queries.matching(self.comparison)

    def printed(self) -> str:
        out = Console(file=io.StringIO(), width=200)
        print_comparison(out, self.queries, self.comparison, "euclidean", [3], 2)
        return out.file.getvalue()


def make(folder: Path, sides, config: str, neighbors: str = "") -> Made:
    """Build a project from ``{version: (keys, vectors, metadata)}``."""
    (folder / "configs" / "datasets").mkdir(parents=True)
    for version, (keys, vectors, metadata) in sides.items():
        np.savez(folder / f"{version}.npz", keys=np.array(keys), vectors=vectors, **metadata)
    (folder / "configs" / "project.yaml").write_text("store: ../store\n")
    (folder / "configs" / "datasets" / "d.yaml").write_text(
        "dataset: d\nprojections: {method: [pca], aligned: []}\n"
        f"neighbors: {{k: 12, metric: [euclidean]{neighbors}}}\n{config}"
    )
    return rebuilt(folder)


def rebuilt(folder: Path) -> Made:
    project = load_project(folder / "configs" / "project.yaml")
    work = Workspace(project, Store(project.store, create=True))
    found = [one.error for one in build(work, ["d"]) if one.error]
    return Made(work, Queries(work.store), found)


SOURCE = "source: {path: '../../{version}.npz'}\n"


def vectors(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 4)).astype(np.float32)


def test_folded_keys_match_and_the_stored_ones_stay_as_they_are(tmp_path):
    upper = [f"Word-{i}" for i in range(30)]
    lower = [f"wORD-{i}" for i in range(10, 40)][::-1]
    made = make(tmp_path, {"a": (upper, vectors(30), {}), "b": (lower, vectors(30, 1), {})},
                SOURCE + "matching: {keys: casefold}\n")  # fmt: skip
    assert made.errors == []
    assert made.queries.keys(made.comparison) == upper[10:]
    assert (made.report.folding, made.report.common) == ("casefold", 20)
    assert (made.report.a.only, made.report.b.only_examples[0]) == (10, "wORD-39")
    assert "20 objects matched (66.7% of A, 66.7% of B, keys compared under casefold" in made.printed()
    again = rebuilt(tmp_path)
    assert again.comparison.fingerprint == made.comparison.fingerprint


def test_keys_that_collide_are_refused_with_the_pair_and_exact_keys_are_not(tmp_path):
    keys = ["Up", "up", *map(str, range(20))]
    sides = {"a": (keys, vectors(22), {}), "b": (keys, vectors(22, 1), {})}
    made = make(tmp_path / "folded", sides, SOURCE + "matching: {keys: nfc+casefold}\n")
    assert [type(error) for error in made.errors] == [ComparisonError]
    assert str(made.errors[0]).startswith("d@a..d@b: A holds 1 keys that are equal to an earlier one")
    assert "'Up' and 'up'" in str(made.errors[0])
    assert make(tmp_path / "exact", sides, SOURCE).errors == []


def counted(n: int, start: int):
    keys = [f"w{i}" for i in range(start, start + n)]
    return keys, {"count": np.arange(start, start + n), "kind": np.where(np.arange(n) % 2, "odd", "even")}


def test_filters_apply_to_both_spaces_and_are_counted_and_reported(tmp_path):
    (keys_a, columns_a), (keys_b, columns_b) = counted(40, 0), counted(40, 10)
    made = make(
        tmp_path,
        {"a": (keys_a, vectors(40), columns_a), "b": (keys_b, vectors(40, 1), columns_b)},
        SOURCE + "matching:\n  filter: {min_frequency: 5, where: \"kind == 'even' or count == 13\"}\n",
    )
    assert made.errors == []
    kept_a = [i for i in range(5, 40) if i % 2 == 0 or i == 13]
    kept_b = [i for i in range(10, 50) if i % 2 == 0 or i == 13]
    common = [i for i in kept_a if i in kept_b]
    assert made.queries.keys(made.comparison) == [f"w{i}" for i in common]
    a, b = made.report.a, made.report.b
    assert a.filters == {"where": 19, "min_frequency": 3}
    assert (a.objects, a.filtered, a.only) == (40, 22, len(kept_a) - len(common))
    assert (b.objects, b.filtered, b.only) == (40, 40 - len(kept_b), len(kept_b) - len(common))
    assert a.filtered_examples[:3] == ["w0", "w1", "w2"]
    assert a.covered == len(common) / 40
    table = made.work.store.read_table(
        made.work.published("matching", "d/a..b").manifest, "unmatched"
    ).to_pylist()
    reasons = {(row["side"], row["key"]): (row["row"], row["reason"]) for row in table}
    assert len(table) == len(reasons) == 80 - 2 * len(common)
    assert reasons["a", "w7"] == (7, "filtered")
    assert reasons["a", "w6"] == (6, "missing")
    assert reasons["b", "w48"] == (38, "missing")
    assert "22 of A filtered by min_frequency 3, where 19: w0, w1" in made.printed()


def test_a_file_of_keys_filters_and_a_changed_one_compares_again(tmp_path):
    keys, columns = counted(30, 0)
    file = tmp_path / "configs" / "datasets" / "keys.txt"
    file.parent.mkdir(parents=True)
    file.write_text("\n".join([*keys[:20], "unknown"]) + "\n")
    file.parent.rename(tmp_path / "kept")
    (tmp_path / "configs").rmdir()
    config = SOURCE + f"matching: {{filter: {{keys: '{tmp_path / 'kept' / 'keys.txt'}'}}}}\n"
    made = make(tmp_path, {v: (keys, vectors(30, i), columns) for i, v in enumerate("ab")}, config)
    assert (made.comparison.n, made.report.a.filters) == (20, {"keys": 10})
    (tmp_path / "kept" / "keys.txt").write_text("\n".join(keys[:15]) + "\n")
    assert rebuilt(tmp_path).comparison.n == 15


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("{filter: {top: 3, frequency: counts}}", "cannot be applied to d@a: no metadata column 'counts'"),
        ("{filter: {where: 'kind > 1'}}", "compares values of different types"),
        (
            "{filter: {min_frequency: 100}}",
            "no common keys, .*A has 0 objects that the filters leave.*loosen",
        ),
        ("{filter: {keys: nothing.txt}}", "matching.filter.keys: there is no file .*nothing.txt"),
    ],
)
def test_a_filter_that_cannot_be_applied_fails_the_pair_alone_with_words(tmp_path, config, message):
    keys, columns = counted(20, 0)
    made = make(tmp_path, {v: (keys, vectors(20), columns) for v in "ab"}, f"{SOURCE}matching: {config}\n")
    assert len(made.errors) == 1
    with pytest.raises(ComparisonError, match=message):
        raise made.errors[0]


def own_pair(folder: Path, matching: str = "") -> Made:
    keys_a, keys_b = [f"w{i}" for i in range(40)], [f"w{i}" for i in range(10, 45)][::-1]
    base = vectors(45)
    rows_b = np.arange(10, 45)[::-1]
    noisy = base + 0.3 * vectors(45, 1)
    sides = {
        "a": (keys_a, base[:40], {"count": np.arange(40)}),
        "b": (keys_b, noisy[rows_b], {"count": rows_b}),
    }
    return make(folder, sides, SOURCE + matching, ", searched: own")


def nearest_keys(keys, points, k):
    order = np.argsort(all_distances(points, "euclidean"), axis=1, kind="stable")[:, :k]
    return {key: [keys[i] for i in row] for key, row in zip(keys, order, strict=True)}


def test_own_neighbors_are_those_of_each_whole_space_and_missing_ones_are_never_common(tmp_path):
    made = own_pair(tmp_path)
    assert made.errors == []
    comparison, queries = made.comparison, made.queries
    assert comparison.searched == "own"
    loaded = {v: np.load(tmp_path / f"{v}.npz") for v in "ab"}
    for k in (1, 5, 12):
        near = [nearest_keys(one["keys"].tolist(), one["vectors"], k) for one in loaded.values()]
        expected = [len({*near[0][key]} & {*near[1][key]}) for key in queries.keys(comparison)]
        assert queries.overlap(comparison, "euclidean", k).tolist() == expected
        positions = np.arange(comparison.n, dtype=np.int32)
        found = queries.neighborhoods(comparison, "euclidean", k, positions)
        names = queries.all_keys(comparison)
        for i, key in enumerate(queries.keys(comparison)):
            assert [names[row] for row in found.neighbors_a[i]] == near[0][key]
            assert [names[row] for row in found.neighbors_b[i]] == near[1][key]
        assert found.common_a.sum(axis=1).tolist() == found.common_b.sum(axis=1).tolist() == expected
    lost = {name for near_a in near[0].values() for name in near_a} - set(loaded["b"]["keys"].tolist())
    assert lost, "the test must meet neighbors that B lacks"


def test_own_neighbors_have_a_chance_level_and_measures_of_their_own_and_are_told(tmp_path):
    made = own_pair(tmp_path)
    curve = made.queries.curve(made.comparison, "euclidean")
    others = Others(29, 39, 34)
    expected = [
        overlap_chances(k, others) @ (np.arange(k + 1) / (2 * k - np.arange(k + 1))) for k in range(1, 13)
    ]
    np.testing.assert_allclose(curve.jaccard_chance, expected)
    names = {one.name for one in made.queries.measures(made.comparison)}
    assert {"jaccard_mean", "chance_adjusted_mean", "rsa", "cka"} <= names
    assert not names & {"cknna", "rnx_auc_pair"}
    assert "searched among each space's own objects" in made.printed()


def test_own_maps_hold_every_object_where_its_space_draws_it(tmp_path):
    made = own_pair(tmp_path)
    names = made.queries.all_keys(made.comparison)
    both = made.queries.all_coordinates(made.comparison, "pca")
    for version, drawn in zip("ab", both, strict=True):
        keys = np.load(tmp_path / f"{version}.npz")["keys"].tolist()
        table = made.work.store.read_table(
            made.work.published("projection", f"d/{version}/pca").manifest, "coordinates"
        )
        whole = dict(zip(keys, zip(table["x"].to_pylist(), table["y"].to_pylist(), strict=True), strict=True))
        for name, point in zip(names, drawn.tolist(), strict=True):
            if name in whole:
                assert tuple(point) == whole[name]
            else:
                assert np.isnan(point).all()
    assert len(names) == len(set(names)) == 45


def test_own_neighbors_are_searched_among_what_the_filters_leave(tmp_path):
    made = own_pair(tmp_path, "matching: {filter: {min_frequency: 5}}\n")
    loaded = np.load(tmp_path / "a.npz")
    near = nearest_keys(loaded["keys"].tolist()[5:], loaded["vectors"][5:], 12)
    found = made.queries.neighborhoods(made.comparison, "euclidean", 12, np.array([0], np.int32))
    names = made.queries.all_keys(made.comparison)
    assert [names[row] for row in found.neighbors_a[0]] == near[made.queries.keys(made.comparison)[0]]
    assert made.report.a.filtered == 5


def test_own_and_common_are_the_same_where_no_object_is_missing(tmp_path):
    keys = [f"w{i}" for i in range(30)]
    sides = {"a": (keys, vectors(30), {}), "b": (keys, vectors(30, 1), {})}
    own = make(tmp_path / "own", sides, SOURCE, ", searched: own")
    common = make(tmp_path / "common", sides, SOURCE)
    for kind, path in (("similarity", "d/a..b/euclidean"), ("measures", "d/a..b")):
        assert (
            own.work.published(kind, path).manifest.fingerprint
            == common.work.published(kind, path).manifest.fingerprint
        )
    assert own.comparison.fingerprint != common.comparison.fingerprint


def test_dropped_rows_of_a_checkpoint_are_in_the_report(tmp_path):
    keys = [f"w{i}" for i in range(20)]
    bad = vectors(20)
    bad[3, 1] = np.nan
    zero = vectors(20, 1)
    zero[7] = 0
    config = "source: {path: '../../{version}.npz', on_bad: drop}\n"
    made = make(tmp_path, {"a": ([*keys[:19], "w0"], bad, {}), "b": (keys, zero, {})}, config)
    assert made.report.a.dropped == {"values not finite": 1, "repeated key": 1}
    assert (made.comparison.n, made.report.b.only_examples, made.report.b.zero_vectors) == (
        18,
        ["w3", "w19"],
        1,
    )
    assert "2 rows of A dropped (repeated key 1, values not finite 1): w3, w0" in made.printed()
    assert "1 zero vectors in B" in made.printed()
    (tmp_path / "configs" / "datasets" / "d.yaml").write_text(
        (tmp_path / "configs" / "datasets" / "d.yaml").read_text().replace("drop", "refuse")
    )
    assert any("key was already used by object 1" in str(error) for error in rebuilt(tmp_path).errors)


def test_a_joined_table_and_pictures_are_in_the_space_and_a_changed_table_is_read_again(tmp_path):
    keys = [f"w{i}" for i in range(20)]
    config = "source: {path: '../../{version}.npz', table: ../../table.json, thumbnail: '../../{key}.png'}\n"
    (tmp_path / "table.json").write_text(json.dumps({key: i for i, key in enumerate(keys)}))
    Image.new("RGB", (100, 100), (1, 2, 3)).save(tmp_path / "w4.png")
    made = make(tmp_path, {v: (keys, vectors(20, i), {}) for i, v in enumerate("ab")}, config)
    assert made.errors == []
    images = made.queries.thumbnails(made.comparison, np.array([3, 4], np.int32))
    assert [image is not None for image in images] == [False, True]
    space = made.work.published("space", "d/a").manifest
    assert space.facts["metadata"] == ["table"]
    (tmp_path / "table.json").write_text(json.dumps(dict.fromkeys(keys, "x")))
    assert rebuilt(tmp_path).work.published("space", "d/a").manifest.fingerprint != space.fingerprint
