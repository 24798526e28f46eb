"""CSV with missing values, for those who want such rows left out: a missing value is read as one that is not finite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from pipelines.ingest.columns import MISSING
from pipelines.ingest.files import BLOCK_BYTES, SAMPLE_LINES, decoded_lines, line_chunks
from pipelines.ingest.readers import csv_table
from pipelines.ingest.reading import Block, Position, ReaderOptions, Reading


def open_with_gaps(path: Path, options: ReaderOptions) -> Reading:
    """Open a CSV file as its reader does, with missing values as NaN."""
    reading = csv_table.open_csv(path, options)
    first, lines = next(line_chunks(path))
    delimiter = csv_table.find_delimiter(decoded_lines(path, first, lines[:1])[0])
    rows = csv_table.iter_rows(path, delimiter)
    header, _, _ = next(rows)
    sample = [cells for cells, _, _ in islice(rows, SAMPLE_LINES) if len(cells) == len(header)]
    layout = csv_table.find_layout(path, header, delimiter, sample, options)
    return replace(reading, blocks=partial(_blocks, path, layout, reading.position))


def _blocks(path: Path, layout: csv_table.Layout, position: Position | None) -> Iterator[Block]:
    rows = csv_table.iter_rows(path, layout.delimiter, position)
    next(rows)
    a_block = max(1, BLOCK_BYTES // (32 * len(layout.header)))
    while some := list(islice(rows, a_block)):
        whole, gaps = [], []
        for place, (cells, begin, end) in enumerate(some):
            missing = [at for at in layout.vector if at < len(cells) and cells[at].strip().lower() in MISSING]
            gaps += [place] if missing else []
            filled = ["0" if at in missing else cell for at, cell in enumerate(cells)] if missing else cells
            whole.append((filled, begin, end))
        block = csv_table.parse_block(path, layout, whole)
        block.vectors[gaps] = np.nan
        yield block
