"""Lance (extra ``lance``): a table, or a LanceDB database of tables (``DATABASE#TABLE`` or ``DATABASE#TABLE/COLUMN``).

A table's manifest may name other places where its data lie. Only what lies in the table's own folder is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from pipelines.errors import MissingExtraError
from pipelines.ingest.compression import check_unfolded
from pipelines.ingest.faults import COPY_AGAIN, fault, known_or_fault, listed, shown
from pipelines.ingest.files import BLOCK_BYTES
from pipelines.ingest.reader import Reader
from pipelines.ingest.reading import ReaderOptions, Reading
from pipelines.ingest.tables import open_table

VERSIONS, INDICES = "_versions", "_indices"
SUFFIX = ".lance"
ROWS = 8192


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether the folder is a table, or holds tables."""
    return is_table(path) or bool(tables_of(path))


def is_table(path: Path) -> bool:
    """Tell whether a folder is a table."""
    return any((path / VERSIONS).glob("*.manifest"))


def tables_of(path: Path) -> dict[str, Path]:
    """Give the tables of a database by name."""
    return {folder.stem: folder for folder in sorted(path.glob(f"*{SUFFIX}")) if is_table(folder)}


def choose(path: Path, options: ReaderOptions) -> tuple[Path, ReaderOptions]:
    """Choose the table of a database; what is left of the options is about its columns."""
    if is_table(path):
        return path, options
    tables = tables_of(path)
    if not tables:
        raise fault(path, "the folder holds no Lance table", "give a table, or a database of tables")
    if options.member is not None:
        name, _, column = options.member.partition("/")
        table = tables[known_or_fault(path, name, tables, "table", "the tables are")]
        return table, replace(options, member=column or None)
    if len(tables) > 1:
        found = f"{len(tables)} tables may be meant: {listed(tables, 30)}"
        raise fault(path, found, f"name one of them, as in {path.name}#{next(iter(tables))}")
    return next(iter(tables.values())), options


def table_files(path: Path, options: ReaderOptions) -> list[Path]:
    """Name the files of the table, those of earlier versions included; what only serves to search it is not read."""
    table, _ = choose(path, options)
    return sorted(
        file for file in table.rglob("*") if file.is_file() and INDICES not in file.relative_to(table).parts
    )


@contextmanager
def _opened(path: Path, version: int | None = None) -> Iterator[Any]:
    try:
        import lance
    except ImportError:
        raise MissingExtraError("lance") from None
    try:
        yield lance.dataset(str(path.absolute()), version=version)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        # What the library raises for a damaged file depends on where the damage is.
        reason = " ".join(str(error).split())[:200]
        raise fault(path, f"the table is damaged or cannot be read ({reason})", COPY_AGAIN) from None


def open_lance(path: Path, options: ReaderOptions) -> Reading:
    """Read the manifest of the latest version, and check what it claims."""
    table, options = choose(path, options)
    with _opened(table) as dataset:
        _refuse_elsewhere(table, dataset)
        count, batches = dataset.count_rows(), partial(read_batches, table, dataset.version)
        reading = open_table(path, "lance", dataset.schema, batches, count, options)
    size = sum(file.stat().st_size for file in (table / "data").rglob("*") if file.is_file())
    check_unfolded(path, 4 * count * reading.dimensions, size)
    return reading


def _refuse_elsewhere(path: Path, dataset: Any) -> None:
    for fragment in dataset.get_fragments():
        for file in fragment.data_files():
            inside = (path / "data" / file.path).resolve().is_relative_to(path.resolve())
            if getattr(file, "base_id", None) is not None or not inside:
                raise fault(
                    path, f"its data lie elsewhere ({shown(file.path)})", "copy the whole table to one folder"
                )


def read_batches(path: Path, version: int, columns: list[str]) -> Iterator[Any]:
    """Read some columns of one version, in the order of its rows, in batches of bounded size."""
    with _opened(path, version) as dataset:
        yield from dataset.to_batches(
            columns=columns,
            batch_size=ROWS,
            batch_size_bytes=BLOCK_BYTES,
            batch_readahead=1,
            fragment_readahead=1,
            scan_in_order=True,
        )


# A native library that reads what a stranger wrote may crash, which only another process survives.
READER = Reader(sniff=sniff, open=open_lance, other_files=table_files, is_folder=True, is_isolated=True)
