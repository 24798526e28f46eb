"""A server on loopback that answers what `huggingface_hub` asks of a hub of models, from the files of a folder."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

REPOSITORY = "owner/name"


@contextmanager
def hub_of(folder: Path) -> Iterator[str]:
    """Serve the files of a folder as one repository; gives the endpoint, for ``HF_ENDPOINT``."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            if path.startswith(f"/api/models/{REPOSITORY}/tree/"):
                self._answer(json.dumps([_entry(file) for file in sorted(folder.iterdir())]).encode())
            elif path.rstrip("/") == f"/api/models/{REPOSITORY}":
                self._answer(json.dumps({"_id": "1", "id": REPOSITORY, "sha": "f" * 40}).encode())
            elif path.startswith(f"/{REPOSITORY}/resolve/"):
                self._part((folder / path.rpartition("/")[2]).read_bytes())
            else:
                self._answer(b"{}", 404)

        def _part(self, content: bytes) -> None:
            first, last = self.headers["Range"].removeprefix("bytes=").split("-")
            part = content[int(first) : int(last) + 1]
            place = f"bytes {first}-{int(first) + len(part) - 1}/{len(content)}"
            self._answer(part, 206, {"Content-Range": place})

        def _answer(self, content: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def _entry(file: Path) -> dict[str, Any]:
    content = file.read_bytes()
    return {"type": "file", "path": file.name, "size": len(content), "oid": sha1(content).hexdigest()}  # noqa: S324
