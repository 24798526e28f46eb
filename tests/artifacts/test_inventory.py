"""What a store says it holds."""

from __future__ import annotations

import pytest

from artifacts.catalog import Catalog
from artifacts.errors import MissingArtifactError
from artifacts.inventory import age_of, take_inventory
from artifacts.lookup import find_object
from artifacts.refs import Refs


def states(filled):
    return {(one.kind, one.fingerprint): one.state for one in take_inventory(filled.store()).records}


def test_an_object_is_current_input_superseded_or_unreferenced(filled):
    old_space, old_map = filled.space(version=0), None
    old_map = filled.map(old_space)
    comparison = filled.comparison(old_map)
    new_space = filled.space(version=1)
    filled.map(new_space)
    gone = filled.comparison(new_space, version=7)
    filled.comparison(old_map)  # back to the first one
    lone = filled.space("v9")
    (filled.root / "refs/space/words/v9.json").unlink()
    found = states(filled)
    assert found[comparison.reference] == "current"
    assert found[new_space.reference] == "current"
    assert found[old_map.reference] == found[old_space.reference] == "input"
    assert found[gone.reference] == "superseded"
    assert found[lone.reference] == "unreferenced"


def test_a_damaged_object_is_told_with_what_is_wrong(filled):
    space = filled.space()
    picture = filled.map(space)
    filled.file(picture, "coordinates").write_bytes(b"short")
    filled.file(space).write_text("{")
    records = {one.kind: one for one in take_inventory(filled.store()).records}
    assert records["projection"].state == records["space"].state == "damaged"
    assert "has 5 bytes instead of" in records["projection"].problem
    assert records["space"].problem == "its manifest cannot be read"
    assert records["space"].key == "words@v1", "the ref still tells what it was"


def test_a_current_object_that_is_gone_is_damaged(filled):
    space = filled.space()
    for path in filled.file(space).parent.iterdir():
        path.unlink()
    (record,) = take_inventory(filled.store()).records
    assert (record.state, record.problem, record.key) == ("damaged", "it is missing", "words@v1")


def test_rows_are_those_of_the_largest_table_and_bytes_those_of_the_folder(filled):
    space = filled.space()
    (record,) = take_inventory(filled.store()).records
    assert record.rows == 3
    assert record.bytes == sum(path.stat().st_size for path in filled.file(space).parent.iterdir())
    assert age_of(record.created) < 60
    assert record.dataset == "words"


def test_files_that_no_manifest_names_are_lost(filled):
    folder = filled.file(filled.space()).parent
    (folder / "objects-0123456789ab.parquet").write_bytes(b"left")
    lost = take_inventory(filled.store()).lost
    assert [entry.path.rpartition("/")[2] for entry in lost] == ["objects-0123456789ab.parquet"]


def test_records_are_in_the_order_of_the_pipeline_and_of_people(filled):
    for name in ("v10", "v2", "v1"):
        filled.map(filled.space(name))
    keys = [one.key for one in take_inventory(filled.store()).records]
    assert keys == ["words@v1", "words@v2", "words@v10", "words@v1 pca", "words@v2 pca", "words@v10 pca"]


def test_an_unchanged_ref_is_read_once_and_a_changed_one_again(filled, watched):
    filled.space("v1"), filled.space("v2")
    filled.make_old(1)
    store = filled.store()
    store.storage = counting = watched(store.storage)
    refs = Refs(store, ("space",))
    assert [ref.key for _, ref in refs.all()] == ["words@v1", "words@v2"]
    assert len(counting.read_paths) == 2
    refs.refresh()
    assert len(list(refs.all())) == 2
    assert len(counting.read_paths) == 2, "nothing changed, nothing is read"
    new = filled.space("v2", version=5)
    refs.refresh()
    assert refs.ref("space", "words/v2").fingerprint == new.manifest.fingerprint
    assert refs.ref("space", "words/v1").key == "words@v1"
    assert counting.read_paths[2:] == ["refs/space/words/v2.json"]


