"""Every bad checkpoint is refused with one sentence: file, line or key, what was found, what to do."""

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pipelines.errors import IngestError
from pipelines.ingest import ReaderOptions, open_checkpoint, validated

Refused = Callable[..., str]
WIDE = np.eye(3, 4, dtype=np.float32)


@pytest.fixture
def refused(tmp_path: Path) -> Refused:
    """Write a file, read it through, and return the sentence with which it is refused."""

    def read(name: str, content: bytes, **options: object) -> str:
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(IngestError, match=r"; .") as caught:
            list(validated(open_checkpoint(path, ReaderOptions(**options))))
        message = str(caught.value)
        assert message.startswith(str(tmp_path))
        assert "\n" not in message
        return message.removeprefix(f"{tmp_path}/")

    return read


TEXT = {
    "short row": (
        b"a 1.5 2\nb 3.5\nc 5 6\n",
        "line 2 (it begins 'b 3.5'): a key and 2 numbers are expected, but there",
    ),
    "short row of two spaces": (
        b"a 1.5 2\nb  3.5\nc 5 6\n",
        "line 2 (it begins 'b  3.5'): a key and 2 numbers are expected, but there are 2 fields; remove",
    ),
    "long row": (
        b"a 1.5 2\nb 3 4.5 5\nc 5 6\n",
        "line 2 (it begins 'b 3'): more than 2 numbers follow the key; remove",
    ),
    "long row of integers": (b"a 1 2\nb 3 4 5\nc 5 6\n", "line 2 (it begins 'b 3'): more than 2 numbers"),
    "no number": (
        b"a 1 2\nb 3 x\nc 5 6\n",
        "line 2: value 2 of 2 should be a number, but is 'x'; remove or repair",
    ),
    "two points": (b"a 1 2\nb 3 1.5.5\nc 5 6\n", "line 2: value 2 of 2 should be a number, but is '1.5.5'"),
    "nan": (b"a 1 2\nb 3 nan\nc 5 6\n", "line 2 (key 'b'): value 2 of 2 is nan; remove or repair the row"),
    "too large": (
        b"a 1 2\nb 1e39 3\nc 5 6\n",
        "line 2 (key 'b'): value 1 of 2 is infinite, or too large for float32",
    ),
    "repeated key": (
        b"a 1 2\nb 3 4\na 5 6\n",
        "line 3 (key 'a'): the key was already used by line 1; remove one",
    ),
    "empty key": (b"a 1 2\n 3 4\nc 5 6\n", "line 2 (key ''): the key is empty; remove or repair the row"),
    "empty line": (b"a 1 2\n\nc 5 6\n", "line 2: the line is empty; remove it"),
    "not UTF-8": (b"a 1 2\nna\xefve 3 4\n", "line 2: the text is not valid UTF-8; convert the file to UTF-8"),
    "one object": (b"a 1 2\n", "the file holds 1 object; give at least 2 objects"),
    "fewer than claimed": (
        b"3 2\na 1 2\nb 3 4\n",
        "line 1: the header claims 3 rows, but 2 follow; copy it again",
    ),
    "more than claimed": (
        b"1 2\na 1 2\nb 3 4\n",
        "line 1: the header claims 1 rows, but 2 follow; copy it again",
    ),
    "narrower than claimed": (
        b"2 3\na 1 2\nb 3 4\n",
        "line 2 (it begins 'a 1 2'): a key and 3 numbers are expected",
    ),
    "a header only": (b"2 3\n", "line 1: the header claims 2 rows, but 0 follow"),
    "no dimensions": (b"2 0\na 1\n", "the vectors have 0 dimensions; give vectors of at least one number"),
    "numbers only": (
        b"0.1 1 2\n0.2 3 4\n",
        "line 1: the rows hold numbers only, and no keys; put a key at the start",
    ),
}


@pytest.mark.parametrize("case", TEXT)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_bad_text_is_refused_with_its_line(case, end, refused):
    content, sentence = TEXT[case]
    assert f"v.txt, {sentence}".replace("v.txt, the", "v.txt: the") in refused(
        "v.txt", content.replace(b"\n", end)
    )


def test_a_bad_line_of_a_compressed_file_is_named(refused):
    content = gzip.compress(b"a 1 2\nb 3 nan\n")
    assert "v.gz, line 2 (key 'b'): value 2 of 2 is nan" in refused("v.gz", content)


def test_a_cut_gzip_file_is_refused(refused):
    rows = "".join(f"w{i} {i}.5 {i * i}\n" for i in range(999)).encode()
    assert "v.gz: the file is damaged or cannot be read (" in refused("v.gz", gzip.compress(rows)[:-900])


