"""Metadata and thumbnails keep their types, belong to their objects, and have one schema in every block."""

import io

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from pipelines.ingest import ReaderOptions, open_checkpoint, validated

VECTORS = np.arange(12, dtype=np.float32).reshape(4, 3)
KEYS = np.array(["a", "b", "c", "d"])


@pytest.fixture
def small_blocks(monkeypatch):
    """Make every checkpoint of these tests fall into several blocks."""
    for module in ("arrays", "readers.csv_table"):
        monkeypatch.setattr(f"pipelines.ingest.{module}.BLOCK_BYTES", 1)
    monkeypatch.setattr("pipelines.ingest.files.CHUNK_BYTES", 8)


def read(path, **options):
    blocks = list(validated(open_checkpoint(path, ReaderOptions(**options))))
    assert len(blocks) > 1
    assert len({block.metadata.schema for block in blocks}) == 1
    assert all(len(block.metadata) == len(block.keys) for block in blocks)
    return [key for block in blocks for key in block.keys], pa.concat_tables([b.metadata for b in blocks])


def test_projector_columns_are_typed_over_the_whole_file(tmp_path, small_blocks):
    (tmp_path / "vectors.tsv").write_text("1\t2\n3\t4\n5\t6\n")
    (tmp_path / "metadata.tsv").write_text(
        "count\tword\tweight\tok\tcode\tempty\n1\ta\t1\ttrue\t007\t\n\tb\t2.5\tFalse\t1\t\n3\tc\t\t\t2\t\n"
    )
    keys, table = read(tmp_path / "vectors.tsv")
    assert keys == ["a", "b", "c"]
    assert table.schema == pa.schema(
        {
            "count": pa.int64(),
            "weight": pa.float64(),
            "ok": pa.bool_(),
            "code": pa.string(),
            "empty": pa.string(),
        }
    )
    assert table.to_pylist()[:2] == [
        {"count": 1, "weight": 1.0, "ok": True, "code": "007", "empty": None},
        {"count": None, "weight": 2.5, "ok": False, "code": "1", "empty": None},
    ]


@pytest.mark.parametrize("name", ["words_metadata.tsv", "metadata.tsv"])
def test_projector_metadata_is_found_beside_the_vectors(name, tmp_path):
    (tmp_path / "words.tsv").write_text("1.5\t2\n3\t4\n")
    (tmp_path / name).write_text("x y\nz\n")
    (block,) = validated(open_checkpoint(tmp_path / "words.tsv"))
    assert block.keys == ["x y", "z"]
    assert block.metadata is None
    assert block.first_line == 1


def test_a_named_metadata_file_and_key_column_win(tmp_path, small_blocks):
    (tmp_path / "vectors.tsv").write_text("1.5\t2\n3\t4\n")
    (tmp_path / "metadata.tsv").write_text("x\ny\n")
    (tmp_path / "other.tsv").write_text("word\tcode\na\tp\nb\tq\n")
    keys, table = read(tmp_path / "vectors.tsv", metadata=tmp_path / "other.tsv", key="code")
    assert keys == ["p", "q"]
    assert table.to_pydict() == {"word": ["a", "b"]}


def test_text_columns_of_csv_are_metadata(tmp_path, small_blocks):
    path = tmp_path / "v.csv"
    path.write_text('kind,d0,word,ok,d1\n"x, ""y""\nz",1,a,true,2\n,3,b,,4\nz,5,c,FALSE,6\n')
    keys, table = read(path)
    assert keys == ["a", "b", "c"]
    assert table.to_pydict() == {"kind": ['x, "y"\nz', None, "z"], "ok": [True, None, False]}
    assert table.schema.types == [pa.string(), pa.bool_()]


def test_lines_of_csv_are_given_only_where_each_row_has_one(tmp_path):
    path = tmp_path / "v.csv"
    path.write_text("word,x\na,1\nb,2\n")
    assert next(open_checkpoint(path).blocks()).first_line == 2
    path.write_text('word,x\n"a\na",1\nb,2\n')
    assert next(open_checkpoint(path).blocks()).first_line is None


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("kind,word,x", "q"),
        ("kind,Name,x", "q"),
        ("species,other,x", "p"),
        (",kind,x", "p"),
        ("kind,id,word,x", "r"),
    ],
)
def test_the_key_column_of_csv_has_a_usual_name_or_is_the_first_of_text(header, key, tmp_path):
    width = header.count(",")
    rows = [",".join(["pqrs"[i] + suffix for i in range(width)]) + ",1.5" for suffix in ("", "2")]
    path = tmp_path / "v.csv"
    path.write_text("\n".join([header, *rows]))
    assert next(open_checkpoint(path).blocks()).keys[0] == key


