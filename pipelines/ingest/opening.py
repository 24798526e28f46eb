"""From a path to an opened checkpoint: the content decides which reader it is."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from pipelines.ingest.faults import damage_refused, fault, guarded, known_or_fault, listed
from pipelines.ingest.files import read_head
from pipelines.ingest.gaps import open_with_gaps
from pipelines.ingest.reader import Reader
from pipelines.ingest.readers import READERS
from pipelines.ingest.reading import ReaderOptions, Reading


def open_checkpoint(path: Path, options: ReaderOptions = ReaderOptions()) -> Reading:  # noqa: B008 (frozen)
    r"""Open a checkpoint with the reader that its content asks for.

    Parameters
    ----------
    path
        The file; text formats may be compressed with gzip.
    options
        `options.format` overrides what the content says.

    Returns
    -------
    Reading
        The checkpoint, understood but not yet read; pass it to `validated`.

    Raises
    ------
    pipelines.errors.IngestError
        If the file is missing, empty, damaged, of no known format, or not as its format asks.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "vectors.txt"
    >>> _ = path.write_text("the 0.5 1\nof 2 0.25\n")
    >>> open_checkpoint(path).dimensions
    2
    """
    with damage_refused(path):
        reader = chosen_reader(path, options)
        with_gaps = options.on_bad == "drop" and reader is READERS["csv"]
        reading = open_with_gaps(path, options) if with_gaps else reader.open(path, options)
    return replace(reading, blocks=partial(guarded, path, reading.blocks))


def source_files(path: Path, options: ReaderOptions = ReaderOptions()) -> list[Path]:  # noqa: B008 (frozen)
    """Name every file that a checkpoint is read from: itself, and the file of its keys where it needs one.

    Raises
    ------
    pipelines.errors.IngestError
        As `open_checkpoint`.
    """
    with damage_refused(path):
        find = chosen_reader(path, options).side_file
        return [path] if find is None else [path, find(path, options)]


def chosen_reader(path: Path, options: ReaderOptions) -> Reader:
    """Choose the reader that the options name, else the one that recognises the content."""
    if not path.exists():
        raise fault(path, "there is no such file", "check the path")
    if not path.is_file():
        raise fault(path, "this is not a file", "give the file that holds the vectors")
    name = options.format if options.format is not None else sniffed(path)
    return READERS[known_or_fault(path, name, READERS, "format", "the formats are")]


def sniffed(path: Path) -> str:
    """Name the format of a file by its content; the first reader that recognises it wins."""
    head = read_head(path)
    if not head:
        raise fault(path, "the file is empty", "give a file that holds keys and vectors")
    for name, reader in READERS.items():
        if reader.sniff(path, head):
            return name
    advice = f"convert it, or name its format with `format:`, one of {listed(READERS)}"
    raise fault(path, f"the content is of no known format (it begins {head[:16]!r})", advice)
