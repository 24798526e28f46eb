"""The page in a notebook: two spaces from arrays, data frames or a store, shown in a frame below the cell.

The page is served by a process of its own and looks as it does everywhere. Arrays are compared by the installed
command in another process, for the viewer computes nothing and does not import the pipeline.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray

from viewer.text import safe_text

_START_SECONDS = 60
_FRAME_STYLE = "width:100%;border:1px solid #8884;border-radius:8px"


class View:
    """A page that is being served; a notebook shows it below its cell.

    Attributes
    ----------
    url
        Where a browser on this machine finds it.
    height
        Of the frame in a notebook, in pixels.
    """

    def __init__(self, url: str, height: int, close: Callable[[], None]) -> None:
        self.url = url
        self.height = height
        self._close = weakref.finalize(self, close)

    def close(self) -> None:
        """End the server and delete what was computed for it; both happen with the kernel's end as well."""
        self._close()

    def _repr_html_(self) -> str:
        return (
            f'<iframe src="{safe_text(self.url)}" height="{self.height}" style="{_FRAME_STYLE}" '
            'title="Embedding Comparator"></iframe>'
        )


def compare_view(
    a: Any,
    b: Any,
    *,
    keys: Sequence[str] | None = None,
    names: tuple[str, str] = ("a", "b"),
    metric: str = "cosine",
    store: str | Path | None = None,
    height: int = 900,
) -> View:
    """Compare two spaces and show them as the page does.

    Parameters
    ----------
    a, b
        Arrays, shape (n, d); data frames, whose index holds the keys; or both ``DATASET@VERSION`` of a store.
        The two may differ in d, and data frames in their objects.
    keys
        Of the objects of two arrays; None: their row numbers.
    names
        What the spaces are called, where they are not from a store.
    metric
        cosine or euclidean.
    store
        The store of the two versions; None: the one that ``EMBEDDING_COMPARATOR_STORE`` names, or ``artifacts/data``.
    height
        Of the frame, in pixels.

    Raises
    ------
    ValueError
        The two are of different kinds, or their shapes do not fit; the command refused them, in its words.

    Examples
    --------
    ``compare_view(old, new, keys=words)`` in the last line of a cell shows the page below it.
    """
    if isinstance(a, str) and isinstance(b, str):
        fields = _published(a, b) | {"metric": metric}
        return _serve(
            os.fspath(store or os.environ.get("EMBEDDING_COMPARATOR_STORE") or "artifacts/data"),
            fields,
            height,
        )
    if isinstance(a, str) or isinstance(b, str):
        raise ValueError("name two spaces of a store, or give two arrays or data frames: not one of each")
    folder = tempfile.TemporaryDirectory(prefix="embedding-comparator-")
    try:
        files = [
            _written(Path(folder.name) / f"{name}.npz", *_keyed(space, keys))
            for name, space in zip(names, (a, b), strict=True)
        ]
        made = str(Path(folder.name) / "store")
        _compare(files, metric, made)
        return _serve(made, {"metric": metric}, height, folder.cleanup)
    except BaseException:
        folder.cleanup()
        raise


def _published(a: str, b: str) -> dict[str, str]:
    (dataset, at, version_a), (dataset_b, at_b, version_b) = a.partition("@"), b.partition("@")
    if not at or not at_b or dataset != dataset_b:
        raise ValueError(f"{a!r} and {b!r} are not two versions of one dataset: write words@v1 and words@v2")
    return {"dataset": dataset, "a": version_a, "b": version_b}


def _keyed(space: Any, keys: Sequence[str] | None) -> tuple[NDArray[np.str_], NDArray[Any]]:
    """Return keys and vectors of an array or a data frame."""
    index = getattr(space, "index", None)
    if hasattr(space, "to_numpy") and index is not None:
        return np.array([str(key) for key in index], np.str_), np.asarray(space.to_numpy(), np.float32)
    vectors = np.asarray(space)
    if vectors.ndim != 2:
        raise ValueError(f"a space is an array of shape (n, d), not {vectors.shape}")
    found = [str(key) for key in keys] if keys is not None else [str(row) for row in range(len(vectors))]
    if len(found) != len(vectors):
        raise ValueError(f"{len(found)} keys do not fit {len(vectors)} vectors")
    return np.array(found, np.str_), vectors


def _written(path: Path, keys: NDArray[np.str_], vectors: NDArray[Any]) -> Path:
    np.savez(path, keys=keys, vectors=vectors)
    return path


def _compare(files: Sequence[Path], metric: str, store: str) -> None:
    """Let the command compare two files into a store; tell in one line that and how long it works."""
    command = [
        sys.executable,
        "-m",
        "pipelines",
        "compare",
        *map(str, files),
        "--metric",
        metric,
        "--store",
        store,
    ]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as told:
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=told)  # noqa: S603 (our own command)
        start = time.monotonic()
        try:
            while child.poll() is None:
                sys.stdout.write(f"\rcomparing … {time.monotonic() - start:.0f} s")
                sys.stdout.flush()
                time.sleep(0.5)
        finally:
            child.kill()
            child.wait()
        sys.stdout.write("\r" + " " * 30 + "\r")
        if child.returncode:
            told.seek(0)
            raise ValueError(told.read().strip().splitlines()[-1])


def _serve(store: str, fields: dict[str, str], height: int, clean: Callable[[], None] = lambda: None) -> View:
    """Start a server on a free port of this machine; it ends with this process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "viewer.server", "--port", str(port), "--in-notebook"]
    child = subprocess.Popen(command, env={**os.environ, "EMBEDDING_COMPARATOR_STORE": store})  # noqa: S603 (ours)

    def close() -> None:
        child.terminate()
        child.wait()
        clean()

    base = f"http://127.0.0.1:{port}"
    view = View(f"{base}/viewer?{urlencode(fields)}", height, close)
    deadline = time.monotonic() + _START_SECONDS
    while not _answers(f"{base}/healthz"):
        if child.poll() is not None or time.monotonic() > deadline:
            view.close()
            raise RuntimeError("the server of the page did not start; its words are above")
        time.sleep(0.1)
    return view


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 (our own http address)
            return True
    except (urllib.error.URLError, ConnectionError):
        return False
