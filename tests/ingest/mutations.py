"""Damaged copies of a checkpoint, and what becomes of reading one: blocks, a refusal, or something that escapes."""

from __future__ import annotations

import random
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from pipelines.errors import IngestError
from pipelines.ingest import READERS, ReaderOptions, open_checkpoint, validated
from pipelines.ingest.opening import open_here
from tests.ingest.conftest import WRITERS

SPLICES = [
    b"\n",
    b"\0",
    b" ",
    b"\t",
    b",",
    b'"',
    b"9" * 12,
    b"-1",
    b"nan",
    b"\xff\xfe",
    b"(",
    b"'O'",
    b"PK\x03\x04",
]
SECONDS, MEGABYTES = 2, 512
"""Processor time and memory that reading one damaged file of a few kilobytes may take."""

Edit = tuple[int, int, bytes]
"""Place, bytes taken away there, bytes put there."""

EDITS = st.lists(
    st.tuples(
        st.integers(0, 4000),
        st.sampled_from([0, 1, 1, 4, 100]),
        st.binary(max_size=8) | st.sampled_from(SPLICES),
    ),
    min_size=1,
    max_size=5,
)


@dataclass(frozen=True)
class Outcome:
    """What reading one input took, and what escaped other than an `IngestError`; empty where nothing did.

    The megabytes are those that it added to what its process used before.
    """

    seconds: float
    megabytes: float
    refused: bool
    escaped: str

    @property
    def is_good(self) -> bool:
        return not self.escaped and self.seconds <= SECONDS and self.megabytes <= MEGABYTES


class Subject:
    """A small checkpoint of one format that can be damaged again and again.

    Attributes
    ----------
    reader
        Name of the reader that it is written for.
    """

    def __init__(self, written_format: str, folder: Path) -> None:
        self.written_format = written_format
        self.reader, write = WRITERS[written_format]
        vectors = np.random.default_rng(0).normal(size=(12, 4)).astype(np.float32)
        keys = ["a b" if written_format == "glove" else "ab", *(f"é{i}" for i in range(11))]
        self.path = write(folder, keys, vectors)
        files = sorted(file for file in folder.rglob("*") if file.is_file())
        self._contents = {file: file.read_bytes() for file in files}
        self._sides = [file for file in files if file != self.path]

    def damaged(self, number: int) -> Outcome:
        """Read the input of a number; the same number is the same input."""
        rng = random.Random(f"{self.written_format} {number}")  # noqa: S311 (no secret)
        return self._read(number, self._target(rng), lambda content: mutated(content, rng))

    def edited(self, number: int, edits: Sequence[Edit]) -> Outcome:
        """Read an input that is the checkpoint with some edits; the number decides in which of its files."""
        target = self._target(random.Random(number))  # noqa: S311 (no secret)
        return self._read(number, target, lambda content: with_edits(content, edits))

    def refused_alone(self, number: int) -> bool:
        """Tell whether the input of a number is refused, not read, where its reader is given a process of its own.

        Whatever else escapes is raised.
        """
        rng = random.Random(f"{self.written_format} {number}")  # noqa: S311 (no secret)
        target = self._target(rng)
        target.write_bytes(mutated(self._contents[target], rng))
        try:
            list(validated(open_checkpoint(self.path, self._options(number))))
        except IngestError:
            return True
        finally:
            target.write_bytes(self._contents[target])
        return False

    def _options(self, number: int) -> ReaderOptions:
        return ReaderOptions(format=self.reader if number % 2 else None)

    def _target(self, rng: random.Random) -> Path:
        in_side = self._sides and (self.path.is_dir() or rng.random() < 0.2)
        return rng.choice(self._sides) if in_side else self.path

    def _read(self, number: int, target: Path, change: Callable[[bytes], bytes]) -> Outcome:
        target.write_bytes(change(self._contents[target]))
        try:
            return read(self.path, self._options(number))
        finally:
            target.write_bytes(self._contents[target])

    @property
    def is_isolated(self) -> bool:
        return READERS[self.reader].is_isolated


def read(path: Path, options: ReaderOptions) -> Outcome:
    """Read a checkpoint in this process, whatever its format asks for."""
    refused, escaped = False, ""
    _forget_peak()
    before = megabytes("VmRSS")
    began = time.process_time()
    try:
        list(validated(open_here(path, options)))
    except IngestError as error:
        refused = True
        escaped = "" if "; " in str(error) else f"no advice: {error}"
    except Exception:
        escaped = traceback.format_exc(limit=-4)
    return Outcome(time.process_time() - began, megabytes("VmHWM") - before, refused, escaped)


def mutated(content: bytes, rng: random.Random) -> bytes:
    """Change, insert, cut or repeat a few bytes; half of the changes near the start, where headers are."""
    data = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 5])):
        at = rng.randrange(max(1, len(data) if rng.random() < 0.5 else min(len(data), 120)))
        kind = rng.randrange(5)
        if kind == 0:
            data[at : at + 1] = bytes([rng.randrange(256)])
        elif kind == 1:
            data[at:at] = rng.choice(SPLICES)
        elif kind == 2:
            del data[at : at + rng.choice([1, 4, 100])]
        elif kind == 3:
            del data[at:]
        else:
            data[at:at] = data[at : at + rng.choice([1, 8, 64])]
    return bytes(data)


def with_edits(content: bytes, edits: Sequence[Edit]) -> bytes:
    """Carry out edits one after another; places beyond the end begin again at the start."""
    data = bytearray(content)
    for place, taken, put in edits:
        at = place % (len(data) + 1)
        data[at : at + taken] = put
    return bytes(data)


def _forget_peak() -> None:
    """Let the most memory that was ever used be counted from now on; only Linux can."""
    if _CLEAR.exists():
        _CLEAR.write_text("5")


def megabytes(what: str) -> float:
    """Return a figure of this process in MB by its name in ``/proc``, libraries included; 0 where that is not told."""
    if not _STATUS.exists():
        return 0.0
    (line,) = [line for line in _STATUS.read_text().splitlines() if line.startswith(f"{what}:")]
    return int(line.split()[1]) / 1024


_CLEAR, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")
