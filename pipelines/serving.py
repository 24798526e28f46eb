"""Start the page's server and the Dagster UI as child processes, and end with them."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import InputError

START_SECONDS = 120


@dataclass(frozen=True)
class Served:
    """How the page is served.

    Attributes
    ----------
    port
        0: any free one.
    address
        Of the network interface; ``0.0.0.0``: all of them.
    prefix
        Path before ``/viewer``, where a proxy hands on a part of its addresses.
    processes
        Processes that share the port.
    origins
        ``host[:port]`` of the pages that may open a websocket; none: this machine's own names.
    most_sessions
        Sessions of each process; a further visitor is answered with 503.
    """

    port: int = 5006
    address: str = "127.0.0.1"
    prefix: str = ""
    processes: int = 1
    origins: tuple[str, ...] = ()
    most_sessions: int = 100


def serve_viewer(store: str, served: Served, announce: Callable[[str], None]) -> int:
    """Run the hardened server of the page on a store until it ends or Ctrl-C.

    Parameters
    ----------
    announce
        Gets the address of the page once the server answers.
    """
    port = _free_port(served.port, served.address)
    if importlib.util.find_spec("viewer") is None:
        raise InputError(
            "the package 'viewer' is not installed: run pip install -e . in the project's folder"
        )
    command = [sys.executable, "-m", "viewer.server", "--port", str(port), "--address", served.address]
    command += ["--num-procs", str(served.processes), "--most-sessions", str(served.most_sessions)]
    command += [f"--prefix={served.prefix}", *(f"--allow-origin={origin}" for origin in served.origins)]
    host = "localhost" if served.address in {"127.0.0.1", "0.0.0.0"} else served.address  # noqa: S104 (compared)
    base = f"http://{host}:{port}{_path(served.prefix)}"
    child = subprocess.Popen(command, env={**os.environ, "EMBEDDING_COMPARATOR_STORE": store})
    told = f"{base}/viewer"
    return _until_end(child, lambda: announce(told) if _answers(child, f"{base}/healthz") else None)


def _path(prefix: str) -> str:
    """Return a prefix with the slash that it begins with, as Bokeh reads it."""
    return f"/{prefix.strip('/')}" if prefix.strip("/") else ""


def dagster_home(store: str, project: Path) -> Path:
    """Return the folder of the Dagster instance of a store: inside it, or in the default store when it is remote."""
    local = Path(store) if "://" not in store else project.parent / "../artifacts/data"
    return (local / "dagster").resolve()


def prepare_home(project: Path, home: Path) -> Path:
    """Make the home of a Dagster instance with the settings beside the project file; return it."""
    settings = project.parent / "dagster.yaml"
    if not settings.is_file():
        raise InputError(f"{settings} is missing: it holds the settings of the Dagster instance")
    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(settings, home / "dagster.yaml")
    return home


def run_dagster(project: Path, store: str, home: Path, port: int) -> int:
    """Run ``dagster dev`` with its home in `home` until it ends or Ctrl-C."""
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(home),
        "EMBEDDING_COMPARATOR_PROJECT": str(project.absolute()),
        "EMBEDDING_COMPARATOR_STORE": store,
    }
    command = [sys.executable, "-m", "dagster", "dev", "-m", "pipelines.definitions"]
    command += ["--host", "127.0.0.1", "--port", str(_free_port(port))]
    # Where Ctrl-C is ignored, as in the background of a script, Dagster would ignore being ended as well.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return _until_end(subprocess.Popen(command, env=environment), lambda: None)


def _until_end(child: subprocess.Popen[bytes], started: Callable[[], None]) -> int:
    # Whoever stops this command, as an init system does, stops what it started as well.
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        started()
        return child.wait()
    except KeyboardInterrupt:
        # The terminal sends Ctrl-C to the child as well; it only needs time to end.
        _wait_or_kill(child)
        return 0
    finally:
        if child.poll() is None:
            child.terminate()
            _wait_or_kill(child)
        signal.signal(signal.SIGTERM, before)


def _wait_or_kill(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _free_port(port: int, address: str = "127.0.0.1") -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise InputError(
                f"port {port} of {address} cannot be used ({error.strerror}): choose another with --port"
            ) from None
        return int(probe.getsockname()[1])


def _answers(child: subprocess.Popen[bytes], address: str) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while child.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=START_SECONDS):  # noqa: S310 (our own http address)
                return True
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    return False
