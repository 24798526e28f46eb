"""The store this process shows: its URL comes from the environment, its readers are shared by all sessions."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import cast, get_args

from artifacts.catalog import Catalog
from artifacts.errors import StoreError
from artifacts.queries import Queries
from artifacts.store import Store, Verify

STORE_VARIABLE = "EMBEDDING_COMPARATOR_STORE"
VERIFY_VARIABLE = "EMBEDDING_COMPARATOR_VERIFY"
DEFAULT_STORE = "artifacts/data"


def store_url() -> str:
    """Return the URL of the store named by the environment."""
    return os.environ.get(STORE_VARIABLE) or DEFAULT_STORE


@lru_cache(maxsize=1)
def shared_queries(url: str) -> Queries:
    """Return the one reader of this process, so that keys and maps are read once and not per session."""
    return Queries(Store(url, verify=_verify()))


def open_catalog(url: str) -> Catalog:
    """Return what is published now."""
    return Catalog(url)


def _verify() -> Verify:
    found = os.environ.get(VERIFY_VARIABLE) or "size"
    if found not in get_args(Verify):
        raise StoreError(f"{VERIFY_VARIABLE}={found}: choose one of {', '.join(get_args(Verify))}")
    return cast(Verify, found)
