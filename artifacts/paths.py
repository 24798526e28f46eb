"""Paths inside a storage: relative, and never leading out of it."""

from __future__ import annotations

from artifacts.errors import StoreError

MAX_NAME, MAX_PATH = 255, 900
"""Bytes that file systems allow a name, and that object stores allow a key (1024) beside the folder of the store."""


def check_path(path: str) -> str:
    r"""Return `path` when it names a file inside a storage; raise StoreError otherwise.

    Examples
    --------
    >>> check_path("refs/space/digits/v1.json")
    'refs/space/digits/v1.json'
    >>> check_path("refs/../../secret.json")
    Traceback (most recent call last):
    artifacts.errors.StoreError: 'refs/../../secret.json' cannot name a file of a store: ...
    """
    parts = path.split("/")
    if (
        any(part in {"", ".", ".."} or len(part.encode(errors="replace")) > MAX_NAME for part in parts)
        or len(path.encode(errors="replace")) > MAX_PATH
        or not path.isprintable()
        or "\\" in path
    ):
        raise StoreError(
            f"{path[:140]!r} cannot name a file of a store: names are separated by '/', printable, "
            f"at most {MAX_NAME} bytes long, and neither empty nor '.' nor '..'"
        )
    return path


def check_folder(prefix: str) -> str:
    """Return the folder `prefix` without a slash at its end, "" for the whole storage; raise StoreError otherwise."""
    return check_path(prefix.rstrip("/")) if prefix else ""
