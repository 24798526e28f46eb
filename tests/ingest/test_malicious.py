"""Checkpoints made to harm: none of them runs anything, unfolds to too much, or reads another file; each is refused.

Every pickle would make a canary file if it were loaded.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import pickle
import struct
import time
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.errors import IngestError
from pipelines.ingest import ReaderOptions, open_checkpoint, validated
from tests.ingest.writers import safetensors, table, torch_pickle, word, write_zip

VECTORS = np.eye(3, 4, dtype=np.float32)
BOMB = 400 << 20


class Harm:
    """What makes the canary file when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self):
        return (Path.touch, (self.canary,))


def harmful(canary: Path, protocol: int = 4) -> bytes:
    return pickle.dumps([Harm(canary), "a"], protocol)


def torch_zip(folder: Path, content: bytes, data: bytes = bytes(48)) -> Path:
    return write_zip(folder / "v.pt", {"m/data.pkl": content, "m/data/0": data})


def object_array(canary: Path) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.array([Harm(canary)], dtype=object), allow_pickle=True)
    return stream.getvalue()


def put(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def beside_npy(folder: Path, content: bytes) -> Path:
    np.save(folder / "1990-w.npy", VECTORS)
    put(folder / "1990-vocab.pkl", content)
    return folder / "1990-w.npy"


def npz_bomb(folder: Path) -> Path:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": (BOMB // 1024, 1024)}
    )
    with zipfile.ZipFile(folder / "v.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("vectors.npy", "w") as stream:
            stream.write(header.getvalue())
            for _ in range(BOMB >> 20):
                stream.write(bytes(1 << 20))
    return folder / "v.npz"


def state_pointing_out(folder: Path) -> Path:
    (folder / "d").mkdir()
    put(folder / "d" / "state.json", json.dumps({"_data_files": [{"filename": "../../x.arrow"}]}).encode())
    return folder / "d"


def split_pointing_out(folder: Path) -> Path:
    (folder / "d").mkdir()
    put(folder / "d" / "dataset_dict.json", b'{"splits": ["../.."]}')
    return folder / "d"


def run_of_equal_values(folder: Path) -> Path:
    flat = pa.array(np.zeros(1 << 20, np.float32))
    row = pa.table({"k": ["a"], "v": pa.ListArray.from_arrays(pa.array([0, 1 << 20], pa.int32()), flat)})
    with pq.ParquetWriter(folder / "v.parquet", row.schema, compression="zstd") as writer:
        for _ in range(100):
            writer.write_table(row)
    return folder / "v.parquet"


def one_long_word(folder: Path) -> Path:
    words = pa.array(["x" * (1 << 20)]).dictionary_encode()
    column = pa.DictionaryArray.from_arrays(pa.array(np.zeros(600, np.int32)), words.dictionary)
    content = table([f"k{i}" for i in range(600)], np.zeros((600, 4), np.float32)).append_column(
        "note", column
    )
    pq.write_table(content, folder / "v.parquet", compression="zstd")
    return folder / "v.parquet"


def lying_offsets(folder: Path) -> Path:
    offsets = np.int32([0, 3, 6])
    column = pa.ListArray.from_arrays(pa.array(offsets), pa.array(np.ones(6, np.float32)))
    content = pa.table({"k": ["a", "b"], "v": column})
    with pa.ipc.new_file(folder / "v.arrow", content.schema) as writer:
        writer.write_table(content)
    raw = (folder / "v.arrow").read_bytes()
    assert offsets.tobytes() in raw
    put(folder / "v.arrow", raw.replace(offsets.tobytes(), np.int32([0, 3, 1 << 28]).tobytes()))
    return folder / "v.arrow"


def safe(folder: Path, content: bytes) -> Path:
    put(folder / "v.json", b'["a", "b", "c"]')
    return put(folder / "v.safetensors", content)


def safe_header(folder: Path, header: dict) -> Path:
    text = json.dumps(header).encode()
    return safe(folder, struct.pack("<Q", len(text)) + text + bytes(48))


def entry(first: int, last: int, shape: tuple[int, ...] = (3, 4)) -> dict:
    return {"dtype": "F32", "shape": list(shape), "data_offsets": [first, last]}


def nested_tuples() -> bytes:
    """A tuple of tuples, as wide as 2^60 when it is followed, as the key of a dict."""
    return b"\x80\x04}" + word("a") + b"".join(b"2\x86" for _ in range(60)) + word("v") + b"s."


HARMS = {
    "pickle": lambda d, c: put(d / "v.kv", harmful(c)),
    "pickle of protocol 2": lambda d, c: put(d / "v.kv", harmful(c, 2)),
    "pickle of protocol 0, format told": lambda d, c: put(d / "v.pickle", harmful(c, 0)),
    "pickle that names os.system": lambda d, c: put(
        d / "v.kv", b"\x80\x02cos\nsystem\n" + word(f"touch {c}") + b"\x85R."
    ),
    "pickle that builds a name on the stack": lambda d, c: put(
        d / "v.kv", b"\x80\x04" + word("os") + word("system") + b"\x93" + word(f"touch {c}") + b"\x85R."
    ),
    "pickle of an instance": lambda d, c: put(
        d / "v.kv", b"\x80\x02(" + word(f"touch {c}") + b"ios\nsystem\n."
    ),
    "pickle that calls an allowed class with getattr": lambda d, c: put(
        d / "v.kv", b"\x80\x02cbuiltins\ngetattr\n" + word("x") + word("y") + b"\x86R."
    ),
    "pickle of tuples that never end": lambda d, c: put(d / "v.kv", nested_tuples()),
    "pickle with a huge memo": lambda d, c: put(d / "v.kv", b"\x80\x02]r\xff\xff\xff\x7f."),
    "pickle that claims terabytes": lambda d, c: put(
        d / "v.kv", b"\x80\x04\x8e" + struct.pack("<Q", 1 << 42) + b"a."
    ),
    "pickled vocabulary": lambda d, c: beside_npy(d, harmful(c)),
    "pickled vocabulary of an allowed array": lambda d, c: beside_npy(d, pickle.dumps([np.zeros(2)])),
    "npy of objects": lambda d, c: put(d / "v.npy", object_array(c)),
    "npz of objects": lambda d, c: write_zip(d / "v.npz", {"vectors.npy": object_array(c)}),
    "folder of objects": lambda d, c: put(d / "a.npy", object_array(c)).parent,
    "torch": lambda d, c: torch_zip(d, harmful(c)),
    "torch of protocol 2": lambda d, c: torch_zip(d, harmful(c, 2)),
    "torch before 1.6": lambda d, c: put(d / "v.pt", pickle.dumps(0x1950A86A20F9469CFC6C, 2) + harmful(c, 2)),
    "torch that claims too much": lambda d, c: torch_zip(d, torch_pickle((2**30, 2**20))),
    "torch that begins behind the end": lambda d, c: torch_zip(d, torch_pickle((3, 4), offset=40)),
    "torch with a bomb for a pickle": lambda d, c: write_zip(
        d / "v.pt", {"m/data.pkl": bytes(BOMB), "m/data/0": b""}, zipfile.ZIP_DEFLATED
    ),
    "npz bomb": lambda d, c: npz_bomb(d),
    "gzip bomb": lambda d, c: put(d / "v.txt.gz", gzip.compress(b"a" + b" 0" * (BOMB // 2) + b"\n")),
    "bzip2 bomb": lambda d, c: put(d / "v.txt.bz2", bz2.compress(b"a" + b"0" * (70 << 20))),
    "zstd bomb": lambda d, c: put(d / "v.txt.zst", pa.compress(b"\n" * BOMB, "zstd", asbytes=True)),
    "safetensors with a huge header": lambda d, c: safe(
        d, struct.pack("<Q", 99_000_000) + b'{"a":' + bytes(99)
    ),
    "safetensors with overlaps": lambda d, c: safe_header(d, {"a": entry(0, 48), "b": entry(0, 48)}),
    "safetensors with a gap": lambda d, c: safe_header(d, {"a": entry(8, 48, (2, 5))}),
    "safetensors beyond its end": lambda d, c: safe_header(d, {"a": entry(0, 48 << 30, (3 << 30, 4))}),
    "safetensors of the wrong size": lambda d, c: safe_header(d, {"a": entry(0, 48, (3, 5))}),
    "safetensors with a deep header": lambda d, c: safe(
        d, struct.pack("<Q", 90_000) + b'{"a":' + b"[" * 89_995 + bytes(8)
    ),
    "deep JSON": lambda d, c: put(d / "v.json", b'{"a": ' + b"[" * 200_000),
    "deep JSON lines": lambda d, c: put(d / "v.jsonl", b'{"a": 1}\n{"a": ' + b"[" * 200_000 + b"\n"),
    "a number of a million digits": lambda d, c: put(d / "v.json", b'{"a": [' + b"9" * 10**6 + b"]}"),
    "Parquet that unfolds": lambda d, c: run_of_equal_values(d),
    "Parquet with one long word": lambda d, c: one_long_word(d),
    "Arrow with lying offsets": lambda d, c: lying_offsets(d),
    "data set pointing out": lambda d, c: state_pointing_out(d),
    "split pointing out": lambda d, c: split_pointing_out(d),
}


@pytest.mark.parametrize("harm", HARMS)
def test_what_is_made_to_harm_is_refused_and_nothing_runs(harm, tmp_path):
    canary = tmp_path / "canary"
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    path = HARMS[harm](folder, canary)
    options = ReaderOptions(format="pickle") if "told" in harm else ReaderOptions()
    began = time.process_time()
    with pytest.raises(IngestError, match="; "):
        list(validated(open_checkpoint(path, options)))
    assert time.process_time() - began < 5
    assert not canary.exists()


def test_the_canary_sings_where_a_pickle_is_loaded(tmp_path):
    pickle.loads(harmful(tmp_path / "canary"))  # noqa: S301 (our own)
    assert (tmp_path / "canary").exists()


@pytest.mark.parametrize(
    "harm", ["external link", "external storage", "virtual", "claims more", "soft link out"]
)
def test_hdf5_that_points_elsewhere_is_refused(harm, tmp_path):
    h5py = pytest.importorskip("h5py")
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["vectors"] = VECTORS
    path = tmp_path / "v.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("keys", data=["a", "b", "c"], dtype=h5py.string_dtype())
        if harm == "external link":
            file["vectors"] = h5py.ExternalLink(str(secret), "/vectors")
        elif harm == "soft link out":
            file["out"] = h5py.ExternalLink(str(secret), "/")
            file["vectors"] = h5py.SoftLink("/out/vectors")
        elif harm == "external storage":
            raw = put(tmp_path / "secret.bin", VECTORS.tobytes())
            file.create_dataset("vectors", (3, 4), "f4", external=[(str(raw), 0, 48)])
        elif harm == "virtual":
            layout = h5py.VirtualLayout((3, 4), "f4")
            layout[:] = h5py.VirtualSource(str(secret), "vectors", (3, 4))
            file.create_virtual_dataset("vectors", layout)
        else:
            file.create_dataset("vectors", (2**40, 4), "f4", chunks=(1024, 4))
    with pytest.raises(IngestError, match=r"no 2-D data set|lie in another file|unfold to"):
        list(validated(open_checkpoint(path)))


def test_a_good_safetensors_file_is_read_so_that_the_refusals_mean_something(tmp_path):
    path = safe(tmp_path, safetensors({"w": ("F32", (3, 4), VECTORS.tobytes())}))
    (block,) = validated(open_checkpoint(path))
    assert np.array_equal(block.vectors, VECTORS)
