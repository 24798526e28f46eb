"""Bad arrays and their keys are refused with one sentence: array, what was found, what to do."""

import gzip
import io
import zipfile

import numpy as np
import pytest

WIDE = np.eye(3, 4, dtype=np.float32)


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
