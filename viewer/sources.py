"""The store this process shows: its URL comes from the environment, its readers are shared by all sessions."""

from __future__ import annotations

import os
from functools import lru_cache

from artifacts.catalog import Catalog
from artifacts.queries import Queries

STORE_VARIABLE = "EMBEDDING_COMPARATOR_STORE"
DEFAULT_STORE = "artifacts/data"


def store_url() -> str:
    """Return the URL of the store named by the environment."""
    return os.environ.get(STORE_VARIABLE) or DEFAULT_STORE


@lru_cache(maxsize=1)
def shared_queries(url: str) -> Queries:
    """Return the one reader of this process, so that keys and maps are read once and not per session."""
    return Queries(url)


def open_catalog(url: str) -> Catalog:
    """Return what is published now."""
    return Catalog(url)
