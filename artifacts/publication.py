"""One object on its way into the store: its tables beside each other, its manifest last."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from artifacts.fingerprint import digest_of_file
from artifacts.records import sealed
from artifacts.schemas import KINDS, check_table
from artifacts.storage import Storage


class Publication:
    """Write tables, then `commit`. Another process may publish the same object meanwhile: one manifest wins.

    Attributes
    ----------
    facts
        Small results for the manifest; JSON-ready.
    """

    def __init__(self, storage: Storage, folder: str, kind: str) -> None:
        self.facts: dict[str, Any] = {}
        self._storage = storage
        self._folder = folder
        self._kind = kind
        self._tables: dict[str, dict[str, Any]] = {}
        self._kept = False

    def write(self, table: str, content: pa.Table) -> None:
        """Write a whole table."""
        with self.writer(table, content.schema) as writer:
            writer.write_table(content, KINDS[self._kind].tables[table].row_group)

    @contextmanager
    def writer(self, table: str, schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
        """Give a Parquet writer for a table that comes in pieces."""
        check_table(self._kind, table, schema)
        name = f"{table}-{secrets.token_hex(6)}.parquet"
        with self._storage.whole(f"{self._folder}/{name}") as temporary:
            with pq.ParquetWriter(
                temporary,
                schema,
                compression="zstd",
                use_dictionary=[name for name, split in _leaves(schema) if not split],
                use_byte_stream_split=[name for name, split in _leaves(schema) if split],
                write_page_checksum=True,
            ) as writer:
                yield writer
            with pq.ParquetFile(temporary) as written:
                rows = written.metadata.num_rows
            entry = {
                "file": name,
                "bytes": temporary.stat().st_size,
                "sha256": digest_of_file(temporary),
                "rows": rows,
            }
        self._tables[table] = entry

    def commit(self, manifest: dict[str, Any]) -> bool:
        """Publish; return False when another process published the same object first."""
        missing = KINDS[self._kind].tables.keys() - self._tables.keys()
        if missing:
            raise ValueError(f"{self._kind} lacks the tables {sorted(missing)}")
        content = {**manifest, "tables": self._tables, "facts": self.facts}
        text = sealed(content)
        path = f"{self._folder}/manifest.json"
        # Should the next call fail half-way, nobody knows whether the manifest names these files: they stay.
        self._kept = True
        # A retried request meets the manifest that it has written itself: the random file names tell it apart.
        won = self._storage.create(path, text) or self._storage.read(path) == text
        self._kept = won
        return won

    def close(self) -> None:
        """Remove the files of a publication that did not become the published one."""
        if not self._kept:
            for entry in self._tables.values():
                self._storage.remove(f"{self._folder}/{entry['file']}")


def _leaves(schema: pa.Schema) -> Iterator[tuple[str, bool]]:
    """Give the Parquet path of every leaf column and whether byte-stream-split suits it."""
    for column in schema:
        kind = column.type
        if pa.types.is_fixed_size_list(kind):
            yield f"{column.name}.list.element", True
        elif pa.types.is_struct(kind):
            for child in kind:
                yield f"{column.name}.{child.name}", pa.types.is_floating(child.type)
        else:
            yield column.name, pa.types.is_floating(kind)
