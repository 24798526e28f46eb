"""The store that the page's process opens is the one that its environment asks for."""

from __future__ import annotations

import pytest

from artifacts.errors import StoreError
from artifacts.store import Store
from viewer.sources import VERIFY_VARIABLE, shared_queries


@pytest.fixture
def url(tmp_path):
    shared_queries.cache_clear()
    yield Store(tmp_path, create=True).url
    shared_queries.cache_clear()


def test_the_page_looks_at_sizes_unless_the_environment_asks_for_more(url, monkeypatch):
    monkeypatch.delenv(VERIFY_VARIABLE, raising=False)
    assert shared_queries(url).store.verify == "size"


def test_the_page_looks_at_every_byte_when_the_environment_asks(url, monkeypatch):
    monkeypatch.setenv(VERIFY_VARIABLE, "sha256")
    assert shared_queries(url).store.verify == "sha256"


def test_an_unknown_value_in_the_environment_is_told_with_the_known_ones(url, monkeypatch):
    monkeypatch.setenv(VERIFY_VARIABLE, "md5")
    with pytest.raises(StoreError, match="EMBEDDING_COMPARATOR_VERIFY=md5: choose one of size, sha256"):
        shared_queries(url)
