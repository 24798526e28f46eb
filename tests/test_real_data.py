"""The comparisons that the README promises, on real checkpoints, against set-based brute force in float64."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from artifacts.store import Store
from pipelines.adhoc import compare_files
from pipelines.ingest import open_checkpoint, validated
from pipelines.workspace import silent
from tests.oracles import neighbor_sets

KS = [1, 10, 50]


def read_all(path):
    keys, vectors = [], []
    for block in validated(open_checkpoint(path)):
        keys += block.keys
        vectors.append(block.vectors)
    return keys, np.vstack(vectors)


def check_against_brute_force(a, b, metric, ks, store):
    """Compare two files and require the set-based counts wherever the k-th neighbor is told from the next."""
    found = compare_files(a, b, ks, metric, store, silent)
    sides = [read_all(path) for path in (a, b)]
    common = [key for key in sides[0][0] if key in set(sides[1][0])]
    scores = found.scores()
    assert scores["key"].to_pylist() == common
    checked = 0
    for k in ks:
        sets = []
        clear = np.ones(len(common), bool)
        for keys, vectors in sides:
            rows = [dict(zip(keys, range(len(keys)), strict=True))[key] for key in common]
            neighbors, told_apart = neighbor_sets(vectors[rows], k, metric)
            sets.append(neighbors)
            clear &= told_apart
        expected = np.array([len(one & two) for one, two in zip(*sets, strict=True)])
        assert scores[f"overlap_{k}"].to_numpy()[clear].tolist() == expected[clear].tolist()
        checked += int(clear.sum())
    return found, checked


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store", create=True)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_emoji2vec_against_emoji_embeddings(shared_data, store, metric):
    folder = shared_data / "emoji"
    found, checked = check_against_brute_force(
        folder / "emoji2vec.bin", folder / "emoji_embeddings_100d.txt", metric, KS, store
    )
    assert found.comparison.n == 1661
    assert checked > 0.95 * 3 * 1661


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_mat2vec_against_matscholar(shared_data, store, metric, tmp_path):
    vectors = json.loads((shared_data / "elements" / "matscholar-embedding.json").read_text())
    file = tmp_path / "matscholar.csv"
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["element", *range(200)])
        writer.writerows([key, *vector] for key, vector in vectors.items())
    found, checked = check_against_brute_force(
        shared_data / "elements" / "mat2vec.csv", file, metric, KS, store
    )
    assert checked > 0.9 * 3 * found.comparison.n


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_karate_against_itself_is_one_everywhere(shared_data, store, metric):
    file = shared_data / "karate" / "karate.emb"
    found, _ = check_against_brute_force(file, file, metric, [1, 5, 32], store)
    scores = found.scores()
    assert {value for k in (1, 5, 32) for value in scores[f"jaccard_{k}"].to_pylist()} == {1.0}


def test_a_file_that_holds_several_spaces_is_addressed_by_member(shared_data, store, tmp_path):
    file = shared_data / "shakespeare-checkpoints" / "shakespeare_sgns64.npz"
    early, late = (file.with_name(f"{file.name}#epoch_{epoch}") for epoch in ("01", "32"))
    found = compare_files(early, late, [50], "cosine", store, silent)
    assert found.comparison.n == 3330
    assert (found.comparison.a, found.comparison.b) == (
        "shakespeare_sgns64-epoch_01",
        "shakespeare_sgns64-epoch_32",
    )
    space = store.manifest("space", store.ref("space", "compare/shakespeare_sgns64-epoch_32").fingerprint)
    stored = store.read_table(space, "vectors")["vector"].combine_chunks().flatten().to_numpy()
    np.testing.assert_array_equal(stored.reshape(3330, 64), np.load(file)["epoch_32"])
