"""Tables written for people and their tools: Parquet, CSV or JSON, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from artifacts.local import whole_file
from artifacts.names import SpaceKey
from artifacts.store import Store
from pipelines.errors import InputError
from pipelines.loading import load_keys
from pipelines.workspace import Progress

_NEIGHBORS = pa.schema(
    [("key", pa.string()), ("rank", pa.int32()), ("neighbor", pa.string()), ("distance", pa.float32())]
)
OBJECTS_AT_ONCE = 4_096


def check_format(path: Path) -> None:
    """Raise InputError unless the file's ending is a known format and its folder exists."""
    if path.suffix not in _WRITERS:
        raise InputError(
            f"{path}: cannot write {path.suffix or 'a file without ending'!r}: use {', '.join(_WRITERS)}"
        )
    if not path.absolute().parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.absolute().parent}: make it first")


def write_table(path: Path, table: pa.Table) -> None:
    """Write a table in the format that the file's ending names."""
    write_batches(path, table.schema, [table])


def write_batches(path: Path, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    """Write tables of one schema, one after the other, to one file."""
    check_format(path)
    with whole_file(path.absolute()) as temporary:
        _WRITERS[path.suffix](temporary, schema, tables)


def export_neighbors(store: Store, space: SpaceKey, metric: str, path: Path, progress: Progress) -> int:
    """Write one row per object and rank (key, rank from 1, neighbor, distance); return the number of rows.

    Raises
    ------
    artifacts.errors.MissingArtifactError
        No neighbors of that space and metric are published.
    """
    manifest = store.manifest("neighbors", store.ref("neighbors", f"{space.path}/{metric}").fingerprint)
    keys = pa.array(load_keys(store, store.manifest(*manifest.inputs["space"])), pa.string())
    total = manifest.tables["neighbors"]["rows"]

    def tables() -> Iterable[pa.Table]:
        done = 0
        with store.open_table(manifest, "neighbors") as file:
            for batch in file.iter_batches(OBJECTS_AT_ONCE):
                yield _neighbor_rows(batch, keys)
                done += len(batch)
                progress(done, total)

    write_batches(path, _NEIGHBORS, tables())
    return int(total * manifest.parameters["k"])


def _neighbor_rows(batch: pa.RecordBatch, keys: pa.StringArray) -> pa.Table:
    k = batch.schema.field("neighbor_rows").type.list_size
    return pa.table(
        [
            keys.take(pa.array(np.repeat(batch["row"].to_numpy(), k))),
            pa.array(np.tile(np.arange(1, k + 1, dtype=np.int32), len(batch))),
            keys.take(batch["neighbor_rows"].flatten()),
            batch["distances"].flatten(),
        ],
        schema=_NEIGHBORS,
    )


def _write_parquet(path: Path, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table)


def _write_csv(path: Path, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    with pa_csv.CSVWriter(path, schema) as writer:
        for table in tables:
            writer.write_table(table)


def _write_json(path: Path, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    with path.open("w", encoding="utf-8") as stream:
        separator = "[\n"
        for table in tables:
            for row in table.to_pylist():
                valid = {name: None if value != value else value for name, value in row.items()}  # NaN
                stream.write(separator + json.dumps(valid, ensure_ascii=False, default=str))
                separator = ",\n"
        stream.write("[]\n" if separator == "[\n" else "\n]\n")


_WRITERS: dict[str, Callable[[Path, pa.Schema, Iterable[pa.Table]], None]] = {
    ".parquet": _write_parquet,
    ".csv": _write_csv,
    ".json": _write_json,
}
