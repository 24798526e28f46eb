"""Collection removes what nothing needs, and never what something does, whatever happens meanwhile."""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import replace

import pytest

from artifacts.errors import DamagedArtifactError, StoreError
from artifacts.gc import collect
from artifacts.inventory import take_inventory
from artifacts.records import sealed, unsealed
from artifacts.refs import Refs
from artifacts.store import Store
from artifacts.verify import verify


def there(filled, *artifacts):
    store = filled.store()
    return [store.has(*one.reference) for one in artifacts]


def test_superseded_objects_beyond_the_kept_ones_go_with_what_only_they_needed(filled):
    made = []
    for version in range(5):
        space = filled.space(version=version)
        made.append((space, filled.map(space)))
    filled.make_old()
    swept = collect(filled.store(), keep=2)
    assert [there(filled, *both) for both in made] == [[False] * 2] * 2 + [[True] * 2] * 3
    assert (swept.kept, sum(one.what == "object" for one in swept.removed)) == (6, 4)
    assert verify(filled.store()).damages == ()
    assert not filled.file(made[0][0]).parent.exists(), "nor does its folder stay"


def test_freed_bytes_are_those_that_are_gone(filled):
    for version in range(3):
        filled.space(version=version)
    filled.make_old()

    def size():
        return sum(path.stat().st_size for path in filled.root.rglob("*") if path.is_file())

    before = size()
    assert collect(filled.store(), keep=0).bytes == before - size() > 0


def test_what_a_current_object_was_computed_from_stays_though_no_ref_names_it(filled):
    space = filled.space(version=0)
    filled.comparison(filled.map(space))
    for version in range(1, 4):
        filled.map(filled.space(version=version))
    filled.make_old()
    collect(filled.store(), keep=0)
    assert there(filled, space) == [True]
    assert verify(filled.store()).damages == ()


def test_the_inputs_of_a_kept_version_stay(filled):
    space = filled.space(version=0)
    first = filled.comparison(space, version=0)
    filled.comparison(filled.space(version=1), version=1)
    filled.space(version=2)
    filled.make_old()
    collect(filled.store(), keep=1)
    assert there(filled, space, first) == [True, True]


def test_nothing_younger_than_the_grace_period_goes(filled):
    for version in range(3):
        filled.space(version=version)
    lone = filled.space("v9")
    filled.make_old()
    (filled.root / "refs/space/words/v9.json").unlink()
    os.utime(filled.file(lone))
    swept = collect(filled.store(), keep=0, grace=3600)
    assert there(filled, lone) == [True]
    assert swept.young == 1
    os.utime(filled.file(lone), (time.time() - 7200,) * 2)
    collect(filled.store(), keep=0, grace=3600)
    assert there(filled, lone) == [False]


def test_a_version_that_was_superseded_within_the_grace_period_stays_for_who_reads_it(filled):
    first = filled.space(version=0)
    filled.make_old()
    filled.space(version=1)
    collect(filled.store(), keep=0)
    assert there(filled, first) == [True]
    filled.make_old()
    collect(filled.store(), keep=0)
    assert there(filled, first) == [False]


def test_lost_and_temporary_files_go_when_they_are_old(filled):
    space = filled.space()
    folder = filled.file(space).parent
    names = ["lost-0123456789ab.parquet", ".objects-1.parquet.0123456789ab.tmp"]
    lost = [folder / name for name in names]
    crashed = filled.root / "objects/space/ff" / ("ff" * 32) / "objects-0123456789ab.parquet"
    others = [
        filled.root / "refs/space/words/.v1.json.0123456789ab.tmp",
        filled.root / "sources/.abc.json.0123456789ab.tmp",
        filled.root / ".store.json.0123456789ab.tmp",
        filled.root / "probe-0123456789ab",
    ]
    for path in (*lost, crashed, *others):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"12345")
    strangers = [filled.root / "dagster/.x.0123456789ab.tmp", filled.root / "notes.txt"]
    for path in strangers:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"not ours")
    assert collect(filled.store()).removed == ()
    filled.make_old()
    swept = collect(filled.store())
    assert sorted(one.what for one in swept.removed) == ["lost file"] * 3 + ["temporary file"] * 4
    assert swept.bytes == 7 * 5
    assert [path.exists() for path in (*lost, crashed, *others)] == [False] * 7
    assert all(path.exists() for path in strangers)
    assert verify(filled.store()).damages == ()


