"""The page in Chromium on 100,000 objects: from what the reader does to what is seen, and what it costs the server.

The store is built (minutes) and thrown away, unless ``EMBEDDING_COMPARATOR_BENCH_STORE`` names one to look at: its
first comparison is opened.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from artifacts.catalog import Catalog
from artifacts.store import Store
from benchmarks.data import embeddings
from benchmarks.measure import Row
from pipelines.build import build
from pipelines.config import load_project
from pipelines.workspace import Workspace
from tests.viewer.conftest import CHROMIUM, FLAGS, serving
from viewer.views.maps import AGGREGATED_VARIABLE

STORE_VARIABLE = "EMBEDDING_COMPARATOR_BENCH_STORE"
TURNS = 10
CONFIG = """dataset: page
source:
  path: ../../checkpoints/{version}.npz
neighbors:
  k: 250
  metric: [cosine]
projections:
  method: [pca]
  aligned: [pca]
"""
# The clock starts with the event in the browser and stops when what it caused has been painted.
_WATCH = """() => {
  const models = () => [...Bokeh.documents[0]._all_models.values()];
  const named = (name) => Bokeh.documents[0].get_model_by_name(name);
  const dominoes = models().find((model) => model.class_name === "Dominoes");
  const bars = models().find((model) => model.type === "ColumnDataSource" && model.data.top);
  const state = () => [dominoes.data.message.version, bars.data.top, named("maps").data.shade,
    named("map-a").renderers[0].data_source.data.image[0], document.querySelector(".columns")];
  const start = () => { window.started = performance.now(); };
  for (const type of ["keydown", "pointerup"]) addEventListener(type, start, true);
  window.remember = () => { window.before = state(); };
  window.painted = (parts) => new Promise((resolve) => {
    const look = () => {
      const now = state();
      if (parts.some((part) => now[part] === window.before[part])) return requestAnimationFrame(look);
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - window.started)));
    };
    look();
  });
}"""
_DOMINOES, _BARS, _POINTS, _PICTURE = 0, 1, 2, 3


@dataclass
class Taken:
    """Milliseconds of every turn in the browser, and the server's CPU milliseconds and bytes of a turn."""

    walls: list[float] = field(default_factory=list)
    cpu: float = 0.0
    sent: float = 0.0


def run(quick: bool) -> Iterator[Row]:
    """Give the rows of the report: with points, then with pictures."""
    if CHROMIUM is None:
        yield Row("page: skipped, there is no Chromium on this machine", "", 0, None, None, "reported", None)
        return
    with _store(10_000 if quick else 100_000) as (store, n):
        for mode, above in (("points", n), ("aggregated", 1)):
            os.environ[AGGREGATED_VARIABLE] = str(above)
            yield from _rows(f"{n:,} objects, {mode}", _measure(store, mode == "aggregated"))
        del os.environ[AGGREGATED_VARIABLE]


def _rows(what: str, taken: dict[str, Taken]) -> Iterator[Row]:
    for name, limit in (("lasso → dominoes", 700), ("k → maps, histogram, dominoes", 500)):
        found = taken[name]
        for share in (50, 95):
            wall = float(np.percentile(found.walls, share))
            budget, met = (f"< {limit} ms", wall <= limit) if share == 95 else ("reported", None)
            yield Row(f"{name}, p{share}, {what}", "ms", wall, None, None, budget, met)
        yield Row(f"{name}, server CPU, {what}", "ms", found.cpu, None, None, "< 80 ms", found.cpu <= 80)
        yield Row(f"{name}, to the browser, {what}", "kB", found.sent / 1e3, None, None, "reported", None)


@contextmanager
def _store(n: int) -> Iterator[tuple[str, int]]:
    """Give a store and the number of objects of its first comparison."""
    kept = os.environ.get(STORE_VARIABLE)
    if kept:
        catalog = Catalog(kept)
        dataset = catalog.datasets()[0]
        yield kept, catalog.comparison(dataset, *catalog.comparisons(dataset)[0]).n
        return
    with tempfile.TemporaryDirectory() as folder:
        _build(Path(folder), n)
        yield str(Path(folder) / "store"), n


