"""The lists of neighbors of single objects: read by row group, without SQL, and kept while they are asked again."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from artifacts.database import Limits
from artifacts.errors import DamagedArtifactError, SlowQueryError
from artifacts.store import Manifest, Store, object_folder, rebuild_hint

KEPT_BYTES = 64 << 20
"""Of lists in memory: those of 16,000 objects in both spaces at K = 250."""

_TABLE = "neighbors"

_List = tuple[NDArray[np.int32], NDArray[np.float32]]
"""The neighbors of one object as rows of its space, and their distances; shape (K,) each."""


@dataclass(frozen=True)
class _File:
    """A published table of lists: where it is, and the last row of each row group, int64, ascending."""

    path: str
    metadata: pq.FileMetaData
    last_rows: NDArray[np.int64]


class NeighborLists:
    """Lists of neighbors of one store; safe to share between threads.

    Which objects are shown changes little from one k to the next, and their lists do not depend on k: what was read is
    kept, the least recently asked forgotten first.

    Parameters
    ----------
    store
        Where the lists are.
    limits
        Threads that read, and seconds that one question may take.
    on_damage
        Called before `DamagedArtifactError` is raised.
    kept_bytes
        Of lists in memory.
    """

    def __init__(
        self, store: Store, limits: Limits, on_damage: Callable[[], None], kept_bytes: int = KEPT_BYTES
    ) -> None:
        self._store = store
        self._limits = limits
        self._on_damage = on_damage
        self._kept_bytes = kept_bytes
        self._file = lru_cache(maxsize=16)(self._open)
        self._kept: OrderedDict[tuple[str, int], _List] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()
        self._readers = ThreadPoolExecutor(limits.threads, "neighbor-lists")

    def of(
        self, manifest: Manifest, rows: NDArray[np.int32], k: int
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return the first k neighbors of some objects and how far they are; int32 and float32, shape (m, k).

        Parameters
        ----------
        manifest
            Of the neighbors of a space.
        rows
            int32, shape (m,): rows of the space, in any order.

        Raises
        ------
        DamagedArtifactError
            The file cannot be read, or lacks one of the rows.
        SlowQueryError
            It took too long.
        StoreError
            The storage does not answer.
        """
        name = manifest.fingerprint
        wanted = rows.tolist()
        lists = self._recent(name, wanted)
        missing = sorted(set(wanted) - lists.keys())
        if missing:
            read = self._read(manifest, np.array(missing))
            self._keep(name, read)
            lists |= read
        neighbors, distances = np.empty((len(wanted), k), np.int32), np.empty((len(wanted), k), np.float32)
        for place, row in enumerate(wanted):
            neighbors[place], distances[place] = (values[:k] for values in lists[row])
        return neighbors, distances

    def forget(self) -> None:
        """Read everything again when it is next asked for."""
        self._file.cache_clear()
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def _recent(self, name: str, rows: Iterable[int]) -> dict[int, _List]:
        found = {}
        with self._lock:
            for row in rows:
                if (name, row) in self._kept:
                    found[row] = self._kept[name, row]
                    self._kept.move_to_end((name, row))
        return found

    def _keep(self, name: str, lists: Mapping[int, _List]) -> None:
        with self._lock:
            for row, values in lists.items():
                if (name, row) not in self._kept:  # another thread may have read it meanwhile
                    self._kept[name, row] = values
                    self._bytes += _size(values)
            while self._bytes > self._kept_bytes:
                self._bytes -= _size(self._kept.popitem(last=False)[1])

    def _read(self, manifest: Manifest, rows: NDArray[np.int64]) -> dict[int, _List]:
        """Read the lists of rows, which ascend; each row group is read once."""
        try:
            return self._read_in_parts(self._file(manifest.kind, manifest.fingerprint), rows)
        except DamagedArtifactError:
            self._on_damage()
            raise
        except (OSError, pa.ArrowException) as error:
            self._on_damage()
            folder = object_folder(manifest.kind, manifest.fingerprint)
            raise DamagedArtifactError(
                f"{self._store.url}/{folder}/{manifest.tables[_TABLE]['file']} cannot be read ({error}): "
                f"{rebuild_hint(manifest.fingerprint)}"
            ) from error

    def _read_in_parts(self, file: _File, rows: NDArray[np.int64]) -> dict[int, _List]:
        until = time.monotonic() + self._limits.seconds
        groups = np.searchsorted(file.last_rows, rows)
        parts = np.array_split(np.unique(groups), min(self._limits.threads, len(rows)))
        tasks = [
            self._readers.submit(
                self._read_part, file, {group: rows[groups == group] for group in part}, until
            )
            for part in (part.tolist() for part in parts)
        ]
        return {row: values for task in tasks for row, values in task.result().items()}

    def _read_part(
        self, file: _File, rows_of: Mapping[int, NDArray[np.int64]], until: float
    ) -> dict[int, _List]:
        """Read some row groups; a reader of its own, since those of pyarrow are not for several threads."""
        found: dict[int, _List] = {}
        source = self._store.storage.open(file.path, again=True)
        with pq.ParquetFile(source, metadata=file.metadata, page_checksum_verification=True) as reader:
            for group, rows in rows_of.items():
                if time.monotonic() > until:
                    raise SlowQueryError(
                        f"{self._store.url}: a question took more than {self._limits.seconds:g} s: ask again"
                    )
                found |= _lists_in(reader, group, rows)
        return found

    def _open(self, kind: str, fingerprint: str) -> _File:
        """Return what is known of a file before its lists are read; published files never change."""
        path = self._store.table_path(self._store.manifest(kind, fingerprint), _TABLE)
        with pq.ParquetFile(self._store.storage.open(path, again=True)) as reader:
            metadata = reader.metadata
        row = metadata.schema.names.index("row")
        groups = (metadata.row_group(i).column(row) for i in range(metadata.num_row_groups))
        return _File(path, metadata, np.array([group.statistics.max for group in groups], np.int64))


def _lists_in(reader: pq.ParquetFile, group: int, rows: NDArray[np.int64]) -> dict[int, _List]:
    """Return the lists of rows of one row group; raise `pa.ArrowInvalid` where it lacks one."""
    if group == reader.num_row_groups:
        raise pa.ArrowInvalid(f"it ends before row {rows[0]}")
    table = reader.read_row_group(group, use_threads=False)
    held = table["row"].to_numpy()
    places = np.searchsorted(held, rows)
    if not np.array_equal(held[np.minimum(places, len(held) - 1)], rows):
        raise pa.ArrowInvalid(f"row group {group} lacks some of the rows {rows.tolist()}")
    neighbors, distances = (
        table[name].combine_chunks().flatten().to_numpy().reshape(len(held), -1)
        for name in ("neighbor_rows", "distances")
    )
    # Copies: a view would keep the whole row group in memory.
    return {
        row: (neighbors[place].copy(), distances[place].copy())
        for row, place in zip(rows.tolist(), places.tolist(), strict=True)
    }


def _size(values: _List) -> int:
    return values[0].nbytes + values[1].nbytes
