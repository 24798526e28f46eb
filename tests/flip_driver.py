"""Flip single bits of a store and ask it everything: what comes back must be an error of the store, or right.

Run as a process of its own::

    python -m tests.flip_driver STORE FOLDER FLIPS SEED [--size]

Works on a copy of STORE in FOLDER. A third of the bits each is flipped in tables, in manifests, and in refs and
``store.json``. ``--size`` opens the store without looking at digests: the negative control.
Prints one JSON object of counts.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from artifacts.catalog import Catalog, Comparison
from artifacts.errors import StoreError
from artifacts.names import SpaceKey
from artifacts.queries import Queries
from artifacts.schemas import KINDS
from artifacts.store import Store, Verify


def answers(root: Path, verify: Verify, asked_first: bool = False) -> dict[str, list[str]]:
    """Return everything the store says: its listing with every table, and the answer to every named question.

    Parameters
    ----------
    asked_first
        Ask before the tables are read: DuckDB opens every file before pyarrow does.
    """
    store = Store(root, verify=verify)
    if asked_first:
        asked = list(_asked_all(store))
        return {"read": list(_read_all(store)), "asked": asked}
    return {"read": list(_read_all(store)), "asked": list(_asked_all(store))}


def _read_all(store: Store) -> Iterator[str]:
    for kind in KINDS:
        for path in store.ref_paths(kind):
            ref = store.ref(kind, path)
            manifest = store.manifest(kind, ref.fingerprint)
            yield from (repr(ref), repr(manifest))
            yield from (repr(store.read_table(manifest, table).to_pydict()) for table in manifest.tables)


def _asked_all(store: Store) -> Iterator[str]:
    catalog, queries = Catalog(store), Queries(store)
    for dataset in catalog.datasets():
        for version in catalog.spaces(dataset):
            yield repr(queries.health_of(SpaceKey(dataset, version)))
        for pair in catalog.comparisons(dataset):
            yield from map(repr, _asked(queries, queries.comparison(dataset, *pair)))


def _asked(queries: Queries, comparison: Comparison) -> Iterator[object]:
    positions = np.arange(comparison.n, dtype=np.int32)
    yield comparison
    yield queries.keys(comparison)
    yield queries.matching(comparison)
    yield queries.thumbnails(comparison, positions)
    yield queries.measures(comparison)
    for side in ("a", "b"):
        yield queries.health(comparison, side)
    for metric in comparison.metrics:
        yield queries.noise(comparison, metric)
        yield queries.groups(comparison, metric)
        yield queries.object_scores(comparison, metric).to_pydict()
        yield queries.curve(comparison, metric)
        yield queries.scores(comparison, metric, list(range(1, comparison.k_max + 1))).to_pydict()
        yield queries.histogram(comparison, metric, comparison.k_max).tolist()
        yield queries.extremes(comparison, metric, 1, comparison.n)
        yield queries.neighborhoods(comparison, metric, comparison.k_max, positions)
    for projection in comparison.projections:
        yield [coordinates.tolist() for coordinates in queries.coordinates(comparison, projection)]
        for side in ("a", "b"):
            yield queries.map_quality(comparison, projection, side)


def main(source: Path, scratch: Path, flips: int, seed: int, verify: Verify) -> dict[str, int | str]:
    """Flip, ask, mend; return how often the store refused, was right, was silently wrong, or failed otherwise."""
    root = shutil.copytree(source, scratch / "store")
    np.set_printoptions(threshold=sys.maxsize, floatmode="unique")  # every digit of every answer is compared
    expected = answers(root, verify)
    assert expected == answers(root, verify, asked_first=True), "the answers of an untouched store differ"
    groups = [
        sorted(root.rglob("*.parquet")),
        sorted(root.rglob("manifest.json")),
        [root / "store.json", *sorted((root / "refs").rglob("*.json"))],
    ]
    moments = random.Random(seed)  # noqa: S311 (bits of a test)
    outcomes = dict.fromkeys(("detected", "harmless", "silently_wrong", "untyped"), 0)
    for i in range(flips):
        path = moments.choice(groups[i % len(groups)])
        whole = path.read_bytes()
        place, bit = moments.randrange(len(whole)), moments.randrange(8)
        flipped = bytearray(whole)
        flipped[place] ^= 1 << bit
        path.write_bytes(flipped)
        outcomes[_outcome(root, verify, expected, bool(moments.randrange(2)))] += 1
        path.write_bytes(whole)
    return {"flips": flips, "seed": seed, "verify": verify, **outcomes}


def _outcome(root: Path, verify: Verify, expected: dict[str, list[str]], asked_first: bool) -> str:
    try:
        return "harmless" if answers(root, verify, asked_first) == expected else "silently_wrong"
    except StoreError:
        return "detected"
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return "untyped"


if __name__ == "__main__":
    verify: Verify = "size" if "--size" in sys.argv else "sha256"
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), verify)))
