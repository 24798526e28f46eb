"""The hardened server, as `embedding-comparator serve` starts it: what a stranger may and may not do to it."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from bokeh.util.token import generate_session_id, get_token_payload

from pipelines.serving import START_SECONDS
from tests.viewer.conftest import ROOT


@contextmanager
def served(store: str, *arguments: str, path: str = "") -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run the command `serve` on a free port; gives the address before `/viewer`, and the process."""
    command = [sys.executable, "-m", "pipelines", "serve", "--store", store, "--port", "0", *arguments]
    child = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([path, str(ROOT)]), "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C of a terminal goes to the whole group
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        assert child.stdout is not None
        told = child.stdout.readline()
        found = re.search(r"the page: (\S+)/viewer", told)
        assert found, child.communicate(timeout=START_SECONDS)
        yield found[1], child
    finally:
        if child.poll() is None:
            child.terminate()
        child.communicate(timeout=20)


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder on the server's path with a module that leaves a trace when it is imported."""
    folder = tmp_path_factory.mktemp("canary")
    trace = f"import pathlib; pathlib.Path({str(folder)!r}, 'imported').touch()\n"
    (folder / "canary.py").write_text(trace)
    return folder


@pytest.fixture(scope="module")
def server(store_url: str, canary: Path) -> Iterator[str]:
    with served(store_url, path=str(canary)) as (base, _):
        yield base


def get(url: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """Ask once; an answer that refuses is an answer."""
    try:
        asked = urllib.request.Request(url, headers=headers)  # noqa: S310 (our own http address)
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read().decode()


def opened(page: Any, address: str) -> Any:
    """Open the page and wait for its dominoes; waiting for a function would need the eval that the policy forbids."""
    page.goto(address)
    page.locator("article.domino").first.wait_for()
    return page


def test_every_answer_carries_the_headers_that_a_browser_obeys(server: str) -> None:
    for path in ("/viewer", "/healthz", "/static/js/bokeh.min.js", "/nowhere", "/components/x/y/z"):
        _, headers, _ = get(server + path)
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "Server" not in headers


def test_the_policy_of_the_page_names_a_new_nonce_each_time_and_no_inline_script(server: str) -> None:
    policies = [get(f"{server}/viewer")[1]["Content-Security-Policy"] for _ in range(2)]
    scripts = [re.search(r"script-src ([^;]*)", policy) for policy in policies]
    assert all(found and "unsafe" not in found[1] for found in scripts)
    assert policies[0] != policies[1]
    assert "script-src-attr 'none'" in policies[0]


@pytest.mark.browser
def test_the_page_works_under_its_policy_without_a_complaint(server: str, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 1600, "height": 1000})
    page, complaints = context.new_page(), []
    page.on("console", lambda note: complaints.append(note.text) if note.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    opened(page, f"{server}/viewer?dataset=words&a=1.10&b=1990&k=20&panel=findings")
    page.locator("button.theme").click()
    page.locator("article.domino .chips li").first.hover()
    box = page.locator(".map").first.bounding_box()
    page.mouse.move(box["x"] + 80, box["y"] + 100, steps=8)
    page.get_by_role("button", name="Euclidean").click()
    page.wait_for_url("**metric=euclidean**", wait_until="commit")
    page.locator(".number input").fill("7")
    page.locator(".number input").press("Enter")
    page.locator('.columns[data-k="7"]').wait_for()
    assert not complaints
    context.close()


@pytest.mark.browser
def test_the_policy_stops_a_script_that_reached_the_page(server: str, browser: Any) -> None:
    page = opened(browser.new_page(), f"{server}/viewer")
    page.evaluate("""() => {
      const planted = document.createElement("div");
      planted.innerHTML = '<img src="data:," onerror="window.pwned=1"><a id=a onclick="window.pwned=1">a</a>';
      document.body.append(planted);
      const script = document.createElement("script");
      script.textContent = "window.pwned=1";
      document.body.append(script);
      document.querySelector("#a").click();
    }""")
    page.wait_for_timeout(200)
    assert page.evaluate("window.pwned") is None
    page.close()


def test_a_request_cannot_import_a_module_by_its_name(server: str, canary: Path) -> None:
    for name in ("canary", "this", "panel.canary", "viewer.notebook.canary", "antigravity"):
        assert get(f"{server}/components/{name}/X/_css/x.css")[0] == 404
    assert not (canary / "imported").exists()


def test_a_module_that_is_loaded_but_not_ours_hands_out_nothing(server: str) -> None:
    assert get(f"{server}/components/os/PathLike/_css/x.css")[0] == 404
    assert get(f"{server}/components/tornado.web/RequestHandler/_css/x.css")[0] == 404


def test_the_application_cannot_be_embedded_or_listed(server: str) -> None:
    assert get(f"{server}/viewer/autoload.js?bokeh-autoload-element=x")[0] == 404
    assert get(f"{server}/viewer/metadata")[0] == 404


def test_a_session_that_this_server_did_not_sign_is_refused(server: str) -> None:
    forged = generate_session_id(secret_key=b"another", signed=True)
    for name in ("chosen-by-a-stranger", forged):
        status, _, body = get(f"{server}/viewer?{urlencode({'bokeh-session-id': name})}")
        assert status == 403, body


@pytest.mark.parametrize(("origin", "status"), [("evil.example", 403), ("localhost", 403), ("", 101)])
def test_a_websocket_is_for_the_page_of_this_server_alone(server: str, origin: str, status: int) -> None:
    own = server.removeprefix("http://")
    asked = http.client.HTTPConnection(own, timeout=30)
    headers = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Origin": f"http://{origin or own}",
        "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol": "bokeh, x",
    }  # fmt: skip
    asked.request("GET", "/viewer/ws", headers=headers)
    assert asked.getresponse().status == status
    asked.close()


