"""Reading checkpoints: a file becomes keys and float32 blocks, or one clear sentence says why not.

`open_checkpoint` recognises the format by content, and `validated` gives the blocks that may be trusted. A
new format is one file in ``readers/`` and one line in `READERS`.
"""

from __future__ import annotations

from pipelines.ingest.dropping import Dropped
from pipelines.ingest.extras import Extras, enriched
from pipelines.ingest.opening import open_checkpoint, source_files
from pipelines.ingest.reader import Reader
from pipelines.ingest.readers import READERS
from pipelines.ingest.reading import Block, ReaderOptions, Reading
from pipelines.ingest.validation import validated

__all__ = [
    "READERS",
    "Block",
    "Dropped",
    "Extras",
    "Reader",
    "ReaderOptions",
    "Reading",
    "enriched",
    "open_checkpoint",
    "source_files",
    "validated",
]
