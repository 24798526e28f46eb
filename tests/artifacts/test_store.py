"""Publication, refs and what a store refuses."""

from __future__ import annotations

import json
import threading

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from artifacts.errors import DamagedArtifactError, MissingArtifactError, StoreError
from artifacts.fingerprint import digest_of_keys, digest_of_stored, fingerprint_of
from artifacts.schemas import STORE_SCHEMA
from artifacts.storage import open_storage
from artifacts.store import KEPT_REFS, Store

FINGERPRINT = "ab" * 32


@pytest.fixture
def store(url):
    return Store(url, create=True)


def coordinates(n=3, shift=0.0):
    row = pa.array(range(n), pa.int32())
    x = pa.array([shift + i for i in range(n)], pa.float32())
    return pa.table({"row": row, "x": x, "y": x, "intrusion": x, "extrusion": x})


def publish(store, fingerprint=FINGERPRINT, table=None):
    with store.publication(
        "projection", "d@v pca", fingerprint, {"space": ("space", "cd" * 32)}, {"m": 1}
    ) as made:
        made.write("coordinates", table or coordinates())
        made.facts["objects"] = 3


def files_of(store):
    return sorted(entry.path.rpartition("/")[2] for entry in store.storage.entries("objects"))


def test_a_published_object_is_found_with_its_tables_inputs_and_facts(store):
    publish(store)
    manifest = store.manifest("projection", FINGERPRINT)
    assert store.has("projection", FINGERPRINT)
    assert store.read_table(manifest, "coordinates").equals(coordinates())
    assert manifest.inputs == {"space": ("space", "cd" * 32)}
    assert manifest.facts == {"objects": 3}
    assert manifest.tables["coordinates"]["rows"] == 3


def test_an_error_before_the_end_publishes_nothing_and_leaves_no_file(store):
    with pytest.raises(RuntimeError, match="midway"):
        with store.publication("projection", "d@v pca", FINGERPRINT, {}, {}) as made:
            made.write("coordinates", coordinates())
            raise RuntimeError("midway")
    assert not store.has("projection", FINGERPRINT)
    assert files_of(store) == []


def test_of_two_publications_of_one_object_the_first_manifest_wins_and_the_loser_cleans_up(store):
    with store.publication("projection", "d@v pca", FINGERPRINT, {}, {}) as first:
        first.write("coordinates", coordinates())
        publish(store, table=coordinates(shift=9.0))
    manifest = store.manifest("projection", FINGERPRINT)
    assert store.read_table(manifest, "coordinates").equals(coordinates(shift=9.0))
    assert len(files_of(store)) == 2


def test_racing_threads_leave_one_object_with_one_table(store):
    start = threading.Barrier(8)

    def race():
        start.wait()
        publish(store)

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [name for name in files_of(store) if name.startswith(".")] == []
    assert len(files_of(store)) == 2
    assert store.read_table(store.manifest("projection", FINGERPRINT), "coordinates").num_rows == 3


def test_a_table_that_is_not_in_the_schema_is_refused(store):
    wrong = coordinates().rename_columns(["row", "x", "z", "intrusion", "extrusion"])
    with pytest.raises(ValueError, match=r"projection\.coordinates has no column 'z'"):
        publish(store, table=wrong)
    with pytest.raises(ValueError, match=r"projection\.coordinates lacks the column 'y'"):
        publish(store, table=coordinates().drop_columns("y"))
    with pytest.raises(ValueError, match="lacks the tables"):
        with store.publication("projection", "d@v pca", FINGERPRINT, {}, {}):
            pass
    assert not store.has("projection", FINGERPRINT)


def test_a_ref_points_to_the_newest_and_remembers_the_earlier_ones(store):
    for i in range(KEPT_REFS + 5):
        store.point("projection", "d/v/pca", "d@v pca", f"{i:064d}")
    ref = store.ref("projection", "d/v/pca")
    assert ref.fingerprint == f"{KEPT_REFS + 4:064d}"
    assert ref.previous == tuple(f"{i:064d}" for i in range(KEPT_REFS + 3, 3, -1))
    assert store.ref_paths("projection") == ["d/v/pca"]