def test_an_endless_line_is_refused_before_it_fills_the_memory(refused, monkeypatch):
    monkeypatch.setattr("pipelines.ingest.files.LINE_BYTES", 1 << 20)
    monkeypatch.setattr("pipelines.ingest.files.CHUNK_BYTES", 1 << 16)
    bomb = gzip.compress(b"a 1 2\nb 1 2\n" + b"1 " * (1 << 21))
    assert "line 3: the line is longer than 1 MiB; write one object a line" in refused("v.gz", bomb)


def test_a_bad_line_far_down_is_named(refused, monkeypatch):
    monkeypatch.setattr("pipelines.ingest.files.CHUNK_BYTES", 100)
    rows = [f"w{i} {i}.5 1" for i in range(200)]
    rows[150] = "w150 x 1"
    assert "line 151: value 1 of 2 should be a number" in refused("v.txt", "\n".join(rows).encode())
    rows[150] = "w9 1 1"
    assert "line 151 (key 'w9'): the key was already used by line 10" in refused(
        "v.txt", "\n".join(rows).encode()
    )


A, B = np.float32([1, 2]).tobytes(), np.float32([3, np.nan]).tobytes()
BINARY = {
    "cut short": (
        b"3 2\na " + A + b"b " + A,
        "v.bin, header: it claims 3 vectors of 2 values, more than the 20 bytes",
    ),
    "cut inside": (
        b"2 2\na " + A + b"bbbb " + A[:5],
        "v.bin, record 2: the file ends inside the vector of 'bbbb'; copy",
    ),
    "no key": (
        b"2 2\na " + A + b"b" * 12,
        "v.bin, record 2: there is no key that ends with a space; copy it again",
    ),
    "not UTF-8": (
        b"2 2\na " + A + b"\xff " + A,
        "v.bin, record 2: the key '\ufffd' is not valid UTF-8; remove or repair",
    ),
    "nan": (
        b"2 2\na " + A + b"b " + B,
        "v.bin, object 2 (key 'b'): value 2 of 2 is nan; remove or repair the row",
    ),
    "repeated": (
        b"2 2\na " + A + b"a " + A,
        "v.bin, object 2 (key 'a'): the key was already used by object 1; remove",
    ),
    "empty key": (
        b"2 2\na " + A + b" " + A,
        "v.bin, object 2 (key ''): the key is empty; remove or repair the row",
    ),
    "too much": (
        b"2 2\na " + A + b"b " + A + b"c ",
        "v.bin: more bytes follow the 2 objects that the header claims; copy",
    ),
    "huge": (
        b"999999999999 300\na " + A,
        "v.bin, header: it claims 999999999999 vectors of 300 values, more than",
    ),
    "wide": (b"2 99999999999\na " + A, "v.bin, header: it claims 99999999999 dimensions; copy it again"),
    "no header": (
        b"hello\n",
        "v.bin, header: the first line should be the number of objects and dimensions, but is",
    ),
}


@pytest.mark.parametrize("case", BINARY)
def test_bad_word2vec_binary_is_refused_with_its_record(case, refused):
    content, sentence = BINARY[case]
    assert sentence in refused("v.bin", content, format="word2vec-binary")


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


def npy(array: np.ndarray, **keywords: bool) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, **keywords)
    return buffer.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def test_an_npy_without_keys_says_which_files_were_looked_for(refused):
    message = refused("v.npy", npy(WIDE))
    assert "none of v.keys.txt, v.txt, v.json, v.tsv, v.pkl, v-vocab.pkl, tokenizer.json" in message
    assert "vocab.json lies beside it; write the keys there" in message


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.arange(3.0), "v.npy: it holds float64 of shape (3,); save a 2-D array of real numbers"),
        (np.eye(3, dtype=complex), "v.npy: it holds complex128 of shape (3, 3); save a 2-D array"),
        (
            np.array([[{}]], dtype=object),
            "v.npy: it holds pickled Python objects, which are never loaded; save it",
        ),
        (np.eye(2), "v.npy: there are 2 vectors, but "),
        (
            np.array([[1, 2], [1e300, 0], [3, 4]]),
            "object 2 (key 'b'): value 1 of 2 is infinite, or too large for",
        ),
        (np.empty((0, 4)), "v.npy: there are 0 vectors, but "),
        (np.empty((3, 0)), "v.npy: the vectors have 0 dimensions"),
    ],
)
def test_a_bad_npy_is_refused(array, sentence, refused, tmp_path):
    (tmp_path / "v.txt").write_text("a\nb\nc\n")
    assert sentence in refused("v.npy", npy(array))


