"""What is written in a format is read back exactly, in every format."""

import gzip
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.ingest import ReaderOptions, Reading, open_checkpoint, validated
from pipelines.ingest.opening import open_here

COLD_FACE, KEYCAP, FAMILY = "\U0001f976", "#\ufe0f\u20e3", "\U0001f468\u200d\U0001f469\u200d\U0001f467"
BLOCK_MODULES = (
    "arrays",
    "matrix",
    "tables",
    "readers.csv_lists",
    "readers.csv_table",
    "readers.json_text",
    "readers.npy_folder",
    "readers.parquet",
    "readers.torch_zip",
    "readers.word2vec_binary",
)
QUICK = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def read(reading: Reading) -> tuple[list[str], np.ndarray]:
    blocks = list(validated(reading))
    return [key for block in blocks for key in block.keys], np.concatenate(
        [block.vectors for block in blocks]
    )


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


# Formats in which keys are lines or parts of them; all others quote what they hold.
LINES = {
    "glove",
    "fasttext-gz",
    "word2vec-binary",
    "projector",
    "projector-sprites",
    "npy",
    "npz",
    "bzip2",
    "zstd",
}


def in_file_order(format_name: str, keys: list[str]) -> list[str]:
    """The order in which a format gives keys back: that of the file, but a folder has none but the names'."""
    return sorted(keys, key=lambda key: f"{key}.npy") if format_name == "npy-folder" else keys


def can_carry(format_name: str, key: str) -> bool:
    """What each format can say at all; what it cannot is refused or ambiguous by its nature."""
    if format_name == "npy-folder":
        return not any(c in key for c in "/\0") and len(key.encode()) < 200 and not key.startswith(".")
    if format_name not in LINES:
        return True
    if format_name == "npz":
        return not key.endswith("\0")
    if any(c in key for c in "\n\r\t"):
        return False
    if format_name == "word2vec-binary":
        return " " not in key
    if format_name in ("glove", "fasttext-gz", "bzip2", "zstd"):
        return key == key.rstrip(" ") and bool(key.strip(" ")) and not is_number(key.split(" ")[-1])
    return True


characters = st.one_of(
    st.sampled_from(f" a.1,;'\"{COLD_FACE}{KEYCAP}{FAMILY}\n"),
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff"),
)
some_keys = st.lists(st.text(characters, min_size=1, max_size=12), min_size=2, max_size=9, unique=True)


@QUICK
@given(drawn=some_keys, dimensions=st.integers(2, 5), seed=st.integers(0, 99))
def test_every_key_a_format_can_carry_survives_with_its_vector(
    drawn, dimensions, seed, written_format, writers
):
    keys = [key for key in drawn if can_carry(written_format, key)]
    keys += [KEYCAP, FAMILY, "naïve"][: max(0, 3 - len(keys))]
    keys = in_file_order(written_format, list(dict.fromkeys(keys)))
    vectors = np.random.default_rng(seed).normal(size=(len(keys), dimensions)).astype(np.float32)
    expected_format, write = writers[written_format]
    with tempfile.TemporaryDirectory() as folder:
        reading = open_here(write(Path(folder), keys, vectors), ReaderOptions())
        assert reading.format == expected_format
        assert reading.dimensions == dimensions
        found, values = read(reading)
    assert found == keys
    assert values.dtype == np.float32
    assert np.array_equal(values, vectors)


@pytest.mark.parametrize("key", [KEYCAP, FAMILY, COLD_FACE, "❤️", "❤"])
def test_emoji_keep_their_variation_selectors(key, tmp_path, written_format, writers):
    path = writers[written_format][1](tmp_path, [key, "other"], np.eye(2, 3, dtype=np.float32))
    assert read(open_checkpoint(path))[0] == in_file_order(written_format, [key, "other"])


def test_a_checkpoint_of_many_blocks_is_read_in_order(tmp_path, written_format, writers, monkeypatch):
    for module in BLOCK_MODULES:
        monkeypatch.setattr(f"pipelines.ingest.{module}.BLOCK_BYTES", 4000)
    monkeypatch.setattr("pipelines.ingest.files.CHUNK_BYTES", 700)
    keys = in_file_order(written_format, [f"object-{i}" for i in range(500)])
    vectors = np.random.default_rng(1).normal(size=(500, 7)).astype(np.float32)
    # Not in another process, where the blocks would be as large as ever.
    reading = open_here(writers[written_format][1](tmp_path, keys, vectors), ReaderOptions())
    blocks = list(validated(reading))
    assert len(blocks) > 3
    assert max(block.vectors.nbytes for block in blocks) <= 4000
    found, values = read(reading)
    assert found == keys
    assert np.array_equal(values, vectors)


@pytest.mark.parametrize("dtype", ["float16", "float64", ">f4", "int8", "uint16", "int64"])
@pytest.mark.parametrize("written_format", ["npy", "npz"], indirect=True)
def test_arrays_of_any_real_type_become_float32(dtype, tmp_path, written_format, writers):
    vectors = np.arange(12).reshape(4, 3).astype(dtype)
    reading = open_checkpoint(writers[written_format][1](tmp_path, list("abcd"), vectors))
    assert reading.dtype == np.dtype(dtype).name
    assert np.array_equal(read(reading)[1], np.arange(12, dtype=np.float32).reshape(4, 3))


@pytest.mark.parametrize("written_format", ["npy", "npz"], indirect=True)
def test_arrays_in_fortran_order_are_read_by_rows(tmp_path, written_format, writers):
    vectors = np.asfortranarray(np.arange(12, dtype=np.float32).reshape(4, 3))
    reading = open_checkpoint(writers[written_format][1](tmp_path, list("abcd"), vectors))
    assert np.array_equal(read(reading)[1], vectors)


def test_word2vec_binary_may_end_records_with_newlines_and_be_compressed(tmp_path):
    vectors = np.arange(6, dtype="<f4").reshape(2, 3)
    body = b"2 3\n" + b"".join(
        key + b" " + v.tobytes() + b"\n" for key, v in zip((b"a", b"b"), vectors, strict=True)
    )
    path = tmp_path / "v.bin.gz"
    path.write_bytes(gzip.compress(body))
    found, values = read(open_checkpoint(path))
    assert found == ["a", "b"]
    assert np.array_equal(values, vectors)
