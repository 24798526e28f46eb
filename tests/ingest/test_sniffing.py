"""The content decides the format; the name of the file does not."""

import gzip
from importlib.util import find_spec

import numpy as np
import pytest

from pipelines.errors import IngestError
from pipelines.ingest import READERS, ReaderOptions, open_checkpoint
from pipelines.ingest.opening import sniffed

TABLE = {
    "glove": (b"the 0.1 0.2\nof 0.3 0.4\n", "text"),
    "one object a line, no end of line": (b"the 0.1 0.2\nof 0.3 0.4", "text"),
    "word2vec text": (b"2 2\nthe 0.1 0.2\nof 0.3 0.4\n", "text"),
    "fastText with trailing blanks": (b"2 2\nthe 0.1 0.2 \nof 0.3 0.4 \n", "text"),
    "tabs and integer keys": (b"1\t0.1\t0.2\n2\t0.3\t0.4\n", "text"),
    "tab after the key, then spaces": (b"the\t0.1 0.2\nof\t0.3 0.4\n", "text"),
    "keys that hold commas": (b"a,b 0.1 0.2\nc,d 0.3 0.4\n", "text"),
    "a broken second row": (b"the 0.1 0.2\nof 0.3 x\nand 0.3 0.4\n", "text"),
    "1-d": (b"34 128\n35 64\n", "text"),
    "csv": (b"word,x,y\nthe,0.1,0.2\n", "csv"),
    "csv from pandas": (b",0,1\nthe,0.1,0.2\n", "csv"),
    "csv with spaces": (b"element, 0, 1\nthe, 0.1, 0.2\n", "csv"),
    "csv with semicolons": (b"word;x\nthe;0.1\n", "csv"),
    "csv with tabs": (b"word\tx\ty\nthe\t0.1\t0.2\n", "csv"),
    "csv with tabs and numbered columns": (b"element\t0\t1\t2\nH\t0.1\t0.2\t0.3\n", "csv"),
    "csv without header": (b"the,0.1,0.2\nof,0.3,0.4\n", "csv"),
    "projector": (b"0.1\t0.2\n0.3\t0.4\n", "projector-tsv"),
    "word2vec binary": (b"2 2\nthe " + np.float32([1, 2]).tobytes() + b"of " + bytes(8), "word2vec-binary"),
    "npy": (b"\x93NUMPY\x01\x00", "npy"),
}


@pytest.mark.parametrize("case", TABLE)
@pytest.mark.parametrize("name", ["vectors.dat", "misleading.npz"])
def test_content_decides_the_format(case, name, tmp_path):
    content, expected = TABLE[case]
    path = tmp_path / name
    path.write_bytes(content)
    assert sniffed(path) == expected


@pytest.mark.parametrize(
    "case", ["glove", "word2vec text", "csv", "csv with tabs", "projector", "word2vec binary"]
)
def test_gzip_is_seen_through(case, tmp_path):
    content, expected = TABLE[case]
    path = tmp_path / "vectors"
    path.write_bytes(gzip.compress(content))
    assert sniffed(path) == expected


def test_integer_vectors_without_keys_are_projector_tsv_where_metadata_lies_beside(tmp_path):
    path = tmp_path / "vectors.tsv"
    path.write_text("1\t2\n3\t4\n")
    assert sniffed(path) == "text"
    (tmp_path / "metadata.tsv").write_text("a\nb\n")
    assert sniffed(path) == "projector-tsv"


def test_a_named_format_overrides_the_content(tmp_path):
    path = tmp_path / "vectors.tsv"
    path.write_text("word\tx\ty\nthe\t0.1\t0.2\nof\t1\t2\n")
    assert open_checkpoint(path).format == "csv"
    with pytest.raises(
        IngestError, match="the first rows are not a key followed by numbers; write one object"
    ):
        open_checkpoint(path, ReaderOptions(format="text"))


def test_an_unknown_format_names_the_known_ones_and_the_nearest(tmp_path):
    path = tmp_path / "v.txt"
    path.write_text("a 1\nb 2\n")
    with pytest.raises(
        IngestError, match=r"v\.txt: there is no format 'cvs'; did you mean 'csv'\? the formats are: 'npz', "
    ):
        open_checkpoint(path, ReaderOptions(format="cvs"))


def test_every_format_of_the_registry_has_a_writer_that_tests_it(writers):
    libraries = {"hdf5": "h5py", "lance": "lance"}
    missing = {name for name, library in libraries.items() if not find_spec(library)}
    assert {name for name, _ in writers.values()} == set(READERS) - missing


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"<html>",
            r"v: the content is of no known format \(it begins b'.*\); convert it, or name its format",
        ),
        (b"", "v: the file is empty; give a file that holds keys and vectors"),
        (b"\x1f\x8bgarbage", r"v: the file is damaged or cannot be read \(.*\); copy it again"),
    ],
)
def test_content_of_no_known_format_is_refused(content, message, tmp_path):
    path = tmp_path / "v"
    path.write_bytes(content)
    with pytest.raises(IngestError, match=message):
        open_checkpoint(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(IngestError, match="nowhere: there is no such file; check the path"):
        open_checkpoint(tmp_path / "nowhere")
    with pytest.raises(
        IngestError,
        match=r"the folder is of no known format; give one of \.npy files, a Lance table, or a data set",
    ):
        open_checkpoint(tmp_path)
