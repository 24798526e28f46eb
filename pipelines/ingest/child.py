"""The process that `pipelines.ingest.isolation` starts: reads one checkpoint and says what is in it on stdout."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pipelines.errors import InputError, MissingExtraError
from pipelines.ingest.isolation import BLOCK, DESCRIBE, END, MISSING, REFUSED, encoded
from pipelines.ingest.opening import open_here
from pipelines.ingest.reading import ReaderOptions


def main() -> None:
    """Obey the order on stdin."""
    order = json.loads(sys.stdin.buffer.read())
    _limit(order["limits"])
    options = dict(order["options"])
    options["metadata"] = Path(options["metadata"]) if options["metadata"] else None
    try:
        reading = open_here(Path(order["path"]), ReaderOptions(**options))
        if order["task"] == "describe":
            names = ("format", "dimensions", "count", "dtype")
            _say(DESCRIBE, json.dumps({name: getattr(reading, name) for name in names}).encode())
        else:
            for block in reading.blocks():
                _say(BLOCK, encoded(block))
        _say(END)
    except MissingExtraError as error:
        _say(MISSING, error.extra.encode())
    except InputError as error:
        _say(REFUSED, str(error).encode())


def _limit(limits: dict[str, Any]) -> None:
    import resource  # not on Windows, where nothing is limited but the silence

    # Files that are mapped into memory do not count as data.
    for what, value in (
        (resource.RLIMIT_DATA, limits["memory"]),
        (resource.RLIMIT_CPU, limits["cpu"]),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (value, value))


def _say(kind: bytes, content: bytes = b"") -> None:
    sys.stdout.buffer.write(kind + len(content).to_bytes(8, "big") + content)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
