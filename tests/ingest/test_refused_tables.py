"""Bad CSV, projector and Arrow files are refused with one sentence: where, what was found, what to do."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from pipelines.errors import IngestError
from pipelines.ingest.tables import Columns, make_block

WIDE = np.eye(3, 4, dtype=np.float32)


CSV = {
    "short row": (
        b"word,x,y\na,1,2\nb,3\nc,1,2\n",
        "line 3: the row has 2 cells, but the header has 3; remove or repair",
    ),
    "missing": (
        b"word,x,y\na,1,2\nb,,4\n",
        "line 3 (key 'b'), column 'x': the value is missing (''); fill it in, or",
    ),
    "NA": (b"word,x,y\na,1,2\nb,NA,4\nc,1,2\n", "line 3 (key 'b'), column 'x': the value is missing ('NA')"),
    "no number": (
        b"word,x,y\na,1,2\nb,3,oh\nc,5,6\n",
        "line 3 (key 'b'), column 'y': 'oh' is not a number; remove",
    ),
    "infinite": (b"word,x,y\na,1,2\nb,3,inf\n", "line 3 (key 'b'): value 2 of 2 is infinite, or too large"),
    "repeated": (
        b"word,x\na,1\nb,2\na,3\n",
        "line 4 (key 'a'): the key was already used by line 2; remove one",
    ),
    "empty key": (b"word,x\na,1\n,2\n", "line 3 (key ''): the key is empty"),
    "no header": (
        b"a,3,7\nb,3,4\n",
        "line 1: the first line is not a header, because it holds numbers only; add a",
    ),
    "no numbers": (
        b"word,kind\na,x\nb,y\n",
        "line 1: no column holds numbers; the columns are 'word', 'kind'; give the",
    ),
    "no keys": (
        b"x,y\n1,2\n3,4\n",
        "line 1: no column holds keys; the columns are 'x', 'y'; name the one that does",
    ),
    "not UTF-8": (
        b"word,x\na,1\n\xff,2\nc,3\n",
        "line 3: the text is not valid UTF-8; convert the file to UTF-8",
    ),
    "open quote": (b'word,x\na,1\n"b,2\nc,3\n', "the row is not valid CSV ("),
    "not a bool": (
        b"word,x,ok\n" + b"".join(b"w%d,1,true\n" % i for i in range(150)) + b"z,1,maybe\n",
        "line 152, column 'ok': 'maybe' is neither true nor false, as the rows before are; remove or repair",
    ),
    "one object": (b"word,x\na,1\n", "the file holds 1 object; give at least 2"),
    "twice": (
        b"word,x,t,t\na,1,p,q\nb,2,r,s\n",
        "line 1: two columns have the same name: 't', 't'; rename one",
    ),
}


@pytest.mark.parametrize("case", CSV)
def test_bad_csv_is_refused_with_line_and_column(case, refused):
    content, sentence = CSV[case]
    assert sentence in refused("v.csv", content, format="csv")


def test_an_unknown_key_column_names_the_columns(refused):
    message = refused("v.csv", b"word,x\na,1\nb,2\n", key="wrod")
    assert "there is no column 'wrod'; did you mean 'word'? the columns are: 'word', 'x'" in message


def test_projector_files_of_unequal_length_show_both_counts(refused, tmp_path):
    (tmp_path / "metadata.tsv").write_text("a\nb\n")
    message = refused("vectors.tsv", b"1\t2\n3\t4\n5\t6\n")
    assert "there are 3 vectors, but " in message
    assert "metadata.tsv has 2 rows of metadata; give one row for each vector" in message


def test_a_projector_file_without_metadata_says_where_it_was_looked_for(refused):
    message = refused("vectors.tsv", b"1.5\t2\n3\t4\n")
    assert "none of vectors_metadata.tsv, metadata.tsv" in message
    assert "write the keys there, or name their file with `metadata:`" in message


def test_bad_rows_of_projector_files_are_named(refused, tmp_path):
    (tmp_path / "metadata.tsv").write_text("a\nb\n")
    assert "line 2: 2 numbers are expected, but there are 1; remove" in refused("vectors.tsv", b"1\t2\n3\n")
    message = refused("vectors.tsv", b"1\t2\n3\tx\n", format="projector-tsv")
    assert "vectors.tsv, line 2: value 2 of 2 should be a number, but is 'x'; remove or repair" in message
    (tmp_path / "metadata.tsv").write_text("word\tkind\na\tx\nb\n")
    assert "metadata.tsv, line 3: the row has 1 cells, but the header has 2" in refused(
        "vectors.tsv", b"1\t2\n3\t4\n"
    )


def test_lists_of_another_fixed_size_than_the_first_are_refused():
    vectors = pa.FixedSizeListArray.from_arrays(pa.array([1.0, 2.0, 3.0, 4.0], pa.float32()), 2)
    batch = pa.record_batch({"key": pa.array(["a", "b"]), "vector": vectors})
    columns = Columns("key", ("vector",), ())
    with pytest.raises(
        IngestError, match="column 'vector': 4 numbers where 6 are expected; write the file again"
    ):
        make_block(Path("words.arrow"), columns, 3, batch, 0)
