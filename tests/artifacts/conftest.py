"""Storages that the tests of the store run on: a local folder and a real S3 server."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from artifacts.storage import Storage, open_storage
from tests.s3 import BUCKET, Proxy, proxy_before, running_server, use_server


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The endpoint of an S3 server with one bucket."""
    with running_server() as endpoint:
        yield endpoint


@pytest.fixture
def s3_url(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A fresh folder of the bucket; the environment says how to reach it."""
    use_server(monkeypatch, s3_server)
    return f"s3://{BUCKET}/{secrets.token_hex(6)}/store"


@pytest.fixture
def proxy(s3_url: str, s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A server between `s3_url` and this process."""
    with proxy_before(s3_server) as before:
        use_server(monkeypatch, before.endpoint)
        yield before


@pytest.fixture(params=["local", "s3"])
def url(request: pytest.FixtureRequest) -> str:
    """A fresh place for a store, on every kind of storage."""
    if request.param == "local":
        return str(request.getfixturevalue("tmp_path") / "store")
    return str(request.getfixturevalue("s3_url"))


@pytest.fixture
def storage(url: str) -> Storage:
    return open_storage(url)
