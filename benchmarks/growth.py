"""What exact neighbors under both metrics and the overlap cost as the number of objects grows; drawn as a curve."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.data import embeddings
from benchmarks.measure import Row, cost_of
from pipelines.neighbors import METRICS, exact_neighbors
from pipelines.similarity import overlap_at_every_k

K = 250
PLOT = Path(__file__).parent / "results" / "growth.html"


def search(n: int, d: int) -> None:
    """Search all neighbors of a space under both metrics."""
    exact_neighbors(embeddings(n, d), K, list(METRICS))


def overlap(n: int, d: int) -> None:
    """Compute the overlap of two made-up sets of lists at every k."""
    rows = np.random.default_rng(0).integers(0, n, (n, K), np.int32)
    overlap_at_every_k(rows, rows[::-1].copy(), n)


def run(quick: bool) -> Iterator[Row]:
    """Give the rows of the report and draw the curve."""
    sizes = [5_000, 10_000, 20_000] if quick else [10_000, 20_000, 50_000, 100_000, 200_000]
    curves = {}
    for name, work in (("neighbors, both metrics", search), ("overlap at every k", overlap)):
        costs = [cost_of(work, n, 100, warm=(600, 100)) for n in sizes]
        curves[name] = [cost.cpu for cost in costs]
        for n, cost in zip(sizes, costs, strict=True):
            yield Row(f"{name}, {n:,} × 100: CPU", "s", cost.cpu, None, None, "reported", None)
        exponent = float(np.polyfit(np.log(sizes), np.log(curves[name]), 1)[0])
        yield Row(
            f"{name}, {sizes[0]:,} to {sizes[-1]:,}: exponent of n",
            "",
            exponent,
            None,
            None,
            "reported",
            None,
        )
    _draw(sizes, curves)


def _draw(sizes: list[int], curves: dict[str, list[float]]) -> None:
    from bokeh.io import save
    from bokeh.plotting import figure
    from bokeh.resources import INLINE

    plot = figure(
        x_axis_type="log", y_axis_type="log", x_axis_label="objects", y_axis_label="CPU seconds", width=700
    )
    for (name, seconds), color in zip(curves.items(), ("#3859a4", "#d63a2b"), strict=True):
        plot.line(sizes, seconds, legend_label=name, color=color, line_width=2)
        plot.scatter(sizes, seconds, legend_label=name, color=color, size=8)
    plot.legend.location = "top_left"
    PLOT.parent.mkdir(exist_ok=True)
    save(plot, filename=str(PLOT), resources=INLINE, title="Cost against the number of objects")
