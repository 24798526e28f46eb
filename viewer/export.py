"""Downloads of the page: a route that streams a list from the store. What is listed is said in a ticket.

The page's websocket carries no table: a list of a million objects would hold up everything else that it carries.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from bokeh.server.urls import per_app_patterns
from bokeh.server.views.auth_request_handler import AuthRequestHandler
from numpy.typing import NDArray
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, authenticated

from artifacts.catalog import Comparison
from artifacts.errors import StoreError
from artifacts.lists import FORMATS, Listed, neighbors_table, objects_table
from artifacts.queries import SIMILARITY
from viewer.sources import shared_queries, store_url

_TABLES = {"objects": objects_table, "neighbors": neighbors_table}
_ENDS = ("all", "low", "high")
_TYPES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
_MOST_COUNTED = 100_000
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_workers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="export")


def packed_rows(rows: NDArray[np.integer], n: int) -> str:
    """Return common rows as text that a ticket holds: which of the n are meant, compressed."""
    meant = np.zeros(n, bool)
    meant[rows] = True
    return base64.b64encode(zlib.compress(np.packbits(meant).tobytes())).decode()


def unpacked_rows(text: str, n: int) -> NDArray[np.int32]:
    """Return what `packed_rows` packed.

    Raises
    ------
    ValueError
        The text is something else.
    """
    wanted = (n + 7) // 8
    unpacker = zlib.decompressobj()
    try:
        # Little more than n objects need is unfolded, whatever the text would unfold to.
        bits = unpacker.decompress(base64.b64decode(text, validate=True), wanted + 1)
    except zlib.error as error:
        raise ValueError(f"not a set of objects: {error}") from None
    if len(bits) != wanted:
        raise ValueError("a set of objects of another comparison")
    meant = np.unpackbits(np.frombuffer(bits, np.uint8), count=n)
    return np.flatnonzero(meant).astype(np.int32)


class ExportHandler(AuthRequestHandler):
    """Streams the list that a ticket describes, to whom the page is shown as well."""

    def initialize(self, **context: Any) -> None:
        """Take what Bokeh gives to every route of an application; a list needs none of it."""

    @authenticated
    async def post(self) -> None:
        """Answer with the file, a piece at a time.

        Raises
        ------
        tornado.web.HTTPError
            400 for a ticket that describes no list of the store.
        """
        loop = asyncio.get_running_loop()
        try:
            ticket = json.loads(self.request.body)
            pieces, name = await loop.run_in_executor(_workers, _pieces, ticket)
        except (ValueError, KeyError, TypeError, StoreError) as error:
            raise HTTPError(400, log_message=f"no such list: {error}") from None
        self.set_header("Content-Type", _TYPES[ticket["format"]])
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        self.set_header("Cache-Control", "no-store")
        while (piece := await loop.run_in_executor(_workers, next, pieces, None)) is not None:
            self.write(piece)
            try:
                await self.flush()  # waits while the browser is slow, so that nothing piles up here
            except StreamClosedError:
                return


def open_route() -> None:
    """Give every application that is made from now on the route ``/export``."""
    route = (r"/export", ExportHandler)
    if route not in per_app_patterns:
        per_app_patterns.append(route)


class _Pipe:
    """A file that remembers what was written to it since it was last emptied."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._at = 0

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        self._at += len(self._parts[-1])
        return len(self._parts[-1])

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def taken(self) -> bytes:
        """Return what was written, once."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _pieces(ticket: dict[str, Any]) -> tuple[Iterator[bytes], str]:
    """Return the file of a ticket in pieces, and its name."""
    queries = shared_queries(store_url())
    dataset, a, b, at = (str(ticket[name]) for name in ("dataset", "a", "b", "at"))
    comparison = queries.comparison(dataset, a, b, at)
    schema, tables = _TABLES[ticket["what"]](queries, _listed(ticket, comparison))
    pipe = _Pipe()
    writer = FORMATS[ticket["format"]](pipe, schema)

    def pieces() -> Iterator[bytes]:
        for table in tables:
            writer.write_table(table)
            yield pipe.taken()
        writer.close()
        yield pipe.taken()

    return pieces(), _file_name(comparison, ticket)


def _listed(ticket: dict[str, Any], comparison: Comparison) -> Listed:
    queries = shared_queries(store_url())
    metric, k, by = str(ticket["metric"]), ticket["k"], str(ticket.get("by", SIMILARITY))
    end, count = ticket.get("end", "all"), ticket.get("count", 20)
    for value, most in ((k, comparison.k_max), (count, _MOST_COUNTED)):
        if not isinstance(value, int) or not 1 <= value <= most:
            raise ValueError(f"{value!r} is no whole number up to {most}")
    if end not in _ENDS or metric not in comparison.metrics or by not in queries.sortable(comparison, metric):
        raise ValueError("no such metric, order or end")
    rows = ticket.get("rows")
    within = None if rows is None else unpacked_rows(str(rows), comparison.n)
    return Listed(comparison, metric, k, by, end, count, within)


def _file_name(comparison: Comparison, ticket: dict[str, Any]) -> str:
    """Return a name without anything that a header or a file system minds; names in a store are of that kind."""
    words = (comparison.dataset, comparison.a, comparison.b, ticket["what"])
    return f"{'_'.join(_UNSAFE.sub('-', word) for word in words)}.{ticket['format']}"
