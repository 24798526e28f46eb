"""Keys by their usual names, vectors by their only candidate, elements of every type: the same in every format."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from pipelines.errors import IngestError
from pipelines.ingest import ReaderOptions, open_checkpoint, validated
from pipelines.ingest.opening import open_here
from tests.ingest.writers import safetensors, torch_pickle, write_keys, write_zip

NAMES = ["key", "keys", "word", "words", "id", "ids", "label", "labels", "token", "Key", "WORD"]
KEYS = ["c", "a", "b"]
OTHERS = ["x", "y", "z"]
VECTORS = np.array([[0.5, 1.5], [2.5, 3.5], [4.5, 5.5]], np.float32)
BFLOAT16 = (VECTORS.view(np.uint32) >> 16).astype(np.uint16)


def written(folder, kind, key, vectors=("v",)):
    """A file whose first column is text, but no usual name of keys."""
    path = folder / f"f.{kind}"
    rows = VECTORS.tolist()
    table = pa.table({"aaa": OTHERS, key: KEYS, **dict.fromkeys(vectors, rows)})
    if kind == "parquet":
        pq.write_table(table, path)
    elif kind == "feather":
        pyarrow.feather.write_feather(table, path)
    elif kind == "npz":
        np.savez(path, **{"aaa": np.array(OTHERS), key: np.array(KEYS), **dict.fromkeys(vectors, VECTORS)})
    elif kind == "jsonl":
        path.write_text("\n".join(map(json.dumps, table.to_pylist())))
    elif kind == "csv":
        lines = [",".join(["aaa", key, *vectors])]
        lines += [
            ",".join([a, b, *[f'"{row}"' for _ in vectors]])
            for a, b, row in zip(OTHERS, KEYS, rows, strict=True)
        ]
        path.write_text("\n".join(lines))
    else:
        h5py = pytest.importorskip("h5py")
        with h5py.File(path, "w") as file:
            for name, values in (("aaa", OTHERS), (key, KEYS)):
                file.create_dataset(name, data=values, dtype=h5py.string_dtype())
            for name in vectors:
                file[name] = VECTORS
    return path


def keys(path, **options):
    return [key for block in validated(open_here(path, ReaderOptions(**options))) for key in block.keys]


@pytest.mark.parametrize("kind", ["csv", "parquet", "feather", "jsonl", "npz", "h5"])
@pytest.mark.parametrize("name", NAMES)
def test_keys_are_found_by_their_usual_names(name, kind, tmp_path):
    assert keys(written(tmp_path, kind, name)) == KEYS


@pytest.mark.parametrize("kind", ["csv", "parquet", "feather", "jsonl"])
def test_without_a_usual_name_the_first_text_column_holds_the_keys_unless_another_is_named(kind, tmp_path):
    path = written(tmp_path, kind, "zzz")
    assert keys(path) == OTHERS
    assert keys(path, key="zzz") == KEYS


@pytest.mark.parametrize("kind", ["csv", "parquet", "feather", "jsonl", "npz", "h5"])
def test_one_candidate_is_taken_and_several_are_listed(kind, tmp_path):
    assert open_here(written(tmp_path, kind, "id"), ReaderOptions()).dimensions == 2
    path = written(tmp_path, kind, "id", ("first", "second"))
    with pytest.raises(IngestError, match=r"2 .*'first', 'second'; name one.*, as in f\.\w+#"):
        open_here(path, ReaderOptions())
    assert keys(path, member="second") == KEYS


def recorded(path, **options):
    reading = open_checkpoint(path, ReaderOptions(**options))
    (block,) = validated(reading)
    assert block.keys == KEYS
    return reading.dtype, block.vectors


@pytest.mark.parametrize("dtype", ["float16", "float64", "int8", "uint8", "bool"])
@pytest.mark.parametrize("kind", ["npy", "npz", "parquet", "h5"])
def test_elements_of_other_types_are_accepted_and_their_type_recorded(kind, dtype, tmp_path):
    values = (VECTORS.round() % 2 if dtype == "bool" else VECTORS).astype(dtype)
    path = tmp_path / f"v.{kind}"
    write_keys(tmp_path / "v.json", KEYS)
    if kind == "npy":
        np.save(path, values)
    elif kind == "npz":
        np.savez(path, keys=np.array(KEYS), v=values)
    elif kind == "parquet":
        pq.write_table(pa.table({"key": KEYS, "v": pa.array(list(values))}), path)
    else:
        h5py = pytest.importorskip("h5py")
        with h5py.File(path, "w") as file:
            file.create_dataset("keys", data=KEYS, dtype=h5py.string_dtype())
            file["v"] = values
    name, found = recorded(path)
    assert name == dtype
    assert np.array_equal(found, values.astype(np.float32))


@pytest.mark.parametrize(
    ("kind", "storage", "raw", "name"),
    [
        ("BF16", "BFloat16Storage", BFLOAT16, "bfloat16"),
        ("F16", "HalfStorage", VECTORS.astype(np.float16), "float16"),
        ("I8", "CharStorage", VECTORS.astype(np.int8), "int8"),
    ],
)
def test_tensors_of_other_types_are_accepted_and_their_type_recorded(kind, storage, raw, name, tmp_path):
    for stem in ("s", "t"):
        write_keys(tmp_path / f"{stem}.json", KEYS)
    (tmp_path / "s.safetensors").write_bytes(safetensors({"w": (kind, (3, 2), raw.tobytes())}))
    members = {
        "m/data.pkl": torch_pickle((3, 2), storage),
        "m/byteorder": b"little",
        "m/data/0": raw.tobytes(),
    }
    write_zip(tmp_path / "t.pt", members)
    for file in ("s.safetensors", "t.pt"):
        found, vectors = recorded(tmp_path / file)
        assert found == name
        assert np.array_equal(vectors, VECTORS if name != "int8" else raw)


def test_a_mask_is_not_taken_for_the_vectors(tmp_path):
    np.savez(tmp_path / "v.npz", keys=np.array(KEYS), mask=VECTORS > 2, v=VECTORS)
    assert recorded(tmp_path / "v.npz")[0] == "float32"
    assert recorded(tmp_path / "v.npz", member="mask")[0] == "bool"
