"""The named questions one can ask a store about a comparison. All SQL is here; every value is bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from artifacts.answers import (
    Curve,
    End,
    Extremes,
    Group,
    Headline,
    Measure,
    Neighborhoods,
    Noise,
    Ranked,
    Scale,
)
from artifacts.catalog import Catalog, Comparison
from artifacts.database import LIMITS, Database, Limits
from artifacts.errors import DamagedArtifactError
from artifacts.matched import MatchingReport, matching_report
from artifacts.names import PairKey, SpaceKey
from artifacts.neighbor_lists import NeighborLists
from artifacts.ranking import ends_of, first_of, neighborhoods_of, scale_of
from artifacts.storage import Storage
from artifacts.store import Manifest, Store

Side = Literal["a", "b"]
SIMILARITY = "similarity"
METADATA = "metadata:"
"""What a metadata column's name is preceded by among the things one can sort by."""

PATIENT = Limits(seconds=300)
"""For commands, which may wait for a slow network longer than a page."""

_COLUMN = "SELECT COLUMNS(lambda name: name = $column) FROM read_parquet($files)"
_HISTOGRAM = """
    SELECT overlap, count(*) AS objects
    FROM (SELECT COLUMNS(lambda name: name = $column) AS overlap FROM read_parquet($files))
    GROUP BY overlap
"""
_KEYS = """
    SELECT objects.key
    FROM read_parquet($matched) AS matched JOIN read_parquet($objects) AS objects ON objects.row = matched.row_a
    ORDER BY matched.common_row
"""
_COORDINATES = (
    "SELECT row, x, y, greatest(intrusion, extrusion) AS error FROM read_parquet($files) ORDER BY row"
)
_OBJECTS = """
    SELECT row, COLUMNS(lambda name: name = $column) AS value
    FROM read_parquet($files)
    WHERE row IN (SELECT unnest($rows::INTEGER[]))
"""
_CURVE = "SELECT * FROM read_parquet($files) ORDER BY k"
_TABLE = "SELECT * FROM read_parquet($files)"
_OBJECT_SCORES = (
    "SELECT * EXCLUDE (common_row, tie_rank) FROM (SELECT COLUMNS('^[^0-9]*$') FROM read_parquet($files))"
)


