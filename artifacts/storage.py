"""Where a store's files are: what any storage must do for the publication protocol to hold, and how one is opened."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

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

    A path that could lead out of the storage raises StoreError, and so does a storage that cannot be reached.
    A store is safe on a storage that keeps these promises: a file is seen whole or not at all, `create` has one winner,
    and what any call has written is durable and seen by every reader when it returns.
    """

    @property
    def url(self) -> str:
        """The URL, without a trailing slash; the path of a local folder."""

    @property
    def filesystem(self) -> Any | None:
        """The fsspec filesystem that DuckDB must know to open an `address`; None where it can do so by itself."""

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
        """Return what DuckDB opens; for "", what every address starts with."""

    def open(self, path: str, *, again: bool = False) -> Any:
        """Return what pyarrow opens: a local path, or a file with random access; raise FileNotFoundError.

        `again` says that pieces of the file will be asked for again: what is fetched of it is kept longer.
        """


def open_storage(url: str) -> Storage:
    """Return the storage of a local path, a ``file://`` URL, or a URL that fsspec knows.

    Raises
    ------
    StoreError
        An unknown scheme, or a package that is missing.
    """
    scheme, slashes, rest = _split(url)
    if scheme in REMOTE and slashes:
        from artifacts.remote import Bucket  # loads fsspec

        return Bucket(f"{scheme}://{rest}")
    if not scheme:
        return Folder(_local_path(url))
    if scheme == "file" and rest.startswith("/"):
        return Folder(_local_path(unquote(rest)))
    raise StoreError(
        f"cannot open the store {url[:140]!r}: give a local folder, a file:/// URL or one of "
        f"{', '.join(f'{known}://' for known in REMOTE if known != 'memory')}"
    )


def _split(url: str) -> tuple[str, str, str]:
    """Return scheme, slashes and the rest; one letter before a colon is a Windows drive, not a scheme."""
    match = re.fullmatch(r"([A-Za-z][A-Za-z0-9+.-]+):(//)?(.*)", url, re.DOTALL)
    return (match[1].lower(), match[2] or "", match[3]) if match else ("", "", url)


def _local_path(path: str) -> Path:
    """Return the absolute path of a folder that need not exist; raise StoreError where there can be none."""
    try:
        root = Path(path).expanduser().absolute()
        os.stat(root / "store.json")  # noqa: PTH116 (Path.exists() hides what makes a name impossible)
    except FileNotFoundError:
        return root
    except (OSError, RuntimeError, ValueError) as error:
        raise StoreError(f"cannot open the store {path[:140]!r}: {error}") from None
    return root


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
