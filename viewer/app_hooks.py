"""What the server does once, before any session: open the route of exports, send every frame of a message at once.

Bokeh writes a message as many small frames. Nagle's algorithm holds them back until the browser acknowledges the
one before, which browsers delay: about 40 ms on every update of the page.
"""

from __future__ import annotations

from typing import Any

from bokeh.server.views.ws import WSHandler

from viewer.export import open_route

open_route()  # here, not in a hook: Bokeh takes the routes before it calls any hook
_open = WSHandler.open


def _open_at_once(handler: WSHandler, *args: Any, **options: Any) -> None:
    handler.set_nodelay(True)
    _open(handler, *args, **options)


def on_server_loaded(server_context: Any) -> None:
    """Take the delay off every websocket; Bokeh offers no setting for it."""
    WSHandler.open = _open_at_once  # type: ignore[method-assign]
