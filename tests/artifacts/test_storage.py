"""Every storage keeps the promises of `artifacts.storage.Storage`: a folder, and a real S3 server."""

from __future__ import annotations

import threading
import time

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from artifacts.errors import StoreError
from artifacts.storage import check_promises, open_storage

OUTSIDE = [
    "../x",
    "a/../../x",
    "/etc/passwd",
    "a//b",
    "./a",
    "a/./b",
    "a\0b",
    "a\nb",
    "a\\b",
    "x" * 256,
    "",
    "a/",
]


def in_threads(count, work):
    """Run work(0) … work(count − 1) at the same moment; return what they returned."""
    start, results = threading.Barrier(count), [None] * count

    def run(number):
        start.wait()
        results[number] = work(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def paths(storage, prefix=""):
    return [entry.path for entry in storage.entries(prefix)]


def test_what_is_written_is_read(storage):
    storage.replace("a/b/file", b"content")
    assert storage.read("a/b/file") == b"content"
    assert storage.size("a/b/file") == 7


def test_a_file_that_is_absent_has_no_size_and_cannot_be_read(storage):
    storage.replace("a/file", b"content")
    for path in ("b", "a", "a/fil", "a/file/b"):
        assert storage.size(path) is None
        with pytest.raises(FileNotFoundError, match="."):
            storage.read(path)
        with pytest.raises(FileNotFoundError, match=path):
            storage.open(path)


def test_a_file_is_created_once(storage):
    assert storage.create("a/file", b"first")
    assert not storage.create("a/file", b"second")
    assert storage.read("a/file") == b"first"
    assert paths(storage) == ["a/file"]


def test_of_eight_threads_that_create_a_file_one_wins_and_its_content_is_whole(storage):
    contents = [bytes([number]) * 50_000 for number in range(8)]
    for attempt in range(3):
        path = f"race/{attempt}"
        won = in_threads(8, lambda number, path=path: storage.create(path, contents[number]))
        assert sorted(won) == [False] * 7 + [True]
        assert storage.read(path) == contents[won.index(True)]
    assert paths(storage) == ["race/0", "race/1", "race/2"]


def test_a_replaced_file_is_the_old_one_or_the_new_one_at_every_moment(storage):
    contents = [bytes([number]) * 50_000 for number in range(8)]
    storage.replace("file", contents[0])
    seen = []

    def work(number):
        for _ in range(10):
            if number % 2:
                storage.replace("file", contents[number])
            else:
                seen.append(storage.read("file"))

    in_threads(8, work)
    assert len(seen) == 40
    assert set(seen) <= set(contents)
    assert paths(storage) == ["file"]


def test_a_whole_file_appears_when_its_block_ends(storage):
    with storage.whole("a/file") as temporary:
        temporary.write_bytes(b"one")
        assert storage.size("a/file") is None
        temporary.write_bytes(b"another")
    assert storage.read("a/file") == b"another"
    assert paths(storage) == ["a/file"]
    assert not temporary.exists()


def test_an_error_in_the_block_of_a_whole_file_leaves_nothing(storage):
    with pytest.raises(RuntimeError, match="midway"):
        with storage.whole("a/file") as temporary:
            temporary.write_bytes(b"one")
            raise RuntimeError("midway")
    assert paths(storage) == []
    assert not temporary.exists()


def test_a_removed_file_is_gone_and_may_be_removed_again(storage):
    storage.replace("a/b/one", b"1")
    storage.replace("a/two", b"2")
    for _ in range(2):
        storage.remove("a/b/one")
    assert paths(storage) == ["a/two"]
    storage.remove("a/never")


def test_files_are_listed_by_path_with_size_and_time_and_hidden_ones_as_well(storage):
    before = time.time()
    for path in ("b/file", "a-b/file", "a/file", "a/.file.123.tmp", "a/c/d/file", "ab"):
        storage.replace(path, b"x" * len(path))
    expected = ["a-b/file", "a/.file.123.tmp", "a/c/d/file", "a/file", "ab", "b/file"]
    found = list(storage.entries(""))
    assert [entry.path for entry in found] == expected
    assert [entry.size for entry in found] == [len(path) for path in expected]
    assert all(before - 5 < entry.modified < time.time() + 5 for entry in found)
    assert paths(storage, "a") == paths(storage, "a/") == expected[1:4]
    assert paths(storage, "absent") == []


def test_a_listing_shows_what_another_process_has_written_since(storage, url):
    assert paths(storage) == []
    open_storage(url).replace("late", b"1")
    assert paths(storage) == ["late"]
    open_storage(url).remove("late")
    assert paths(storage) == []


def test_pyarrow_reads_what_open_gives(storage):
    table = pa.table({"number": range(200_000), "text": [str(i % 97) for i in range(200_000)]})
    with storage.whole("a/table.parquet") as temporary:
        pq.write_table(table, temporary, row_group_size=50_000)
    assert pq.read_table(storage.open("a/table.parquet")).equals(table)
    with pq.ParquetFile(storage.open("a/table.parquet")) as file:
        pieces = pa.Table.from_batches(file.iter_batches(30_000))
    assert pieces.equals(table)


def test_duckdb_reads_what_the_address_names(storage):
    with storage.whole("a/table.parquet") as temporary:
        pq.write_table(pa.table({"number": range(5)}), temporary)
    connection = duckdb.connect()
    if storage.filesystem is not None:
        connection.register_filesystem(storage.filesystem)
    address = storage.address("a/table.parquet")
    assert address.startswith(storage.address(""))
    assert connection.execute("SELECT sum(number) FROM read_parquet($1)", [[address]]).fetchall() == [(10,)]


@pytest.mark.parametrize("path", OUTSIDE)
def test_a_path_that_could_lead_outside_is_refused(storage, path):
    for ask in (storage.read, storage.size, storage.remove, storage.open):
        with pytest.raises(StoreError, match="cannot name a file of a store"):
            ask(path)
    for write in (storage.create, storage.replace):
        with pytest.raises(StoreError, match="cannot name a file of a store"):
            write(path, b"1")
    with pytest.raises(StoreError, match="cannot name a file of a store"):
        with storage.whole(path):
            pass
    assert paths(storage) == []


def test_a_storage_keeps_its_promises_and_the_check_leaves_nothing(storage):
    check_promises(storage)
    assert paths(storage) == []
