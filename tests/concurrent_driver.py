"""Readers while versions are published, and processes that race to publish one object.

Run as a process of its own, see `tests.crash_driver`::

    python -m tests.concurrent_driver reads FOLDER VERSIONS READS [--apart]
    python -m tests.concurrent_driver races FOLDER ROUNDS [--late]

``--apart`` lets the reader take every part from a ref of its own, ``--late`` lets the losers of a race leave their
files: the negative controls. Prints one JSON object of counts.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pyarrow as pa

from artifacts.fingerprint import fingerprint_of
from artifacts.publication import Publication
from artifacts.queries import Queries
from artifacts.store import Store
from tests.versions import PATH, asked_versions, publish_version

RACERS = 3


def in_process(work: Callable[[], None]) -> int:
    """Start `work` in a forked process; return its number."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return child


def read_while_published(root: Path, versions: int, reads: int, apart: bool) -> dict[str, int]:
    """Ask for everything of one comparison again and again while another process publishes new versions of it.

    The versions are spread over at least `reads` reads.
    """
    publish_version(Store(root, create=True), 1)
    heard, tell = os.pipe()
    os.set_blocking(tell, False)

    def publish() -> None:
        share = reads // versions
        for version in range(2, versions + 2):
            publish_version(Store(root), version)
            done = 0
            while done < share:  # a byte a read, so that the reads spread over all versions
                done += len(os.read(heard, share - done))

    child = in_process(publish)
    queries = Queries(Store(root, verify="sha256"))
    counts = {"versions": versions, "reads": 0, "mixed": 0, "backward": 0}
    seen, last = set(), 0.0
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
        found = asked_versions(queries, apart=apart)
        counts["reads"] += 1
        counts["mixed"] += len(found) != 1
        counts["backward"] += max(found) < last
        last = max(found)
        seen |= found
        with suppress(BlockingIOError):
            os.write(tell, b".")
    assert ended[1] == 0
    return {**counts, "seen": len(seen), "last": int(max(asked_versions(queries)))}


def race(root: Path, racer: int, rounds: int, start: Barrier, told: int, late: bool) -> None:
    """Publish the object of every round with values of one's own; tell which values the store then gives."""
    if late:
        Publication.close = lambda self: None  # type: ignore[method-assign]
    store = Store(root)
    places = {name: pa.array([0.0], pa.float32()) for name in ("x", "y", "intrusion", "extrusion")}
    table = pa.table({"row": pa.array([racer], pa.int32()), **places})
    for i in range(rounds):
        fingerprint = fingerprint_of("projection", i, {}, {})
        start.wait(60)
        with store.publication("projection", PATH, fingerprint, {}, {}) as publication:
            publication.write("coordinates", table)
            publication.facts["racer"] = racer
        manifest = store.manifest("projection", fingerprint)
        values = store.read_table(manifest, "coordinates")["row"].to_pylist()
        os.write(told, json.dumps([i, manifest.facts["racer"], *values]).encode().ljust(32) + b"\n")


def races(root: Path, rounds: int, late: bool) -> dict[str, int]:
    """Let three processes publish one fingerprint at the same moment, again and again."""
    store = Store(root, create=True)
    start = get_context("fork").Barrier(RACERS)
    told, tell = os.pipe()
    children = [
        in_process(lambda racer=racer: race(root, racer, rounds, start, tell, late))
        for racer in range(RACERS)
    ]
    os.close(tell)
    winners: list[set[int]] = [set() for _ in range(rounds)]
    with os.fdopen(told) as heard:
        for line in heard:
            i, *found = json.loads(line)
            winners[i].update(found)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * RACERS
    files = [Path(entry.path).parent.name for entry in store.storage.entries("objects")]
    return {
        "rounds": rounds,
        "one_winner": sum(len(winner) == 1 for winner in winners),
        "racers_that_won": len(set().union(*winners)),
        "leftovers": len(files) - 2 * rounds,
    }


if __name__ == "__main__":
    began, folder = time.perf_counter(), Path(sys.argv[2])
    if sys.argv[1] == "reads":
        counts = read_while_published(folder, int(sys.argv[3]), int(sys.argv[4]), "--apart" in sys.argv)
    else:
        counts = races(folder, int(sys.argv[3]), "--late" in sys.argv)
    print(json.dumps({**counts, "seconds": round(time.perf_counter() - began)}))
