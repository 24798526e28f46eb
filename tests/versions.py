"""Versions of one tiny comparison whose every part tells which version it is of: what the store's drivers publish."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from artifacts.catalog import Comparison
from artifacts.errors import MissingArtifactError
from artifacts.fingerprint import digest_of_file, fingerprint_of
from artifacts.queries import Queries
from artifacts.store import Manifest, Store

ROWS = 4
PATH = "d/a..b"


def _tables(version: int) -> dict[tuple[str, str], dict[str, pa.Table]]:
    """Tables of every part, by (role, kind); every value but the rows is the version."""
    row = pa.array(range(ROWS), pa.int32())

    def all_of(dtype: pa.DataType, length: int = ROWS) -> pa.Array:
        return pa.array(np.full(length, version), dtype)

    place = {name: all_of(pa.float32()) for name in ("x", "y", "intrusion", "extrusion")}
    coordinates = {"coordinates": pa.table({"row": row, **place})}
    scores = ("rank_biased_overlap", "average_overlap", "rank_displacement", "distance_change")
    scores += ("second_order_cosine", "aligned_cosine")
    curve = ("overlap_mean", "jaccard_mean", "jaccard_median", "jaccard_chance", "chance_adjusted")
    similarity = {
        "scores": pa.table(
            {
                "common_row": row,
                **{name: all_of(pa.float32()) for name in scores},
                "p_value": all_of(pa.float64()),
                "tie_rank": row,
                **{f"overlap_{k}": all_of(pa.uint16()) for k in (1, 2, 3)},
            }
        ),
        "curve": pa.table(
            {
                "k": pa.array([1, 2, 3], pa.int32()),
                **{name: all_of(pa.float64(), 3) for name in curve},
            }
        ),
    }
    return {
        ("matching", "matching"): {
            "matched": pa.table({"common_row": row, "row_a": row, "row_b": row}),
            "unmatched": pa.table(
                {
                    "side": pa.array([], pa.string()),
                    "row": pa.array([], pa.int32()),
                    "key": pa.array([], pa.string()),
                    "reason": pa.array([], pa.string()),
                }
            ),
        },
        ("projection_a:pca", "projection"): coordinates,
        ("projection_b:pca", "projection"): coordinates,
        ("similarity:cosine", "similarity"): similarity,
    }


def publish_version(
    store: Store, version: int, path: str = PATH, roles: Collection[str] | None = None
) -> str:
    """Publish the parts of a version that are not there yet and point the key to it; return its fingerprint.

    Parameters
    ----------
    roles
        The parts, all by default; a page can ask for a comparison that has all of them.
    """
    inputs: dict[str, tuple[str, str]] = {}
    for (role, kind), tables in _tables(version).items():
        if roles is not None and role not in roles:
            continue
        fingerprint = fingerprint_of(kind, version, {"role": role, "path": path}, {})
        if not store.has(kind, fingerprint):
            with store.publication(kind, f"{path} {role}", fingerprint, {}, {}) as publication:
                for name, table in tables.items():
                    publication.write(name, table)
                publication.facts["version"] = version
        inputs[role] = (kind, fingerprint)
    comparison = fingerprint_of("comparison", version, {"path": path}, {})
    if not store.has("comparison", comparison):
        with store.publication("comparison", path, comparison, inputs, {}) as publication:
            publication.facts.update(version=version, common=ROWS, only_a=0, only_b=0, k=3, searched="common")
            publication.facts.update(metrics=["cosine"], projections=["pca"])
    store.point("comparison", path, path, comparison)
    return comparison


def current_version(root: Path) -> int | None:
    """Return the version that the key points to, every byte of all its parts verified; None where there is none.

    Raises
    ------
    artifacts.errors.StoreError
        Anything is damaged or missing but the store or the ref.
    AssertionError
        Parts of different versions.
    """
    try:
        store = Store(root)
    except MissingArtifactError:
        return None
    ref = store.find_ref("comparison", PATH)
    if ref is None:
        return None
    comparison = store.manifest("comparison", ref.fingerprint)
    parts = [comparison, *(store.manifest(*target) for target in comparison.inputs.values())]
    versions = {part.facts["version"] for part in parts}
    for part in parts[1:]:
        versions |= _values(store, part)
    assert len(versions) == 1, f"a mixture of the versions {sorted(versions)}"
    return int(versions.pop())


def _values(store: Store, part: Manifest) -> set[float]:
    found: set[float] = set()
    for name, entry in part.tables.items():
        assert digest_of_file(Path(store.url) / store.table_path(part, name)) == entry["sha256"]
        found |= _versions_in(store.read_table(part, name))
    return found


def _versions_in(table: pa.Table) -> set[float]:
    positions = {"row", "common_row", "row_a", "row_b", "tie_rank", "k"}
    values = (table[name].to_pylist() for name in table.column_names if name not in positions)
    return {float(value) for column in values for value in column}


def asked_versions(queries: Queries, apart: bool = False) -> set[float]:
    """Return the versions that a page meets which asks one comparison for everything it shows.

    Parameters
    ----------
    apart
        Look for the comparison again before every question, as nobody should.
    """
    taken = queries.comparison("d", "a", "b")

    def comparison() -> Comparison:
        return queries.comparison("d", "a", "b") if apart else taken

    facts: Mapping[str, int] = queries.store.manifest("comparison", comparison().fingerprint).facts
    curve = queries.curve(comparison(), "cosine")
    maps = queries.coordinates(comparison(), "pca")
    answers = [curve.overlap_mean, *maps, queries.overlap(comparison(), "cosine", 3)]
    return {float(facts["version"])} | {float(value) for answer in answers for value in np.ravel(answer)}