def test_a_ref_that_does_not_change_is_not_written_again(store):
    store.point("projection", "d/v/pca", "d@v pca", FINGERPRINT)
    written = store.storage.read("refs/projection/d/v/pca.json").replace(b'"key"', b' "key"')
    store.storage.replace("refs/projection/d/v/pca.json", written)
    store.point("projection", "d/v/pca", "d@v pca", FINGERPRINT)
    assert store.storage.read("refs/projection/d/v/pca.json") == written


def test_a_missing_key_and_a_missing_object_say_how_to_make_them(store):
    with pytest.raises(
        MissingArtifactError, match="no projection 'd/v/pca' .* run 'embedding-comparator build'"
    ):
        store.ref("projection", "d/v/pca")
    with pytest.raises(MissingArtifactError, match=r"manifest\.json is missing"):
        store.manifest("projection", FINGERPRINT)


def test_a_file_of_another_size_is_refused(store):
    publish(store)
    manifest = store.manifest("projection", FINGERPRINT)
    path = store.table_path(manifest, "coordinates")
    store.storage.replace(path, store.storage.read(path)[:-1])
    with pytest.raises(
        DamagedArtifactError,
        match=r"has \d+ bytes instead of \d+: compute it again with 'embedding-comparator store rebuild",
    ):
        store.read_table(manifest, "coordinates")
    store.storage.remove(path)
    with pytest.raises(DamagedArtifactError, match="is missing"):
        store.table_path(manifest, "coordinates")


def test_no_store_is_said_with_the_command_that_makes_one(url):
    with pytest.raises(StoreError, match="no store at .*store: make one with 'embedding-comparator demo'"):
        Store(url)
    assert list(open_storage(url).entries("")) == []


def test_looking_for_a_store_makes_no_folder(tmp_path):
    with pytest.raises(MissingArtifactError, match="no store at"):
        Store(tmp_path / "absent")
    assert not (tmp_path / "absent").exists()


def test_a_newer_store_is_refused_in_words(store):
    store.storage.replace("store.json", json.dumps({"store_schema": STORE_SCHEMA + 1}).encode())
    with pytest.raises(
        StoreError, match=f"store_schema {STORE_SCHEMA + 1}, this version reads up to {STORE_SCHEMA}"
    ):
        Store(store.url)


def test_a_folder_with_another_store_json_is_refused(url):
    open_storage(url).replace("store.json", b"[]")
    with pytest.raises(StoreError, match="is this a store"):
        Store(url)


def test_an_unknown_scheme_is_refused():
    with pytest.raises(StoreError, match="cannot open the store 'ftp://host/x'"):
        Store("ftp://host/x", create=True)


def test_a_file_url_is_the_folder(tmp_path):
    store = Store(tmp_path / "a store", create=True)
    for url in (f"file://{tmp_path}/a%20store", f"FILE:{tmp_path}/a store", f"{tmp_path}/a store/"):
        assert Store(url).url == store.url


