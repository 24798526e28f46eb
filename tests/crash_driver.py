"""Kill a build with SIGKILL at random moments, look at what it left, build again, compare with an undisturbed one.

A moment is a random call to the file system (of all that a build makes) and a few random milliseconds after it, so
that kills fall where files change, however busy the machine is.

Run as a process of its own: the builds are forked from one that has loaded everything and started no thread::

    python -m tests.crash_driver PROJECT_FILE FOLDER KILLS SEED [--in-place]

With ``-`` in place of PROJECT_FILE no project is built: twelve tiny objects are published, six of them under a key.
``--in-place`` replaces the whole-or-absent writer by one that writes where readers look: the negative control.
Prints one JSON object of counts.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from artifacts import local
from artifacts.errors import StoreError
from artifacts.fingerprint import digest_of_file
from artifacts.schemas import KINDS
from artifacts.store import Store
from pipelines.build import build
from pipelines.config import load_project
from pipelines.workspace import Workspace
from tests.versions import publish_version


def build_all(project_file: Path, root: Path) -> None:
    """Build the project into a store; raise what stopped a space or a pair."""
    project = load_project(project_file)
    for built in build(Workspace(project, Store(root, create=True)), list(project.datasets)):
        if built.error:
            raise built.error


def publish_all(root: Path) -> None:
    """Publish six comparisons of one part each."""
    store = Store(root, create=True)
    for i in range(6):
        publish_version(store, i, f"d/a..b{i}", ("projection_a:pca",))


def in_child(work: Callable[[], None], kill_at: tuple[int, float] | None = None) -> tuple[int, int]:
    """Run in a forked process; return its wait status and how many calls to the file system it made.

    Parameters
    ----------
    kill_at
        Kill it after so many calls to the file system and so many seconds more.
    """
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        status, calls = 1, 0

        def count(event: str, _arguments: tuple[object, ...]) -> None:
            nonlocal calls
            if event == "open" or event.startswith("os."):
                calls += 1
                if kill_at and calls == kill_at[0]:
                    os.write(tell, calls.to_bytes(8))

        try:
            sys.addaudithook(count)
            work()
            status = 0
        finally:
            os.write(tell, calls.to_bytes(8))
            os._exit(status)
    os.close(tell)
    with os.fdopen(told, "rb") as heard:
        calls = int.from_bytes(heard.read(8))
        if kill_at is not None:
            time.sleep(kill_at[1])
            os.kill(child, signal.SIGKILL)
        return os.waitpid(child, 0)[1], calls


def readable(root: Path) -> dict[str, list[str]]:
    """What every ref gives: the sha256 of its tables, verified; raises when anything is damaged."""
    if not (root / "store.json").exists():
        return {}
    opened = Store(root)
    found = {}
    for kind in KINDS:
        for path in opened.ref_paths(kind):
            manifest = opened.manifest(kind, opened.ref(kind, path).fingerprint)
            found[f"{kind}/{path}"] = [manifest.fingerprint]
            for source in manifest.inputs.values():
                opened.manifest(*source)
            for table, entry in sorted(manifest.tables.items()):
                if digest_of_file(root / opened.table_path(manifest, table)) != entry["sha256"]:
                    raise StoreError(f"{kind}/{path}: {table} has other bytes")
                found[f"{kind}/{path}"].append(entry["sha256"])
    return found


def write_in_place() -> None:
    """Let every writer write where readers look."""

    @contextmanager
    def in_place(path: Path) -> Iterator[Path]:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield path

    def replace(path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            for place in range(0, len(content), 256):
                stream.write(content[place : place + 256])
                stream.flush()
                time.sleep(0.001)  # so that a kill often falls inside a file

    def create(path: Path, content: bytes) -> bool:
        if path.exists():
            return False
        replace(path, content)
        return True

    local.whole_file, local.create_once, local.replace_whole = in_place, create, replace


def main(work: Callable[[Path], None], scratch: Path, kills: int, seed: int) -> dict[str, int]:
    """Kill, look, build again, compare; return the counts."""
    reference = scratch / "reference"
    status, calls = in_child(lambda: work(reference))
    assert status == 0
    expected = readable(reference)
    moments = random.Random(seed)  # noqa: S311 (moments of a test)
    counts = {"kills": kills, "seed": seed, "refs": len(expected), "killed": 0, "damaged": 0, "wrong": 0}
    for i in range(kills):
        root = scratch / f"store-{i}"
        moment = moments.randint(1, calls), moments.uniform(0, 0.004)
        status, _ = in_child(lambda root=root: work(root), moment)
        counts["killed"] += os.WIFSIGNALED(status)
        try:
            left = readable(root)
            counts["wrong"] += any(expected.get(key) != value for key, value in left.items())
            status, _ = in_child(lambda root=root: work(root))
            counts["wrong"] += status != 0 or readable(root) != expected
        except (StoreError, ValueError, KeyError):
            counts["damaged"] += 1
        shutil.rmtree(root, ignore_errors=True)
    return counts


if __name__ == "__main__":
    if "--in-place" in sys.argv:
        write_in_place()
    what = publish_all if sys.argv[1] == "-" else partial(build_all, Path(sys.argv[1]))
    print(json.dumps(main(what, Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))))
