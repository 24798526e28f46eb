"""Write the blocks of a checkpoint into the tables of a space, as they come."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa

from artifacts.fingerprint import digest_of_keys
from artifacts.publication import Publication
from artifacts.schemas import KINDS, vector_of
from pipelines.ingest.reading import Block
from pipelines.loading import fixed_lists


class SpaceWriter:
    """Context manager that streams blocks into ``objects`` and ``vectors``.

    Attributes
    ----------
    rows
        Objects written so far.
    facts
        After the block: counts, dimensions and the digest of the keys.
    """

    def __init__(self, publication: Publication, dimensions: int) -> None:
        self.rows = 0
        self.facts: dict[str, Any] = {}
        self._publication = publication
        self._dimensions = dimensions
        self._writers = ExitStack()
        self._tables: dict[str, Any] = {}
        self._keys: list[str] = []
        self._zero_vectors = 0
        self._columns: list[str] = []

    def __enter__(self) -> SpaceWriter:
        return self

    def write(self, block: Block) -> None:
        """Append the objects of a block."""
        row = np.arange(self.rows, self.rows + len(block.keys), dtype=np.int32)
        objects: dict[str, Any] = {"row": row, "key": pa.array(block.keys, pa.string())}
        if block.metadata is not None and block.metadata.num_columns:
            objects["metadata"] = block.metadata.to_struct_array().combine_chunks()
            self._columns = block.metadata.column_names
        if block.thumbnails is not None:
            objects["thumbnail"] = pa.array(block.thumbnails, pa.binary())
        self._append("objects", pa.table(objects))
        vectors = fixed_lists(block.vectors).cast(vector_of(self._dimensions))
        self._append("vectors", pa.table({"row": row, "vector": vectors}))
        self.rows += len(row)
        self._keys += block.keys
        self._zero_vectors += int(np.count_nonzero(~block.vectors.any(axis=1)))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._writers.__exit__(kind, error, traceback)
        if error is None:
            self.facts = {
                "objects": self.rows,
                "dimensions": self._dimensions,
                "zero_vectors": self._zero_vectors,
                "keys_digest": digest_of_keys(self._keys),
                "metadata": self._columns,
                "thumbnails": "thumbnail" in self._tables["objects"].schema.names,
            }

    def _append(self, table: str, content: pa.Table) -> None:
        if table not in self._tables:
            self._tables[table] = self._writers.enter_context(self._publication.writer(table, content.schema))
        self._tables[table].write_table(content, KINDS["space"].tables[table].row_group)
