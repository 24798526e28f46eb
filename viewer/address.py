"""The selection in the page's address, so that a view can be sent as a link."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode

from panel.io.location import Location

from viewer.state import Selection

FIELDS = ("dataset", "a", "b", "metric", "projection", "k", "at")


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


def write_address(location: Location, selection: Selection) -> None:
    """Put the selection into the address of the page."""
    fields = {name: getattr(selection, name) for name in FIELDS}
    location.search = "?" + urlencode({name: value for name, value in fields.items() if value})
