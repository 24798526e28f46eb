"""Files in a local folder, written whole or not at all: the only place that knows how bytes become durable there."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING

from artifacts.errors import StorageFullError
from artifacts.paths import check_folder, check_path

if TYPE_CHECKING:
    from artifacts.storage import Entry

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Folder:
    """A storage in a local folder; see `artifacts.storage.Storage`.

    Parameters
    ----------
    root
        Absolute path; it need not exist before something is written.
    """

    filesystem = None

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def url(self) -> str:
        """The path of the folder."""
        return str(self.root)

    def read(self, path: str) -> bytes:
        """Return the content of a file; raise FileNotFoundError when there is none."""
        try:
            return self._at(path).read_bytes()
        except (IsADirectoryError, NotADirectoryError) as error:
            raise FileNotFoundError(path) from error

    def size(self, path: str) -> int | None:
        """Return the number of bytes of a file, None when there is none."""
        try:
            state = self._at(path).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return state.st_size if S_ISREG(state.st_mode) else None

    def create(self, path: str, content: bytes) -> bool:
        """Write a file unless there is one; return whether this call did."""
        return create_once(self._at(path), content)

    def replace(self, path: str, content: bytes) -> None:
        """Write a file, in place of the one that is there."""
        replace_whole(self._at(path), content)

    @contextmanager
    def whole(self, path: str) -> Iterator[Path]:
        """Give a local path to write to; what is there when the block ends without an error becomes the file."""
        with whole_file(self._at(path)) as temporary:
            yield temporary

    def remove(self, path: str) -> None:
        """Remove a file, and its folders that become empty."""
        file = self._at(path)
        file.unlink(missing_ok=True)
        for folder in file.parents:
            if folder == self.root:
                return
            try:
                folder.rmdir()
            except OSError:
                return

    def entries(self, prefix: str) -> Iterator[Entry]:
        """List the files under a folder, hidden and temporary ones included, sorted by path."""
        from artifacts.storage import Entry

        start = check_folder(prefix).strip("/")
        for path, state in _files_below(str(self.root / start), f"{start}/" if start else ""):
            yield Entry(path, state.st_size, state.st_mtime)

    def address(self, path: str) -> str:
        """Return what DuckDB opens."""
        return str(self._at(path)) if path else f"{self.root}/"

    def open(self, path: str, *, again: bool = False) -> str:
        """Return what pyarrow opens."""
        if self.size(path) is None:
            raise FileNotFoundError(path)
        return str(self._at(path))

    def _at(self, path: str) -> Path:
        return self.root / check_path(path)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; on success flush it and rename it to `path`, otherwise remove it."""
    with _beside(path) as temporary:
        yield temporary
        _flush(temporary)
        temporary.replace(path)
        _flush(path.parent)


def replace_whole(path: Path, content: bytes) -> None:
    """Write `content` to `path` so that a reader or a crash sees the old file or the new one."""
    with whole_file(path) as temporary:
        temporary.write_bytes(content)


def create_once(path: Path, content: bytes) -> bool:
    """Create `path` with `content` unless it exists; return whether this call created it."""
    with _beside(path) as temporary:
        temporary.write_bytes(content)
        _flush(temporary)
        try:
            # A hard link fails when the name is taken and appears with its whole content: both in one step.
            os.link(temporary, path)
        except FileExistsError:
            return False
    _flush(path.parent)
    return True


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` that is gone when the block ends; say it in words when the disk is full."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        _make_room(temporary)
        yield temporary
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise StorageFullError(
            f"cannot write {path}: the disk is full or a limit is reached ({os.strerror(error.errno)}): "
            "free space and run the same command again; everything published before is kept"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def _make_room(temporary: Path) -> None:
    """Create an empty file and its folder."""
    while True:
        try:
            _make_folder(temporary.parent)
            temporary.touch()
        except FileNotFoundError:
            continue  # another process has just removed its last file there, and the folder with it
        return


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, each of them durable: a file is lost with the folder that it lies in."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _flush(folder.parent)


def _files_below(folder: str, prefix: str) -> Iterator[tuple[str, os.stat_result]]:
    """Give the files below a folder, sorted by path; scandir is several times as fast as Path.rglob."""
    try:
        with os.scandir(folder) as listed:
            found = {f"{one.name}/" if one.is_dir(follow_symlinks=False) else one.name: one for one in listed}
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in sorted(found):
        if name.endswith("/"):
            yield from _files_below(found[name].path, prefix + name)
            continue
        try:
            state = found[name].stat()
        except FileNotFoundError:
            continue  # renamed or removed since it was listed
        if stat.S_ISREG(state.st_mode):
            yield prefix + name, state


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
