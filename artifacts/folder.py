"""Whole-or-absent writes in a local folder: the only place that knows how bytes become durable."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; on success flush it and rename it to `path`, otherwise remove it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        yield temporary
        _flush(temporary)
        temporary.replace(path)
        _flush(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def replace_whole(path: Path, content: bytes) -> None:
    """Write `content` to `path` so that a reader or a crash sees the old file or the new one."""
    with whole_file(path) as temporary:
        temporary.write_bytes(content)


def create_once(path: Path, content: bytes) -> bool:
    """Create `path` with `content` unless it exists; return whether this call created it."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        temporary.write_bytes(content)
        _flush(temporary)
        # A hard link fails when the name is taken and appears with its whole content: both in one step.
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    _flush(path.parent)
    return True


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
