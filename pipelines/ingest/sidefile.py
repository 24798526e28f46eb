"""Files beside the vectors that name the objects, in their order: lines, JSON, TSV with metadata, a vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from pipelines.ingest.columns import typed_column, usual_key
from pipelines.ingest.faults import REPAIR_ROW, fault, known_or_fault
from pipelines.ingest.files import beside, decoded_lines, row_chunks
from pipelines.ingest.reading import ReaderOptions
from pipelines.ingest.vocabulary import read_json_keys, read_pickled_keys

VOCABULARIES = ("tokenizer.json", "vocab.txt", "vocab.json")


@dataclass(frozen=True)
class SideFile:
    """What a side file says.

    Attributes
    ----------
    keys
        n keys, in the order of the vectors.
    metadata
        n rows of typed columns; None: keys only.
    """

    keys: Sequence[str]
    metadata: pa.Table | None = None

    def rows(self, rows: slice) -> pa.Table | None:
        """Give consecutive rows of the metadata."""
        return None if self.metadata is None else self.metadata.slice(rows.start, rows.stop - rows.start)


def keys_of_vectors(path: Path, options: ReaderOptions, count: int) -> SideFile:
    """Read the keys of `count` vectors from the file beside them, of which there must be as many.

    The matrix of a language model may have more rows than its vocabulary has words, because it is padded to a
    round number; those rows are no objects.

    Raises
    ------
    pipelines.errors.IngestError
        If there is no such file, or it names another number of objects.
    """
    side_path = find_side_file(path, options, keys_beside(path))
    side = read_side_file(side_path, options)
    padded = side_path.name in VOCABULARIES and 0 < len(side.keys) < count
    if len(side.keys) != count and not padded:
        found = f"there are {count} vectors, but {side_path} has {len(side.keys)} keys"
        raise fault(path, found, "give one key for each vector")
    return side


def keys_file(path: Path, options: ReaderOptions) -> list[Path]:
    """Name the file that holds the keys of an array."""
    return [find_side_file(path, options, keys_beside(path))]


def keys_beside(path: Path) -> list[Path]:
    """Give the places where the keys of an array may lie, the most particular first.

    HistWords writes ``1990-w.npy`` and ``1990-vocab.pkl``; language models, ``tokenizer.json`` or ``vocab.txt``.
    """
    folder, stem = beside(path)
    own = [f"{stem}{suffix}" for suffix in (".keys.txt", ".txt", ".json", ".tsv", ".pkl")]
    vocabularies = [f"{stem.removesuffix('-w')}-vocab.pkl", "tokenizer.json", "vocab.txt", "vocab.json"]
    return [folder / name for name in own + vocabularies if folder / name != path]


def find_side_file(path: Path, options: ReaderOptions, candidates: Sequence[Path]) -> Path:
    """Choose the side file that the options name, else the first candidate that exists."""
    if options.metadata is not None:
        if not options.metadata.is_file():
            raise fault(options.metadata, "there is no such file", f"check the `metadata:` of {path}")
        return options.metadata
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    looked = ", ".join(candidate.name for candidate in candidates)
    found = f"there are no keys: none of {looked} lies beside it"
    raise fault(path, found, "write the keys there, or name their file with `metadata:`")


def read_side_file(path: Path, options: ReaderOptions) -> SideFile:
    """Read a side file by its suffix: JSON, a pickled vocabulary, TSV, or else keys a line."""
    suffix = path.suffix.lower()
    if suffix == ".json":
        return SideFile(read_json_keys(path))
    if suffix in (".pkl", ".pickle"):
        return SideFile(read_pickled_keys(path))
    return read_tsv(path, options) if suffix == ".tsv" else SideFile(_read_lines(path))


def _read_lines(path: Path) -> list[str]:
    chunks = row_chunks(path, blanks=b"\r")
    return [text for first, lines in chunks for text in decoded_lines(path, first, lines)]


def read_tsv(path: Path, options: ReaderOptions) -> SideFile:
    """Read projector metadata: one column of keys without a header, or a table with one."""
    lines = _read_lines(path)
    if not lines:
        raise fault(path, "the file is empty", "write one line for each vector")
    if not any("\t" in line for line in lines):
        return SideFile(lines)
    header = lines[0].split("\t")
    if len(set(header)) < len(header):
        raise fault(path, "two columns have the same name", "rename one of them", "line 1")
    rows = [_cells(path, number, line, len(header)) for number, line in enumerate(lines[1:], 2)]
    key = options.key if options.key is not None else usual_key(header) or header[0]
    known_or_fault(path, key, header, "column", "the columns are")
    columns = dict(zip(header, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(header, ())
    keys = columns.pop(key)
    return SideFile(keys, pa.table({name: typed_column(cells) for name, cells in columns.items()}))


def _cells(path: Path, number: int, line: str, width: int) -> list[str]:
    cells = line.split("\t")
    if len(cells) != width:
        found = f"the row has {len(cells)} cells, but the header has {width}"
        raise fault(path, found, REPAIR_ROW, f"line {number}")
    return cells
