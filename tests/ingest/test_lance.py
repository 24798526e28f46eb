"""Lance tables and LanceDB databases, as the library writes them: the latest version, and nothing outside of it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from pipelines.errors import IngestError, MissingExtraError
from pipelines.ingest import ReaderOptions, open_checkpoint, source_files, validated
from pipelines.ingest.opening import open_here
from tests.ingest.writers import table

lance = pytest.importorskip(
    "lance", reason="pylance is not installed: pip install 'embedding-comparator[lance]'"
)

KEYS = [f"w{i}" for i in range(20)]
VECTORS = np.random.default_rng(1).normal(size=(20, 4)).astype(np.float32)


def written(folder: Path, name: str = "words", dtype: str = "float32") -> Path:
    path = folder / f"{name}.lance"
    content = table(KEYS, VECTORS.astype(dtype)).append_column("n", pa.array(range(20)))
    lance.write_dataset(content, str(path), max_rows_per_file=7)
    return path


def test_the_latest_version_is_read_without_what_was_deleted(tmp_path):
    path = written(tmp_path)
    dataset = lance.dataset(str(path))
    dataset.delete("n < 3 OR n = 11")
    lance.write_dataset(
        table(["new"], np.ones((1, 4), np.float32)).append_column("n", pa.array([20])),
        str(path),
        mode="append",
    )
    reading = open_checkpoint(path)
    assert (reading.format, reading.dimensions, reading.count, reading.dtype) == ("lance", 4, 17, "float32")
    blocks = list(validated(reading))
    left = [row for row in range(3, 20) if row != 11]
    assert [key for block in blocks for key in block.keys] == [KEYS[row] for row in left] + ["new"]
    found = np.concatenate([block.vectors for block in blocks])
    assert np.array_equal(found, np.vstack([VECTORS[left], np.ones((1, 4))]))
    assert [n for block in blocks for n in block.metadata["n"].to_pylist()] == [*left, 20]


def test_batches_are_bounded_and_in_order(tmp_path):
    vectors = np.random.default_rng(2).normal(size=(20_000, 256)).astype(np.float32)
    keys = [str(row) for row in range(20_000)]
    lance.write_dataset(table(keys, vectors), str(tmp_path / "v.lance"), max_rows_per_file=9000)
    reading = open_here(tmp_path / "v.lance", ReaderOptions())
    first = 0
    for block in validated(reading):
        assert block.vectors.nbytes <= 8 << 20
        assert np.array_equal(block.vectors, vectors[first : first + len(block.keys)])
        first += len(block.keys)
    assert first == 20_000


@pytest.mark.parametrize("dtype", ["float16", "float64", "int8"])
def test_elements_of_other_types_are_read_and_recorded(dtype, tmp_path):
    reading = open_here(written(tmp_path, dtype=dtype), ReaderOptions())
    assert reading.dtype == dtype
    (*blocks,) = validated(reading)
    assert np.array_equal(
        np.concatenate([block.vectors for block in blocks]), VECTORS.astype(dtype).astype(np.float32)
    )


def test_a_database_holds_several_tables_of_which_one_is_named(tmp_path):
    written(tmp_path, "one")
    assert open_here(tmp_path, ReaderOptions()).count == 20
    two = written(tmp_path, "two")
    with pytest.raises(
        IngestError, match=r"2 tables may be meant: 'one', 'two'; name one of them, as in .*#one"
    ):
        open_here(tmp_path, ReaderOptions())
    with pytest.raises(IngestError, match="there is no table 'too'; did you mean 'two'"):
        open_here(tmp_path, ReaderOptions(member="too"))
    for member in ("two", "two/vector"):
        assert open_here(tmp_path, ReaderOptions(member=member)).count == 20
    assert all(file.is_relative_to(two) for file in source_files(tmp_path, ReaderOptions(member="two")))


def test_data_outside_of_the_table_are_not_read(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    base = lance.DatasetBasePath(str(elsewhere), name="out", is_dataset_root=True)
    path = tmp_path / "v.lance"
    content = table(KEYS, VECTORS)
    lance.write_dataset(content, str(path), mode="create", initial_bases=[base], target_bases=["out"])
    assert list(elsewhere.rglob("*.lance"))
    assert lance.dataset(str(path)).count_rows() == 20
    with pytest.raises(IngestError, match="its data lie elsewhere .*; copy the whole table to one folder"):
        open_checkpoint(path)


@pytest.mark.parametrize("lost", ["data", "_versions/*.manifest"])
def test_a_table_that_lacks_files_is_refused(lost, tmp_path):
    path = written(tmp_path)
    for file in path.glob(lost):
        if file.is_dir():
            shutil.rmtree(file)
        else:
            file.write_bytes(file.read_bytes()[:20])
    with pytest.raises(IngestError, match="damaged or cannot be read|broke off"):
        list(validated(open_checkpoint(path)))


def test_without_the_library_the_message_names_the_extra(tmp_path, monkeypatch):
    path = written(tmp_path)
    monkeypatch.setitem(sys.modules, "lance", None)
    with pytest.raises(MissingExtraError, match=r"embedding-comparator\[lance\]"):
        open_here(path, ReaderOptions())
