"""The readers by name, in the order in which they are asked; each lives in a file of its own."""

from __future__ import annotations

from pipelines.ingest.reader import Reader
from pipelines.ingest.readers import (
    arrow,
    csv_lists,
    csv_table,
    gensim_pickle,
    hdf5,
    json_text,
    lance_table,
    npy,
    npy_folder,
    npz,
    parquet,
    projector_tsv,
    safetensors,
    text,
    torch_zip,
    word2vec_binary,
)

# Formats with a magic number first; the loosest, plain text, last. Folders are asked apart.
READERS: dict[str, Reader] = {
    "npz": npz.READER,
    "torch": torch_zip.READER,
    "npy": npy.READER,
    "parquet": parquet.READER,
    "arrow": arrow.READER,
    "hdf5": hdf5.READER,
    "safetensors": safetensors.READER,
    "pickle": gensim_pickle.READER,
    "json-lines": json_text.LINES,
    "json": json_text.READER,
    "word2vec-binary": word2vec_binary.READER,
    "projector-tsv": projector_tsv.READER,
    "csv-lists": csv_lists.READER,
    "csv": csv_table.READER,
    "text": text.READER,
    "hf-dataset": arrow.DATASET,
    "lance": lance_table.READER,
    "npy-folder": npy_folder.READER,
}
