"""A catalogue of ten thousand refs: listed and read for the first time, and looked at again when nothing is new."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from artifacts.catalog import Catalog
from artifacts.refs import Refs
from artifacts.store import Store
from benchmarks.measure import Row, cost_of

REFS = 10_000
LIMIT = 300.0


def ours(count: int) -> dict[str, float]:
    """Write so many refs of spaces and comparisons and return the milliseconds of each look at them."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder), create=True)
        fill(Path(folder), count)
        taken = {}
        start = time.perf_counter()
        catalog = Catalog(store)
        taken["catalogue opened"] = 1000 * (time.perf_counter() - start)
        taken["catalogue refreshed, nothing new"] = _milliseconds(catalog.refresh)
        start = time.perf_counter()
        refs = Refs(store, ("space", "comparison"))
        assert len(list(refs.all())) == count
        taken["every ref read, first"] = 1000 * (time.perf_counter() - start)

        def again() -> None:
            refs.refresh()
            assert len(list(refs.all())) == count

        taken["every ref read, again, nothing new"] = _milliseconds(again)
        return taken


def fill(root: Path, count: int) -> None:
    """Write refs as the store does, without waiting for the disk; all are an hour old."""
    then = time.time() - 3600
    for i in range(count):
        kind, name = ("space", f"v{i}") if i % 2 else ("comparison", f"v{i}..v{i + 1}")
        path = root / f"refs/{kind}/dataset-{i % 10}/{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "kind": kind,
            "key": name,
            "fingerprint": f"{i:064x}",
            "updated": "2026-01-01T00:00:00+00:00",
        }
        path.write_text(json.dumps({**content, "store_schema": 1, "previous": []}), encoding="utf-8")
        os.utime(path, (then, then))


def _milliseconds(look: Callable[[], None]) -> float:
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        look()
        seconds.append(time.perf_counter() - start)
    return 1000 * sorted(seconds)[2]


def run(quick: bool) -> Iterator[Row]:
    """Give the rows of the report; it takes seconds, so `quick` changes nothing."""
    for name, value in cost_of(ours, REFS).result.items():
        promised = "nothing new" in name
        budget = f"< {LIMIT:.0f} ms" if promised else "reported"
        yield Row(
            f"{name}, {REFS:,} refs", "ms", value, None, None, budget, value < LIMIT if promised else None
        )
