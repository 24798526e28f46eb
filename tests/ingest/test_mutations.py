"""Whatever bytes a checkpoint holds, reading it ends soon, with blocks or with an `IngestError`."""

import random
import time

import numpy as np
import pytest

from pipelines.errors import IngestError
from pipelines.ingest import ReaderOptions, open_checkpoint, validated

MUTATIONS = 300
SLOW_MUTATIONS = {"hdf5": 6, "parquet": 6}  # each starts processes
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


@pytest.mark.filterwarnings("ignore:Reading `.npy`:UserWarning")
@pytest.mark.parametrize("told", [True, False], ids=["format named", "format sniffed"])
def test_nothing_escapes_but_an_ingest_error(told, tmp_path, written_format, writers):
    vectors = np.random.default_rng(0).normal(size=(12, 4)).astype(np.float32)
    keys = ["a b" if written_format == "glove" else "ab", *(f"é{i}" for i in range(11))]
    name, write = writers[written_format]
    path = write(tmp_path, keys, vectors)
    files = sorted(file for file in tmp_path.rglob("*") if file.is_file())
    sides = [file for file in files if file != path]
    originals = {file: file.read_bytes() for file in files}
    rng = random.Random(f"{written_format} {told}")  # noqa: S311 (no secret)
    options = ReaderOptions(format=name) if told else ReaderOptions()
    refused = 0
    for _ in range(SLOW_MUTATIONS.get(written_format, MUTATIONS) // 2):
        target = rng.choice(sides) if sides and (path.is_dir() or rng.random() < 0.2) else path
        target.write_bytes(mutated(originals[target], rng))
        began = time.perf_counter()
        try:
            list(validated(open_checkpoint(path, options)))
        except IngestError as error:
            refused += 1
            assert "; " in str(error)
        assert time.perf_counter() - began < (30 if written_format in SLOW_MUTATIONS else 5)
        target.write_bytes(originals[target])
    assert refused > 0
