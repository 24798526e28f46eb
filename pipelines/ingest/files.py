"""Opening files and cutting them into lines, compressed or not, within bounded memory. No format lives here."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO

from pipelines.ingest.compression import compression, opened, stem
from pipelines.ingest.faults import fault
from pipelines.ingest.reading import Position

BLOCK_BYTES = 8 << 20
HEAD_BYTES = 1 << 20
LINE_BYTES = 64 << 20
CHUNK_BYTES = 4 << 20
SAMPLE_LINES = 100

BOM = b"\xef\xbb\xbf"


def open_stream(path: Path) -> IO[bytes]:
    """Open a file for reading bytes, decompressed where its content is gzip, bzip2, xz or zstd."""
    return opened(path)


def is_compressed(path: Path) -> bool:
    """Tell whether the content of a file is compressed as a whole, whatever its name."""
    return compression(path) is not None


def refuse_compressed(path: Path) -> None:
    """Refuse a compressed file of a format that is not read as a stream."""
    found = compression(path)
    if found is not None:
        raise fault(path, f"arrays are not read through {found}", "decompress the file first")


def read_head(path: Path) -> bytes:
    """Read the first bytes of a file, decompressed."""
    with open_stream(path) as stream:
        return stream.read(HEAD_BYTES)


def line_chunks(path: Path, position: Position | None = None) -> Iterator[tuple[int, list[bytes]]]:
    r"""Cut a file at ``\n`` into lists of lines of some 4 MiB each, and say how far it has been read.

    Yields
    ------
    first, lines
        Number of the first line of the list (1-based), and the lines without ``\n``.

    Raises
    ------
    pipelines.errors.IngestError
        If a line is longer than 64 MiB (a compressed file may unfold to one endless line).
    """
    first, rest, start = 1, b"", BOM
    with open_stream(path) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            if position is not None:
                position.read = stream.tell()
            *lines, rest = (rest + chunk).removeprefix(start).split(b"\n")
            start = b""
            if len(rest) > LINE_BYTES:
                found = f"the line is longer than {LINE_BYTES >> 20} MiB"
                raise fault(path, found, "write one object a line", f"line {first + len(lines)}")
            if lines:
                yield first, lines
                first += len(lines)
    if rest:
        yield first, [rest]


def row_chunks(
    path: Path, position: Position | None = None, blanks: bytes = b" \t\r"
) -> Iterator[tuple[int, list[bytes]]]:
    """Give the lines as `line_chunks` does, without `blanks` at their ends and without empty last lines.

    Raises
    ------
    pipelines.errors.IngestError
        If an empty line stands before another row.
    """
    empty = 0
    for first, raw in line_chunks(path, position):
        lines = [line.rstrip(blanks) for line in raw]
        filled = len(lines)
        while filled and not lines[filled - 1]:
            filled -= 1
        if filled and (empty or b"" in lines[:filled]):
            line = empty or first + lines.index(b"")
            raise fault(path, "the line is empty", "remove it", f"line {line}")
        if filled < len(lines):
            empty = empty or first + filled
        if filled:
            yield first, lines[:filled]


def sample_rows(path: Path) -> list[bytes]:
    """Give the first rows of a file, as many as a layout is understood from."""
    return [line for _, lines in islice(row_chunks(path), 1) for line in lines[:SAMPLE_LINES]]


def head_rows(head: bytes) -> list[bytes]:
    """Give the complete first rows of a head; a single incomplete one where there is no other."""
    lines = head.removeprefix(BOM).split(b"\n")
    complete = lines[:-1] if len(lines) > 1 and len(head) >= HEAD_BYTES else lines
    rows = [line.rstrip(b" \t\r") for line in complete[:SAMPLE_LINES]]
    return [row for row in rows if row]


def count_rows(path: Path) -> int:
    """Count the rows of a file of lines by reading it once."""
    return sum(len(lines) for _, lines in row_chunks(path))


def decoded_lines(path: Path, first: int, lines: list[bytes]) -> list[str]:
    """Decode lines or keys from UTF-8; the error names the line."""
    try:
        return [line.decode() for line in lines]
    except UnicodeDecodeError:
        line = first + next(i for i, line in enumerate(lines) if not is_utf8(line))
        found = "the text is not valid UTF-8"
        raise fault(path, found, "convert the file to UTF-8", f"line {line}") from None


def is_utf8(text: bytes) -> bool:
    """Tell whether bytes are valid UTF-8."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def beside(path: Path) -> tuple[Path, str]:
    """Give the folder of a file and its stem, without ``.gz`` (or the like) and without its suffix."""
    return path.parent, stem(path)
