"""Bad text and binary word vectors are refused with one sentence: line or record, what was found, what to do."""

import gzip

import numpy as np
import pytest

WIDE = np.eye(3, 4, dtype=np.float32)


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


def test_a_message_quotes_long_and_unprintable_keys_shortly(refused):
    message = refused("v.txt", b"a 1 2\n" + b"\x1b[31m" * 500 + b" 3 nan\n")
    assert "\x1b" not in message
    assert len(message) < 400
