"""Writers of the formats of libraries, by hand, so that tests need none of these libraries."""

from __future__ import annotations

import bz2
import json
import pickle
import struct
import zipfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

Write = Callable[[Path, Sequence[str], np.ndarray], Path]


def write_keys(path: Path, keys: Sequence[str]) -> None:
    path.write_text(json.dumps(list(keys)), encoding="utf-8")


def table(keys: Sequence[str], vectors: np.ndarray, kind: str = "fixed") -> pa.Table:
    """A table of a column of keys and one of vectors: fixed-size lists, lists or large lists."""
    flat = pa.array(vectors.ravel())
    offsets = np.arange(len(vectors) + 1) * vectors.shape[1]
    column = {
        "fixed": lambda: pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1]),
        "list": lambda: pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), flat),
        "large": lambda: pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), flat),
    }[kind]()
    return pa.table({"word": pa.array(keys, pa.string()), "vector": column})


def write_parquet(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    pq.write_table(table(keys, vectors, "list"), folder / "space.parquet")
    return folder / "space.parquet"


def write_feather(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    with pa.ipc.new_file(folder / "space.feather", table(keys, vectors).schema) as writer:
        writer.write_table(table(keys, vectors), max_chunksize=100)
    return folder / "space.feather"


def write_arrow_stream(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    _write_stream(folder / "space.arrows", table(keys, vectors, "large"))
    return folder / "space.arrows"


def _write_stream(path: Path, content: pa.Table) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, content.schema) as writer:
        writer.write_table(content, max_chunksize=100)


def write_dataset(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    """As `datasets` saves one, in two shards."""
    home = folder / "dataset"
    home.mkdir(exist_ok=True)
    content, half = table(keys, vectors), len(keys) // 2
    names = ["data-00000-of-00002.arrow", "data-00001-of-00002.arrow"]
    for name, part in zip(names, (content[:half], content[half:]), strict=True):
        _write_stream(home / name, part)
    (home / "state.json").write_text(json.dumps({"_data_files": [{"filename": name} for name in names]}))
    (home / "dataset_info.json").write_text("{}")
    return home


def write_npy_folder(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    home = folder / "objects"
    home.mkdir(exist_ok=True)
    for key, vector in zip(keys, vectors, strict=True):
        np.save(home / f"{key}.npy", vector)
    return home


def write_histwords(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    np.save(folder / "1990-w.npy", vectors)
    (folder / "1990-vocab.pkl").write_bytes(pickle.dumps(list(keys), 2))
    return folder / "1990-w.npy"


def write_sprites(folder: Path, tensors: str, count: int) -> None:
    """The configuration of the projector and a sheet of pictures of 4 × 2 pixels, the i-th of colour (i, 0, 0)."""
    across = int(np.ceil(np.sqrt(count)))
    sheet = Image.new("RGB", (4 * across, 2 * across))
    for i in range(count):
        left, top = i % across * 4, i // across * 2
        sheet.paste((i, 0, 0), (left, top, left + 4, top + 2))
    sheet.save(folder / "sprite.png")
    sprite = {"imagePath": "sprite.png", "singleImageDim": [4, 2]}
    embedding = {"tensorName": "ours", "tensorPath": f"logs/{tensors}", "sprite": sprite}
    content = {"embeddings": [{"tensorName": "other", "tensorPath": "other.tsv"}, embedding]}
    (folder / "projector_config.json").write_text(json.dumps(content))


def write_csv_lists(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    rows = ["word,vector"]
    for key, vector in zip(keys, vectors, strict=True):
        quoted = key.replace('"', '""')
        rows.append(f'"{quoted}","{vector.tolist()}"')
    (folder / "space.csv").write_bytes(("\n".join(rows) + "\n").encode())
    return folder / "space.csv"


def write_json(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    content = json.dumps(dict(zip(keys, vectors.tolist(), strict=True)), indent=1)
    (folder / "space.json").write_text(content, encoding="utf-8")
    return folder / "space.json"


def records(keys: Sequence[str], vectors: np.ndarray) -> list[dict[str, object]]:
    return [{"id": key, "embedding": vector} for key, vector in zip(keys, vectors.tolist(), strict=True)]


def write_json_records(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    (folder / "records.json").write_text(json.dumps(records(keys, vectors)))
    return folder / "records.json"


def write_json_lines(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    lines = [json.dumps(record, ensure_ascii=False) for record in records(keys, vectors)]
    (folder / "space.jsonl").write_bytes(("\n".join(lines) + "\n").encode())
    return folder / "space.jsonl"


def write_bzip2(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    return _compressed(folder / "vectors.txt.bz2", keys, vectors, bz2.compress)


def write_zstd(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    return _compressed(
        folder / "vectors.txt.zst", keys, vectors, lambda raw: pa.compress(raw, "zstd", asbytes=True)
    )


def _compressed(path: Path, keys: Sequence[str], vectors: np.ndarray, pack: Callable[[bytes], bytes]) -> Path:
    rows = [
        f"{key} {' '.join(map(repr, vector))}\n" for key, vector in zip(keys, vectors.tolist(), strict=True)
    ]
    path.write_bytes(pack("".join([f"{len(keys)} {vectors.shape[1]}\n", *rows]).encode()))
    return path


def safetensors(tensors: dict[str, tuple[str, tuple[int, ...], bytes]]) -> bytes:
    """The bytes of a safetensors file: tensors as dtype, shape and data."""
    header, at = {}, 0
    for name, (kind, shape, data) in tensors.items():
        header[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + b"".join(data for _, _, data in tensors.values())


def write_safetensors(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    kind = {"float32": "F32", "float16": "F16", "float64": "F64", "int8": "I8"}[vectors.dtype.name]
    content = {"b": ("I64", (1,), bytes(8)), "w": (kind, vectors.shape, vectors.tobytes())}
    (folder / "model.safetensors").write_bytes(safetensors(content))
    vocabulary = {"model": {"vocab": {key: row for row, key in enumerate(keys)}}}
    (folder / "tokenizer.json").write_text(json.dumps(vocabulary))
    return folder / "model.safetensors"


def word(text: str) -> bytes:
    """The instruction that puts text on the stack."""
    raw = text.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def torch_pickle(shape: tuple[int, int], storage: str = "FloatStorage", offset: int = 0) -> bytes:
    """The pickle of ``{"w": tensor}`` as PyTorch writes it."""
    number = b"".join(b"J" + struct.pack("<i", value) for value in shape)
    reference = (
        b"(" + word("storage") + f"ctorch\n{storage}\n".encode() + word("0") + word("cpu") + b"K\x01tQ"
    )
    strides = b"J" + struct.pack("<i", shape[1]) + b"K\x01\x86"
    arguments = b"(" + reference + b"J" + struct.pack("<i", offset) + number + b"\x86" + strides
    arguments += b"\x89" + b"ccollections\nOrderedDict\n)R" + b"t"
    return b"\x80\x02}" + word("w") + b"ctorch._utils\n_rebuild_tensor_v2\n" + arguments + b"Rs."


def write_zip(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def write_torch(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    write_keys(folder / "model.json", keys)
    members = {
        "model/data.pkl": torch_pickle(vectors.shape),
        "model/byteorder": b"little",
        "model/data/0": vectors.astype("<f4").tobytes(),
    }
    return write_zip(folder / "model.pt", members)


def write_pickled_dict(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    (folder / "vectors.pkl").write_bytes(pickle.dumps(dict(zip(keys, vectors, strict=True)), 4))
    return folder / "vectors.pkl"


def write_hdf5(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    import h5py

    path = folder / "space.h5"
    with h5py.File(path, "w") as file:
        file["vectors"] = vectors
        file.create_dataset("keys", data=list(keys), dtype=h5py.string_dtype())
    return path


def write_lance(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    import lance

    content = table(keys, vectors)
    lance.write_dataset(content, str(folder / "space.lance"), max_rows_per_file=max(1, len(keys) // 2))
    return folder / "space.lance"


LIBRARY_WRITERS: dict[str, tuple[str, Write]] = {
    "parquet": ("parquet", write_parquet),
    "feather": ("arrow", write_feather),
    "arrow-stream": ("arrow", write_arrow_stream),
    "hf-dataset": ("hf-dataset", write_dataset),
    "npy-folder": ("npy-folder", write_npy_folder),
    "histwords": ("npy", write_histwords),
    "csv-lists": ("csv-lists", write_csv_lists),
    "json": ("json", write_json),
    "json-records": ("json", write_json_records),
    "json-lines": ("json-lines", write_json_lines),
    "bzip2": ("text", write_bzip2),
    "zstd": ("text", write_zstd),
    "safetensors": ("safetensors", write_safetensors),
    "torch": ("torch", write_torch),
    "pickled-dict": ("pickle", write_pickled_dict),
}
if find_spec("h5py"):
    LIBRARY_WRITERS["hdf5"] = ("hdf5", write_hdf5)
if find_spec("lance"):
    LIBRARY_WRITERS["lance"] = ("lance", write_lance)