def test_the_token_of_a_session_holds_no_header_and_no_cookie_of_the_request(server: str) -> None:
    body = get(f"{server}/viewer", Cookie="sso=secret-cookie", Authorization="Bearer secret-header")[2]
    token = re.search(r'"token":"([^"]+)"', body)
    assert token
    payload = json.dumps(get_token_payload(token[1]))
    assert "arguments" in payload
    assert "secret" not in payload


def test_one_visitor_too_many_reads_a_plain_sentence_and_ctrl_c_ends_the_server_without_a_word(
    store_url: str,
) -> None:
    with served(store_url, "--most-sessions", "2") as (base, child):
        answers = [get(f"{base}/viewer") for _ in range(3)]
        health = json.loads(get(f"{base}/healthz")[2])
        os.killpg(child.pid, signal.SIGINT)
        _, err = child.communicate(timeout=20)
    assert [status for status, _, _ in answers] == [200, 200, 503]
    assert "Try again in a minute" in answers[-1][2]
    assert answers[-1][1]["Content-Type"].startswith("text/plain")
    assert answers[-1][1]["Retry-After"] == "60"
    assert health == {"status": "ok", "sessions": 2, "most_sessions": 2}
    assert (child.returncode, err) == (0, "")


@pytest.mark.long
def test_the_seat_of_a_visitor_who_left_is_free_again(store_url: str) -> None:
    with served(store_url, "--most-sessions", "1") as (base, _):
        assert [get(f"{base}/viewer")[0] for _ in range(2)] == [200, 503]
        deadline = time.monotonic() + 60
        while get(f"{base}/viewer")[0] == 503 and time.monotonic() < deadline:
            time.sleep(1)
        assert json.loads(get(f"{base}/healthz")[2])["sessions"] == 1
        assert time.monotonic() < deadline


@pytest.mark.browser
@pytest.mark.slow
def test_below_a_prefix_and_in_two_processes_the_page_is_the_same(store_url: str, browser: Any) -> None:
    with served(store_url, "--prefix", "some/where", "--num-procs", "2") as (base, child):
        assert base.endswith("/some/where")
        for _ in range(3):
            opened(browser.new_page(), f"{base}/viewer?dataset=words&a=1.10&b=1990&k=20").close()
        os.killpg(child.pid, signal.SIGINT)
        _, err = child.communicate(timeout=20)
    assert child.returncode == 0
    assert "Traceback" not in err
    with pytest.raises(urllib.error.URLError):
        get(f"{base}/healthz")
