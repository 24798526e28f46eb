"""Kill a build with SIGKILL at random moments, look at what it left, build again, compare with an undisturbed one.

Run as a process of its own: the builds are forked from one that has loaded everything and started no thread::

    python -m tests.crash_driver PROJECT_FILE FOLDER KILLS SEED [--in-place]

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
from pathlib import Path

from artifacts import folder, publication, store
from artifacts.errors import StoreError
from artifacts.fingerprint import digest_of_file
from artifacts.schemas import KINDS
from artifacts.store import Store
from pipelines.build import build
from pipelines.config import load_project
from pipelines.workspace import Workspace


def build_all(project_file: Path, root: Path) -> None:
    """Build the project into a store; raise what stopped a space or a pair."""
    project = load_project(project_file)
    for built in build(Workspace(project, Store(root, create=True)), list(project.datasets)):
        if built.error:
            raise built.error


def in_child(work: Callable[[], None], kill_after: float | None = None) -> int:
    """Run in a forked process, killed after some seconds; return its wait status."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


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
                if digest_of_file(opened.table_path(manifest, table)) != entry["sha256"]:
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
        replace(path, content)
        return True

    publication.whole_file, publication.create_once = in_place, create
    store.replace_whole = folder.replace_whole = replace


def main(project_file: Path, scratch: Path, kills: int, seed: int) -> dict[str, int]:
    """Kill, look, build again, compare; return the counts."""
    reference = scratch / "reference"
    assert in_child(lambda: build_all(project_file, reference)) == 0
    expected = readable(reference)
    start = time.perf_counter()
    assert in_child(lambda: build_all(project_file, scratch / "timing")) == 0
    seconds = time.perf_counter() - start
    moments = random.Random(seed)  # noqa: S311 (moments of a test)
    counts = {"kills": kills, "seed": seed, "refs": len(expected), "killed": 0, "damaged": 0, "wrong": 0}
    for i in range(kills):
        root = scratch / f"store-{i}"
        status = in_child(lambda root=root: build_all(project_file, root), moments.uniform(0, 1.05 * seconds))
        counts["killed"] += os.WIFSIGNALED(status)
        try:
            left = readable(root)
            counts["wrong"] += any(expected.get(key) != value for key, value in left.items())
            rebuilt = in_child(lambda root=root: build_all(project_file, root))
            counts["wrong"] += rebuilt != 0 or readable(root) != expected
        except (StoreError, ValueError, KeyError):
            counts["damaged"] += 1
        shutil.rmtree(root, ignore_errors=True)
    return counts


if __name__ == "__main__":
    if "--in-place" in sys.argv:
        write_in_place()
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))))
