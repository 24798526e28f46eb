"""The files of a bucket as DuckDB reads them: by range, each block fetched once; nothing outside, nothing written."""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock
from typing import Any

import fsspec

from artifacts.paths import check_path

PROTOCOL = "store"
BLOCK = 1 << 20
KEPT_BLOCKS = 256
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)


class Ranges(fsspec.AbstractFileSystem):  # type: ignore[misc]  # fsspec carries no types
    """A read-only fsspec filesystem over the published files of one storage, which never change.

    That they never change is why a size is asked once, why blocks are kept, and why a file has no time of modification
    that would have to be asked again for every query.

    Parameters
    ----------
    fetch
        Returns the bytes of a path from a start to an end.
    measure
        Returns the size of a path, None when there is no such file.
    kept
        Blocks of 1 MiB that are kept in memory.
    """

    protocol = PROTOCOL
    cachable = False

    def __init__(
        self,
        fetch: Callable[[str, int, int], bytes],
        measure: Callable[[str], int | None],
        kept: int = KEPT_BLOCKS,
    ) -> None:
        super().__init__()
        self._kept = kept
        self._fetch = fetch
        self._measure = measure
        self._sizes: dict[str, int] = {}
        self._blocks: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._lock = Lock()

    def glob(self, path: str, **_: Any) -> list[str]:
        """Return the path itself: DuckDB is given lists of files, never patterns."""
        _relative(path)
        return [path]

    def isdir(self, path: str) -> bool:
        """Return False: there are only files."""
        return False

    def exists(self, path: str, **_: Any) -> bool:
        """Return whether there is such a file."""
        return self._measure(_relative(path)) is not None

    def open(self, path: str, mode: str = "rb", **_: Any) -> io.BufferedIOBase:
        """Return a file to read; raise FileNotFoundError, or PermissionError for every other mode."""
        if mode != "rb":
            raise PermissionError(f"{path} is published: it cannot be written")
        return _File(self, path, self.size(path))

    def size(self, path: str) -> int:
        """Return the number of bytes of a file; raise FileNotFoundError when there is none."""
        if path not in self._sizes:
            size = self._measure(_relative(path))
            if size is None:
                raise FileNotFoundError(path)
            self._sizes[path] = size
        return self._sizes[path]

    def modified(self, path: str) -> datetime:
        """Return one time for all files, so that what DuckDB knows of a file stays valid."""
        return _NEVER

    def piece(self, path: str, start: int, end: int) -> bytes:
        """Return the bytes of a file from `start` to `end`, from the kept blocks as far as they reach."""
        end = min(end, self.size(path))
        if start >= end:
            return b""
        first, last = start // BLOCK, (end - 1) // BLOCK + 1
        with self._lock:
            found = {
                block: self._blocks[path, block]
                for block in range(first, last)
                if (path, block) in self._blocks
            }
        missing = [block for block in range(first, last) if block not in found]
        if missing:
            found |= self._fetched(path, missing[0], missing[-1] + 1)
        self._keep(path, found)
        return b"".join(found[block] for block in range(first, last))[
            start - first * BLOCK : end - first * BLOCK
        ]

    def _fetched(self, path: str, first: int, last: int) -> dict[int, bytes]:
        """Fetch blocks with one request; more than needed where a kept one lies between."""
        content = self._fetch(_relative(path), first * BLOCK, min(last * BLOCK, self.size(path)))
        return {first + i: content[i * BLOCK : (i + 1) * BLOCK] for i in range(last - first)}

    def _keep(self, path: str, blocks: dict[int, bytes]) -> None:
        with self._lock:
            for block, content in blocks.items():
                self._blocks[path, block] = content
                self._blocks.move_to_end((path, block))
            while len(self._blocks) > self._kept:
                self._blocks.popitem(last=False)


class _File(io.BufferedIOBase):
    """A published file with a place in it."""

    def __init__(self, ranges: Ranges, path: str, size: int) -> None:
        self._ranges, self._path, self._size, self._place = ranges, path, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        return self._place

    def read(self, size: int | None = -1) -> bytes:
        end = self._size if size is None or size < 0 else self._place + size
        content = self._ranges.piece(self._path, self._place, end)
        self._place += len(content)
        return content


def _relative(path: str) -> str:
    return check_path(path.removeprefix(f"{PROTOCOL}://"))
