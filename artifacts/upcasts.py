"""Older documents, made to look like today's: one pure function per version of the store's schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Upcast = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Takes ``"store"``, ``"manifest"`` or ``"ref"`` and a document of version v; returns that document of version v + 1.

It must not change its argument, and nothing but the document decides what it returns.
"""

UPCASTS: dict[int, Upcast] = {}
"""Version v to the function that leads from v to v + 1. Nothing is ever taken out: the oldest store stays readable."""


def upcast(
    document: str, content: dict[str, Any], newest: int, chain: Mapping[int, Upcast] = UPCASTS
) -> dict[str, Any]:
    """Return a document of any older version as one of version `newest`.

    Raises
    ------
    ValueError
        A version that no function leads on from.

    Examples
    --------
    >>> chain = {1: lambda document, content: {**content, "color": "red"}}
    >>> upcast("ref", {"store_schema": 1}, 2, chain)
    {'store_schema': 2, 'color': 'red'}
    """
    for version in range(content["store_schema"], newest):
        if version not in chain:
            raise ValueError(f"there is no way from store_schema {version} to {newest}")
        content = {**chain[version](document, content), "store_schema": version + 1}
    return content
