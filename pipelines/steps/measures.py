"""The measures of a whole pair, each with its interval."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from artifacts.publication import Publication
from pipelines.measures import Measured, measure_neighborhoods, measure_vectors
from pipelines.similarity import overlap_at_every_k
from pipelines.steps.pairs import MatchedPair, load_common_lists, load_common_vectors
from pipelines.steps.recipes import recipe
from pipelines.workspace import Artifact, Workspace

SEED = 0


def measures_artifact(work: Workspace, pair: MatchedPair) -> Artifact:
    """Publish every measure of a pair, those of the neighborhoods under each metric."""

    def compute(publication: Publication) -> None:
        progress = work.report(f"measures {pair.key}")
        a, b = load_common_vectors(work.store, pair)
        measured = measure_vectors(a, b)
        for done, metric in enumerate(pair.neighbors, 1):
            in_a, in_b = load_common_lists(work.store, pair, metric)
            overlap = overlap_at_every_k(in_a.rows, in_b.rows, in_a.objects)
            measured += measure_neighborhoods(
                a, b, in_a.rows, in_b.rows, overlap, metric, seed=SEED, others=pair.others
            )
            progress(done, len(pair.neighbors))
        publication.write("measures", measured_table(measured))
        publication.facts["objects"] = len(a)

    inputs = {"matching": pair.matching}
    for metric, (one, two) in pair.neighbors.items():
        inputs |= {f"neighbors_a:{metric}": one, f"neighbors_b:{metric}": two}
    return work.publish(recipe("measures", pair.key, "", inputs, {"seed": SEED}), compute)


def measured_table(measured: Sequence[Measured]) -> pa.Table:
    """Return measured values as a table, one row each."""
    types = {
        "name": pa.string(),
        "metric": pa.string(),
        "k": pa.int32(),
        "value": pa.float64(),
        "low": pa.float64(),
        "high": pa.float64(),
        "n": pa.int64(),
        "interval": pa.string(),
    }
    return pa.table(
        {name: pa.array([getattr(one, name) for one in measured], kind) for name, kind in types.items()}
    )