def _build(root: Path, n: int) -> None:
    """Build two related spaces whose objects changed by different amounts."""
    for name in ("checkpoints", "configs/datasets"):
        (root / name).mkdir(parents=True, exist_ok=True)
    keys, vectors = np.array([f"object-{i}" for i in range(n)]), embeddings(n, 64)
    rng = np.random.default_rng(1)
    changed = vectors + rng.beta(0.7, 0.7, (n, 1)) * 2.5 * rng.normal(size=vectors.shape)
    for version, made in (("v1", vectors), ("v2", changed)):
        np.savez(root / f"checkpoints/{version}.npz", keys=keys, vectors=made.astype(np.float32))
    (root / "configs/datasets/page.yaml").write_text(CONFIG, encoding="utf-8")
    (root / "configs/project.yaml").write_text("store: ../store\n", encoding="utf-8")
    store = Store(root / "store", create=True)
    failed = [
        made.error for made in build(Workspace(load_project(root / "configs/project.yaml"), store), ["page"])
    ]
    assert not any(failed), failed


def _measure(store: str, is_aggregated: bool) -> dict[str, Taken]:
    from playwright.sync_api import sync_playwright

    before = _children()
    with serving(store) as address, sync_playwright() as playwright:
        server = next(iter(_children() - before))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        sizes: list[int] = []
        page.on(
            "websocket", lambda socket: socket.on("framereceived", lambda frame: sizes.append(len(frame)))
        )
        page.goto(address)
        page.locator("article.domino").first.wait_for()
        page.wait_for_timeout(3_000)
        page.evaluate(_WATCH)
        map_part = _PICTURE if is_aggregated else _POINTS
        turns: dict[str, Callable[[int], float]] = {
            "k → maps, histogram, dominoes": lambda turn: _change_k(
                page, 60 + turn, [_DOMINOES, _BARS, map_part]
            ),
            "lasso → dominoes": lambda turn: _draw_around(page, turn),
        }
        found = {}
        for name, act in turns.items():
            act(-1)  # the first is not counted: it reads, compiles and fills caches
            taken = Taken()
            spent, received = 0.0, 0
            for turn in range(TURNS):
                page.wait_for_timeout(300)
                start, frames = _cpu(server), len(sizes)
                taken.walls.append(act(turn))
                page.wait_for_timeout(300)
                spent, received = spent + _cpu(server) - start, received + sum(sizes[frames:])
                _show_all(page)
            taken.cpu, taken.sent = 1000 * spent / TURNS, received / TURNS
            found[name] = taken
        browser.close()
    return found


def _change_k(page: Any, k: int, parts: list[int]) -> float:
    page.evaluate("remember()")
    page.locator(".number input").fill(str(k))
    page.locator(".number input").press("Enter")
    return float(page.evaluate("(parts) => painted(parts)", parts))


def _draw_around(page: Any, turn: int) -> float:
    """Draw a triangle around about half of the objects."""
    box = page.locator('[data-map="a"]').bounding_box()
    x, y, side = box["x"], box["y"] + 30, box["width"]
    page.evaluate("remember()")
    page.mouse.move(x + 6 + turn, y + 4)
    page.mouse.down()
    for across, up in ((0.97, 0.03), (0.6, 0.95)):
        page.mouse.move(x + across * side, y + up * side, steps=8)
    page.mouse.up()
    return float(page.evaluate("(parts) => painted(parts)", [_DOMINOES]))


def _show_all(page: Any) -> None:
    button = page.get_by_role("button", name="Show all", exact=True)
    if button.is_visible():
        button.click()
        page.wait_for_timeout(800)


def _children() -> set[int]:
    """Return the processes that this one has started; none where the system has no /proc."""
    return {
        int(pid)
        for path in Path("/proc/self/task").glob("*/children")
        for pid in path.read_text(encoding="utf-8").split()
    }


def _cpu(pid: int) -> float:
    """Return the CPU seconds of a process, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
