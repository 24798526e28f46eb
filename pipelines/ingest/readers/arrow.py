"""Arrow IPC files (Feather) and streams, and folders of them as Hugging Face ``datasets`` saves them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.ingest.faults import COPY_AGAIN, fault, known_or_fault, listed, shown
from pipelines.ingest.files import refuse_compressed
from pipelines.ingest.reader import Reader
from pipelines.ingest.reading import ReaderOptions, Reading
from pipelines.ingest.tables import open_table

FILE_MAGIC = b"ARROW1"
STREAM_MAGIC = b"\xff\xff\xff\xff"
FEATHER_1 = b"FEA1"
STATE = "state.json"
SPLITS = "dataset_dict.json"


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether the file is an Arrow file or stream."""
    return head.startswith((FILE_MAGIC, STREAM_MAGIC, FEATHER_1))


def open_arrow(path: Path, options: ReaderOptions) -> Reading:
    """Read the schema of a file or stream."""
    refuse_compressed(path)
    return open_table(path, "arrow", _schema(path), partial(read_batches, [path]), None, options)


def _schema(path: Path) -> Any:
    with path.open("rb") as raw:
        head = raw.read(6)
    if head.startswith(FEATHER_1):
        raise fault(path, "this is version 1 of Feather", "write it again with version 2, or as Parquet")
    with pa.memory_map(str(path)) as source, _opened(source, head) as reader:
        return reader.schema


def _opened(source: Any, head: bytes) -> Any:
    is_file = head.startswith(FILE_MAGIC)
    return pa.ipc.open_file(source) if is_file else pa.ipc.open_stream(source)


def read_batches(paths: list[Path], columns: list[str]) -> Iterator[Any]:
    """Read some columns of one file after another, mapped into memory."""
    for path in paths:
        with path.open("rb") as raw:
            head = raw.read(6)
        with pa.memory_map(str(path)) as source, _opened(source, head) as reader:
            if head.startswith(FILE_MAGIC):
                batches = (reader.get_batch(at) for at in range(reader.num_record_batches))
            else:
                batches = iter(reader)
            for batch in batches:
                missing = set(columns) - set(batch.schema.names)
                if missing:
                    raise fault(path, f"there is no column {listed(missing)}", "give files of one schema")
                yield batch.select(columns)


def sniff_dataset(path: Path, head: bytes) -> bool:
    """Tell whether the folder is a data set that ``save_to_disk`` wrote."""
    return (path / STATE).is_file() or (path / SPLITS).is_file()


def open_dataset(path: Path, options: ReaderOptions) -> Reading:
    """Read the schema of the first shard."""
    folder, inner = _split(path, options)
    shards = _shards(folder)
    return open_table(path, "hf-dataset", _schema(shards[0]), partial(read_batches, shards), None, inner)


def dataset_files(path: Path, options: ReaderOptions) -> list[Path]:
    """Name the files of a data set."""
    folder, _ = _split(path, options)
    return [folder / STATE, *_shards(folder)]


def _split(path: Path, options: ReaderOptions) -> tuple[Path, ReaderOptions]:
    """Choose the split of a data set that has several, as in ``folder#train`` or ``folder#train/column``."""
    if (path / STATE).is_file():
        return path, options
    names = _json(path / SPLITS).get("splits")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise fault(path / SPLITS, "it does not list the splits", COPY_AGAIN)
    wanted, _, column = (options.member or "").partition("/")
    if not wanted and len(names) > 1:
        raise fault(
            path, f"there are several splits: {listed(names)}", f"name one, as {path.name}#{names[0]}"
        )
    name = known_or_fault(path, wanted or "".join(names[:1]), names, "split", "the splits are")
    inner = ReaderOptions(options.format, options.key, column or None, options.metadata)
    return path / _plain_name(path / SPLITS, name), inner


def _shards(folder: Path) -> list[Path]:
    state = _json(folder / STATE)
    files = state.get("_data_files")
    names = (
        [file.get("filename") for file in files if isinstance(file, dict)] if isinstance(files, list) else []
    )
    if state.get("_indices_files") or state.get("_indices_data_files"):
        found = "its rows are chosen by a list of indices"
        raise fault(folder / STATE, found, "save it again after flatten_indices()")
    shards = [folder / _plain_name(folder / STATE, name) for name in names]
    if not shards:
        raise fault(folder / STATE, "it names no data files", COPY_AGAIN)
    for shard in shards:
        if not shard.is_file():
            raise fault(shard, "there is no such file", COPY_AGAIN)
    return shards


def _plain_name(path: Path, name: Any) -> str:
    """Refuse a name that would lead out of the folder."""
    if not isinstance(name, str) or name in ("", ".", "..") or "/" in name or "\\" in name or "\0" in name:
        raise fault(path, f"{shown(str(name))} is no name of a file beside it", COPY_AGAIN)
    return name


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise fault(path, f"this is not valid JSON ({error})", COPY_AGAIN) from None
    if not isinstance(content, dict):
        raise fault(path, "this is no JSON object", COPY_AGAIN)
    return content


READER = Reader(sniff=sniff, open=open_arrow)
DATASET = Reader(sniff=sniff_dataset, open=open_dataset, other_files=dataset_files, is_folder=True)
