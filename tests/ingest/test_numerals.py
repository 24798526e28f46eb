"""The fast parser of numbers agrees with a slow obvious one: `float`, field by field."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import IngestError
from pipelines.ingest import ReaderOptions, open_checkpoint
from pipelines.ingest.numerals import first_bad, parse_fields, trailing_numbers

finite = st.floats(allow_nan=False, allow_infinity=False)
number_text = st.one_of(
    finite.map(repr),
    finite.map("{:.3g}".format),
    st.floats(-1e3, 1e3, width=32).map("{:.7f}".format),
    st.integers(-(10**25), 10**25).map(str),
    st.sampled_from(["+1", "-0", "5.", ".5", "1E5", "1e-400", "007", "3.4028235e38", "1e39", "-inf", "nan"]),
)
SLOW_MATCHES = settings(derandomize=True, max_examples=200, deadline=None)


def slow_row(line: str, dimensions: int) -> tuple[str, list[np.float32]]:
    key, *fields = line.rsplit(" ", dimensions)
    with np.errstate(over="ignore"):
        return key, [np.float32(float(field)) for field in fields]


@SLOW_MATCHES
@given(st.lists(number_text, min_size=1, max_size=30))
def test_parsed_numbers_equal_float_rounded_to_float32(fields):
    with np.errstate(over="ignore"):
        slow = np.array([float(field) for field in fields]).astype(np.float32)
    fast = parse_fields("\n".join(fields).encode(), len(fields))
    assert fast is not None
    assert np.array_equal(fast, slow, equal_nan=True)


@SLOW_MATCHES
@given(
    st.lists(
        st.one_of(number_text, st.text('0123456789.-+einf \r\n",x_', max_size=4)), min_size=1, max_size=6
    )
)
def test_a_block_parses_only_if_every_field_is_one_number(fields):
    def is_one_number(field: str) -> bool:
        try:
            float(field)
        except ValueError:
            return False
        return "_" not in field

    fast = parse_fields("\n".join(fields).encode(), len(fields))
    if fast is not None:
        assert all(map(is_one_number, fields))
    elif all(is_one_number(field) and field == field.strip() for field in fields):
        pytest.fail(f"refused {fields}")


def test_rounding_goes_through_float64():
    just_above_a_tie = "1.000000059604644775390626"
    assert (
        parse_fields(just_above_a_tie.encode(), 1).tolist() == [np.float32(float(just_above_a_tie))] == [1.0]
    )


@pytest.mark.parametrize("bad", [b"1.5.5", b"", b"x", b"1 2", b"1\r2", b"0x10", b"1_0", b'"1"', b"1,2"])
def test_the_first_bad_field_is_found(bad):
    fields = [b"1"] * 40 + [bad] + [b"2"] * 9 + [b"y"]
    assert parse_fields(b"\n".join(fields), len(fields)) is None
    assert first_bad(fields) == 40


def test_trailing_numbers_leave_a_field_for_the_key():
    assert trailing_numbers(b"34 0.5 1") == 2
    assert trailing_numbers(b"the") == 0
    assert trailing_numbers(b". . . 0.5\t1") == 2


@settings(derandomize=True, max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), dimensions=st.integers(2, 6))
def test_the_text_reader_equals_its_slow_twin(seed, dimensions, tmp_path_factory):
    rng = np.random.default_rng(seed)
    names = [". . .", "at name@domain.com", "area 51", "的", "\u00a0", "\x85", ",", '"', "the", "a,b"]
    keys = [f"{names[rng.integers(len(names))]}{i}x" for i in range(rng.integers(3, 30))]
    values = rng.normal(size=(len(keys), dimensions)) * 10.0 ** rng.integers(-12, 12, (len(keys), 1))
    lines = [" ".join([key, *map(str, row)]) for key, row in zip(keys, values.tolist(), strict=True)]
    path = tmp_path_factory.mktemp("twin") / "vectors.txt"
    path.write_bytes("\n".join(lines).encode())
    blocks = list(open_checkpoint(path).blocks())
    slow_keys, slow_vectors = zip(*(slow_row(line, dimensions) for line in lines), strict=True)
    assert [key for block in blocks for key in block.keys] == list(slow_keys)
    assert np.array_equal(np.concatenate([block.vectors for block in blocks]), np.array(slow_vectors))


def test_numbers_in_foreign_digits_are_refused_rather_than_misread(tmp_path):
    path = tmp_path / "v.txt"
    path.write_text("a 1 2\nb ٣ 4\nc 1 2\n", encoding="utf-8")
    with pytest.raises(
        IngestError, match=r"line 2: value 1 of 2 should be a number, but is '٣'; remove or repair"
    ):
        list(open_checkpoint(path, ReaderOptions(format="text")).blocks())
