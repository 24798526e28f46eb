"""Small files that the libraries themselves wrote are read without these libraries.

Five objects, written once by gensim 4, datasets, anndata, safetensors and PyTorch 2.13.
"""

from pathlib import Path

import numpy as np
import pytest

from pipelines.errors import IngestError
from pipelines.ingest import ReaderOptions, open_checkpoint, source_files, validated

HERE = Path(__file__).parent / "real_writers"


def read(name: str, **options: object):
    reading = open_checkpoint(HERE / name, ReaderOptions(**options))
    blocks = list(validated(reading))
    columns = [block.metadata.to_pydict() for block in blocks if block.metadata is not None]
    return (
        reading,
        [key for b in blocks for key in b.keys],
        np.concatenate([b.vectors for b in blocks]),
        columns,
    )


@pytest.mark.parametrize(
    ("name", "member", "format_name"),
    [
        ("small.kv", None, "pickle"),
        ("large.kv", None, "pickle"),
        ("dataset", None, "hf-dataset"),
        ("splits", "train", "hf-dataset"),
        ("splits", "train/embedding", "hf-dataset"),
        ("cells.h5ad", "obsm/X_pca", "hdf5"),
        ("model.safetensors", None, "safetensors"),
        ("state.pt", None, "torch"),
        ("checkpoint.pth", "model/w", "torch"),
    ],
)
def test_what_a_library_wrote_is_read(name, member, format_name):
    if format_name == "hdf5":
        pytest.importorskip("h5py")
    reading, keys, vectors, _ = read(name, member=member)
    with np.load(HERE / "expected.npz") as expected:
        assert keys == expected["keys"].tolist()
        assert np.array_equal(vectors, expected["vectors"])
    assert (reading.format, reading.dtype) == (format_name, "float32")


def test_bfloat16_is_widened_exactly():
    reading, _, vectors, _ = read("checkpoint.pth", member="model/half")
    with np.load(HERE / "expected.npz") as expected:
        assert np.allclose(vectors, expected["vectors"], rtol=2**-8)
    assert reading.dtype == "bfloat16"
    assert (vectors.view(np.uint32) & 0xFFFF == 0).all()


def test_a_whole_word2vec_model_gives_its_vectors_and_counts():
    _, keys, vectors, columns = read("word2vec.model")
    with np.load(HERE / "word2vec_expected.npz") as expected:
        assert keys == expected["keys"].tolist()
        assert np.array_equal(vectors, expected["vectors"])
    assert columns[0]["count"] == [2, 2, 1]


def test_observations_of_anndata_are_metadata():
    pytest.importorskip("h5py")
    *_, columns = read("cells.h5ad", member="obsm/X_pca")
    assert columns == [
        {
            "count": [1, 2, 3, 4, 5],
            "ok": [True, False, True, True, False],
            "kind": ["x", "y", "x", None, "y"],
        }
    ]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("checkpoint.pth", r"2 tensors may be the vectors: 'model/w', 'model/half'; name one .*pth#model/w"),
        ("cells.h5ad", r"2 data sets may be the vectors: 'obsm/X_pca', 'obsm/X_two'; name one .*#obsm/X_pca"),
        ("splits", r"there are several splits: 'train', 'test'; name one, as splits#train"),
        ("old.pt", r"this is the format of PyTorch before 1.6; load it where you trust it"),
    ],
)
def test_what_is_ambiguous_or_old_says_what_to_do(name, sentence):
    if name.endswith("h5ad"):
        pytest.importorskip("h5py")
    with pytest.raises(IngestError, match=sentence):
        open_checkpoint(HERE / name)


def test_the_side_file_of_a_large_model_is_named():
    assert [file.name for file in source_files(HERE / "large.kv")] == ["large.kv", "large.kv.vectors.npy"]
