"""Stores of every format that there was must open and answer; newer ones are refused in words."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from artifacts import records
from artifacts.errors import DamagedArtifactError, StoreError
from artifacts.queries import Queries
from artifacts.records import plain_json, sealed
from artifacts.schemas import KINDS, STORE_SCHEMA
from artifacts.store import Store
from artifacts.upcasts import UPCASTS, upcast

DATA = Path(__file__).parents[1] / "data"
COMPARISON = "refs/comparison/words/a..b.json"


def test_there_is_a_kept_store_of_every_schema_up_to_todays():
    assert [folder.name for folder in sorted(DATA.glob("store-*"))] == [
        f"store-{version}" for version in range(1, STORE_SCHEMA + 1)
    ]


@pytest.mark.parametrize("folder", sorted(DATA.glob("store-*")), ids=lambda folder: folder.name)
def test_a_kept_store_opens_and_gives_the_values_found_by_hand(folder):
    """Six words at 0, 11.5, 26, 90, 107.5 and 134.6 degrees; in B, carl and dora have exchanged places."""
    queries = Queries(Store(folder, verify="sha256"))
    comparison = queries.comparison("words", "a", "b")
    assert queries.keys(comparison) == ["anna", "bea", "carl", "dora", "emil", "fritz"]
    assert queries.overlap(comparison, "cosine", 1).tolist() == [1, 1, 0, 0, 0, 1]
    assert queries.overlap(comparison, "cosine", 2).tolist() == [1, 1, 0, 0, 1, 1]
    assert queries.overlap(comparison, "cosine", 5).tolist() == [5] * 6
    curve = queries.curve(comparison, "cosine")
    assert curve.overlap_mean[1] == pytest.approx(4 / 6)
    assert curve.jaccard_mean[1] == pytest.approx(2 / 9)
    carl = queries.neighborhoods(comparison, "cosine", 2, np.array([2], np.int32))
    assert carl.neighbors_a.tolist() == [[1, 0]]
    assert carl.neighbors_b.tolist() == [[4, 5]]
    store = queries.store
    space = store.manifest("space", store.ref("space", "words/a").fingerprint)
    vectors = store.read_table(space, "vectors")["vector"].to_pylist()
    assert np.array(vectors) == pytest.approx(
        np.array([[1, 0], [0.98, 0.2], [0.9, 0.44], [0, 1], [-0.3, 0.95], [-0.7, 0.71]])
    )
    kinds = store.read_table(space, "objects")["metadata"].to_pylist()
    assert [kind["kind"] for kind in kinds] == [
        "vowel",
        "consonant",
        "consonant",
        "consonant",
        "vowel",
        "consonant",
    ]


@pytest.mark.parametrize("folder", sorted(DATA.glob("store-*")), ids=lambda folder: folder.name)
def test_every_table_of_a_kept_store_can_be_read(folder):
    store = Store(folder, verify="sha256")
    read = set()
    for kind in KINDS:
        for path in store.ref_paths(kind):
            manifest = store.manifest(kind, store.ref(kind, path).fingerprint)
            for table, entry in manifest.tables.items():
                assert store.read_table(manifest, table).num_rows == entry["rows"]
                read.add((kind, table))
    expected = {(kind, table) for kind, about in KINDS.items() for table in about.tables}
    assert read == expected - {("noise", "noise")}, (
        "noise alone needs replicates, which six words have none of"
    )


@pytest.fixture
def kept(tmp_path):
    """A copy of the oldest store."""
    return shutil.copytree(DATA / "store-1", tmp_path / "store")


def rewrite(path, **changes):
    """Change fields of a document and seal it again, with the schema that `changes` may name."""
    content = {**json.loads(path.read_text(encoding="utf-8")), **changes}
    del content["digest"]
    path.write_bytes(plain_json({**content, "digest": records._digest(content)}))


def test_a_newer_ref_is_refused_in_words(kept):
    rewrite(kept / COMPARISON, store_schema=STORE_SCHEMA + 1)
    with pytest.raises(StoreError, match=r"a\.\.b\.json has store_schema .* reads up to .*: upgrade"):
        Queries(kept).comparison("words", "a", "b")


def test_a_newer_manifest_is_refused_in_words(kept):
    (manifest,) = (kept / "objects" / "comparison").rglob("manifest.json")
    rewrite(manifest, store_schema=STORE_SCHEMA + 1)
    with pytest.raises(StoreError, match=r"manifest\.json has store_schema .* reads up to .*: upgrade"):
        Queries(kept).comparison("words", "a", "b")


@pytest.mark.parametrize("content", ['{"store_schema": 0}', '{"store_schema": true}', "{}"])
def test_a_store_without_a_schema_that_there_ever_was_is_refused(kept, content):
    (kept / "store.json").write_text(content)
    with pytest.raises(StoreError, match="does not say which store_schema it has: is this a store"):
        Store(kept)


def renamed_in_version_two(document, content):
    """Lead from version 1 to an imagined version 2, in which manifests and refs told their key by another name."""
    if document == "store":
        return {**content, "name": "a store"}
    return {**content, "key": f"{document} {content['key']}"}


@pytest.fixture
def version_two(monkeypatch):
    """Code of an imagined version 2, which reads version 1 as well."""
    monkeypatch.setattr(records, "STORE_SCHEMA", 2)
    monkeypatch.setitem(UPCASTS, 1, renamed_in_version_two)


def test_code_of_version_two_reads_a_store_of_version_one_through_the_chain(kept, version_two):
    store = Store(kept)
    ref = store.ref("comparison", "words/a..b")
    assert ref.key == "ref words@a..words@b"
    assert store.manifest("comparison", ref.fingerprint).key == "manifest words@a..words@b"


def test_what_version_two_writes_beside_the_old_is_not_lifted_again(kept, version_two):
    store = Store(kept)
    store.point("space", "words/c", "words@c", "ab" * 32)
    assert store.ref("space", "words/c").key == "words@c"
    assert store.ref("space", "words/a").key == "ref words@a"


def test_a_chain_that_lacks_a_link_is_refused(kept, monkeypatch):
    monkeypatch.setattr(records, "STORE_SCHEMA", 2)
    with pytest.raises(StoreError, match=r"store\.json there is no way from store_schema 1 to 2"):
        Store(kept)


def test_the_functions_of_a_chain_are_applied_in_order():
    chain = {
        1: lambda _document, content: {**content, "steps": [1]},
        2: lambda _document, content: {**content, "steps": [*content["steps"], 2]},
    }
    assert upcast("ref", {"store_schema": 1}, 3, chain) == {"store_schema": 3, "steps": [1, 2]}
    assert upcast("ref", {"store_schema": 2, "steps": []}, 3, chain)["steps"] == [2]


def test_a_document_reads_as_it_was_sealed_whatever_its_keys(tmp_path):
    content = {"facts": {9: 1.5, 10: (1, 2)}, "name": "Zürich"}
    assert records.unsealed(sealed(content)) == {
        "facts": {"9": 1.5, "10": [1, 2]},
        "name": "Zürich",
        "store_schema": STORE_SCHEMA,
    }


def test_a_ref_with_other_fields_is_damaged(kept):
    rewrite(kept / COMPARISON, color="red")
    with pytest.raises(DamagedArtifactError, match="has other fields"):
        Store(kept).ref("comparison", "words/a..b")
