"""Everything that the store holds of every object of a pair, as one table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from artifacts.catalog import Comparison
from artifacts.queries import Queries
from artifacts.store import Store
from pipelines.loading import load_column


def scores_of_objects(queries: Queries, comparison: Comparison, metric: str, ks: list[int]) -> pa.Table:
    """Return one row per common object.

    Parameters
    ----------
    ks
        Where overlap and Jaccard similarity are given: columns ``overlap_10``, ``jaccard_10``, …; one k alone:
        ``overlap``, ``jaccard``.

    Returns
    -------
    pyarrow.Table
        ``key``; overlap and jaccard; every score that does not depend on k; ``noise_quantile`` and
        ``changed_beyond_noise`` where replicates are declared; ``group``, null outside of groups; ``a_…`` and
        ``b_…``, the metadata of the object in A and in B.
    """
    table = queries.scores(comparison, metric, ks)
    if len(ks) == 1:
        table = table.rename_columns(["key", "overlap", "jaccard"])
    columns = {name: table[name] for name in table.column_names}
    scores = queries.object_scores(comparison, metric)
    columns |= {name: scores[name] for name in scores.column_names}
    noise = queries.noise(comparison, metric)
    if noise:
        columns |= {"noise_quantile": noise.quantiles, "changed_beyond_noise": noise.changed}
    columns["group"] = _groups(queries, comparison, metric)
    return pa.table({**columns, **_metadata(queries.store, comparison)})


def _groups(queries: Queries, comparison: Comparison, metric: str) -> pa.Array:
    numbers = np.full(comparison.n, -1, np.int32)
    for number, group in enumerate(queries.groups(comparison, metric)):
        numbers[group.members] = number
    return pa.array(numbers, mask=numbers < 0)


def _metadata(store: Store, comparison: Comparison) -> dict[str, Any]:
    inputs = store.manifest("comparison", comparison.fingerprint).inputs
    matching = store.manifest(*inputs["matching"])
    columns: dict[str, Any] = {}
    for side in ("a", "b"):
        space = store.manifest(*inputs[f"space_{side}"])
        if not space.facts["metadata"]:
            continue
        rows = pa.array(load_column(store, matching, "matched", f"row_{side}"))
        struct = store.read_table(space, "objects", ["metadata"])["metadata"].combine_chunks().take(rows)
        columns |= {f"{side}_{name.name}": struct.field(name.name) for name in struct.type}
    return columns
