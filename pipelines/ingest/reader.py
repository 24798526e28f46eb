"""What plugs in as a reader: two functions. A new format is one file that makes one of these."""

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
        Tells from the first bytes (decompressed, at most 1 MiB) whether a file has this format. It judges the
        content; the path is there to look for side files.
    open
        Understands a file without reading it through; raises `pipelines.errors.IngestError`.
    side_file
        Finds the file beside the vectors that holds the keys; None: the format needs no second file.
    """

    sniff: Callable[[Path, bytes], bool]
    open: Callable[[Path, ReaderOptions], Reading]
    side_file: Callable[[Path, ReaderOptions], Path] | None = None
