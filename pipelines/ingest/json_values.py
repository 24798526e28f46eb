"""The entries of one large JSON array or object, one after another, within bounded memory. No format lives here."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from pipelines.errors import IngestError
from pipelines.ingest.faults import fault, shown
from pipelines.ingest.files import CHUNK_BYTES, LINE_BYTES, open_stream
from pipelines.ingest.reading import Position

_BLANKS = " \t\r\n"
_TAIL = 32  # an error so near to the end of what was read may only mean that more must be read


def iter_entries(path: Path, position: Position | None = None) -> Iterator[tuple[str | None, Any]]:
    """Give the entries of the array or object that a file is, and say how far it has been read.

    Yields
    ------
    name, value
        The name is None in an array.

    Raises
    ------
    pipelines.errors.IngestError
        If it is not valid JSON, or one entry is larger than 64 MiB.
    """
    with open_stream(path) as stream:
        scanner = _Scanner(path, stream, position or Position())
        opening = scanner.take("[{", "it should begin with [ or {")
        closing = "]" if opening == "[" else "}"
        if scanner.peek() == closing:
            scanner.take(closing, "")
        else:
            while True:
                yield scanner.entry(opening == "{")
                if (
                    scanner.take("," + closing, f"after an entry, a comma or {closing} is expected")
                    == closing
                ):
                    break
        if scanner.peek():
            raise scanner.fault(f"more follows its end: {shown(scanner.peek())}")


class _Scanner:
    def __init__(self, path: Path, stream: IO[bytes], position: Position) -> None:
        self._position = position
        self._path = path
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text = ""
        self._at = 0
        self._entries = 0
        self._ended = False

    def fault(self, found: str) -> IngestError:
        place = f"after {self._entries} entries" if self._entries else ""
        return fault(self._path, f"this is not valid JSON ({found})", "write it again", place)

    def peek(self) -> str:
        """Give the next character that is not blank, without taking it; empty at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _BLANKS:
                self._at += 1
            if self._at < len(self._text) or not self._fill():
                return self._text[self._at : self._at + 1]

    def take(self, wanted: str, otherwise: str) -> str:
        """Take the next character, which must be one of those that are wanted."""
        found = self.peek()
        if not found or found not in wanted:
            raise self.fault(otherwise)
        self._at += 1
        return found

    def entry(self, named: bool) -> tuple[str | None, Any]:
        """Take a value, and the name before it."""
        name = None
        if named:
            if self.peek() != '"':
                raise self.fault("a name in double quotes is expected")
            name = str(self._value())
            self.take(":", "after a name, a colon is expected")
        self.peek()
        value = self._value()
        self._entries += 1
        return name, value

    def _value(self) -> Any:
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                is_open = error.msg.startswith("Unterminated string") or error.pos > len(self._text) - _TAIL
                if not is_open or not self._fill():
                    raise self.fault(
                        f"{error.msg}: {shown(self._text[error.pos : error.pos + 20])}"
                    ) from None
                continue
            except (ValueError, RecursionError) as error:
                raise self.fault(str(error).splitlines()[0][:100]) from None
            # A number that ends with the text may go on.
            if end == len(self._text) and self._fill():
                continue
            self._at = end
            return value

    def _fill(self) -> bool:
        """Read on; each time as much as there is already, so that a long value is not decoded too often."""
        if self._ended:
            return False
        rest = self._text[self._at :]
        if len(rest) > LINE_BYTES:
            raise self.fault(f"one entry is larger than {LINE_BYTES >> 20} MiB")
        raw = self._stream.read(max(CHUNK_BYTES, len(rest)))
        self._ended = not raw
        self._position.read = self._stream.tell()
        try:
            self._text = rest + self._decoder.decode(raw, final=self._ended)
        except UnicodeDecodeError:
            raise self.fault("it is not valid UTF-8") from None
        self._at = 0
        return True


_DECODER = json.JSONDecoder()
