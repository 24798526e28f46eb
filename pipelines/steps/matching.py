"""Which objects two spaces share."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from artifacts.fingerprint import digest_of_keys
from artifacts.names import PairKey
from artifacts.publication import Publication
from pipelines.errors import ComparisonError
from pipelines.loading import load_keys
from pipelines.steps.recipes import recipe
from pipelines.workspace import Artifact, Workspace

EXAMPLES = 10


def match(work: Workspace, pair: PairKey) -> Artifact:
    """Find the objects whose keys are in both spaces of a pair, compared exactly.

    Raises
    ------
    ComparisonError
        Fewer than two common objects.
    """
    a, b = (work.published("space", space.path) for space in pair.spaces)

    def compute(publication: Publication) -> None:
        keys_a, keys_b = (load_keys(work.store, space.manifest) for space in (a, b))
        row_in_b = {key: row for row, key in enumerate(keys_b)}
        matched = [(row, row_in_b[key]) for row, key in enumerate(keys_a) if key in row_in_b]
        if len(matched) < 2:
            raise ComparisonError(_too_few(pair, len(matched), keys_a, keys_b))
        rows = np.array(matched, np.int32)
        common = np.arange(len(rows), dtype=np.int32)
        publication.write(
            "matched",
            pa.table({"common_row": common, "row_a": rows[:, 0].copy(), "row_b": rows[:, 1].copy()}),
        )
        shared = {keys_a[row] for row, _ in matched}
        only_a, only_b = ([key for key in keys if key not in shared] for keys in (keys_a, keys_b))
        publication.facts.update(
            common=len(matched),
            only_a=len(only_a),
            only_b=len(only_b),
            only_a_examples=only_a[:EXAMPLES],
            only_b_examples=only_b[:EXAMPLES],
            keys_digest=digest_of_keys(shared),
        )

    inputs = {"space_a": a, "space_b": b}
    return work.publish(recipe("matching", pair, "", inputs, {"keys": "exact"}), compute)


def _too_few(pair: PairKey, common: int, keys_a: list[str], keys_b: list[str]) -> str:
    found = "no common keys" if common == 0 else "only one common key"
    return (
        f"{pair}: {found}, at least two are needed: A has {len(keys_a)} objects such as {keys_a[0]!r}, "
        f"B has {len(keys_b)} such as {keys_b[0]!r}; check that both name their objects alike"
    )
