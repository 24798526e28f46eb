"""From a path to an opened checkpoint: the content decides which reader it is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from pipelines.errors import UnsettledError
from pipelines.ingest.bits import unpacked
from pipelines.ingest.faults import damage_refused, fault, guarded, known_or_fault, listed
from pipelines.ingest.files import read_head
from pipelines.ingest.gaps import open_with_gaps
from pipelines.ingest.isolation import open_isolated
from pipelines.ingest.joining import joined
from pipelines.ingest.reader import Reader
from pipelines.ingest.readers import READERS
from pipelines.ingest.reading import ReaderOptions, Reading


def open_checkpoint(path: Path, options: ReaderOptions = ReaderOptions()) -> Reading:  # noqa: B008 (frozen)
    r"""Open a checkpoint with the reader that its content asks for.

    Parameters
    ----------
    path
        The file, or the folder where the format is one; text formats may be compressed (gzip, bzip2, xz, zstd).
    options
        `options.format` overrides what the content says; `options.isolated` parses in a process of its own.

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
    if options.isolated or reader.is_isolated:
        return open_isolated(path, options)
    return open_here(path, options)


def open_here(path: Path, options: ReaderOptions) -> Reading:
    """Open a checkpoint in this process, whatever its options and format ask for; otherwise as `open_checkpoint`."""
    with damage_refused(path):
        reader = chosen_reader(path, options)
        with_gaps = options.on_bad == "drop" and reader is READERS["csv"]
        reading = open_with_gaps(path, options) if with_gaps else reader.open(path, options)
        if options.bits:
            reading = unpacked(reading)
        if options.metadata is not None and not reader.takes_metadata:
            reading = joined(reading, options.metadata)
    return replace(reading, blocks=partial(guarded, path, reading.blocks))


def source_files(path: Path, options: ReaderOptions = ReaderOptions()) -> list[Path]:  # noqa: B008 (frozen)
    """Name every file that a checkpoint is read from: itself (or what a folder holds), keys, and metadata.

    Raises
    ------
    pipelines.errors.IngestError
        As `open_checkpoint`.
    """
    with damage_refused(path):
        reader = chosen_reader(path, options)
        files = [] if reader.is_folder else [path]
        if reader.other_files is not None:
            files += reader.other_files(path, options)
        if options.metadata is not None and not reader.takes_metadata:
            files.append(options.metadata)
        return files


def refuse_unsettled(files: Sequence[Path], seconds: float) -> None:
    """Refuse a checkpoint that may still be written: one of its files was changed less than `seconds` ago.

    Raises
    ------
    pipelines.errors.UnsettledError
        With its age.
    """
    for file in files if seconds else ():
        age = time.time() - file.stat().st_mtime if file.exists() else seconds
        if age < seconds:
            found = f"it was changed {max(age, 0):.0f} s ago, and may still be written"
            advice = f"build again when it is {seconds:g} s old (`settle_seconds`)"
            raise UnsettledError(str(fault(file, found, advice)))


def chosen_reader(path: Path, options: ReaderOptions) -> Reader:
    """Choose the reader that the options name, else the one that recognises the content."""
    if not path.exists():
        raise fault(path, "there is no such file", "check the path")
    if not path.is_file() and not path.is_dir():
        raise fault(path, "this is not a file", "give the file that holds the vectors")
    name = options.format if options.format is not None else sniffed(path)
    reader = READERS[known_or_fault(path, name, READERS, "format", "the formats are")]
    if reader.is_folder != path.is_dir():
        wanted = "a folder" if reader.is_folder else "a file"
        raise fault(path, f"the format {name} is {wanted}, which this is not", "check path and format")
    return reader


def sniffed(path: Path) -> str:
    """Name the format of a file or folder by its content; the first reader that recognises it wins."""
    if path.is_dir():
        return _sniffed_folder(path)
    head = read_head(path)
    if not head:
        raise fault(path, "the file is empty", "give a file that holds keys and vectors")
    for name, reader in READERS.items():
        if not reader.is_folder and reader.sniff(path, head):
            return name
    advice = f"convert it, or name its format with `format:`, one of {listed(READERS)}"
    raise fault(path, f"the content is of no known format (it begins {head[:16]!r})", advice)


def _sniffed_folder(path: Path) -> str:
    for name, reader in READERS.items():
        if reader.is_folder and reader.sniff(path, b""):
            return name
    found = "the folder is of no known format"
    raise fault(path, found, "give one of .npy files, a Lance table, or a data set that `datasets` saved")
