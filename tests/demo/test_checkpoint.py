from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from pipelines.demo.checkpoint import Checkpoint, write_checkpoint
from pipelines.ingest import open_checkpoint


def tiny(value: float) -> Checkpoint:
    return Checkpoint(np.array(["a", "b"]), np.full((2, 3), value, np.float32), {"size": np.array([1, 2])})


def test_a_file_with_the_same_content_is_left_alone(tmp_path):
    path = tmp_path / "new" / "one.npz"
    assert write_checkpoint(path, tiny(1.0))
    os.utime(path, ns=(1, 1))
    assert not write_checkpoint(path, tiny(1.0))
    assert path.stat().st_mtime_ns == 1


def test_a_file_with_other_content_is_replaced(tmp_path):
    path = tmp_path / "one.npz"
    write_checkpoint(path, tiny(1.0))
    assert write_checkpoint(path, tiny(2.0))
    with np.load(path, allow_pickle=False) as arrays:
        assert set(arrays) == {"keys", "vectors", "size"}
        assert (arrays["vectors"] == 2.0).all()


def test_a_crash_while_writing_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "one.npz"
    write_checkpoint(path, tiny(1.0))
    before = path.read_bytes()

    def crash(self: Path, target: Path) -> None:
        assert self.parent == target.parent
        assert not self.match("*.npz")
        raise OSError("disk gone")

    monkeypatch.setattr(Path, "replace", crash)
    with pytest.raises(OSError, match="disk gone"):
        write_checkpoint(path, tiny(2.0))
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == before


def test_arrays_that_would_need_pickle_are_refused(tmp_path):
    strange = Checkpoint(np.array(["a"], dtype=object), np.ones((1, 1), np.float32))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        write_checkpoint(tmp_path / "one.npz", strange)


def test_arrays_are_written_row_by_row(tmp_path):
    by_column = np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3))
    write_checkpoint(tmp_path / "one.npz", Checkpoint(np.array(["a", "b"]), by_column))
    with np.load(tmp_path / "one.npz", allow_pickle=False) as arrays:
        assert arrays["vectors"].flags.c_contiguous
        assert np.array_equal(arrays["vectors"], by_column)


@pytest.mark.parametrize(("dataset", "columns"), [("digits", ["digit"]), ("docstrings", ["frequency"])])
def test_the_ordinary_reader_reads_every_version(demo, dataset, columns):
    for version in demo.versions(dataset):
        space = demo.space(dataset, version)
        blocks = list(open_checkpoint(demo.here / dataset / f"{version}.npz").blocks())
        assert [key for block in blocks for key in block.keys] == list(space["keys"])
        assert np.array_equal(np.concatenate([block.vectors for block in blocks]), space["vectors"])
        assert all(block.metadata.column_names == columns for block in blocks)
        assert all((block.thumbnails is not None) == (dataset == "digits") for block in blocks)


def test_every_version_is_reported_in_one_line(demo):
    assert len(demo.lines) == 12
    assert demo.lines[0] == "digits@pixels: 1,797 objects, 64 dimensions, written"
    assert demo.lines[-1].startswith("docstrings@scientific: ")
