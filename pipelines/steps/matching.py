"""Which objects two spaces share, and why the others take no part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from artifacts.fingerprint import digest_of_keys
from artifacts.names import PairKey
from artifacts.publication import Publication
from artifacts.store import Manifest
from pipelines.config import Project
from pipelines.errors import ComparisonError
from pipelines.filters import Filters, Kept, apply_filters
from pipelines.ingest import ReaderOptions
from pipelines.ingest.sidefile import read_side_file
from pipelines.loading import load_keys, load_metadata
from pipelines.matching import Matched, match_keys
from pipelines.steps.recipes import recipe
from pipelines.workspace import Artifact, Workspace

EXAMPLES = 10


@dataclass(frozen=True)
class _Side:
    """One space: its keys, what the filters keep of it, and which of that is common (rows of the space)."""

    space: Manifest
    keys: Sequence[str]
    kept: Kept
    common: NDArray[np.int32]

    def others(self, filtered: bool) -> NDArray[np.int64]:
        """Return the rows that take no part: filtered out, or missing in the other space."""
        apart = ~self.kept.rows if filtered else self.kept.rows.copy()
        apart[self.common] = False
        return np.flatnonzero(apart)


def match(work: Workspace, pair: PairKey) -> Artifact:
    """Find the objects that are in both spaces of a pair, filtered and folded as configured, and report the others.

    Raises
    ------
    ComparisonError
        Fewer than two common objects, keys that become equal when folded, or a filter that cannot be applied.
    """
    a, b = (work.published("space", space.path) for space in pair.spaces)
    filters = configured_filters(work.project, pair.dataset)

    def compute(publication: Publication) -> None:
        try:
            sides = _matched_sides(work, (a.manifest, b.manifest), filters)
        except (ValueError, ComparisonError) as error:
            raise ComparisonError(f"{pair}: {error}") from None
        if len(sides[0].common) < 2:
            raise ComparisonError(_too_few(pair, *sides))
        _write(publication, sides)
        publication.facts["folding"] = filters.folding

    inputs = {"space_a": a, "space_b": b}
    return work.publish(recipe("matching", pair, "", inputs, _parameters(filters)), compute)


def configured_filters(project: Project, dataset: str) -> Filters:
    """Return the filters of a dataset, the keys of a file read."""
    config = project.dataset(dataset).matching
    said = config.filter.model_dump()
    if isinstance(config.filter.keys, str):
        file = project.folder(dataset) / config.filter.keys
        if not file.is_file():
            raise ComparisonError(
                f"matching.filter.keys: there is no file {file}: name one with one key a line"
            )
        said["keys"] = read_side_file(file, ReaderOptions()).keys
    return Filters(**said, folding=config.keys)


def _parameters(filters: Filters) -> dict[str, Any]:
    said = {name: value for name, value in vars(filters).items() if value is not None and name != "folding"}
    if filters.keys is not None:
        said["keys"] = digest_of_keys(filters.keys)
    return {"keys": filters.folding, "filter": said}


def _matched_sides(
    work: Workspace, spaces: tuple[Manifest, Manifest], filters: Filters
) -> tuple[_Side, _Side]:
    keys = [load_keys(work.store, space) for space in spaces]
    kept = [_kept(work, space, names, filters) for space, names in zip(spaces, keys, strict=True)]
    rows = [np.flatnonzero(one.rows).astype(np.int32) for one in kept]
    names = [
        all_keys if len(some) == len(all_keys) else [all_keys[row] for row in some.tolist()]
        for all_keys, some in zip(keys, rows, strict=True)
    ]
    found: Matched = match_keys(names[0], names[1], filters.folding)
    return (
        _Side(spaces[0], keys[0], kept[0], rows[0][found.rows_a]),
        _Side(spaces[1], keys[1], kept[1], rows[1][found.rows_b]),
    )


def _kept(work: Workspace, space: Manifest, keys: Sequence[str], filters: Filters) -> Kept:
    try:
        return apply_filters(filters, keys, load_metadata(work.store, space))
    except ValueError as error:
        raise ValueError(f"matching.filter cannot be applied to {space.key}: {error}") from None


def _write(publication: Publication, sides: tuple[_Side, _Side]) -> None:
    a, b = sides
    common = np.arange(len(a.common), dtype=np.int32)
    publication.write("matched", pa.table({"common_row": common, "row_a": a.common, "row_b": b.common}))
    publication.write(
        "unmatched",
        pa.concat_tables([_unmatched(side, name) for side, name in zip(sides, "ab", strict=True)]),
    )
    publication.facts.update(
        common=len(common), **{name: _facts(side) for side, name in zip(sides, "ab", strict=True)}
    )


def _unmatched(side: _Side, name: str) -> pa.Table:
    missing, filtered = side.others(filtered=False), side.others(filtered=True)
    rows = np.sort(np.concatenate([missing, filtered]))
    reasons = np.where(np.isin(rows, filtered), "filtered", "missing")
    return pa.table(
        {
            "side": pa.array([name] * len(rows), pa.string()),
            "row": rows.astype(np.int32),
            "key": pa.array([side.keys[row] for row in rows.tolist()], pa.string()),
            "reason": pa.array(reasons.tolist(), pa.string()),
        }
    )


def _facts(side: _Side) -> dict[str, Any]:
    missing, filtered = side.others(filtered=False), side.others(filtered=True)
    facts = side.space.facts
    return {
        "objects": len(side.keys),
        "only": len(missing),
        "only_examples": [side.keys[row] for row in missing[:EXAMPLES].tolist()],
        "filtered": len(filtered),
        "filtered_examples": [side.keys[row] for row in filtered[:EXAMPLES].tolist()],
        "filters": side.kept.removed,
        "covered": len(side.common) / len(side.keys),
        "dropped": facts["dropped"],
        "dropped_examples": facts["dropped_examples"],
        "zero_vectors": facts["zero_vectors"],
        "common_digest": _digest(side, side.common),
        "own_digest": _digest(side, np.flatnonzero(side.kept.rows)),
    }


def _digest(side: _Side, rows: NDArray[Any]) -> str:
    """Return the digest of the keys of some rows, which two spaces of the same objects share."""
    if len(rows) == len(side.keys):
        return str(side.space.facts["keys_digest"])
    return digest_of_keys(side.keys[row] for row in rows.tolist())


def _too_few(pair: PairKey, a: _Side, b: _Side) -> str:
    found = "no common keys" if len(a.common) == 0 else "only one common key"
    left = " that the filters leave" if not (a.kept.rows.all() and b.kept.rows.all()) else ""
    counts = []
    for name, side in (("A", a), ("B", b)):
        rows = np.flatnonzero(side.kept.rows)
        counts.append(
            f"{name} has {len(rows)} objects{left}"
            + (f" such as {side.keys[rows[0]]!r}" if len(rows) else "")
        )
    advice = "loosen matching.filter" if left else "check that both name their objects alike"
    return f"{pair}: {found}, at least two are needed: {', '.join(counts)}; {advice}"
