"""Files under a URL that fsspec knows, S3 first of all; conditional puts where one winner is needed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa

from artifacts.errors import StoreError
from artifacts.storage import Entry


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
        The package for the scheme is missing.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        try:
            # Listings must show what other processes have written.
            self.filesystem, self._root = fsspec.core.url_to_fs(self.url, use_listings_cache=False)
        except ImportError as error:
            scheme = self.url.partition(":")[0]
            raise StoreError(
                f"cannot open the store {url!r}: {error}; pip install 'embedding-comparator[{scheme}]'"
            ) from None

    def read(self, path: str) -> bytes:
        """Return the content of a file; raise FileNotFoundError when there is none."""
        content: bytes = self.filesystem.cat_file(self._at(path))
        return content

    def size(self, path: str) -> int | None:
        """Return the number of bytes of a file, None when there is none."""
        try:
            return int(self.filesystem.info(self._at(path))["size"])
        except FileNotFoundError:
            return None

    def create(self, path: str, content: bytes) -> bool:
        """Write a file unless there is one; return whether this call did."""
        try:
            self.filesystem.pipe_file(self._at(path), content, mode="create")
        except FileExistsError:
            return False
        except OSError as error:
            if _lost(error):
                return False
            raise
        return True

    def replace(self, path: str, content: bytes) -> None:
        """Write a file, in place of the one that is there."""
        self.filesystem.pipe_file(self._at(path), content)

    @contextmanager
    def whole(self, path: str) -> Iterator[Path]:
        """Give a local path to write to; what is there when the block ends without an error is uploaded."""
        handle, name = tempfile.mkstemp(prefix="embedding-comparator-")
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            self.filesystem.put_file(name, self._at(path))
        finally:
            temporary.unlink(missing_ok=True)

    def remove(self, path: str) -> None:
        """Remove a file; it may be gone already."""
        try:
            self.filesystem.rm_file(self._at(path))
        except FileNotFoundError:
            return

    def entries(self, prefix: str) -> Iterator[Entry]:
        """List the files under a folder, sorted by path."""
        try:
            found: dict[str, dict[str, Any]] = self.filesystem.find(self._at(prefix), detail=True)
        except FileNotFoundError:
            return
        for name, about in sorted(found.items()):
            modified = about.get("LastModified") or about.get("created") or about.get("last_modified")
            seconds = modified.timestamp() if isinstance(modified, datetime) else 0.0
            yield Entry(name.removeprefix(self._root).lstrip("/"), int(about["size"]), seconds)

    def address(self, path: str) -> str:
        """Return what DuckDB opens."""
        return f"{self.url}/{path}"

    def open(self, path: str) -> pa.PythonFile:
        """Return what pyarrow opens."""
        return pa.PythonFile(self.filesystem.open(self._at(path), "rb"), mode="r")

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}"


def _lost(error: OSError) -> bool:
    """Return whether a conditional put was refused because the file is there."""
    text = str(error)
    return "PreconditionFailed" in text or "ConditionalRequestConflict" in text or "412" in text
