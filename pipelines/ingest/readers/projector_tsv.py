"""The files of the TensorFlow Embedding Projector: vectors as tab-separated numbers, their metadata, their pictures.

The metadata file is one column of keys without a header, or several columns with a header. The pictures are those of
the sprite sheet that ``projector_config.json`` beside the vectors gives them, if it does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from pipelines.ingest.faults import REPAIR_ROW, fault
from pipelines.ingest.files import beside, count_rows, head_rows, row_chunks, sample_rows
from pipelines.ingest.numerals import find_bad, is_number, parse_fields
from pipelines.ingest.reader import Reader
from pipelines.ingest.reading import Block, ReaderOptions, Reading
from pipelines.ingest.sidefile import SideFile, find_side_file, read_tsv
from pipelines.ingest.sprites import Sprites, config_beside, from_sprites, read_sprites
from pipelines.ingest.thumbnails import with_thumbnails


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether rows are tab-separated numbers only.

    A file whose first column could be integer keys counts only where its metadata lies beside it.
    """
    rows = [row.split(b"\t") for row in head_rows(head)]
    if not rows or not all(is_number(field) for row in rows for field in row):
        return False
    integer_keys = all(row[0].lstrip(b"+-").isdigit() for row in rows)
    has_metadata = any(candidate.is_file() for candidate in metadata_candidates(path))
    return has_metadata or (len(rows[0]) > 1 and not integer_keys)


def metadata_candidates(path: Path) -> list[Path]:
    """Give the places where the metadata of a vectors file may lie."""
    folder, stem = beside(path)
    names = [f"{stem}_metadata.tsv", stem.replace("vectors", "metadata") + ".tsv", "metadata.tsv"]
    return [folder / name for name in names if folder / name != path]


def metadata_file(path: Path, options: ReaderOptions) -> Path:
    """Find the metadata of a vectors file."""
    return find_side_file(path, options, metadata_candidates(path))


def other_files(path: Path, options: ReaderOptions) -> list[Path]:
    """Name the files that are read beside the vectors: metadata, and the sprite sheet with its configuration."""
    config = config_beside(path)
    pictures = [] if config is None else [config, read_sprites(config, path).sheet]
    return [metadata_file(path, options), *pictures]


def open_projector(path: Path, options: ReaderOptions) -> Reading:
    """Read the metadata, and compare its length with the number of vectors."""
    side_path = metadata_file(path, options)
    side = read_tsv(side_path, options)
    count = count_rows(path)
    if len(side.keys) != count:
        found = f"there are {count} vectors, but {side_path} has {len(side.keys)} rows of metadata"
        advice = "give one row for each vector (a header only above several columns)"
        raise fault(path, found, advice)
    rows = sample_rows(path)
    dimensions = rows[0].count(b"\t") + 1 if rows else 0
    reading = Reading(
        path, "projector-tsv", dimensions, count, "text", partial(read_blocks, path, dimensions, side)
    )
    config = config_beside(path)
    if config is None:
        return reading
    sprites = read_sprites(config, path)
    return replace(reading, blocks=partial(_with_pictures, reading, sprites, options.on_bad == "drop"))


def _with_pictures(reading: Reading, sprites: Sprites, forgiving: bool) -> Iterator[Block]:
    """Decode the sheet when the blocks are asked for, and not before."""
    yield from with_thumbnails(reading, from_sprites(sprites), forgiving).blocks()


def read_blocks(path: Path, dimensions: int, side: SideFile) -> Iterator[Block]:
    """Read the vectors in blocks, each with its part of the metadata."""
    for first, lines in row_chunks(path):
        for number, line in enumerate(lines, first):
            width = line.count(b"\t") + 1
            if width != dimensions:
                found = f"{dimensions} numbers are expected, but there are {width}"
                raise fault(path, found, REPAIR_ROW, f"line {number}")
        fields = b"\n".join(lines).replace(b"\t", b"\n")
        values = parse_fields(fields, len(lines) * dimensions)
        if values is None:
            raise find_bad(path, first, lines, b"\t")
        rows = slice(first - 1, first - 1 + len(lines))
        yield Block(side.keys[rows], values.reshape(-1, dimensions), side.rows(rows), first_line=first)


READER = Reader(sniff=sniff, open=open_projector, other_files=other_files, takes_metadata=True)
