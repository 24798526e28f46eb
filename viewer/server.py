"""The hardened server of the page, as ``embedding-comparator serve`` starts it: ``python -m viewer.server``.

``panel serve viewer`` stays what one starts on a machine whose users are all trusted.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bokeh.server.server import Server
from bokeh.settings import settings
from bokeh.util.token import generate_secret_key
from panel.io.application import build_single_handler_application
from tornado.ioloop import IOLoop, PeriodicCallback

from viewer.guard import CAP, FRAMES, NOTEBOOKS, SecurityHeaders, close_routes, log_request, own_routes

LARGEST_MESSAGE = 4 * 1024**2
"""Bytes of one message from a browser: a lasso around 400,000 objects is the longest that is meant."""

_LARGEST_HEADER = 64 * 1024
_SECONDS_WITHOUT_PARENT = 1.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the page until Ctrl-C or SIGTERM."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING)
    started_by = os.getpid()
    try:
        server = make_server(
            options.port,
            options.address,
            prefix=options.prefix,
            processes=options.num_procs,
            origins=options.allow_origin or origins_of(options.address, options.port),
            most_sessions=options.most_sessions,
            frame_ancestors=NOTEBOOKS if options.in_notebook else "'none'",
        )
        if os.getpid() != started_by:
            _end_with(started_by)
        elif options.in_notebook:
            _end_with(os.getppid())
        _stop_on(signal.SIGINT, signal.SIGTERM)
        server.start()
        server.io_loop.start()
        server.stop()
    except KeyboardInterrupt:
        return


def make_server(
    port: int,
    address: str,
    *,
    prefix: str = "",
    processes: int = 1,
    origins: Sequence[str],
    most_sessions: int,
    frame_ancestors: str = "'none'",
) -> Server:
    """Return the server, bound to its port.

    Parameters
    ----------
    prefix
        Path before ``/viewer``, where a proxy hands on a part of its addresses.
    processes
        Processes that share the port; each holds its own sessions, and the call returns in each of them.
    origins
        ``host:port`` of the pages that may open a websocket.
    most_sessions
        Sessions that each process holds at once; a further visitor is answered with 503.
    frame_ancestors
        Pages that may show the page in a frame, as a Content-Security-Policy names them.
    """
    close_routes()
    shared: dict[str, Any] = {
        "extra_patterns": own_routes(),
        "transforms": [SecurityHeaders],
        "log_function": log_request,
        CAP: most_sessions,
        FRAMES: frame_ancestors,
    }
    return Server(
        {"/viewer": build_single_handler_application(Path(__file__).parent)},
        port=port,
        address=address,
        prefix=prefix,
        num_procs=processes,
        allow_websocket_origin=list(origins),
        sign_sessions=True,
        secret_key=settings.secret_key_bytes() or generate_secret_key().encode(),
        # The token of a session travels through the browser; what a proxy adds to a request stays here.
        include_headers=[],
        include_cookies=[],
        websocket_max_message_size=LARGEST_MESSAGE,
        http_server_kwargs={"max_body_size": LARGEST_MESSAGE, "max_header_size": _LARGEST_HEADER},
        **shared,
    )


def origins_of(address: str, port: int) -> list[str]:
    """Return the hosts under which a server is reached when nobody says more.

    Examples
    --------
    >>> origins_of("127.0.0.1", 5006)
    ['localhost:5006', '127.0.0.1:5006']
    """
    return list(dict.fromkeys(f"{host}:{port}" for host in ("localhost", "127.0.0.1", address)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m viewer.server", description=main.__doc__)
    parser.add_argument("--port", type=int, default=5006)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--prefix", default="")
    parser.add_argument("--num-procs", type=int, default=1)
    parser.add_argument("--allow-origin", action="append", metavar="HOST:PORT")
    parser.add_argument("--most-sessions", type=int, default=100)
    parser.add_argument(
        "--in-notebook", action="store_true", help="frames of this machine; ends with its parent"
    )
    return parser


def _stop_on(*signals: signal.Signals) -> None:
    loop = IOLoop.current()
    for one in signals:
        signal.signal(one, lambda *_: loop.add_callback_from_signal(loop.stop))


def _end_with(parent: int) -> None:
    """End this process soon after its parent has: nobody tells the children of one that was killed."""
    loop = IOLoop.current()

    def look() -> None:
        if os.getppid() != parent:
            loop.stop()

    PeriodicCallback(look, _SECONDS_WITHOUT_PARENT * 1000).start()


if __name__ == "__main__":
    main()