def test_an_npy_that_claims_more_than_the_file_holds_is_refused(refused):
    content = npy(WIDE)
    assert "claims shape (3, 4) of float32, more than its 160 bytes can hold; the" in refused(
        "v.npy", content[:160]
    )
    huge = content.replace(b"(3, 4), }      ", b"(99999999999, 4), }"[:19]).replace(b"(3, 4)", b"(9, 4)")
    assert "more than its" in refused("v.npy", huge)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('{"a": 1}', "write the keys as a list of strings"),
        ("[1, 2, 3]", "v.json: this is not a list of strings"),
        ("[" * 100_000, "v.json: this is not valid JSON ("),
        ('["a", "b", "\\ud800"]', "object 3 (key '\\ud800'): the key holds half of a surrogate pair"),
    ],
)
def test_bad_json_keys_are_refused(content, sentence, refused, tmp_path):
    (tmp_path / "v.json").write_text(content)
    assert sentence in refused("v.npy", npy(WIDE))


KEYS = np.array(["a", "b", "c"])
NPZ = {
    "no keys": (
        {"x": WIDE},
        {},
        "there are no keys: no 1-D array of text or integers is named key, keys, word",
    ),
    "several": (
        {"keys": KEYS, "p": WIDE, "q": WIDE},
        {},
        "2 arrays may be the vectors: 'p', 'q'; name one of them, as in v.npz#p",
    ),
    "no vectors": ({"keys": KEYS}, {}, "there is no 2-D array of numbers; save one; the arrays are 'keys'"),
    "no such": (
        {"keys": KEYS, "p": WIDE, "q": WIDE},
        {"member": "pp"},
        "no array of vectors 'pp'; did you mean 'p'?",
    ),
    "no such key": (
        {"keys": KEYS, "p": WIDE},
        {"key": "keyz"},
        "no array of keys 'keyz'; did you mean 'keys'?",
    ),
    "unequal": (
        {"keys": KEYS[:2], "p": WIDE},
        {},
        "array 'p' has 3 rows, but array 'keys' has 2; save one key for each",
    ),
    "repeated": (
        {"keys": KEYS[[0, 1, 0]], "p": WIDE},
        {},
        "object 3 (key 'a'): the key was already used by object 1",
    ),
    "nan": (
        {"keys": KEYS, "p": WIDE * np.nan},
        {},
        "object 1 (key 'a'): value 1 of 4 is nan; remove or repair",
    ),
    "objects": (
        {"keys": KEYS.astype(object), "p": WIDE},
        {},
        "array 'keys': it holds pickled Python objects, which are",
    ),
    "bad bytes": (
        {"keys": np.array([b"\xff", b"b", b"c"]), "p": WIDE},
        {},
        "array 'keys': it holds text that is not valid",
    ),
    "one object": ({"keys": KEYS[:1], "p": WIDE[:1]}, {}, "the file holds 1 object; give at least 2"),
}


@pytest.mark.parametrize("case", NPZ)
def test_a_bad_npz_is_refused_with_its_array(case, refused):
    arrays, options, sentence = NPZ[case]
    assert sentence in refused("v.npz", npz(**arrays), **options)


def test_a_large_npz_in_fortran_order_is_refused(refused, monkeypatch):
    monkeypatch.setattr("pipelines.ingest.readers.npz.FORTRAN_BYTES", 40)
    sentence = "array 'p': it is in Fortran order and larger than the 0 MiB that are read as a whole; save it"
    assert sentence in refused("v.npz", npz(keys=KEYS, p=np.asfortranarray(WIDE)))


def test_an_npz_member_that_claims_more_than_the_directory_says_is_refused(refused):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("keys.npy", npy(KEYS))
        archive.writestr("p.npy", npy(WIDE).replace(b"(3, 4)", b"(3, 9)"))
    assert "array 'p': its header claims shape (3, 9) of float32, more than" in refused(
        "v.npz", buffer.getvalue()
    )


def test_arrays_within_gzip_are_refused(refused):
    assert "v: arrays are not read through gzip; decompress" in refused("v", gzip.compress(npy(WIDE)))


def test_a_damaged_zip_file_is_refused(refused):
    content = npz(keys=KEYS, p=WIDE)
    assert "v.npz: the file is damaged or cannot be read (" in refused("v.npz", content[:-30])


def test_a_message_quotes_long_and_unprintable_keys_shortly(refused):
    message = refused("v.txt", b"a 1 2\n" + b"\x1b[31m" * 500 + b" 3 nan\n")
    assert "\x1b" not in message
    assert len(message) < 400
