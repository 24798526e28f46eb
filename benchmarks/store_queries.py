"""The named questions of the page, warm, on a store of a million objects: each in under 50 ms."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa

from artifacts.names import PairKey
from artifacts.queries import Queries
from artifacts.schemas import vector_of
from artifacts.store import Store
from benchmarks.measure import Row, cost_of
from benchmarks.overlap import K, lists
from pipelines.loading import fixed_lists
from pipelines.similarity import curve_of, overlap_at_every_k, overlap_counts
from pipelines.workspace import Artifact, Recipe, Workspace

PAIR = PairKey("made-up", "a", "b")
SHOWN = 40
_SCORES = (
    "rank_biased_overlap",
    "average_overlap",
    "rank_displacement",
    "distance_change",
    "second_order_cosine",
    "aligned_cosine",
)


def ours(n: int) -> dict[str, float]:
    """Fill a store with made-up lists of n objects and return the median milliseconds of each question."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder), create=True)
        fill(store, n)
        queries = Queries(store)
        comparison = queries.comparison(PAIR.dataset, PAIR.a, PAIR.b)
        ends = queries.extremes(comparison, "cosine", 50, SHOWN // 2)
        shown = np.concatenate([ends.least, ends.most])
        # Lists that were read are kept: only objects that were never shown tell what reading costs.
        unseen = iter(
            np.random.default_rng(3).permutation(n).astype(np.int32)[: n // SHOWN * SHOWN].reshape(-1, SHOWN)
        )
        questions: dict[str, Callable[[int], Any]] = {
            "similarity at one k": lambda k: queries.overlap(comparison, "cosine", k),
            "histogram": lambda k: queries.histogram(comparison, "cosine", k),
            "40 most and least similar": lambda k: queries.extremes(comparison, "cosine", k, SHOWN // 2),
            "40 dominoes not shown before": lambda k: queries.neighborhoods(
                comparison, "cosine", k, next(unseen)
            ),
            "40 dominoes at another k": lambda k: queries.neighborhoods(comparison, "cosine", k, shown),
        }
        return {name: _milliseconds(ask) for name, ask in questions.items()}


def fill(store: Store, n: int) -> None:
    """Publish a comparison of two spaces whose neighbors are made up."""
    work = Workspace(None, store)  # type: ignore[arg-type]  # nothing here is configured
    row = np.arange(n, dtype=np.int32)
    space = _publish(work, "space", {"objects": 1}, {}, _space_tables(row))
    others = {"side": pa.array([], pa.string()), "row": row[:0], "key": pa.array([], pa.string())}
    matched = {
        "matched": pa.table({"common_row": row, "row_a": row, "row_b": row}),
        "unmatched": pa.table({**others, "reason": others["key"]}),
    }
    matching = _publish(work, "matching", {}, {}, matched)
    sides = []
    found = [lists(n, seed) for seed in (1, 2)]
    for seed, rows in enumerate(found):
        distances = np.sort(np.random.default_rng(seed).random((n, K), np.float32), axis=1)
        table = pa.table(
            {"row": row, "neighbor_rows": fixed_lists(rows), "distances": fixed_lists(distances)}
        )
        sides.append(
            _publish(work, "neighbors", {"seed": seed}, {"space": space.reference}, {"neighbors": table})
        )
    overlap = overlap_at_every_k(*found, n)
    counts = np.zeros((K, K + 1), np.int64)
    overlap_counts(overlap, counts)
    columns: dict[str, Any] = {
        "common_row": row,
        "p_value": np.zeros(n),
        **{name: np.zeros(n, np.float32) for name in _SCORES},
        "tie_rank": np.random.default_rng(0).permutation(n).astype(np.int32),
    }
    columns |= {f"overlap_{k}": np.ascontiguousarray(overlap[:, k - 1]) for k in range(1, K + 1)}
    tables = {"scores": pa.table(columns), "curve": pa.table(vars(curve_of(counts)))}
    inputs = {
        "matching": matching.reference,
        "neighbors_a": sides[0].reference,
        "neighbors_b": sides[1].reference,
    }
    similarity = _publish(work, "similarity", {}, inputs, tables)
    facts = {"common": n, "only_a": 0, "only_b": 0, "metrics": ["cosine"], "projections": [], "k": K}
    facts["searched"] = "common"
    everything = {
        "space_a": space.reference,
        "space_b": space.reference,
        "matching": matching.reference,
        "similarity:cosine": similarity.reference,
    }
    _publish(work, "comparison", {}, everything, {}, facts)


def _space_tables(row: np.ndarray[Any, Any]) -> dict[str, pa.Table]:
    keys = pa.array([f"object-{i}" for i in row.tolist()], pa.string())
    vectors = fixed_lists(np.zeros((len(row), 1), np.float32)).cast(vector_of(1))
    return {
        "objects": pa.table({"row": row, "key": keys}),
        "vectors": pa.table({"row": row, "vector": vectors}),
    }


def _publish(
    work: Workspace,
    kind: str,
    parameters: dict[str, Any],
    inputs: dict[str, tuple[str, str]],
    tables: dict[str, pa.Table],
    facts: dict[str, Any] | None = None,
) -> Artifact:
    def compute(publication: Any) -> None:
        for name, table in tables.items():
            publication.write(name, table)
        publication.facts.update(facts or {"thumbnails": False})

    return work.publish(Recipe(kind, PAIR.path, str(PAIR), 0, parameters, inputs, {}), compute)


def _milliseconds(ask: Callable[[int], Any]) -> float:
    ask(50)
    seconds = []
    for k in (10, 49, 51, 100, 99, 25, 60, 75, 50, 30):
        start = time.perf_counter()
        ask(k)
        seconds.append(time.perf_counter() - start)
    return 1000 * median(seconds)


def run(quick: bool) -> Iterator[Row]:
    """Give the rows of the report."""
    n = 100_000 if quick else 1_000_000
    for name, value in cost_of(ours, n).result.items():
        yield Row(f"{name}, {n:,} objects, warm", "ms", value, None, None, "< 50 ms", value < 50)
