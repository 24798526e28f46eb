"""Files under a URL that fsspec knows, S3 first of all; conditional puts where one winner is needed."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa

from artifacts.errors import StoreError
from artifacts.paths import check_folder, check_path
from artifacts.ranges import KEPT_BLOCKS, PROTOCOL, Ranges
from artifacts.storage import Entry

CONFLICTS = 5
"""How often a put is tried that met another one in progress."""
ROUNDS = 2
"""How often s3fs goes through botocore's own attempts (``AWS_MAX_ATTEMPTS``); its 5 rounds take most of a minute."""


class Bucket:
    """A storage on an object store; see `artifacts.storage.Storage`.

    Credentials, region and endpoint come from the environment, as the provider's own tools read them
    (for S3: ``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL``, …).

    Parameters
    ----------
    url
        ``scheme://bucket/folder``.

    Raises
    ------
    StoreError
        The package for the scheme is missing; from every method: the bucket is absent, access is denied or the server
        does not answer.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        scheme, _, place = self.url.partition("://")
        check_path(place)
        try:
            # Listings must show what other processes have written.
            self._remote, self._root = fsspec.core.url_to_fs(self.url, use_listings_cache=False)
        except ImportError as error:
            extra = ": pip install 'embedding-comparator[s3]'" if scheme == "s3" else ""
            raise StoreError(f"cannot open the store {url!r}: {error}{extra}") from None
        self._reading: dict[str, Any] = {}
        if scheme == "s3":
            self._remote.retries = ROUNDS
            self._reading = {"max_concurrency": 1}  # with more, the size is asked before every file
        self.filesystem = Ranges(self._range, self.size)
        self._files = Ranges(self._range, self.size, kept=KEPT_BLOCKS // 32)  # read once, from start to end

    def read(self, path: str) -> bytes:
        """Return the content of a file; raise FileNotFoundError when there is none."""
        with self._told():
            content: bytes = self._remote.cat_file(self._at(path), **self._reading)
        return content

    def size(self, path: str) -> int | None:
        """Return the number of bytes of a file, None when there is none."""
        try:
            with self._told():
                about = self._remote.info(self._at(path))
        except FileNotFoundError:
            return None
        return int(about["size"]) if about["type"] == "file" else None

    def create(self, path: str, content: bytes) -> bool:
        """Write a file unless there is one; return whether this call did."""
        for attempt in range(CONFLICTS):
            try:
                with self._told():
                    self._remote.pipe_file(self._at(path), content, mode="create")
                return True
            except FileExistsError:
                return False
            except _ConflictError:
                time.sleep(0.1 * 2**attempt)
        raise StoreError(f"{self.url}/{path}: another process writes it all the time: try again")

    def replace(self, path: str, content: bytes) -> None:
        """Write a file, in place of the one that is there."""
        with self._told():
            self._remote.pipe_file(self._at(path), content)

    @contextmanager
    def whole(self, path: str) -> Iterator[Path]:
        """Give a local path to write to; what is there when the block ends without an error is uploaded."""
        target = self._at(path)
        handle, name = tempfile.mkstemp(prefix="embedding-comparator-")
        os.close(handle)
        try:
            yield Path(name)
            with self._told():
                self._remote.put_file(name, target)
        finally:
            Path(name).unlink(missing_ok=True)

    def remove(self, path: str) -> None:
        """Remove a file; it may be gone already."""
        try:
            with self._told():
                self._remote.rm_file(self._at(path))
        except FileNotFoundError:
            return

    def entries(self, prefix: str) -> Iterator[Entry]:
        """List the files under a folder, sorted by path."""
        folder = f"{self._root}/{check_folder(prefix)}".rstrip("/")
        with self._told():
            found: dict[str, dict[str, Any]] = self._remote.find(folder, detail=True)
        for name, about in sorted(found.items()):
            modified = about.get("LastModified") or about.get("created") or about.get("last_modified")
            seconds = modified.timestamp() if isinstance(modified, datetime) else 0.0
            yield Entry(name.removeprefix(self._root).lstrip("/"), int(about["size"]), seconds)

    def address(self, path: str) -> str:
        """Return what DuckDB opens."""
        return f"{PROTOCOL}://{check_path(path) if path else ''}"

    def open(self, path: str, *, again: bool = False) -> pa.PythonFile:
        """Return what pyarrow opens; what is fetched for several readings is kept with what DuckDB reads."""
        ranges = self.filesystem if again else self._files
        return pa.PythonFile(ranges.open(self.address(path)), mode="r")

    def _range(self, path: str, start: int, end: int) -> bytes:
        with self._told():
            content: bytes = self._remote.cat_file(self._at(path), start=start, end=end)
        return content

    def _at(self, path: str) -> str:
        return f"{self._root}/{check_path(path)}"

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the provider's package raises into this project's words.

        Every package has a tree of errors of its own, and errors of the network are often no OSError: all are caught.
        """
        try:
            yield
        except (StoreError, FileExistsError, NotImplementedError, TypeError):
            raise
        except Exception as error:
            code = _code(error)
            if code == "PreconditionFailed":
                raise FileExistsError(self.url) from error
            if code == "ConditionalRequestConflict":
                raise _ConflictError from error
            if code == "NoSuchBucket":
                raise StoreError(
                    f"{self.url}: there is no such bucket: make it first, or check the name"
                ) from error
            if isinstance(error, FileNotFoundError):
                raise
            if isinstance(error, PermissionError) or type(error).__name__ == "NoCredentialsError":
                raise StoreError(f"{self.url}: access is denied ({error}): check the credentials") from error
            words = str(error) or type(error).__name__
            raise StoreError(f"{self.url} cannot be used: {words}") from error


class _ConflictError(Exception):
    """Another put of the same file is in progress; nobody knows yet which wins."""


def _code(error: BaseException) -> str:
    """Return the code that the provider gave an error, "" where there is none."""
    response = getattr(error, "response", None) or getattr(error.__cause__, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""
