"""What goes wrong between a store and an S3 server is told in one sentence: real servers, one of which misbehaves."""

from __future__ import annotations

import sys
import urllib.request

import pyarrow as pa
import pytest

from artifacts import remote
from artifacts.errors import StoreError
from artifacts.queries import Queries
from artifacts.storage import open_storage
from artifacts.store import Store
from tests.artifacts.test_store import FINGERPRINT, coordinates, publish
from tests.s3 import BUCKET, use_server


def set_access_control(endpoint, free_actions):
    """Let the server check credentials after so many actions."""
    request = urllib.request.Request(  # noqa: S310 (our own http address)
        f"{endpoint}/moto-api/reset-auth",
        free_actions.encode(),
        {"Content-Type": "text/plain"},
        method="POST",
    )
    urllib.request.urlopen(request).close()  # noqa: S310


@pytest.fixture
def guarded_server(s3_server):
    set_access_control(s3_server, "0")
    yield s3_server
    set_access_control(s3_server, "inf")


def every_call(storage):
    def whole():
        with storage.whole("file"):
            pass

    return {
        "read": lambda: storage.read("file"),
        "size": lambda: storage.size("file"),
        "create": lambda: storage.create("file", b"1"),
        "replace": lambda: storage.replace("file", b"1"),
        "whole": whole,
        "remove": lambda: storage.remove("file"),
        "entries": lambda: list(storage.entries("")),
        "open": lambda: storage.open("file"),
    }


CALLS = ["read", "size", "create", "replace", "whole", "remove", "entries", "open"]


@pytest.mark.parametrize("call", CALLS)
def test_without_a_bucket_every_call_says_so(s3_url, call):
    storage = open_storage("s3://no-such-bucket/store")
    with pytest.raises(
        StoreError, match=r"^s3://no-such-bucket/store: there is no such bucket: make it first"
    ):
        every_call(storage)[call]()


@pytest.mark.parametrize("call", CALLS)
def test_with_wrong_credentials_every_call_says_so(s3_url, guarded_server, monkeypatch, call):
    use_server(monkeypatch, guarded_server, key="stranger")
    with pytest.raises(StoreError, match=r"access is denied \(.*\): check the credentials"):
        every_call(open_storage(s3_url))[call]()


def test_without_credentials_a_store_says_so(s3_url, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    s3fs = pytest.importorskip("s3fs")
    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(StoreError, match=r"access is denied \(.*\): check the credentials"):
        Store(s3_url)


@pytest.fixture
def one_attempt(monkeypatch):
    """The client does not try again for long."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr(remote, "ROUNDS", 1)


def test_a_server_that_is_gone_is_said_in_one_sentence(one_attempt, s3_url, proxy):
    store = Store(s3_url, create=True)
    publish(store)
    manifest = store.manifest("projection", FINGERPRINT)
    file = store.open_table(manifest, "coordinates")
    queries = Queries(store)
    address = store.table_address(manifest, "coordinates")
    proxy.refuses = True
    asked = [
        lambda: Store(s3_url),
        lambda: store.storage.size("file"),
        lambda: store.read_table(manifest, "coordinates"),
        lambda: queries._database.ask("SELECT * FROM read_parquet($files)", {"files": [address]}),
    ]
    for ask in asked:
        with pytest.raises(StoreError, match=f"{s3_url} cannot be used: .*Connection") as caught:
            ask()
        assert "\n" not in str(caught.value)
    file.close()


def test_a_storage_that_ignores_conditional_puts_is_refused_with_the_reason(s3_url, proxy):
    proxy.dropped.add("if-none-match")
    with pytest.raises(StoreError, match=r"a second writer can replace a file .* If-None-Match: \*"):
        Store(s3_url, create=True)
    assert ("PUT", f"/{s3_url.removeprefix('s3://')}/store.json") not in proxy.seen
    assert list(open_storage(s3_url).entries("")) == []


def test_the_same_server_keeps_its_promises_when_nothing_is_dropped(s3_url, proxy):
    assert Store(s3_url, create=True).url == s3_url


def lose_manifest(proxy, times):
    """Let the answers to the first puts of a manifest be lost after they were carried out."""
    left = [None] * times

    def loses(method, path):
        return method == "PUT" and path.endswith("manifest.json") and bool(left) and left.pop() is None

    proxy.loses = loses


def test_a_publication_whose_answer_is_lost_has_won(s3_url, proxy):
    store = Store(s3_url, create=True)
    lose_manifest(proxy, 1)
    with store.publication("projection", "d@v pca", FINGERPRINT, {}, {}) as made:
        made.write("coordinates", coordinates())
    puts = [path for method, path in proxy.seen if method == "PUT" and path.endswith("manifest.json")]
    assert len(puts) == 2, "the client must have tried again, and met its own manifest"
    assert store.read_table(store.manifest("projection", FINGERPRINT), "coordinates").equals(coordinates())
    assert len(list(store.storage.entries("objects"))) == 2


def test_a_publication_that_never_hears_an_answer_fails_but_its_object_is_whole(one_attempt, s3_url, proxy):
    store = Store(s3_url, create=True)
    lose_manifest(proxy, 1000)
    with pytest.raises(StoreError, match="cannot be used"):
        publish(store)
    proxy.loses = lambda _method, _path: False
    assert Store(s3_url).read_table(store.manifest("projection", FINGERPRINT), "coordinates").num_rows == 3


def test_a_package_that_is_missing_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, "s3", raising=False)
    with pytest.raises(StoreError, match=r"pip install 'embedding-comparator\[s3\]'"):
        open_storage(f"s3://{BUCKET}/store")


@pytest.mark.parametrize(
    "url", ["s3://", "s3:///folder", "s3:bucket", "s3://a/../b", "s3://a//b", "s3://a/\0"]
)
def test_a_url_without_a_bucket_or_with_a_way_out_is_refused(url):
    with pytest.raises(StoreError, match="cannot (name a file of a store|open the store)"):
        open_storage(url)


def test_a_table_larger_than_a_block_is_read_whole_and_in_pieces_from_any_place(s3_url):
    storage = open_storage(s3_url)
    content = bytes(range(256)) * 4096 * 3 + b"end"
    storage.replace("objects/file", content)
    with storage.filesystem.open("store://objects/file") as file:
        for place, size in ((0, 5), (1_048_570, 20), (2_097_152, 1), (3_145_720, 100), (5, 3_000_000)):
            file.seek(place)
            assert file.read(size) == content[place : place + size]
        file.seek(0)
        assert file.read() == content
        assert file.read() == b""


def test_a_block_is_fetched_once(s3_url, proxy):
    storage = open_storage(s3_url)
    storage.replace("objects/file", b"x" * 3_000_000)
    proxy.seen.clear()
    for _ in range(2):
        with storage.filesystem.open("store://objects/file") as file:
            file.read()
    assert [method for method, _ in proxy.seen] == ["HEAD", "GET"]


def test_what_duckdb_reads_cannot_be_written(s3_url):
    with pytest.raises(PermissionError, match="is published: it cannot be written"):
        open_storage(s3_url).filesystem.open("store://objects/file", "wb")


def test_read_tables_of_pyarrow_are_those_that_were_written(s3_url):
    store = Store(s3_url, create=True)
    publish(store, table=coordinates(50_000))
    table = store.read_table(store.manifest("projection", FINGERPRINT), "coordinates", ["x"])
    assert table.column("x").type == pa.float32()
    assert table.num_rows == 50_000
