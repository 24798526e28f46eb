"""The address of a view: which fields it holds and how they are written, for the page and for links to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

FIELDS = (
    "dataset", "a", "b", "metric", "projection", "k", "at", "sort", "beyond_noise", "color", "maps",
    "trails", "unlinked",
)  # fmt: skip


def query_of(fields: Mapping[str, object], keys: Sequence[str] = (), pinned: Sequence[str] = ()) -> str:
    """Return the query string of a view, with its question mark; fields that are empty or 0 are left out.

    Parameters
    ----------
    keys
        Of the objects that are looked for.
    pinned
        Keys of the objects that are pinned.

    Examples
    --------
    >>> query_of({"dataset": "digits", "a": "epoch-00", "b": "epoch-50", "metric": "", "k": 50})
    '?dataset=digits&a=epoch-00&b=epoch-50&k=50'
    """
    chosen = [(name, fields[name]) for name in FIELDS if fields.get(name)]
    return "?" + urlencode([*chosen, *(("find", key) for key in keys), *(("pin", key) for key in pinned)])


def page_address(page: str, fields: Mapping[str, object]) -> str:
    """Return the whole address of a view of the page that is served at `page`."""
    return page + query_of(fields)
