"""The readers by name, in the order in which they are asked; each lives in a file of its own."""

from __future__ import annotations

from pipelines.ingest.reader import Reader
from pipelines.ingest.readers import csv_table, npy, npz, projector_tsv, text, word2vec_binary

# Formats with a magic number first; the loosest, plain text, last.
READERS: dict[str, Reader] = {
    "npz": npz.READER,
    "npy": npy.READER,
    "word2vec-binary": word2vec_binary.READER,
    "projector-tsv": projector_tsv.READER,
    "csv": csv_table.READER,
    "text": text.READER,
}