def test_a_ref_that_has_just_changed_is_read_again_although_it_looks_the_same(filled, watched):
    filled.space()
    store = filled.store()
    store.storage = counting = watched(store.storage)
    refs = Refs(store, ("space",))
    list(refs.all())
    refs.refresh()
    list(refs.all())
    assert len(counting.read_paths) == 2


def test_a_refresh_of_the_catalogue_reads_nothing_and_sees_what_came_and_went(filled, watched):
    filled.space("v1")
    filled.space("v2")
    store = filled.store()
    store.storage = counting = watched(store.storage)
    catalog = Catalog(store)
    assert catalog.spaces("words") == ["v1", "v2"]
    filled.space("v3")
    (filled.root / "refs/space/words/v1.json").unlink()
    catalog.refresh()
    assert catalog.spaces("words") == ["v2", "v3"]
    assert counting.read_paths == []


def test_the_history_of_a_pair_names_what_is_current_and_what_was_removed(filled):
    first, second, third = (filled.comparison(version=version) for version in (1, 2, 3))
    filled.file(first).unlink()
    history = Catalog(filled.store()).history("words", "v1", "v2")
    assert [(one.fingerprint, one.is_current) for one in history] == [
        (third.manifest.fingerprint, True),
        (second.manifest.fingerprint, False),
        (first.manifest.fingerprint, False),
    ]
    assert history[1].created == second.manifest.created
    assert history[2].created is None


def test_a_superseded_comparison_is_opened_by_the_start_of_its_fingerprint(filled):
    first, second = (filled.comparison(version=version) for version in (1, 2))
    catalog = Catalog(filled.store())
    old = catalog.comparison("words", "v1", "v2", at=first.manifest.fingerprint[:8])
    assert (old.fingerprint, old.is_current) == (first.manifest.fingerprint, False)
    assert catalog.comparison("words", "v1", "v2", at=second.manifest.fingerprint).is_current
    assert catalog.comparison("words", "v1", "v2").is_current
    assert old.created == first.manifest.created


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("0000", "'0000' is not the start of a fingerprint: give 8 or more"),
        ("f" * 64, "no fingerprint starts with"),
        ("../../../x", "is not the start of a fingerprint"),
    ],
)
def test_an_unknown_version_is_said_in_words(filled, at, words):
    filled.comparison()
    with pytest.raises(MissingArtifactError, match=f"words@v1..words@v2 has no version.*{words}"):
        Catalog(filled.store()).comparison("words", "v1", "v2", at)


def test_a_removed_version_is_said_to_be_removed(filled):
    first, _ = (filled.comparison(version=version) for version in (1, 2))
    filled.file(first).unlink()
    with pytest.raises(MissingArtifactError, match="was removed from the store"):
        Catalog(filled.store()).comparison("words", "v1", "v2", first.manifest.fingerprint[:10])


def test_an_object_is_found_by_space_pair_ref_and_fingerprint(filled):
    space = filled.space()
    picture = filled.map(space)
    comparison = filled.comparison(picture)
    store = filled.store()
    assert find_object(store, "words@v1").reference == space.reference
    assert find_object(store, "words@v1..words@v2").reference == comparison.reference
    assert find_object(store, "projection/words/v1/pca").reference == picture.reference
    found = find_object(store, picture.manifest.fingerprint[:8])
    assert (found.reference, found.path) == (picture.reference, "words/v1/pca")
    with pytest.raises(MissingArtifactError, match="no fingerprint starts with '00000000'"):
        find_object(store, "00000000")
    with pytest.raises(ValueError, match="give 8 or more of its hexadecimal digits"):
        find_object(store, "abc")
    with pytest.raises(ValueError, match="names no artifact: write DATASET@VERSION"):
        find_object(store, "words")


def test_several_fingerprints_that_start_alike_are_named(filled):
    store = filled.store()
    for end in ("1", "2"):
        store.point("space", f"words/v{end}", f"words@v{end}", "ab" * 31 + "c" + end)
    with pytest.raises(ValueError, match="starts 2 fingerprints"):
        find_object(store, "abababab")
