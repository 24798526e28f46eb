"""What plugs in as a reader: a few functions. A new format is one file that makes one of these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipelines.ingest.reading import ReaderOptions, Reading


@dataclass(frozen=True)
class Reader:
    """One format.

    Attributes
    ----------
    sniff
        Tells from the first bytes (decompressed, at most 1 MiB; none for a folder) whether a file has this
        format. It judges the content; the path is there to look for side files.
    open
        Understands a file without reading it through; raises `pipelines.errors.IngestError`.
    other_files
        Names the files that are read beside the one with the vectors, in a fixed order; None: there are none.
        Of a folder, these are all files that are read.
    takes_metadata
        Whether `open` reads `ReaderOptions.metadata` itself, as the keys in the order of the vectors;
        otherwise the file is a table that is joined by key.
    is_folder
        Whether the checkpoint is a folder.
    is_isolated
        Whether it is always parsed in a process of its own, because a library that parses it can hang or crash.
    """

    sniff: Callable[[Path, bytes], bool]
    open: Callable[[Path, ReaderOptions], Reading]
    other_files: Callable[[Path, ReaderOptions], list[Path]] | None = None
    takes_metadata: bool = False
    is_folder: bool = False
    is_isolated: bool = False
