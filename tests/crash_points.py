"""Kill a publication with SIGKILL at each of its steps in turn, look at what it left, publish again.

A step is a call to the file system that Python tells of, or a line of the store's own code: a line ends where the
call in it has returned, so that what is neither opened, renamed nor linked (a flush) has a step before and after it.
Two publications are gone through: of the first version, into a folder without a store, and of the second version.
Each publishes two objects, one with a table and one that names it, and points a ref to the latter.

Run as a process of its own, see `tests.crash_driver`::

    python -m tests.crash_points FOLDER [--files] [--in-place]

``--files`` steps through the lines of the one module that touches files, and not through all code of the store.
``--in-place`` replaces that module by one that writes where readers look: the negative control.

Prints one JSON object of counts a publication.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import artifacts
from artifacts.errors import StoreError
from artifacts.store import Store
from tests import crash_driver
from tests.versions import PATH, current_version, publish_version

CODE = str(Path(artifacts.__file__).parent)
ROLES = ("projection_a:pca",)
ACKNOWLEDGED = b"done"


def at_step(act: Callable[[], None], code: tuple[str, ...]) -> None:
    """Call `act` at every step that this process makes from now on, in files whose path starts with one of `code`."""

    def audit(event: str, _arguments: tuple[object, ...]) -> None:
        if event == "open" or (event.startswith("os.") and event not in {"os.fork", "os.kill"}):
            act()

    def line(_frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            act()
        return line

    def call(frame: FrameType, _event: str, _argument: Any) -> Any:
        return line if frame.f_code.co_filename.startswith(code) else None

    sys.addaudithook(audit)
    sys.settrace(call)


def publish(root: Path, version: int) -> None:
    """Publish a version, making the store where there is none."""
    publish_version(Store(root, create=True), version, roles=ROLES)


def publish_until(
    root: Path, version: int, code: tuple[str, ...], last: int | None
) -> tuple[bool, bool, int]:
    """Publish in a forked process that kills itself at step `last`; None: count the steps.

    Returns
    -------
    tuple
        Whether it was killed, whether it said that it was done, and its steps.
    """
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        steps = 0

        def step() -> None:
            nonlocal steps
            steps += 1
            if steps == last:
                os.kill(os.getpid(), signal.SIGKILL)

        status = 1
        try:
            at_step(step, code)
            publish(root, version)
            os.write(tell, ACKNOWLEDGED)
            sys.settrace(None)
            os.write(tell, steps.to_bytes(8))
            status = 0
        finally:
            os._exit(status)
    os.close(tell)
    with os.fdopen(told, "rb") as heard:
        said = heard.read()
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status), said.startswith(ACKNOWLEDGED), int.from_bytes(said[len(ACKNOWLEDGED) :])


def crash_everywhere(scratch: Path, old: int | None, new: int, code: tuple[str, ...]) -> dict[str, int]:
    """Kill the publication of version `new` at every step; return what was found.

    Parameters
    ----------
    old
        Version that is there before; None: there is no store.
    """
    before, root = scratch / "before", scratch / "store"
    shutil.rmtree(before, ignore_errors=True)
    before.mkdir(parents=True)
    if old is not None:
        publish(before, old)
    publish(scratch / "warm", new)  # what is imported on first use has no part in the steps
    shutil.copytree(before, root)
    _, _, steps = publish_until(root, new, code, None)
    names = ("killed", "acknowledged", "old", "new", "lost", "damaged", "mixed", "wrong_again", "leftovers")
    counts = {"steps": steps, **dict.fromkeys(names, 0)}
    for step in range(1, steps + 2):
        shutil.rmtree(root)
        shutil.copytree(before, root)
        killed, acknowledged, _ = publish_until(root, new, code, step)
        counts["killed"] += killed
        counts["acknowledged"] += acknowledged
        counts["leftovers"] += any(path.suffix == ".tmp" for path in root.rglob(".*"))
        try:
            found = current_version(root)
            counts["old"] += found == old
            counts["new"] += found == new
            counts["lost"] += found not in {old, new} or (acknowledged and found != new)
            publish(root, new)
            counts["wrong_again"] += current_version(root) != new or not remembers(root, old)
        except AssertionError:
            counts["mixed"] += 1
        except (StoreError, OSError, ValueError):
            counts["damaged"] += 1
    shutil.rmtree(root)
    return counts


def remembers(root: Path, old: int | None) -> bool:
    """Return whether the ref still knows the version before, once and no other."""
    return len(Store(root).ref("comparison", PATH).previous) == (old is not None)


if __name__ == "__main__":
    folder, code = Path(sys.argv[1]), (f"{CODE}/local.py" if "--files" in sys.argv else CODE,)
    if "--in-place" in sys.argv:
        crash_driver.write_in_place()
        code = (crash_driver.__file__,)
    found = {"first": crash_everywhere(folder, None, 1, code), "second": crash_everywhere(folder, 1, 2, code)}
    print(json.dumps(found))
