"""What the hardened server puts around the page: headers, a nonce for its scripts, a cap on sessions, closed routes."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Awaitable
from typing import Any, cast

from bokeh.server.contexts import ApplicationContext
from bokeh.server.session import ServerSession
from bokeh.server.urls import URLRoutes, per_app_patterns
from bokeh.util.token import get_session_id
from panel.io.resources import COMPONENT_PATH
from panel.io.server import ComponentResourceHandler, DocHandler, WSHandler
from tornado.httputil import HTTPHeaders
from tornado.log import access_log
from tornado.web import HTTPError, OutputTransform, RequestHandler

CAP = "most_sessions"
"""The name of the cap among the settings of the Tornado application."""

FULL = "All seats are taken: as many people look at this page as it was started for. Try again in a minute.\n"
_RETRY_SECONDS = 60

COMPONENTS = ("panel.", "viewer.")
"""Packages whose components may hand out files."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


FRAMES = "frame_ancestors"
"""The name of what may show the page in a frame, among the settings of the Tornado application."""

NOTEBOOKS = "http://localhost:* http://127.0.0.1:*"
"""Where notebooks on this machine are shown."""


def page_policy(nonce: str, frame_ancestors: str = "'none'") -> str:
    """Return the Content-Security-Policy of the page.

    Scripts come from this server or carry the nonce; ``blob:`` is how Panel fetches and loads the modules of
    components. Bokeh writes style sheets into shadow roots, which only ``unsafe-inline`` permits.
    """
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'self' blob: 'nonce-{nonce}'",
            "script-src-attr 'none'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' blob:",
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {frame_ancestors}",
        ]
    )


class SecurityHeaders(OutputTransform):
    """Gives every answer the headers that it does not already have."""

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Add the headers; the answer itself stays as it is."""
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
        if "Server" in headers:
            del headers["Server"]
        return status_code, headers, chunk


class PageHandler(DocHandler):
    """Hands out the page while there is a seat."""

    async def get(self, *args: Any, **options: Any) -> None:
        """Answer 503 in plain words when all seats are taken."""
        if _is_full(self.application_context, self.settings[CAP]):
            _refuse(self)
            return
        await cast(Awaitable[None], super().get(*args, **options))

    async def get_session(self) -> ServerSession:  # type: ignore[override] # Bokeh's decorator hides its type
        """Make the session, and give the scripts of its page a nonce that nobody could know before."""
        session: ServerSession = await cast(Awaitable[Any], super().get_session())
        nonce = secrets.token_urlsafe(18)
        session.document.template_variables["nonce"] = nonce
        self.set_header("Content-Security-Policy", page_policy(nonce, self.settings[FRAMES]))
        return session


class SocketHandler(WSHandler):
    """Takes up the session of a page; a page whose session has expired needs a seat for a new one."""

    async def prepare(self) -> None:
        """Answer 503 where a new session would be one too many."""
        await super().prepare()  # type: ignore[no-untyped-call] # Panel has no types for it
        if self._finished:
            return
        context = self.application_context
        if not self._is_known(context) and _is_full(context, self.settings[CAP]):
            _refuse(self)

    def _is_known(self, context: ApplicationContext) -> bool:
        protocols = self.request.headers.get("Sec-WebSocket-Protocol", "").split(",")
        try:
            wanted = get_session_id(protocols[-1].strip())
        except Exception:  # whatever a stranger sent as token: it names no session
            return False
        return any(session.id == wanted for session in context.sessions)


class LoadedComponents(ComponentResourceHandler):
    """Hands out the files of components whose module is loaded; Panel's own would import any module by name."""

    def parse_url_path(self, path: str) -> str:
        """Return the path of a component's file.

        Raises
        ------
        tornado.web.HTTPError
            404 for a module that is not loaded or not one of ours and Panel's.
        """
        module = path.partition("/")[0]
        if module not in sys.modules or not module.startswith(COMPONENTS):
            raise HTTPError(404, "Module not found")
        found: str = super().parse_url_path(path)
        return found


class HealthHandler(RequestHandler):
    """Tells who balances or watches the server that it answers, and how many sessions it holds."""

    def get(self) -> None:
        """Answer with JSON; it makes no session and reads nothing."""
        contexts = self.application.applications.values()  # type: ignore[attr-defined] # Bokeh's application
        sessions = sum(len(list(context.sessions)) for context in contexts)
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.write(json.dumps({"status": "ok", "sessions": sessions, CAP: self.settings[CAP]}))


def log_request(handler: RequestHandler) -> None:
    """Log what failed; that all seats are taken is no failure."""
    if handler.get_status() >= 500 and handler.get_status() != 503:
        access_log.error("%d %s", handler.get_status(), handler.request.path)


def close_routes() -> None:
    """Leave each application two routes, the page and its socket.

    Bokeh's others describe the application and embed it in foreign pages.
    """
    per_app_patterns[:] = [(r"/ws", SocketHandler), (r"/?", PageHandler)]


def own_routes() -> URLRoutes:
    """Return the routes beside the page."""
    return [(r"/healthz", HealthHandler, {}), (rf"/{COMPONENT_PATH}(.*)", LoadedComponents, {})]


def _is_full(context: ApplicationContext, most: int) -> bool:
    starting = len(context._pending_sessions)  # Bokeh counts them nowhere in public
    return len(list(context.sessions)) + starting >= most


def _refuse(handler: RequestHandler) -> None:
    handler.set_status(503)
    handler.set_header("Retry-After", str(_RETRY_SECONDS))
    handler.set_header("Content-Type", "text/plain; charset=utf-8")
    handler.finish(FULL)
