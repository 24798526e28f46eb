"""Where a store's files are: what any storage must do for the publication protocol to hold, and how one is opened."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from artifacts.errors import StoreError
from artifacts.local import Folder

REMOTE = ("s3", "gs", "az", "abfs", "memory")
"""URL schemes that are opened through fsspec."""


@dataclass(frozen=True)
class Entry:
    """A file of a storage.

    Attributes
    ----------
    path
        Relative to the storage, separated by ``/``.
    size
        Bytes.
    modified
        Seconds since 1970.
    """

    path: str
    size: int
    modified: float


class Storage(Protocol):
    """Files under one URL. Every path is relative and separated by ``/``.

    A store is safe on a storage that keeps these promises: a file is seen whole or not at all, `create` has one winner,
    and what any call has written is durable and seen by every reader when it returns.
    """

    @property
    def url(self) -> str:
        """The URL, without a trailing slash; the path of a local folder."""

    def read(self, path: str) -> bytes:
        """Return the content of a file; raise FileNotFoundError when there is none."""

    def size(self, path: str) -> int | None:
        """Return the number of bytes of a file, None when there is none."""

    def create(self, path: str, content: bytes) -> bool:
        """Write a file unless there is one; return whether this call did."""

    def replace(self, path: str, content: bytes) -> None:
        """Write a file, in place of the one that is there."""

    def whole(self, path: str) -> AbstractContextManager[Path]:
        """Give a local path to write to; what is there when the block ends without an error becomes the file."""

    def remove(self, path: str) -> None:
        """Remove a file; it may be gone already."""

    def entries(self, prefix: str) -> Iterator[Entry]:
        """List the files under a folder, hidden and temporary ones included, sorted by path."""

    def address(self, path: str) -> str:
        """Return what DuckDB opens."""

    def open(self, path: str) -> Any:
        """Return what pyarrow opens: a local path, or a file with random access; raise FileNotFoundError."""


def open_storage(url: str) -> Storage:
    """Return the storage of a local path, a ``file://`` URL, or a URL that fsspec knows.

    Raises
    ------
    StoreError
        An unknown scheme, or a package that is missing.
    """
    parts = urlsplit(url)
    if parts.scheme in REMOTE:
        from artifacts.remote import Bucket  # loads fsspec

        return Bucket(url)
    if parts.scheme in {"", "file"}:
        return Folder(Path(unquote(parts.path) if parts.scheme else url).expanduser().absolute())
    if len(parts.scheme) == 1:
        return Folder(Path(url).absolute())  # a Windows drive letter
    raise StoreError(
        f"cannot open the store {url!r}: give a local folder, a file:// URL or one of "
        f"{', '.join(f'{scheme}://' for scheme in REMOTE if scheme != 'memory')}"
    )


def check_promises(storage: Storage) -> None:
    """Raise StoreError unless `create` has one winner: a store without it would mix two publications."""
    probe = f"probe-{secrets.token_hex(6)}"
    try:
        kept = storage.create(probe, b"1") and not storage.create(probe, b"2") and storage.read(probe) == b"1"
    except (NotImplementedError, TypeError, ValueError) as error:
        raise StoreError(f"{storage.url}: cannot create a file only where there is none: {error}") from None
    finally:
        storage.remove(probe)
    if not kept:
        raise StoreError(
            f"{storage.url}: a second writer can replace a file that must be created once (no conditional put, "
            "If-None-Match: *): use a local folder or another provider"
        )
