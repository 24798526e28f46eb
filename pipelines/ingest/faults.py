"""How a refused checkpoint is worded: place, what was found, what to do. No format lives here."""

from __future__ import annotations

import difflib
import struct
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from lzma import LZMAError
from pathlib import Path

import pyarrow as pa

from pipelines.errors import IngestError
from pipelines.ingest.reading import Block

REPAIR_ROW = "remove or repair the row"
COPY_AGAIN = "copy it again from its source"

# What gzip, zipfile, Arrow and the file system raise for a damaged file, encrypted and unknown members included.
DAMAGE = (
    OSError,
    EOFError,
    zlib.error,
    LZMAError,
    struct.error,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    pa.ArrowException,
    UnicodeDecodeError,
    OverflowError,
    MemoryError,
)


def fault(path: Path, found: str, advice: str, place: str = "") -> IngestError:
    """Word one error as ``file, place: what was found; what to do``.

    >>> print(fault(Path("a.txt"), "the line is empty", "remove it", "line 3"))
    a.txt, line 3: the line is empty; remove it
    """
    where = f"{path}, {place}" if place else str(path)
    return IngestError(f"{where}: {found}; {advice}")


def shown(text: str | bytes, limit: int = 60) -> str:
    r"""Quote a stranger's text so that it stays short, on one line and printable.

    >>> shown("two\nlines")
    "'two\\nlines'"
    """
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return ascii_controls(repr(plain if len(plain) <= limit else plain[: limit - 1] + "…"))


def ascii_controls(quoted: str) -> str:
    """Replace what cannot be encoded (lone surrogates) by question marks."""
    return quoted.encode("utf-8", "replace").decode("utf-8")


def listed(names: Collection[str], limit: int = 12) -> str:
    """List names for a message, the first few only; "none" where there are none."""
    some = [shown(name) for name in list(names)[:limit]]
    more = len(names) - len(some)
    return (", ".join(some) or "none") + (f" and {more} more" if more > 0 else "")


def known_or_fault(path: Path, name: str, known: Collection[str], kind: str, advice: str) -> str:
    """Return `name` if it is known, else raise with the known names and the nearest of them."""
    if name in known:
        return name
    near = difflib.get_close_matches(name[:100], list(known)[:1000], n=1)
    hint = f"did you mean {shown(near[0])}? " if near else ""
    raise fault(path, f"there is no {kind} {shown(name)}", f"{hint}{advice}: {listed(known, 30)}")


@contextmanager
def damage_refused(path: Path) -> Iterator[None]:
    """Turn the errors of a damaged or unreadable file into an `IngestError`."""
    try:
        yield
    except DAMAGE as error:
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise fault(path, f"the file is damaged or cannot be read ({reason})", COPY_AGAIN) from error


def guarded(path: Path, blocks: Callable[[], Iterator[Block]]) -> Iterator[Block]:
    """Give the blocks, with the errors of a damaged file as `IngestError`."""
    with damage_refused(path):
        yield from blocks()