def test_a_dry_run_removes_nothing_and_tells_the_same(filled):
    for version in range(3):
        filled.space(version=version)
    lost = filled.root / "objects/space/ff" / ("ff" * 32) / "objects-0123456789ab.parquet"
    lost.parent.mkdir(parents=True)
    lost.write_bytes(b"12")
    filled.make_old()
    before = sorted(filled.root.rglob("*"))
    dry = collect(filled.store(), keep=0, dry_run=True)
    assert sorted(filled.root.rglob("*")) == before
    assert dry == collect(filled.store(), keep=0)
    assert sorted(filled.root.rglob("*")) != before


@pytest.mark.parametrize("harm", ["ref", "manifest"])
def test_where_it_cannot_be_known_what_is_needed_nothing_is_removed(filled, harm):
    space = filled.space(version=0)
    picture = filled.map(space)
    filled.space(version=1)
    filled.make_old()
    path = filled.root / "refs/projection/words/v1/pca.json" if harm == "ref" else filled.file(picture)
    path.write_text("{")
    before = sorted(filled.root.rglob("*"))
    with pytest.raises(DamagedArtifactError, match="store rebuild|is not JSON"):
        collect(filled.store(), keep=0, grace=0)
    assert sorted(filled.root.rglob("*")) == before


def test_who_has_read_a_manifest_before_it_was_collected_reads_the_new_one(filled):
    store = filled.store()
    filled.space(version=0, store=store)
    filled.space(version=1, store=store)
    filled.make_old()
    collect(filled.store(), keep=0)
    again = filled.space(version=0, store=store)
    assert again.computed
    assert store.read_table(again.manifest, "objects").num_rows == 3


def test_an_unreadable_manifest_that_nothing_needs_goes(filled):
    first = filled.space(version=0)
    filled.space(version=1)
    filled.file(first).write_text("{")
    filled.make_old()
    collect(filled.store(), keep=0)
    assert not filled.file(first).parent.exists()


def test_two_collections_do_not_run_at_once_and_one_that_died_is_overruled(filled):
    lock = filled.root / "removal.json"
    lock.write_text(json.dumps({"command": "store gc", "since": time.time() - 120}))
    with pytest.raises(StoreError, match="'store gc' works on .* since 2 minutes: wait .* or delete"):
        collect(filled.store())
    lock.write_text(json.dumps({"command": "store gc", "since": time.time() - 7200}))
    collect(filled.store())
    assert not lock.exists()


# A build publishes meanwhile. Version 0 is superseded and old, so it is about to be removed; a build that finds it
# there points to it again.


def prepared(filled):
    """Return what is removed unless a build uses it again: a space and its map."""
    space = filled.space(version=0)
    picture = filled.map(space)
    filled.map(filled.space(version=1))
    filled.make_old()
    return space, picture


def count_calls(filled, watched, work):
    """Return how many calls of its storage `work` makes."""
    calls = []
    store = filled.store()
    store.storage = watched(store.storage, lambda name, path: calls.append((name, path)))
    work(store)
    return len(calls)


def interrupt(filled, watched, work, moment, other):
    """Do `work` on a store, and `other` just before its call number `moment` of the storage."""
    left = [moment]

    def before(name, path):
        left[0] -= 1
        if left[0] == -1:
            other()

    store = filled.store()
    store.storage = watched(store.storage, before)
    work(store)


def build_again(filled, store=None):
    return filled.map(filled.space(version=0, store=store), store=store)


def assert_whole(filled):
    """Everything that refs point to now is there, with all its bytes."""
    store = filled.store()
    for kind, path in (("space", "words/v1"), ("projection", "words/v1/pca")):
        manifest = store.manifest(kind, store.ref(kind, path).fingerprint)
        for table in manifest.tables:
            assert store.read_table(manifest, table).num_rows == 3
    assert verify(store).damages == ()


@pytest.fixture
def several(filled, tmp_path):
    """Give the prepared store as often as it is needed."""
    prepared(filled)
    kept = {path.relative_to(filled.root): path for path in filled.root.rglob("*") if path.is_file()}
    content = {name: (path.read_bytes(), path.stat().st_mtime) for name, path in kept.items()}

    def again(number):
        filled.url = str(tmp_path / f"again-{number}")
        for name, (text, modified) in content.items():
            path = filled.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
            os.utime(path, (modified, modified))
        return filled

    return again


def gc_all(store):
    return collect(store, keep=0, grace=3600)