def test_a_folder_that_cannot_be_is_refused(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for url in (
        tmp_path / "file",
        tmp_path / "a\0b",
        tmp_path / ("x" * 300),
        "~no-such-user/x",
        "file://host/x",
    ):
        with pytest.raises(StoreError, match="cannot open the store"):
            Store(url, create=True)


def test_the_fingerprint_changes_with_everything_that_decides_the_content():
    base = ("space", 1, {"k": 1}, {"a": "x"})
    others = [
        ("matching", 1, {"k": 1}, {"a": "x"}),
        ("space", 2, {"k": 1}, {"a": "x"}),
        ("space", 1, {"k": 2}, {"a": "x"}),
        ("space", 1, {"k": 1}, {"a": "y"}),
        ("space", 1, {"k": 1}, {"b": "x"}),
    ]
    assert len({fingerprint_of(*arguments) for arguments in (base, *others)}) == 6


def test_the_digest_of_keys_is_that_of_a_set():
    assert digest_of_keys(["a", "b"]) == digest_of_keys(["b", "a"])
    assert digest_of_keys(["ab", "c"]) != digest_of_keys(["a", "bc"])


def flip(store, path, place, bit=0):
    """Flip one bit of a file of a store."""
    content = bytearray(store.storage.read(path))
    content[place] ^= 1 << bit
    store.storage.replace(path, bytes(content))


def table_file(store):
    return store.table_path(store.manifest("projection", FINGERPRINT), "coordinates")


@pytest.mark.parametrize("way", ["table_path", "table_address", "read_table", "open_table"])
def test_a_verified_open_refuses_a_flipped_bit_with_the_file_and_the_command(store, way):
    publish(store)
    flip(store, table_file(store), 20)
    opened = Store(store.url, verify="sha256")
    manifest = opened.manifest("projection", FINGERPRINT)
    with pytest.raises(
        DamagedArtifactError,
        match=r"coordinates-\w+\.parquet has another sha256: compute it again with "
        rf"'embedding-comparator store rebuild {FINGERPRINT[:16]}'",
    ):
        getattr(opened, way)(manifest, "coordinates")


def test_a_verified_open_reads_the_bytes_of_a_file_once(store, monkeypatch):
    publish(store)
    digested = []
    monkeypatch.setattr(
        "artifacts.store.digest_of_stored",
        lambda storage, path: digested.append(path) or digest_of_stored(storage, path),
    )
    opened = Store(store.url, verify="sha256")
    manifest = opened.manifest("projection", FINGERPRINT)
    assert opened.read_table(manifest, "coordinates").equals(coordinates())
    assert opened.table_address(manifest, "coordinates") == store.storage.address(table_file(store))
    assert len(digested) == 1


def test_an_unknown_way_to_verify_is_refused_with_the_known_ones(store):
    with pytest.raises(ValueError, match=r"verify='md5': choose one of size, sha256"):
        Store(store.url, verify="md5")


def test_a_bit_flipped_inside_a_data_page_is_found_by_its_checksum(store):
    publish(store)
    path = table_file(store)
    with pq.ParquetFile(pa.BufferReader(store.storage.read(path))) as file:
        column = file.metadata.row_group(0).column(1)
    start = column.dictionary_page_offset or column.data_page_offset
    flip(store, path, start + column.total_compressed_size - 1)
    manifest = store.manifest("projection", FINGERPRINT)
    with pytest.raises(DamagedArtifactError, match=r"cannot be read \(.*CRC checksum verification failed"):
        store.read_table(manifest, "coordinates")
    with store.open_table(manifest, "coordinates") as file:
        with pytest.raises(OSError, match="CRC checksum verification failed"):
            file.read()


DOCUMENTS = [f"objects/projection/ab/{FINGERPRINT}/manifest.json", "refs/projection/d/v/pca.json"]


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: text.replace(b"d@v", b"d@w"), "does not match its digest"),
        (lambda text: text.replace(b'"digest"', b'"digesu"'), "has no digest"),
        (lambda text: text[:-2], "is not JSON"),
        (lambda text: b"\xff" + text, "is not JSON"),
        (lambda text: b"[]", "is not a JSON object"),
    ],
)
def test_a_document_that_is_not_what_was_written_is_damaged(store, document, change, reason):
    publish(store)
    store.point("projection", "d/v/pca", "d@v pca", FINGERPRINT)
    store.storage.replace(document, change(store.storage.read(document)))
    name = document.rpartition("/")[2]
    with pytest.raises(
        DamagedArtifactError,
        match=rf"{name} {reason}: delete it and run 'embedding-comparator build'",
    ):
        opened = Store(store.url)
        opened.manifest("projection", opened.ref("projection", "d/v/pca").fingerprint)


def test_a_manifest_in_the_folder_of_another_object_is_damaged(store):
    publish(store)
    other = "ac" * 32
    manifest = store.storage.read(f"objects/projection/ab/{FINGERPRINT}/manifest.json")
    store.storage.replace(f"objects/projection/ac/{other}/manifest.json", manifest)
    with pytest.raises(DamagedArtifactError, match=f"belongs to projection {FINGERPRINT}"):
        store.manifest("projection", other)


def test_a_ref_among_those_of_another_kind_is_damaged(store):
    store.point("projection", "d/v", "d@v", FINGERPRINT)
    store.storage.replace("refs/space/d/v.json", store.storage.read("refs/projection/d/v.json"))
    with pytest.raises(DamagedArtifactError, match="belongs to projection"):
        store.ref("space", "d/v")


def test_a_damaged_note_about_a_source_is_none(store):
    store.write_note("n", {"sha256": "ab"})
    assert store.note("n")["sha256"] == "ab"
    store.storage.replace("sources/n.json", store.storage.read("sources/n.json").replace(b'"ab"', b'"ac"'))
    assert store.note("n") is None
