"""The selection in the page's address, so that a view can be sent as a link."""

from __future__ import annotations

from urllib.parse import parse_qs

from panel.io.location import Location

from artifacts.address import FIELDS, query_of
from viewer.state import Selection

MOST_KEYS = 100
PANELS = ("findings",)


def read_address(search: str) -> dict[str, str | int]:
    """Return the fields named in a query string; text stays text (``a=1990`` is a version, not a number).

    Panel's own ``location.sync`` guesses types, and cannot give back the version ``1.10``.

    Parameters
    ----------
    search
        The query string with its question mark.
    """
    given = parse_qs(search.removeprefix("?"))
    fields: dict[str, str | int] = {name: given[name][0] for name in FIELDS if name in given}
    k = str(fields.pop("k", ""))
    # Nine digits are more than any k; int() of a very long text would be slow or raise.
    return fields | {"k": int(k)} if k.isascii() and k.isdecimal() and len(k) < 10 else fields


def read_keys(search: str) -> list[str]:
    """Return the keys that a query string names with ``find``."""
    return parse_qs(search.removeprefix("?")).get("find", [])[:MOST_KEYS]


def read_panel(search: str) -> str:
    """Return the panel that a query string wants open; empty for none or an unknown one."""
    wanted = parse_qs(search.removeprefix("?")).get("panel", [""])[0]
    return wanted if wanted in PANELS else ""


def write_address(location: Location, selection: Selection) -> None:
    """Put the selection into the address of the page."""
    fields = {name: getattr(selection, name) for name in FIELDS}
    search = query_of(fields, selection.chosen.keys if selection.chosen else ())
    location.search = search + (f"&panel={selection.panel}" if selection.panel else "")
