"""Write one demo space as an ``.npz`` file: whole or absent, the same bytes for the same arrays."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artifacts.local import replace_whole

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Checkpoint:
    """One space and what is known about its n objects.

    Attributes
    ----------
    keys
        Unicode, shape (n,): unique.
    vectors
        float32, shape (n, d).
    metadata
        Columns by name, each of shape (n,).
    thumbnails
        uint8, shape (n, h, w), 0 black to 255 white; None: the objects have no picture.
    """

    keys: NDArray[np.str_]
    vectors: NDArray[np.float32]
    metadata: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    thumbnails: NDArray[np.uint8] | None = None


def encode(checkpoint: Checkpoint) -> bytes:
    """Give the content of the ``.npz`` file of a checkpoint.

    Not compressed: zlib's output differs between its versions. `numpy.savez` dates every member 1980-01-01.

    Examples
    --------
    >>> import numpy as np
    >>> tiny = Checkpoint(np.array(["a", "b"]), np.eye(2, dtype=np.float32))
    >>> encode(tiny) == encode(tiny)
    True
    """
    arrays: dict[str, NDArray[Any]] = {"keys": checkpoint.keys, "vectors": checkpoint.vectors}
    arrays.update(checkpoint.metadata)
    if checkpoint.thumbnails is not None:
        arrays["thumbnails"] = checkpoint.thumbnails
    buffer = io.BytesIO()
    rows_first = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    np.savez(buffer, allow_pickle=False, **rows_first)
    return buffer.getvalue()


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> bool:
    """Write a checkpoint atomically; leave a file alone that has this content already.

    Parameters
    ----------
    path
        The ``.npz`` file; its folder is created where missing.
    checkpoint
        The space to write.

    Returns
    -------
    bool
        True when the file was written, False when it was kept (its modification time stays).
    """
    content = encode(checkpoint)
    if path.is_file() and path.read_bytes() == content:
        return False
    replace_whole(path, content)
    return True


def write_version(
    directory: Path, dataset: str, version: str, checkpoint: Checkpoint, progress: Progress | None
) -> None:
    """Write ``<directory>/<version>.npz`` and tell `progress` in one line what was done."""
    written = write_checkpoint(directory / f"{version}.npz", checkpoint)
    if progress is not None:
        n, d = checkpoint.vectors.shape
        progress(
            f"{dataset}@{version}: {n:,} objects, {d} dimensions, {'written' if written else 'unchanged'}"
        )
