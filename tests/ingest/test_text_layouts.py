"""A row of text is understood as its writer meant it: header or not, keys with spaces, tabs, 1-d."""

import numpy as np
import pytest

from pipelines.ingest import ReaderOptions, open_checkpoint, validated

TEXT = ReaderOptions(format="text")


def read(path, content: str):
    path.write_bytes(content.encode())
    reading = open_checkpoint(path, TEXT)
    blocks = list(validated(reading))
    keys = [key for block in blocks for key in block.keys]
    return reading, keys, np.concatenate([block.vectors for block in blocks]).tolist()


@pytest.mark.parametrize("header", ["", "3 2\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n", " \n", "\t\n"])
@pytest.mark.parametrize(
    "key", [". . .", "at name@domain.com", "area 51", "1.5", "34", "\u00a0", "\x85", " the", '"', "#"]
)
def test_any_key_may_stand_before_the_vector(header, end, key, tmp_path):
    content = header + end.join([f"{key} 0.5 1.5", "x 2.5 -3.5", "y 1e-3 0.25", ""])
    _, keys, vectors = read(tmp_path / "v", content)
    assert keys == [key, "x", "y"]
    assert vectors == [[0.5, 1.5], [2.5, -3.5], [np.float32(1e-3), 0.25]]


@pytest.mark.parametrize(
    "row", ["the  0.5   1.5", "the\t0.5\t1.5", "the\t0.5 1.5", "the 0.5\t1.5", "the \t 0.5  1.5"]
)
def test_runs_of_spaces_and_tabs_separate(row, tmp_path):
    _, keys, vectors = read(tmp_path / "v", f"{row}\nx 1 2\ny 1 2\n")
    assert [key.rstrip() for key in keys] == ["the", "x", "y"]
    assert vectors[0] == [0.5, 1.5]


@pytest.mark.parametrize("key", ["a 0.5", "a 1", "1 2 3", "a ", " "])
def test_a_tab_after_the_key_ends_every_doubt(key, tmp_path):
    _, keys, vectors = read(tmp_path / "v", f"{key}\t1\t2\nx\t3\t4\ny\t3\t4\n")
    assert keys[0] == key
    assert vectors[0] == [1, 2]


def test_a_first_row_like_a_header_is_an_object_where_the_rows_are_1d(tmp_path):
    reading, keys, vectors = read(tmp_path / "v", "34 128\n35 64\n36 1\n")
    assert (reading.dimensions, reading.count) == (1, None)
    assert keys == ["34", "35", "36"]
    assert vectors == [[128], [64], [1]]


def test_a_header_of_a_1d_file_is_told_by_its_count(tmp_path):
    reading, keys, _ = read(tmp_path / "v", "2 1\n35 64\n36 1\n")
    assert (reading.count, keys) == (2, ["35", "36"])
    reading, keys, _ = read(tmp_path / "v", "7 1\n35 64\n36 1\n")
    assert (reading.count, keys) == (None, ["7", "35", "36"])


def test_the_width_is_what_most_rows_say(tmp_path):
    rows = ["area 51 0.5 1.5", *(f"w{i} 0.5 {i}.5" for i in range(5)), "about 34 0.5 1.5"]
    reading, keys, _ = read(tmp_path / "v", "\n".join(rows))
    assert reading.dimensions == 2
    assert (keys[0], keys[-1]) == ("area 51", "about 34")


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path):
    assert read(tmp_path / "v", "\ufeffthe 1.5 2\nof 3 4\n")[1] == ["the", "of"]


def test_last_empty_lines_are_passed_over(tmp_path):
    assert read(tmp_path / "v", "the 1.5 2\nof 3 4\n\n \n\n")[1] == ["the", "of"]


def test_lines_are_counted_from_the_header(tmp_path):
    (tmp_path / "v").write_text("2 2\nthe 1 2\nof 3 4\n")
    assert next(open_checkpoint(tmp_path / "v").blocks()).first_line == 2