class Queries:
    """Answers questions about comparisons of one store; safe to share between threads.

    Parameters
    ----------
    store
        The store or its URL.
    limits
        Memory, threads and time of one question.
    """

    def __init__(self, store: Store | str | Path, limits: Limits = LIMITS) -> None:
        self.store = store if isinstance(store, Store) else Store(store)
        self._catalog = Catalog(self.store)
        self._database = _Database(self.store.storage, self._look_again, limits)
        self._lists = NeighborLists(self.store, limits, self._look_again)
        self._address = lru_cache(maxsize=4096)(self._checked_address)
        self.keys = lru_cache(maxsize=16)(self._keys)
        self.coordinates = lru_cache(maxsize=32)(self._coordinates)
        self.curve = lru_cache(maxsize=64)(self._curve)
        self._lowered = lru_cache(maxsize=8)(self._lower_keys)
        self._only_in = lru_cache(maxsize=8)(self._unmatched_keys)
        self._places = lru_cache(maxsize=8)(self._key_places)
        self._matched = lru_cache(maxsize=16)(self._read_matched)
        self._unmatched = lru_cache(maxsize=16)(self._read_unmatched)
        self._common_rows = lru_cache(maxsize=32)(self._invert_matched)
        self._tie_rank = lru_cache(maxsize=32)(self._read_tie_rank)
        self.placement_errors = lru_cache(maxsize=32)(self._placement_errors)
        self.scale = lru_cache(maxsize=32)(self._scale)
        self.sortable = lru_cache(maxsize=64)(self._sortable)
        self.changed_rows = lru_cache(maxsize=32)(self._changed_rows)
        self.group_of = lru_cache(maxsize=16)(self._group_of)
        self._order = lru_cache(maxsize=16)(self._sort)

    def comparison(self, dataset: str, a: str, b: str, at: str = "") -> Comparison:
        """Return the comparison of a pair, current or `at` a fingerprint; see `Catalog.comparison`."""
        return self._catalog.comparison(dataset, a, b, at)

    def matching(self, comparison: Comparison) -> MatchingReport:
        """Return how the objects of the two spaces were matched."""
        return matching_report(self._input(comparison, "matching").facts)

    def all_keys(self, comparison: Comparison) -> list[str]:
        """Return the keys of the n common objects, then those of all others: what `neighborhoods` numbers."""
        return [*self.keys(comparison), *self._unmatched(comparison)["key"].to_pylist()]

    def all_coordinates(
        self, comparison: Comparison, projection: str
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the maps of A and B in the order of `all_keys`; NaN where a space lacks the object."""
        others = self._unmatched(comparison)
        maps = []
        for side, common in zip(("a", "b"), self.coordinates(comparison, projection), strict=True):
            found = np.full((comparison.n + len(others), 2), np.nan, np.float32)
            found[: comparison.n] = common
            places = np.flatnonzero(others["side"].to_numpy() == side)
            rows = _numpy(others["row"])[places]
            found[comparison.n + places] = self._whole_map(comparison, projection, side)[rows]
            maps.append(found)
        return maps[0], maps[1]

    def overlap(self, comparison: Comparison, metric: str, k: int) -> NDArray[np.uint16]:
        """Return the overlap c(k) of every common object; uint16, shape (n,), 0 … k."""
        scores = self._files(self._similarity(comparison, metric), "scores")
        table = self._database.ask(_COLUMN, {"files": scores, "column": _overlap_column(comparison, k)})
        return _numpy(table.column(0))

    def histogram(self, comparison: Comparison, metric: str, k: int) -> NDArray[np.int64]:
        """Return how many common objects have overlap 0 … k; int64, shape (k + 1,)."""
        scores = self._files(self._similarity(comparison, metric), "scores")
        table = self._database.ask(_HISTOGRAM, {"files": scores, "column": _overlap_column(comparison, k)})
        counts = np.zeros(k + 1, np.int64)
        counts[_numpy(table["overlap"])] = _numpy(table["objects"])
        return counts

    def extremes(
        self,
        comparison: Comparison,
        metric: str,
        k: int,
        count: int,
        within: NDArray[np.int32] | None = None,
    ) -> Extremes:
        """Return the `count` least and most similar objects by overlap, ties by the ranking's tie rule.

        Parameters
        ----------
        within
            Common rows to choose from, at least one; None: all.
        """
        overlap = self.overlap(comparison, metric, k)
        tie_rank = self._tie_rank(comparison, metric)
        if within is not None:
            overlap, tie_rank = overlap[within], tie_rank[within]
        least = first_of(overlap, tie_rank, count)
        most = first_of(k - overlap, comparison.n - 1 - tie_rank, count)
        tied = [int(np.count_nonzero(overlap == overlap[end[0]])) for end in (least, most)]
        if within is not None:
            least, most = within[least], within[most]
        return Extremes(least, most, *tied)

    def ranked(
        self,
        comparison: Comparison,
        metric: str,
        k: int,
        by: str,
        start: int,
        count: int,
        within: NDArray[np.int32] | None = None,
    ) -> Ranked:
        """Return `count` objects from the `start`-th on, from both ends of an order.

        Parameters
        ----------
        by
            One of `sortable`. By similarity the values are overlaps, ties by the ranking's tie rule; else ties are by
            common row, and objects without a value are last at both ends.
        within
            Common rows to choose from, ascending; None: all.
        """
        if by == SIMILARITY:
            return self._ranked_by_overlap(comparison, metric, k, start, count, within)
        values, order = self.scale(comparison, metric, by).values, self._order(comparison, metric, by)
        if within is not None:
            inside = np.zeros(comparison.n, bool)
            inside[within] = True
            order = order[inside[order]]
        return Ranked(*ends_of(values, order, start, count), len(order))

    def _ranked_by_overlap(
        self,
        comparison: Comparison,
        metric: str,
        k: int,
        start: int,
        count: int,
        within: NDArray[np.int32] | None,
    ) -> Ranked:
        overlap, tie_rank = self.overlap(comparison, metric, k), self._tie_rank(comparison, metric)
        if within is not None:
            overlap, tie_rank = overlap[within], tie_rank[within]
        objects = np.bincount(overlap, minlength=k + 1).astype(np.int32)
        ends = []
        for score, tie in ((overlap, tie_rank), (k - overlap, comparison.n - 1 - tie_rank)):
            found = first_of(score, tie, start + count)[start:]
            rows = found if within is None else within[found]
            ends.append(End(rows, overlap[found].astype(np.float64), objects[overlap[found]]))
        return Ranked(ends[0], ends[1], len(overlap))

    def find(self, comparison: Comparison, text: str, limit: int) -> list[str]:
        """Return keys that contain a text, whatever their case: equal ones first, then those that begin with it."""
        return _find(self.keys(comparison), self._lowered(comparison), text, limit) if text else []

    def find_unmatched(self, comparison: Comparison, side: Side, text: str, limit: int) -> list[str]:
        """Return keys that only one space has and that contain a text, as `find` does; no text: the first ones."""
        keys, lowered = self._only_in(comparison, side)
        return _find(keys, lowered, text, limit) if text else keys[:limit]

    def rows_of(self, comparison: Comparison, keys: Sequence[str]) -> NDArray[np.int32]:
        """Return the common rows of those of the keys that are common objects, ascending."""
        place = self._places(comparison)
        return np.array(sorted({place[key] for key in keys if key in place}), np.int32)

    def neighborhoods(
        self, comparison: Comparison, metric: str, k: int, positions: NDArray[np.int32]
    ) -> Neighborhoods:
        """Return the first k neighbors of the objects at `positions` (common rows, shape (m,)) in A and B."""
        _overlap_column(comparison, k)
        (lists_a, far_a), (lists_b, far_b) = (
            self._neighbors(comparison, metric, positions, side) for side in ("a", "b")
        )
        return neighborhoods_of((lists_a, lists_b), (far_a, far_b), k)

    def has_thumbnails(self, comparison: Comparison) -> bool:
        """Return whether the objects have images."""
        return bool(self._space(comparison, "a").facts["thumbnails"])

    def thumbnails(self, comparison: Comparison, positions: NDArray[np.int32]) -> list[bytes | None]:
        """Return the PNG image of each object at `positions`, None where there is none."""
        if not self.has_thumbnails(comparison):
            return [None] * len(positions)
        rows = self._matched(comparison)[0][positions]
        files = self._files(self._space(comparison, "a"), "objects")
        table = self._database.ask(_OBJECTS, {"files": files, "column": "thumbnail", "rows": rows.tolist()})
        found = dict(zip(table["row"].to_pylist(), table["value"].to_pylist(), strict=True))
        return [found[row] for row in rows.tolist()]

    def scores(self, comparison: Comparison, metric: str, ks: list[int]) -> pa.Table:
        """Return one row per common object: its key, and overlap and Jaccard similarity at every k of `ks`."""
        columns: dict[str, Any] = {"key": pa.array(self.keys(comparison), pa.string())}
        for k in ks:
            overlap = self.overlap(comparison, metric, k)
            columns[f"overlap_{k}"] = overlap
            columns[f"jaccard_{k}"] = overlap / (2.0 * k - overlap)
        return pa.table(columns)

    def object_scores(self, comparison: Comparison, metric: str) -> pa.Table:
        """Return one row per common object: its scores that do not depend on k."""
        files = self._files(self._similarity(comparison, metric), "scores")
        return self._database.ask(_OBJECT_SCORES, {"files": files})

    def measures(self, comparison: Comparison) -> list[Measure]:
        """Return the measures of the whole pair."""
        return self._measures(self._input(comparison, "measures"))

    def health(self, comparison: Comparison, side: Side) -> list[Measure]:
        """Return the measures of the health of one of the two spaces."""
        return self._measures(self._input(comparison, f"health_{side}"))

    def health_of(self, space: SpaceKey) -> list[Measure]:
        """Return the measures of the health of a space; raise `MissingArtifactError` when it is not published."""
        return self._measures(self.store.manifest("health", self.store.ref("health", space.path).fingerprint))

    def noise(self, comparison: Comparison, metric: str) -> Noise | None:
        """Return what of the change is more than noise; None where no replicates are declared."""
        role = f"noise:{metric}"
        if role not in self.store.manifest("comparison", comparison.fingerprint).inputs:
            return None
        manifest = self._input(comparison, role)
        table = self._database.ask(_TABLE, {"files": self._files(manifest, "noise")})
        facts = manifest.facts
        return Noise(
            facts["k"],
            _numpy(table["noise_quantile"]),
            _numpy(table["changed_beyond_noise"]),
            facts.get("similarity", np.nan),
            facts.get("replicate_mean", np.nan),
            facts.get("noise_ratio", np.nan),
        )

    def has_noise(self, comparison: Comparison, metric: str) -> bool:
        """Return whether replicates tell what change is more than noise."""
        return f"noise:{metric}" in self.store.manifest("comparison", comparison.fingerprint).inputs

    def groups(self, comparison: Comparison, metric: str) -> list[Group]:
        """Return the groups of objects that moved together, the largest and most coherent first."""
        manifest = self._input(comparison, f"groups:{metric}")
        tables = {
            name: self._database.ask(_TABLE, {"files": self._files(manifest, name)}).to_pylist()
            for name in ("groups", "members", "neighbors", "traits")
        }
        of_group: dict[str, dict[int, list[dict[str, Any]]]] = {
            name: {row["group"]: [] for row in tables["groups"]} for name in tables
        }
        for name, rows in tables.items():
            for row in rows:
                of_group[name][row["group"]].append(row)
        return [_group(summary, of_group) for summary in tables["groups"]]

    def has_groups(self, comparison: Comparison, metric: str) -> bool:
        """Return whether objects that moved together were looked for."""
        return f"groups:{metric}" in self.store.manifest("comparison", comparison.fingerprint).inputs

    def is_aligned(self, comparison: Comparison, projection: str) -> bool:
        """Return whether the map of B is drawn in the frame of A's."""
        return self._map_role(comparison, projection, "b").startswith("aligned_projection:")

    def replicates_curve(self, comparison: Comparison, metric: str) -> NDArray[np.float64] | None:
        """Return the mean Jaccard similarity of two runs of the same model at k = 1 … K, shape (K,); None unknown.

        It is the mean over the pairs of replicates, up to the smallest K among them.
        """
        role = f"noise:{metric}"
        if role not in self.store.manifest("comparison", comparison.fingerprint).inputs:
            return None
        inputs = self._input(comparison, role).inputs
        runs = [self.store.manifest(*inputs[name]) for name in inputs if name.startswith("replicates:")]
        tables = [self._database.ask(_CURVE, {"files": self._files(run, "curve")}) for run in runs]
        curves = [_numpy(table["jaccard_mean"]) for table in tables]
        shortest = min(len(curve) for curve in curves)
        mean: NDArray[np.float64] = np.mean([curve[:shortest] for curve in curves], axis=0)
        return mean

    def dimensions(self, comparison: Comparison, side: Side) -> int:
        """Return the width of the vectors of one of the two spaces."""
        return int(self._space(comparison, side).facts["dimensions"])

    def headlines(self, dataset: str, pairs: Sequence[tuple[str, str]]) -> list[Headline]:
        """Return those of the pairs of a dataset that are published, with their scores, from the manifests alone."""
        found = []
        for a, b in pairs:
            ref = self.store.find_ref("comparison", PairKey(dataset, a, b).path)
            if ref is not None:
                scores = self.store.manifest("comparison", ref.fingerprint).facts["headlines"]
                found.append(Headline(a, b, scores))
        return found

    def map_quality(self, comparison: Comparison, projection: str, side: Side) -> dict[str, float]:
        """Return trustworthiness, continuity, rnx and rnx_auc of the map of one space, and their k (quality_k).

        As in `coordinates`, B's map is the one in the frame of A's where there is one.
        """
        facts = self._input(comparison, self._map_role(comparison, projection, side)).facts
        names = ("trustworthiness", "continuity", "rnx", "rnx_auc", "quality_k")
        return {name: facts[name] for name in names}

    def _measures(self, manifest: Manifest) -> list[Measure]:
        table = self._database.ask(_TABLE, {"files": self._files(manifest, "measures")})
        return [Measure(**row) for row in table.to_pylist()]

    def _keys(self, comparison: Comparison) -> list[str]:
        """Return the keys of the n common objects, in the order of their common rows."""
        objects = self._files(self._space(comparison, "a"), "objects")
        matched = self._files(self._input(comparison, "matching"), "matched")
        keys: list[str] = self._database.ask(_KEYS, {"matched": matched, "objects": objects})[
            "key"
        ].to_pylist()
        return keys

    def _lower_keys(self, comparison: Comparison) -> pa.Array:
        return pc.utf8_lower(pa.array(self.keys(comparison), pa.string()))

    def _unmatched_keys(self, comparison: Comparison, side: Side) -> tuple[list[str], pa.Array]:
        """Return the keys that only one space has, in the order of its rows, and the same in lower case."""
        others = self._unmatched(comparison)
        is_missing = pc.and_(pc.equal(others["side"], side), pc.equal(others["reason"], "missing"))
        found = others.filter(is_missing)["key"]
        return found.to_pylist(), pc.utf8_lower(found)

    def _key_places(self, comparison: Comparison) -> dict[str, int]:
        return {key: row for row, key in enumerate(self.keys(comparison))}

    def _coordinates(
        self, comparison: Comparison, projection: str
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the maps of the common objects in A and in B; float32, shape (n, 2) each.

        B's map is the one in the frame of A's where there is one.
        """
        rows_a, rows_b = self._matched(comparison)
        return (
            self._whole_map(comparison, projection, "a")[rows_a],
            self._whole_map(comparison, projection, "b")[rows_b],
        )

    def _whole_map(self, comparison: Comparison, projection: str, side: str) -> NDArray[np.float32]:
        manifest = self._input(comparison, self._map_role(comparison, projection, side))
        table = self._database.ask(_COORDINATES, {"files": self._files(manifest, "coordinates")})
        return np.column_stack([_numpy(table["x"]), _numpy(table["y"])])

    def _map_role(self, comparison: Comparison, projection: str, side: str) -> str:
        aligned = f"aligned_projection:{projection}"
        published = self.store.manifest("comparison", comparison.fingerprint).inputs
        return aligned if side == "b" and aligned in published else f"projection_{side}:{projection}"

    def _curve(self, comparison: Comparison, metric: str) -> Curve:
        """Return the scores of the whole pair at every k."""
        files = self._files(self._similarity(comparison, metric), "curve")
        table = self._database.ask(_CURVE, {"files": files})
        return Curve(**{name: _numpy(table[name]) for name in table.column_names if name != "k"})

    def _neighbors(
        self, comparison: Comparison, metric: str, positions: NDArray[np.int32], side: Side
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return all K neighbors of some objects in one space as common rows, and their distances."""
        similarity = self._similarity(comparison, metric)
        manifest = self.store.manifest(*similarity.inputs[f"neighbors_{side}"])
        rows = self._matched(comparison)[0 if side == "a" else 1][positions]
        neighbor_rows, distances = self._lists.of(manifest, rows, comparison.k_max)
        return self._common_rows(comparison, side)[neighbor_rows], distances

    def _placement_errors(
        self, comparison: Comparison, projection: str
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return how wrongly the maps of A and B place every common object, the greater of its two errors."""
        errors = []
        for side, rows in zip("ab", self._matched(comparison), strict=True):
            role = self._map_role(comparison, projection, side)
            files = self._files(self._input(comparison, role), "coordinates")
            errors.append(_numpy(self._database.ask(_COORDINATES, {"files": files})["error"])[rows])
        return errors[0], errors[1]

    def _sortable(self, comparison: Comparison, metric: str) -> tuple[str, ...]:
        """Return what objects can be sorted by: similarity, scores, the noise quantile, and metadata columns."""
        scores = tuple(self.object_scores(comparison, metric).column_names)
        noise = ("noise_quantile",) if self.has_noise(comparison, metric) else ()
        columns = self._space(comparison, "a").facts.get("metadata") or ()
        return (SIMILARITY, *scores, *noise, *(f"{METADATA}{name}" for name in columns))

    def _scale(self, comparison: Comparison, metric: str, by: str) -> Scale:
        """Return what `by`, one of `sortable` other than similarity, says of every common object."""
        if by not in self.sortable(comparison, metric):
            known = ", ".join(self.sortable(comparison, metric))
            raise ValueError(f"objects cannot be sorted by {by!r}; there is {known}")
        if by.startswith(METADATA):
            table = self.store.read_table(self._space(comparison, "a"), "objects", ["metadata"])
            column = pc.struct_field(table["metadata"], [by.removeprefix(METADATA)])
            return scale_of(_numpy(column)[self._matched(comparison)[0]])
        if by == "noise_quantile":
            noise = self.noise(comparison, metric)
            return scale_of(noise.quantiles if noise else np.full(comparison.n, np.nan))
        return scale_of(_numpy(self.object_scores(comparison, metric)[by]))

    def _sort(self, comparison: Comparison, metric: str, by: str) -> NDArray[np.int32]:
        values = self.scale(comparison, metric, by).values
        return np.argsort(values, kind="stable").astype(np.int32)

    def _group_of(self, comparison: Comparison, metric: str) -> NDArray[np.int32]:
        """Return the number of the group of every common object, from 0; −1 for those in none."""
        files = self._files(self._input(comparison, f"groups:{metric}"), "members")
        members = self._database.ask(_TABLE, {"files": files})
        found = np.full(comparison.n, -1, np.int32)
        found[_numpy(members["common_row"])] = _numpy(members["group"])
        return found

    def _changed_rows(self, comparison: Comparison, metric: str) -> NDArray[np.int32] | None:
        """Return the common rows that changed more than noise explains; None where no replicates are declared."""
        noise = self.noise(comparison, metric)
        return None if noise is None else np.flatnonzero(noise.changed).astype(np.int32)

    def _read_matched(self, comparison: Comparison) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        table = self.store.read_table(self._input(comparison, "matching"), "matched")
        return _numpy(table["row_a"]), _numpy(table["row_b"])

    def _invert_matched(self, comparison: Comparison, side: Side) -> NDArray[np.int32]:
        """Return the common row of every row of a space; from n on, those that the other space lacks."""
        space_rows = self._matched(comparison)[0 if side == "a" else 1]
        if comparison.searched == "common":
            common_rows = np.empty(space_rows.max() + 1, np.int32)
            common_rows[space_rows] = np.arange(comparison.n, dtype=np.int32)
            return common_rows
        others = self._unmatched(comparison)
        places = np.flatnonzero(others["side"].to_numpy() == side)
        common_rows = np.empty(len(space_rows) + len(places), np.int32)
        common_rows[space_rows] = np.arange(comparison.n, dtype=np.int32)
        common_rows[_numpy(others["row"])[places]] = comparison.n + places
        return common_rows

    def _read_unmatched(self, comparison: Comparison) -> pa.Table:
        return self.store.read_table(self._input(comparison, "matching"), "unmatched")

    def _read_tie_rank(self, comparison: Comparison, metric: str) -> NDArray[np.int32]:
        files = self._files(self._similarity(comparison, metric), "scores")
        return _numpy(self._database.ask(_COLUMN, {"files": files, "column": "tie_rank"}).column(0))

    def _input(self, comparison: Comparison, role: str) -> Manifest:
        manifest = self.store.manifest("comparison", comparison.fingerprint)
        if role not in manifest.inputs:
            known = ", ".join(sorted(name for name in manifest.inputs if ":" in name))
            raise ValueError(f"{comparison.a}..{comparison.b} has no {role!r}; it has {known}")
        return self.store.manifest(*manifest.inputs[role])

    def _similarity(self, comparison: Comparison, metric: str) -> Manifest:
        return self._input(comparison, f"similarity:{metric}")

    def _space(self, comparison: Comparison, side: Side) -> Manifest:
        return self._input(comparison, f"space_{side}")

    def _files(self, manifest: Manifest, table: str) -> list[str]:
        return [self._address(manifest.kind, manifest.fingerprint, table)]

    def _look_again(self) -> None:
        """Forget where tables are: what was damaged may be computed again, into other files."""
        self.store.forget_all()
        self._address.cache_clear()
        self._lists.forget()

    def _checked_address(self, kind: str, fingerprint: str, table: str) -> str:
        """Return what DuckDB opens; the size of a file is looked at once, since published files never change."""
        return self.store.table_address(self.store.manifest(kind, fingerprint), table)


def _find(keys: Sequence[str], lowered: pa.Array, text: str, limit: int) -> list[str]:
    wanted = text.lower()
    inside = pc.match_substring(lowered, wanted)
    rows = np.flatnonzero(inside.to_numpy(zero_copy_only=False) if len(keys) else ())
    found = [keys[row] for row in rows[: max(limit, 20_000)].tolist()]
    found.sort(key=lambda key: (not key.lower().startswith(wanted), len(key), key))
    return found[:limit]


class _Database(Database):
    """A database that tells when a file was damaged."""

    def __init__(self, storage: Storage, on_damage: Callable[[], None], limits: Limits) -> None:
        super().__init__(storage, limits)
        self._on_damage = on_damage

    def ask(self, sql: str, values: Mapping[str, Any]) -> pa.Table:
        """See `Database.ask`."""
        try:
            return super().ask(sql, values)
        except DamagedArtifactError:
            self._on_damage()
            raise


def _group(summary: dict[str, Any], of_group: dict[str, dict[int, list[dict[str, Any]]]]) -> Group:
    number = summary["group"]
    changes = of_group["neighbors"][number]
    lost, gained = (
        [(row["common_row"], row["share"]) for row in changes if row["change"] == change]
        for change in ("lost", "gained")
    )
    return Group(
        np.array([row["common_row"] for row in of_group["members"][number]], np.int32),
        summary["coherence"],
        lost,
        gained,
        [
            (row["column"], row["value"], row["inside"], row["outside"], row["p_value"])
            for row in of_group["traits"][number]
        ],
    )


def _overlap_column(comparison: Comparison, k: int) -> str:
    if not 1 <= k <= comparison.k_max:
        raise ValueError(f"k = {k} is outside 1 … {comparison.k_max}")
    return f"overlap_{int(k)}"


def _numpy(column: pa.ChunkedArray | pa.Array) -> NDArray[Any]:
    values: NDArray[Any] = column.to_numpy()
    return values
