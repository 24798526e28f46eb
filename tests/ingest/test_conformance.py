"""The same objects in every format give the same keys and vectors, block by block, as often as they are asked for."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.errors import IngestError
from pipelines.ingest import ReaderOptions, open_checkpoint, source_files, validated
from pipelines.ingest.files import BLOCK_BYTES
from tests.ingest.writers import records, table

KEYS = ["naïve", "\U0001f976", "#\ufe0f\u20e3", *(f"object-{i:02}" for i in range(47))]
VECTORS = np.random.default_rng(50).normal(size=(50, 6)).astype(np.float32)


def written(writers, name, folder, keys=KEYS, vectors=VECTORS):
    return writers[name][1](folder, keys, vectors)


def by_key(keys, vectors):
    order = np.argsort(keys)
    return np.array(keys)[order].tolist(), vectors[order]


def test_fifty_objects_are_the_same_in_every_format(tmp_path, written_format, writers):
    path = written(writers, written_format, tmp_path)
    reading = open_checkpoint(path)
    assert (reading.format, reading.dimensions) == (writers[written_format][0], 6)
    assert reading.count in (None, 50)
    for _ in range(2):  # blocks can be asked for again
        blocks = list(validated(reading))
        found = [key for block in blocks for key in block.keys]
        values = np.concatenate([block.vectors for block in blocks])
        assert values.dtype == np.float32
        assert all(
            block.vectors.flags.c_contiguous and block.vectors.nbytes <= BLOCK_BYTES for block in blocks
        )
        if written_format == "npy-folder":  # in the order of their names
            found, values = by_key(found, values)
            assert (found, values.tolist()) == (by_key(KEYS, VECTORS)[0], by_key(KEYS, VECTORS)[1].tolist())
        else:
            assert found == KEYS
            assert np.array_equal(values, VECTORS)


@pytest.mark.parametrize("written_format", ["csv", "parquet", "npy-folder"], indirect=True)
def test_a_process_of_its_own_reads_the_same(tmp_path, written_format, writers):
    path = written(writers, written_format, tmp_path)
    alone = list(validated(open_checkpoint(path, ReaderOptions(isolated=True))))
    here = list(validated(open_checkpoint(path)))
    for one, two in zip(alone, here, strict=True):
        assert (list(one.keys), one.first_line) == (list(two.keys), two.first_line)
        assert np.array_equal(one.vectors, two.vectors)
        assert (one.metadata is None) == (two.metadata is None)


def test_every_file_that_is_read_is_named(tmp_path, written_format, writers):
    path = written(writers, written_format, tmp_path)
    wanted = {file for file in tmp_path.rglob("*") if file.is_file() and file.name != "dataset_info.json"}
    assert set(source_files(path)) == wanted


def test_a_value_that_is_not_finite_is_refused(tmp_path, written_format, writers):
    vectors = VECTORS.copy()
    vectors[7, 2] = np.nan
    path = written(writers, written_format, tmp_path, vectors=vectors)
    with pytest.raises(IngestError, match=r"nan|missing|not a number|null|NaN"):
        list(validated(open_checkpoint(path)))


def test_a_key_that_stands_twice_is_refused(tmp_path, written_format, writers):
    if written_format in ("npy-folder", "json", "safetensors", "pickled-dict"):
        pytest.skip("what writes this format cannot name an object twice")
    path = written(writers, written_format, tmp_path, keys=[*KEYS[:-1], KEYS[3]])
    with pytest.raises(IngestError, match="the key was already used by"):
        list(validated(open_checkpoint(path)))


def test_an_object_of_json_that_names_a_key_twice_is_refused(tmp_path):
    (tmp_path / "v.json").write_text('{"a": [1], "b": [2], "a": [3]}')
    with pytest.raises(IngestError, match=r"object 3 \(key 'a'\): the key was already used by object 1"):
        list(validated(open_checkpoint(tmp_path / "v.json")))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8"])
@pytest.mark.parametrize("kind", ["fixed", "list", "large"])
def test_tables_hold_vectors_of_any_type_in_any_kind_of_list(kind, dtype, tmp_path):
    vectors = np.arange(-6, 6).reshape(4, 3).astype(dtype)
    content = table(list("abcd"), vectors, kind)
    pq.write_table(content, tmp_path / "v.parquet")
    with pa.ipc.new_file(tmp_path / "v.arrow", content.schema) as writer:
        writer.write_table(content)
    for name in ("v.parquet", "v.arrow"):
        reading = open_checkpoint(tmp_path / name)
        assert reading.dtype == dtype
        (block,) = validated(reading)
        assert block.vectors.tolist() == vectors.tolist()


def test_columns_of_tables_become_typed_metadata(tmp_path):
    content = table(list("abc"), np.eye(3, dtype=np.float32))
    content = (
        content.append_column("n", pa.array([1, None, 3], pa.int16()))
        .append_column("x", pa.array([0.5, 1, 2], pa.float32()))
        .append_column("kind", pa.array(["p", "q", "p"]).dictionary_encode())
        .append_column("ok", pa.array([True, False, None]))
        .append_column("nested", pa.array([{"a": 1}] * 3))
    )
    pq.write_table(content, tmp_path / "v.parquet")
    (block,) = validated(open_checkpoint(tmp_path / "v.parquet"))
    kinds = dict(zip(block.metadata.schema.names, block.metadata.schema.types, strict=True))
    assert kinds == {"n": pa.int64(), "x": pa.float64(), "kind": pa.string(), "ok": pa.bool_()}
    assert block.metadata.slice(1, 1).to_pylist() == [{"n": None, "x": 1.0, "kind": "q", "ok": False}]


def test_numbers_in_columns_are_a_vector_where_no_column_holds_lists(tmp_path):
    content = pa.table({"d0": [1.0, 2], "d1": [3.0, 4], "__index_level_0__": ["a", "b"]})
    pq.write_table(content, tmp_path / "v.parquet")
    (block,) = validated(open_checkpoint(tmp_path / "v.parquet"))
    assert (block.keys, block.vectors.tolist(), block.metadata) == (["a", "b"], [[1, 3], [2, 4]], None)


def test_fields_of_json_lines_become_typed_metadata(tmp_path):
    (tmp_path / "v.jsonl").write_text(
        '{"id": 1, "vector": [1, 2.5], "n": 3, "x": 1, "kind": "p", "tags": {}}\n'
        '{"id": 2, "vector": [3, 4], "n": null, "x": 0.5, "kind": "q", "ok": true}\n'
    )
    (block,) = validated(open_checkpoint(tmp_path / "v.jsonl"))
    assert (block.keys, block.first_line) == (["1", "2"], 1)
    assert block.metadata.to_pydict() == {
        "n": [3, None],
        "x": [1.0, 0.5],
        "kind": ["p", "q"],
        "ok": [None, True],
    }


@pytest.mark.parametrize("member", ["a", "b"])
def test_several_columns_of_vectors_are_listed_and_one_is_named(member, tmp_path):
    content = table(list("xyz"), np.eye(3, dtype=np.float32)).rename_columns(["word", "a"])
    content = content.append_column("b", content["a"])
    pq.write_table(content, tmp_path / "v.parquet")
    with pytest.raises(
        IngestError, match=r"2 columns may be the vectors: 'a', 'b'; name one of them, as in v.par.*#a"
    ):
        open_checkpoint(tmp_path / "v.parquet")
    (block,) = open_checkpoint(tmp_path / "v.parquet", ReaderOptions(member=member)).blocks()
    assert block.vectors.tolist() == np.eye(3).tolist()


def test_packed_bits_become_zeros_and_ones(tmp_path):
    bits = np.random.default_rng(0).integers(0, 2, (4, 16)).astype(np.uint8)
    packed = np.packbits(bits, axis=1)
    np.savez(tmp_path / "unsigned.npz", keys=np.array(list("abcd")), vectors=packed)
    signed = (packed.astype(np.int16) - 128).astype(np.int8)
    np.savez(tmp_path / "signed.npz", keys=np.array(list("abcd")), vectors=signed)
    for name in ("unsigned", "signed"):
        reading = open_checkpoint(tmp_path / f"{name}.npz", ReaderOptions(bits=True))
        assert (reading.dimensions, reading.dtype[-13:]) == (16, "(packed bits)")
        (block,) = validated(reading)
        assert block.vectors.tolist() == bits.tolist()
    np.savez(tmp_path / "real.npz", keys=np.array(list("abcd")), vectors=VECTORS[:4])
    with pytest.raises(
        IngestError, match="the elements are float32, but packed bits are uint8 or int8; remove"
    ):
        open_checkpoint(tmp_path / "real.npz", ReaderOptions(bits=True))


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".json"])
def test_a_table_of_metadata_is_joined_by_key(suffix, tmp_path):
    import json

    (tmp_path / "v.jsonl").write_text("\n".join(map(json.dumps, records(list("abc"), VECTORS[:3]))))
    path = tmp_path / f"features{suffix}"
    separator = "\t" if suffix == ".tsv" else ","
    rows = [("n", "identifier", "kind"), ("1", "c", "x"), ("2", "a", ""), ("3", "z", "y")]
    path.write_text("\n".join(map(separator.join, rows)))
    if suffix == ".json":
        path.write_text('{"c": {"n": 1, "kind": "x"}, "a": {"n": 2}, "z": {"n": 3, "kind": "y"}}')
    options = ReaderOptions(metadata=path)
    (block,) = validated(open_checkpoint(tmp_path / "v.jsonl", options))
    assert block.metadata.to_pydict() == {"n": [2, None, 1], "kind": [None, None, "x"]}
    assert source_files(tmp_path / "v.jsonl", options) == [tmp_path / "v.jsonl", path]


def test_the_matrix_of_a_language_model_may_be_padded(tmp_path, writers):
    path = written(writers, "safetensors", tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    (tmp_path / "vocab.txt").write_text("\n".join(KEYS[:40]) + "\n")
    (block,) = validated(open_checkpoint(path))
    assert (block.keys, len(block.vectors)) == (KEYS[:40], 40)
    (tmp_path / "vocab.txt").rename(tmp_path / "model.keys.txt")
    with pytest.raises(IngestError, match="there are 50 vectors, but .*keys.txt has 40 keys"):
        open_checkpoint(path)


def test_keys_of_an_npz_may_lie_beside_it(tmp_path):
    np.savez(tmp_path / "v.npz", vectors=VECTORS, count=np.arange(50))
    (tmp_path / "v.txt").write_text("\n".join(KEYS) + "\n")
    (block,) = validated(open_checkpoint(tmp_path / "v.npz"))
    assert (block.keys, block.metadata["count"].to_pylist()) == (KEYS, list(range(50)))
    assert source_files(tmp_path / "v.npz") == [tmp_path / "v.npz", tmp_path / "v.txt"]