def test_the_index_that_pandas_writes_is_never_part_of_the_vector(tmp_path):
    path = tmp_path / "v.csv"
    path.write_text(",word,x,y\n0,a,1,2\n1,b,3,4\n")
    (block,) = validated(open_checkpoint(path))
    assert block.keys == ["a", "b"]
    assert block.vectors.tolist() == [[1, 2], [3, 4]]
    path.write_text(",x,y\n10,1,2\n11,3,4\n")
    (block,) = validated(open_checkpoint(path))
    assert block.keys == ["10", "11"]


def test_arrays_of_an_npz_become_typed_columns(tmp_path, small_blocks):
    path = tmp_path / "v.npz"
    np.savez(
        path,
        words=KEYS,
        epoch_1=VECTORS,
        epoch_2=VECTORS + 1,
        counts=np.arange(4, dtype=np.uint16),
        big=np.full(4, 2**64 - 1, np.uint64),
        weight=np.arange(4, dtype=np.float16) / 2,
        raw=np.array([b"x", b"\xc3\xa9", b"z", b"w"]),
        ok=np.array([True, False, True, True]),
        other_length=np.arange(9),
        scalar=np.float32(1),
        dates=np.array(["2020-01-01"] * 4, "M8[D]"),
    )
    keys, table = read(path, member="epoch_2")
    assert keys == KEYS.tolist()
    assert dict(zip(table.schema.names, table.schema.types, strict=True)) == {
        "counts": pa.int64(),
        "big": pa.float64(),
        "weight": pa.float64(),
        "raw": pa.string(),
        "ok": pa.bool_(),
    }
    assert table["raw"].to_pylist() == ["x", "é", "z", "w"]
    assert table["weight"].to_pylist() == [0, 0.5, 1, 1.5]


def test_vectors_named_so_are_chosen_among_several_arrays(tmp_path):
    path = tmp_path / "v.npz"
    np.savez(path, id=np.arange(4), embeddings=VECTORS, other=VECTORS * 2)
    (block,) = validated(open_checkpoint(path))
    assert list(block.keys) == ["0", "1", "2", "3"]
    assert np.array_equal(block.vectors, VECTORS)


@pytest.mark.parametrize("shape", [(4, 5, 6), (4, 5, 6, 3), (4, 5, 6, 4)])
@pytest.mark.parametrize("name", ["thumbnails", "images", "thumb_small"])
def test_thumbnails_become_png_that_decodes_to_the_same_pixels(shape, name, tmp_path, small_blocks):
    path = tmp_path / "v.npz"
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    np.savez(path, keys=KEYS, vectors=VECTORS, **{name: pixels})
    first, second = ([p for b in open_checkpoint(path).blocks() for p in b.thumbnails] for _ in range(2))
    assert first == second
    for encoded, expected in zip(first, pixels, strict=True):
        assert encoded.startswith(b"\x89PNG")
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(encoded))), expected)


def test_images_that_are_ambiguous_or_of_another_shape_are_no_thumbnails(tmp_path):
    path = tmp_path / "v.npz"
    image = np.zeros((4, 2, 2), np.uint8)
    for extra in (
        {"thumb_a": image, "thumb_b": image},
        {"images": image[:3]},
        {"thumb": image.astype(float)},
    ):
        np.savez(path, keys=KEYS, vectors=VECTORS, **extra)
        (block,) = open_checkpoint(path).blocks()
        assert block.thumbnails is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("v.keys.txt", "a b\nc\nd \ne"),
        ("v.txt", "a b\r\nc\r\nd \r\ne\r\n"),
        ("v.json", '["a b", "c", "d ", "e"]'),
        ("v.tsv", "kind\tword\n1\ta b\n2\tc\n3\td \n4\te\n"),
    ],
)
def test_keys_of_an_npy_lie_beside_it(name, content, tmp_path):
    np.save(tmp_path / "v.npy", VECTORS)
    (tmp_path / name).write_bytes(content.encode())
    (block,) = validated(open_checkpoint(tmp_path / "v.npy"))
    assert list(block.keys) == ["a b", "c", "d ", "e"]
    assert block.metadata is None or block.metadata.to_pydict() == {"kind": [1, 2, 3, 4]}
