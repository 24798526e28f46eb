"""Files compressed as a whole (gzip, bzip2, xz, zstd), seen through; what unfolds is counted. No format lives here."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from pathlib import Path
from types import TracebackType
from typing import IO, Any, cast

import pyarrow as pa

from pipelines.errors import IngestError
from pipelines.ingest.faults import fault

FREE_BYTES = 256 << 20
MAX_RATIO = 200
MAX_BYTES = 1 << 40

MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
SUFFIXES = (".gz", ".bz2", ".xz", ".zst")


def compression(path: Path) -> str | None:
    """Name the compression of a file by its content; None where there is none."""
    with path.open("rb") as raw:
        head = raw.read(6)
    return next((name for magic, name in MAGIC.items() if head.startswith(magic)), None)


def opened(path: Path) -> IO[bytes]:
    """Open a file for reading bytes, decompressed; reading on raises where it unfolds to too much."""
    name = compression(path)
    if name is None:
        return path.open("rb")
    streams: dict[str, Any] = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open, "zstd": _open_zstd}
    raw = path.open("rb")
    try:
        return cast(IO[bytes], Counted(path, raw, streams[name](raw, "rb")))
    except BaseException:
        raw.close()
        raise


def _open_zstd(raw: IO[bytes], mode: str) -> Any:
    # Arrow carries the codec, so that no further package is needed.
    return io.BufferedReader(pa.input_stream(raw, compression="zstd"))


def stem(path: Path) -> str:
    """Give the name of a file without the suffix of its compression and without its own.

    >>> stem(Path("cc.en.vec.gz"))
    'cc.en'
    """
    suffix = next((suffix for suffix in SUFFIXES if path.name.lower().endswith(suffix)), "")
    return Path(path.name[: len(path.name) - len(suffix)]).stem


def check_unfolded(path: Path, size: int, compressed: int, place: str = "") -> None:
    """Refuse what unfolds to more than 1 TiB, or to more than 256 MiB and 200 times its compressed size.

    Raises
    ------
    pipelines.errors.IngestError
        A compression bomb, or as good as one.
    """
    if size > MAX_BYTES or size > max(FREE_BYTES, MAX_RATIO * compressed):
        raise _bomb(path, size, compressed, place)


def _bomb(path: Path, size: int, compressed: int, place: str) -> IngestError:
    found = f"{compressed:,} compressed bytes unfold to {size:,} or more"
    return fault(path, found, "decompress it yourself if you trust it", place)


class Counted:
    """A decompressing stream that refuses to unfold to too much."""

    def __init__(self, path: Path, raw: IO[bytes], stream: IO[bytes]) -> None:
        self._path = path
        self._raw = raw
        self._stream = stream
        self._compressed = path.stat().st_size
        self._size = 0

    def read(self, size: int) -> bytes:
        """Read at most `size` bytes."""
        return self._counted(self._stream.read(size))

    def readline(self, size: int) -> bytes:
        """Read to the end of the line, at most `size` bytes."""
        return self._counted(self._stream.readline(size))

    def _counted(self, chunk: bytes) -> bytes:
        self._size += len(chunk)
        check_unfolded(self._path, self._size, self._compressed)
        return chunk

    def tell(self) -> int:
        """Tell how many bytes of the compressed file have been taken."""
        return self._raw.tell()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
        self._raw.close()

    def __enter__(self) -> Counted:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
