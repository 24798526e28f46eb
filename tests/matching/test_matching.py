"""Matching of keys against a slow twin, and what folding refuses."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import ComparisonError
from pipelines.matching import FOLDINGS, match_keys

KEYS = st.lists(st.text(max_size=3), unique=True, max_size=12)


@given(KEYS, KEYS)
def test_exact_matching_equals_a_search_through_both_lists(a, b):
    found = match_keys(a, b)
    pairs = [(i, j) for i, one in enumerate(a) for j, two in enumerate(b) if one == two]
    assert list(zip(found.rows_a.tolist(), found.rows_b.tolist(), strict=True)) == pairs
    assert found.only_a.tolist() == [i for i, key in enumerate(a) if key not in b]
    assert found.only_b.tolist() == [j for j, key in enumerate(b) if key not in a]


@pytest.mark.parametrize(
    ("folding", "equal"),
    [
        ("exact", set()),
        ("nfc", {"composed"}),
        ("casefold", {"case", "sharp s"}),
        ("nfc+casefold", {"composed", "case", "sharp s", "both"}),
    ],
)
def test_each_folding_makes_equal_what_its_name_says_and_no_more(folding, equal):
    composed, apart = "\u00e9", "e\u0301"
    keys = {
        "composed": (composed, apart),
        "case": ("Word", "wORD"),
        "sharp s": ("Straße", "STRASSE"),
        "both": ("\u00c9clair", "e\u0301CLAIR"),
        "other": ("a", "b"),
    }
    found = {name for name, (one, two) in keys.items() if len(match_keys([one], [two], folding).rows_a)}
    assert found == equal


@given(st.text(max_size=5))
def test_caseless_matching_is_that_of_the_unicode_standard(text):
    def nfd(key):
        return unicodedata.normalize("NFD", key)

    other = nfd(text).swapcase()
    by_definition = nfd(nfd(text).casefold()) == nfd(nfd(other).casefold())
    assert bool(len(match_keys([text], [other], "nfc+casefold").rows_a)) == by_definition


def test_marks_are_put_in_order_before_their_case_is_folded():
    written, composed = "\u03b1\u0345\u0301", "\u1fb4"  # alpha, iota below, acute; and the same as one letter
    assert unicodedata.normalize("NFC", written) == composed
    assert match_keys([written], [composed], "nfc+casefold").rows_a.tolist() == [0]


def test_keys_that_become_equal_are_refused_with_the_first_ten():
    keys = [f"key-{i}" for i in range(12)]
    with pytest.raises(ComparisonError) as refused:
        match_keys(["x"], keys + [key.upper() for key in keys], "casefold")
    message = str(refused.value)
    assert message.startswith("B holds 12 keys that are equal to an earlier one under 'casefold': ")
    assert "'key-9' and 'KEY-9', …;" in message
    assert "key-10" not in message


def test_an_unknown_folding_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=f"unknown folding 'lower': choose one of {', '.join(FOLDINGS)[:5]}"):
        match_keys([], [], "lower")
