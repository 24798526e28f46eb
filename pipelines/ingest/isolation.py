"""Parsing in a process of its own, so that a file that breaks its reader breaks nothing else.

The child may use a limited amount of memory and time, and may write no file. It answers in frames: a letter, eight
bytes of length, and JSON or an Arrow stream. Nothing that it says is unpickled.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa

from pipelines.errors import IngestError, MissingExtraError
from pipelines.ingest.faults import fault
from pipelines.ingest.reading import Block, ReaderOptions, Reading

FRAME_BYTES = 1 << 30
DESCRIBE, BLOCK, REFUSED, MISSING, END = b"D", b"B", b"E", b"X", b"Z"
_ERRORS = {REFUSED: IngestError, MISSING: MissingExtraError}


@dataclass(frozen=True)
class Limits:
    """What the child may use.

    Attributes
    ----------
    memory, memory_per_byte, most_memory
        Bytes for a small file, more for each byte of the checkpoint, and in all; files that are mapped into memory do
        not count. A few changed bytes in a small file can make a library ask for gigabytes.
    cpu
        Seconds for a small file.
    cpu_per_gib
        Seconds more for each GiB of the checkpoint.
    silence
        Seconds between two blocks.
    """

    memory: int = 512 << 20
    memory_per_byte: int = 16
    most_memory: int = 4 << 30
    cpu: int = 5
    cpu_per_gib: int = 600
    silence: int = 600

    def for_file(self, path: Path) -> dict[str, int]:
        """Give the limits that the child sets itself."""
        files = path.rglob("*") if path.is_dir() else [path]
        size = sum(file.stat().st_size for file in files if file.is_file())
        memory = min(self.most_memory, self.memory + self.memory_per_byte * size)
        return {"memory": memory, "cpu": self.cpu + self.cpu_per_gib * size // 2**30}


def open_isolated(path: Path, options: ReaderOptions, limits: Limits = Limits()) -> Reading:
    """Open a checkpoint in a process of its own; its blocks are read in another one.

    Raises
    ------
    pipelines.errors.IngestError
        What the reader says, or that the process needed too much or broke.
    """
    ((_, content),) = _frames(path, options, "describe", limits)
    facts = json.loads(content)
    blocks = partial(_blocks, path, options, limits)
    return Reading(path, facts["format"], facts["dimensions"], facts["count"], facts["dtype"], blocks)


def _blocks(path: Path, options: ReaderOptions, limits: Limits) -> Iterator[Block]:
    for _, content in _frames(path, options, "read", limits):
        yield decoded(content)


def _frames(path: Path, options: ReaderOptions, task: str, limits: Limits) -> Iterator[tuple[bytes, bytes]]:
    """Run a child, and give what it says until it says that it has ended."""
    child = subprocess.Popen(
        [sys.executable, "-m", "pipelines.ingest.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OPENBLAS_NUM_THREADS": "1"},
    )
    assert child.stdin is not None and child.stdout is not None  # noqa: S101 (both are pipes)
    try:
        wanted = asdict(replace(options, isolated=False))
        wanted |= {"metadata": None if options.metadata is None else str(options.metadata.absolute())}
        order = {
            "path": str(path.absolute()),
            "options": wanted,
            "task": task,
            "limits": limits.for_file(path),
        }
        child.stdin.write(json.dumps(order).encode())
        child.stdin.close()
        while True:
            head = _read(child.stdout, 9, limits)
            kind, length = head[:1], int.from_bytes(head[1:], "big")
            content = _read(child.stdout, length, limits) if 0 < length <= FRAME_BYTES else b""
            if kind == END:
                return
            if kind in _ERRORS:
                raise _ERRORS[kind](content.decode("utf-8", "replace"))
            if kind not in (DESCRIBE, BLOCK):
                raise _SilentError
            yield kind, content
    except (_SilentError, BrokenPipeError):
        child.kill()
        used = limits.for_file(path)
        most = f"{used['memory'] >> 20} MiB or {used['cpu']} s"
        found = f"the process that reads it broke off, or needed more than {most}"
        advice = "the file is damaged, or made to harm: do not read it where that matters"
        raise fault(path, found, advice) from None
    finally:
        child.kill()
        child.stdout.close()
        child.wait()


class _SilentError(Exception):
    """The child says nothing more, without having said that it ended."""


def _read(stream: IO[bytes], size: int, limits: Limits) -> bytes:
    content = bytearray()
    end = time.monotonic() + limits.silence
    while len(content) < size:
        ready, _, _ = select.select([stream], [], [], max(0, end - time.monotonic()))
        part = os.read(stream.fileno(), min(1 << 20, size - len(content))) if ready else b""
        if not part:
            raise _SilentError
        content += part
    return bytes(content)


def encoded(block: Block) -> bytes:
    """Turn a block into an Arrow stream."""
    columns: dict[str, Any] = {
        "key": pa.array(block.keys, pa.string()),
        "vector": pa.FixedSizeListArray.from_arrays(pa.array(block.vectors.ravel()), block.vectors.shape[1]),
    }
    if block.thumbnails is not None:
        columns["thumbnail"] = pa.array(block.thumbnails, pa.binary())
    if block.metadata is not None:
        columns |= {f"metadata/{name}": block.metadata[name] for name in block.metadata.column_names}
    table = pa.table(columns).replace_schema_metadata({"first_line": str(block.first_line or "")})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def decoded(content: bytes) -> Block:
    """Turn what `encoded` made into the block again."""
    table = pa.ipc.open_stream(content).read_all().combine_chunks()
    table.validate(full=True)
    names = [name for name in table.column_names if name.startswith("metadata/")]
    flat = table["vector"].combine_chunks().flatten().to_numpy()
    line = (table.schema.metadata or {}).get(b"first_line", b"").decode()
    return Block(
        table["key"].to_pylist(),
        np.array(flat, np.float32).reshape(len(table), table["vector"].type.list_size),
        pa.table({name.removeprefix("metadata/"): table[name] for name in names}) if names else None,
        table["thumbnail"].to_pylist() if "thumbnail" in table.column_names else None,
        int(line) if line else None,
    )
