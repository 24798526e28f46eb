"""Parquet with a column of keys and a column of vectors (lists of numbers), or a column for each dimension."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines.ingest.compression import check_unfolded
from pipelines.ingest.faults import COPY_AGAIN, fault
from pipelines.ingest.files import BLOCK_BYTES
from pipelines.ingest.reader import Reader
from pipelines.ingest.reading import ReaderOptions, Reading
from pipelines.ingest.tables import find_columns, is_text, is_vector, open_table, width_of

MAGIC = b"PAR1"
ROWS = 8192


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether the file begins as Parquet does."""
    return head.startswith(MAGIC)


def open_parquet(path: Path, options: ReaderOptions) -> Reading:
    """Read the footer, and check what it claims."""
    with pq.ParquetFile(path) as file:
        schema, count = file.schema_arrow, file.metadata.num_rows
        vector = find_columns(path, schema, options).vector
        claimed = _check_claims(path, file.metadata, vector)
    reading = open_table(path, "parquet", schema, partial(read_batches, path, claimed), count, options)
    if is_vector(schema.field(vector[0]).type) and width_of(schema.field(vector[0]).type) is None:
        wanted = count * reading.dimensions
        if claimed != wanted:
            found = f"{count} rows of {reading.dimensions} numbers are {wanted}, but the column has {claimed}"
            raise fault(path, found, "make all vectors equally wide", f"column {vector[0]!r}")
    return reading


def _check_claims(path: Path, metadata: Any, vector: tuple[str, ...]) -> int:
    """Refuse what unfolds to too much; return the numbers in the columns of the vectors."""
    size, claimed, count = path.stat().st_size, 0, 0
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        count += row_group.num_rows
        for at in range(row_group.num_columns):
            chunk = row_group.column(at)
            check_unfolded(path, chunk.total_uncompressed_size, size)
            if chunk.path_in_schema.split(".")[0] in vector:
                claimed += chunk.num_values
                # A run of equal values takes no room, whatever the sizes of the pages say.
                check_unfolded(path, 4 * claimed, size)
    if count != metadata.num_rows:
        raise fault(path, f"{metadata.num_rows} rows are claimed, but the groups have {count}", COPY_AGAIN)
    return claimed


def read_batches(path: Path, claimed: int, columns: list[str]) -> Iterator[Any]:
    """Read some columns in batches of bounded size; text stays folded in its dictionary."""
    with pq.ParquetFile(path) as file:
        schema, count = file.schema_arrow, max(1, file.metadata.num_rows)
    texts = [name for name in columns if is_text(schema.field(name).type)]
    rows = max(1, min(ROWS, BLOCK_BYTES // max(1, 4 * claimed // count)))
    with pq.ParquetFile(path, read_dictionary=texts) as file:
        yield from file.iter_batches(rows, columns=columns, use_threads=False)


# A changed footer can end the process: pyarrow lets an exception of C++ pass while the columns are described.
READER = Reader(sniff=sniff, open=open_parquet, is_isolated=True)