def test_a_build_at_any_moment_of_a_collection_keeps_what_it_points_to(several, watched):
    calls = count_calls(several("count"), watched, gc_all)
    removed = 0
    for moment in range(calls):
        filled = several(moment)
        made = []
        interrupt(
            filled, watched, gc_all, moment, lambda filled=filled, made=made: made.append(build_again(filled))
        )
        assert made, "the build ran"
        removed += made[0].computed
        assert_whole(filled)
        assert filled.store().ref("projection", "words/v1/pca").fingerprint == made[0].manifest.fingerprint
    assert 0 < removed < calls, "some builds found the object, some found it removed"


def test_a_collection_at_any_moment_of_a_build_takes_nothing_that_it_points_to(several, watched):
    def build(store):
        build_again(several.filled, store)

    several.filled = several("count")
    calls = count_calls(several.filled, watched, build)
    freed = 0
    for moment in range(calls):
        several.filled = filled = several(moment)
        swept = []
        interrupt(
            filled,
            watched,
            build,
            moment,
            lambda filled=filled, swept=swept: swept.append(gc_all(filled.store())),
        )
        freed += swept[0].bytes > 0
        assert_whole(filled)
    assert freed, "some collections removed what the build was about to use"


def test_a_collection_that_dies_at_any_moment_leaves_whole_objects_and_the_next_one_ends_it(several, watched):
    def die():
        raise KeyboardInterrupt

    calls = count_calls(several("count"), watched, gc_all)
    whole = gc_all(several("whole").store())
    for moment in range(calls - 1):
        filled = several(moment)
        with pytest.raises(KeyboardInterrupt):
            interrupt(filled, watched, gc_all, moment, die)
        assert_whole(filled)
        assert [one for one in take_inventory(filled.store()).records if one.problem] == []
        (filled.root / "removal.json").unlink(missing_ok=True)  # as an hour would
        assert gc_all(filled.store()).kept == whole.kept
        assert take_inventory(filled.store()).lost == []


def test_collections_without_end_lose_nothing_of_builds_without_end(filled):
    stop, problems, freed = threading.Event(), [], []

    def collect_for_ever():
        while not stop.is_set():
            try:
                freed.append(collect(Store(filled.url), keep=0, grace=0.5).bytes)
            except Exception as error:
                problems.append(error)
                return

    thread = threading.Thread(target=collect_for_ever)
    thread.start()
    try:
        until = time.monotonic() + 4
        while time.monotonic() < until:
            for version in range(2):
                picture = filled.map(filled.space(version=version), version=version)
                current = filled.comparison(picture, version=version)
                assert verify(filled.store(), [current.reference]).damages == () or problems
                time.sleep(0.8)
                for name in ("space/words/v1", "projection/words/v1/pca", "comparison/words/v1..v2"):
                    storage, path = filled.store().storage, f"refs/{name}.json"
                    ref = unsealed(storage.read(path))
                    storage.replace(path, sealed(ref | {"updated": "19" + ref["updated"][2:]}))
    finally:
        stop.set()
        thread.join()
    assert problems == []
    assert sum(freed) > 0, "the collections had something to remove"
    assert_whole(filled)


def test_a_store_that_is_no_folder_is_listed_verified_and_collected_alike(filled, monkeypatch):
    pytest.importorskip("fsspec")
    from artifacts.remote import Bucket

    filled.url = "memory://collected"
    Store(filled.url, create=True)
    refs = Refs(filled.store(), ("comparison",))
    made = {}
    for i in (0, 1, 2, 1, 2):  # the last ones give refs of one size
        made[i] = filled.comparison(filled.map(filled.space(version=i), version=i), version=i)
        refs.refresh()
        assert refs.ref("comparison", "words/v1..v2").fingerprint == made[i].manifest.fingerprint
    filled.store().storage.create("objects/space/ff/" + "ff" * 32 + "/objects-0123456789ab.parquet", b"lost")
    assert len(take_inventory(filled.store()).records) == 9
    listed = Bucket.entries
    monkeypatch.setattr(Bucket, "entries", lambda *a: (replace(one, modified=0.0) for one in listed(*a)))
    assert collect(filled.store(), keep=1, grace=0).removed == (), "who knows how old they are"
    monkeypatch.setattr(Bucket, "entries", lambda *a: (replace(one, modified=1.0) for one in listed(*a)))
    swept = collect(filled.store(), keep=1, grace=0)
    assert [one.what for one in swept.removed] == ["object"] * 3 + ["lost file"]
    assert there(filled, *made.values()) == [False, True, True]
    assert (verify(filled.store()).damages, verify(filled.store()).objects) == ((), 6)
