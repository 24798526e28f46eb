"""A real S3 server on loopback, and a server in front of it that counts requests and can be told to misbehave."""

from __future__ import annotations

import http.client
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

BUCKET = "bucket"
_connected: list[str] = []


def use_server(monkeypatch: pytest.MonkeyPatch, endpoint: str, key: str = "key") -> None:
    """Let this process and those it starts use the server, and no other that they may know of."""
    import s3fs

    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    if _connected != [endpoint, key]:
        s3fs.S3FileSystem.clear_instance_cache()  # its connections go to the server of the test before
        _connected[:] = [endpoint, key]


@contextmanager
def running_server() -> Iterator[str]:
    """Run moto's server with one bucket; gives its endpoint. Skips where moto or s3fs are absent."""
    pytest.importorskip("s3fs", reason="s3fs is not installed: pip install 'embedding-comparator[s3]'")
    server_module = pytest.importorskip("moto.server", reason="moto[server] is not installed")
    import botocore.session

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = server_module.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        session = botocore.session.get_session()
        session.set_credentials("key", "secret")
        session.create_client("s3", "us-east-1", endpoint_url=endpoint).create_bucket(Bucket=BUCKET)
        yield endpoint
    finally:
        server.stop()


@dataclass
class Proxy:
    """What a server in front of another has seen, and how it misbehaves.

    Attributes
    ----------
    dropped
        Headers of requests that it takes away, in lower case.
    refuses
        Whether it closes every connection without carrying anything out.
    loses
        Whether the answer to (method, path) is lost: the request is carried out, and the connection closed.
    seen
        Method and path of every request.
    """

    endpoint: str
    dropped: set[str] = field(default_factory=set)
    refuses: bool = False
    loses: Callable[[str, str], bool] = lambda _method, _path: False
    seen: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def proxy_before(endpoint: str) -> Iterator[Proxy]:
    """Run a server that passes requests on to `endpoint`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if proxy.refuses:
                self.close_connection = True
                return
            proxy.seen.append((self.command, self.path))
            behind = http.client.HTTPConnection(urlsplit(endpoint).netloc)
            headers = {
                name: value for name, value in self.headers.items() if name.lower() not in proxy.dropped
            }
            behind.request(self.command, self.path, body, headers)
            answer = behind.getresponse()
            content = answer.read()
            behind.close()
            if proxy.loses(self.command, self.path):
                self.close_connection = True
                return
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in {"connection", "transfer-encoding"}:
                    self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = handle_any  # noqa: N815 (named by http.server)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy = Proxy(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
