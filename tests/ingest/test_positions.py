"""How many objects a checkpoint will hold is told truly while it is read, also where its format does not say it."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma

import numpy as np
import pyarrow as pa
import pytest

from pipelines.ingest import open_checkpoint, validated
from pipelines.ingest.files import CHUNK_BYTES

ROWS = 9000
PACKED = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lambda raw: lzma.compress(raw, preset=0),
    ".zst": lambda raw: pa.compress(raw, "zstd", asbytes=True),
}


def text_of(kind: str) -> bytes:
    vectors = np.random.default_rng(0).normal(size=(ROWS, 128)).round(5).tolist()
    rows = {f"w{i}": vector for i, vector in enumerate(vectors)}
    if kind == "json":
        return json.dumps(rows).encode()
    if kind == "jsonl":
        return "\n".join(json.dumps({"key": key, "v": vector}) for key, vector in rows.items()).encode()
    separator = " " if kind == "txt" else ","
    header = "" if kind == "txt" else separator.join(["key", *map(str, range(128))]) + "\n"
    lines = [separator.join([key, *map(str, vector)]) for key, vector in rows.items()]
    return (header + "\n".join(lines) + "\n").encode()


@pytest.mark.parametrize(
    ("kind", "packed"),
    [("txt", packed) for packed in PACKED] + [(kind, "") for kind in ("csv", "json", "jsonl")],
)
def test_the_objects_to_come_are_told_within_what_is_read_ahead(kind, packed, tmp_path):
    path = tmp_path / f"v.{kind}{packed}"
    path.write_bytes(PACKED[packed](text_of(kind)))
    reading = open_checkpoint(path)
    assert reading.count is None
    rows, told = 0, []
    for block in validated(reading):
        rows += len(block.keys)
        told.append((rows, reading.expected(rows)))
    assert rows == ROWS
    assert told[-1] == (ROWS, ROWS)
    size = path.stat().st_size
    for rows, expected in told:
        taken = size * rows / ROWS  # and one piece of the file is read ahead
        assert 0.98 * ROWS * taken / (taken + CHUNK_BYTES) <= expected <= 1.02 * ROWS


def test_a_count_that_the_format_says_is_believed(tmp_path):
    (tmp_path / "v.txt").write_text("3 2\na 1 2\nb 3 4\nc 5 6\n")
    assert open_checkpoint(tmp_path / "v.txt").expected(1) == 3
