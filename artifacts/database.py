"""DuckDB, locked down: the only place that opens a connection."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from artifacts.errors import DamagedArtifactError, SlowQueryError, StoreError
from artifacts.storage import Storage


@dataclass(frozen=True)
class Limits:
    """What the questions of one process may take.

    Attributes
    ----------
    memory
        Bytes; by default 4 GB, or half of the machine's memory where that is less.
    threads
        Threads of all questions together; by default 4, or as many as there are processors.
    seconds
        Of one question; it is interrupted then.
    """

    memory: int = min(4_000_000_000, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2)
    threads: int = min(4, os.cpu_count() or 1)
    seconds: float = 5.0


LIMITS = Limits()


class Database:
    """Answers SQL over Parquet files of one store; safe to share between threads.

    Every value is bound; SQL text never holds input. See `locked_connection` for what it could not do even then.

    Parameters
    ----------
    storage
        Where the files are.
    limits
        Memory, threads and time.
    """

    def __init__(self, storage: Storage, limits: Limits = LIMITS) -> None:
        self._url = storage.url
        self._limits = limits
        self._connection = locked_connection(storage, limits)
        self._cursors = threading.local()

    def ask(self, sql: str, values: Mapping[str, Any]) -> pa.Table:
        """Run one SELECT with bound values and return its rows.

        Raises
        ------
        ValueError
            Not one SELECT: DuckDB may write where it may read, so nothing else is let through.
        SlowQueryError
            It took too long; the next question is answered as usual.
        DamagedArtifactError
            Files that cannot be read.
        StoreError
            The storage does not answer, or the question needs more memory than it may have.
        """
        cursor = getattr(self._cursors, "cursor", None)
        if cursor is None:
            cursor = self._cursors.cursor = self._connection.cursor()
        try:
            _check_reads_only(cursor, sql)
            with _interrupted_after(self._limits.seconds, cursor):
                return cursor.sql(sql, params=dict(values)).to_arrow_table()
        except duckdb.Error as error:
            raise self._in_words(error) from error

    def _in_words(self, error: duckdb.Error) -> StoreError:
        if isinstance(error, duckdb.InterruptException):
            return SlowQueryError(
                f"{self._url}: a question took more than {self._limits.seconds:g} s: ask again"
            )
        if isinstance(error, duckdb.OutOfMemoryException):
            return StoreError(
                f"{self._url}: a question needs more than the {self._limits.memory / 1e9:.3g} GB that it may have"
            )
        last_line = str(error).strip().rpartition("\n")[2]
        if str(error).startswith("Traceback"):  # from the storage, with the name of its class in front
            return StoreError(last_line.partition(": ")[2])
        return DamagedArtifactError(f"{self._url} cannot be read: {error}")


def locked_connection(storage: Storage, limits: Limits = LIMITS) -> duckdb.DuckDBPyConnection:
    """Return a connection that reads files of one storage and nothing else.

    No extension is loaded, no setting can be changed, nothing spills to disk, no variable of Python is seen.
    """
    connection = duckdb.connect(":memory:")
    if storage.filesystem is not None:
        connection.register_filesystem(storage.filesystem)
    folder = storage.address("").replace("'", "''")
    for setting in (
        f"memory_limit = '{limits.memory}B'",
        f"threads = {limits.threads}",
        "temp_directory = ''",
        "max_temp_directory_size = '0B'",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "python_enable_replacements = false",
        "enable_progress_bar = false",
        "parquet_metadata_cache = true",  # published files never change
        *(["disabled_filesystems = 'LocalFileSystem'"] if storage.filesystem is not None else []),
        f"allowed_directories = ['{folder}']",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}")
    return connection


def _check_reads_only(cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
    if [statement.type for statement in cursor.extract_statements(sql)] != [duckdb.StatementType.SELECT]:
        raise ValueError(f"{sql[:140]!r} is not one SELECT")


@contextmanager
def _interrupted_after(seconds: float, cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Interrupt what the cursor does when the block takes longer, and nothing that it does afterwards."""
    lock, over = threading.Lock(), False

    def interrupt() -> None:
        with lock:
            if not over:
                cursor.interrupt()

    timer = threading.Timer(seconds, interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        with lock:
            over = True
        timer.cancel()
