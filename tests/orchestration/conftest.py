"""What the tests of the orchestration share: a webhook on loopback that refuses at first."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest


@dataclass
class Webhook:
    """A real HTTP server: what it took, and how many tries it refuses yet."""

    url: str = ""
    refusals: int = 0
    refused: int = 0
    received: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """A webhook on loopback; set `refusals` to let that many tries fail first."""
    hook = Webhook()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if hook.refused < hook.refusals:
                hook.refused += 1
                self.send_error(503)
                return
            hook.received.append(json.loads(body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        hook.url = f"http://127.0.0.1:{server.server_port}/hook"
        yield hook
        server.shutdown()
