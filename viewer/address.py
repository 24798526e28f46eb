"""The selection in the page's address, so that a view can be sent as a link."""

from __future__ import annotations

from urllib.parse import parse_qs

from panel.io.location import Location

from artifacts.address import FIELDS, query_of
from artifacts.queries import SIMILARITY
from viewer.map_look import BOTH
from viewer.state import Selection

MOST_KEYS = 100
PANELS = ("findings",)
_SWITCHES = ("beyond_noise", "trails", "unlinked")
_SAID_BY_NOTHING = {"sort": SIMILARITY, "color": SIMILARITY, "maps": BOTH}


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
    fields |= {name: int(fields[name] == "1") for name in _SWITCHES if name in fields}
    k = str(fields.pop("k", ""))
    # Nine digits are more than any k; int() of a very long text would be slow or raise.
    return fields | {"k": int(k)} if k.isascii() and k.isdecimal() and len(k) < 10 else fields


def read_keys(search: str, name: str = "find") -> list[str]:
    """Return the keys that a query string names with ``find``, or with another name."""
    return parse_qs(search.removeprefix("?")).get(name, [])[:MOST_KEYS]


def read_panel(search: str) -> str:
    """Return the panel that a query string wants open; empty for none or an unknown one."""
    wanted = parse_qs(search.removeprefix("?")).get("panel", [""])[0]
    return wanted if wanted in PANELS else ""


def write_address(location: Location, selection: Selection) -> None:
    """Put the selection into the address of the page."""
    fields = {name: _written(name, getattr(selection, name)) for name in FIELDS}
    keys = selection.chosen.keys if selection.chosen else ()
    search = query_of(fields, keys, selection.pinned)
    location.search = search + (f"&panel={selection.panel}" if selection.panel else "")


def _written(name: str, value: str | int) -> str | int:
    """Return the value as the address has it; nothing for what is so without being said."""
    if _SAID_BY_NOTHING.get(name) == value:
        return ""
    return int(value) if isinstance(value, bool) else value
