"""DuckDB, locked down: the only place that opens a connection."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import duckdb
import pyarrow as pa

from artifacts.errors import DamagedArtifactError
from artifacts.storage import Storage


class Database:
    """Answers SQL over Parquet files of one store; safe to share between threads.

    No extension is ever loaded, nothing outside the store can be read, and the configuration is locked.
    Every value is bound; SQL text never holds input.
    """

    def __init__(self, storage: Storage) -> None:
        self._connection = duckdb.connect(":memory:")
        filesystem = getattr(storage, "filesystem", None)
        if filesystem is not None:
            self._connection.register_filesystem(filesystem)
        folder = storage.address("").replace("'", "''")
        for setting in (
            "SET autoinstall_known_extensions = false",
            "SET autoload_known_extensions = false",
            f"SET allowed_directories = ['{folder}']",
            "SET enable_external_access = false",
            "SET enable_progress_bar = false",
            "SET parquet_metadata_cache = true",  # published files never change
            "SET lock_configuration = true",
        ):
            self._connection.execute(setting)
        self._cursors = threading.local()

    def ask(self, sql: str, values: Mapping[str, Any]) -> pa.Table:
        """Run one query with bound values and return its rows; raise `DamagedArtifactError` on unreadable files."""
        cursor = getattr(self._cursors, "cursor", None)
        if cursor is None:
            cursor = self._cursors.cursor = self._connection.cursor()
        try:
            return cursor.sql(sql, params=dict(values)).to_arrow_table()
        except (duckdb.IOException, duckdb.InvalidInputException) as error:
            raise DamagedArtifactError(f"the store cannot be read: {error}") from error
