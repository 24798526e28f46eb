"""Bad rows left out on demand: which, counted how, and what stays together."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

from pipelines.errors import IngestError
from pipelines.ingest import Block, Dropped, ReaderOptions, Reading, open_checkpoint, validated

NAN = float("nan")


def reading(tmp_path, *blocks, count=None):
    return Reading(tmp_path / "made.npz", "npz", 2, count, "float32", lambda: iter(blocks))


def block(keys, rows):
    numbers = pa.table({"number": list(range(len(keys)))})
    pictures = [key.encode("utf-8", "replace") for key in keys]
    return Block(keys, np.array(rows, np.float32), numbers, pictures)


def test_bad_rows_are_left_out_with_everything_that_belongs_to_them(tmp_path):
    first = block(["a", "", "b", "a"], [[1, 2], [1, 1], [NAN, 0], [3, 3]])
    second = block(["b", "\ud800", "c", "a"], [[4, 5], [1, 1], [np.inf, 0], [6, 6]])
    dropped = Dropped()
    one, two = validated(reading(tmp_path, first, second, count=8), dropped)
    assert (one.keys, two.keys) == (["a"], ["b"])
    assert two.vectors.tolist() == [[4, 5]]
    assert two.metadata.to_pylist() == [{"number": 0}]
    assert two.thumbnails == [b"b"]
    assert dropped.counts == {"no readable key": 2, "values not finite": 2, "repeated key": 2}
    assert dropped.examples[:3] == [
        ("", "no readable key"),
        ("b", "values not finite"),
        ("a", "repeated key"),
    ]
    assert dropped.examples[3] == ("?", "no readable key")


def test_only_the_first_ten_are_kept_as_examples(tmp_path):
    keys = [f"k{i}" for i in range(30)]
    rows = [[NAN if i < 20 else 1.0, 1.0] for i in range(30)]
    dropped = Dropped()
    list(validated(reading(tmp_path, block(keys, rows)), dropped))
    assert dropped.rows == 20
    assert [key for key, _ in dropped.examples] == keys[:10]


def test_a_file_of_which_one_object_is_left_is_refused_with_their_number(tmp_path):
    made = reading(tmp_path, block(["a", "b", "b"], [[1, 1], [NAN, 1], [NAN, 1]]))
    with pytest.raises(IngestError, match="holds 1 object after 2 were dropped; give at least 2 objects"):
        list(validated(made, Dropped()))


def test_missing_cells_of_a_csv_file_are_dropped_on_demand_and_refused_otherwise(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("element,x,y\nH,1,2\nHe,,2\nLi,nan,1\nBe,3,4\n\nB,5,6\n")
    with pytest.raises(IngestError, match="line 3 .key 'He'., column 'x': the value is missing"):
        list(validated(open_checkpoint(path)))
    dropped = Dropped()
    (kept,) = validated(open_checkpoint(path, ReaderOptions(on_bad="drop")), dropped)
    assert list(kept.keys) == ["H", "Be", "B"]
    assert kept.vectors.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert dropped.examples == [("He", "values not finite"), ("Li", "values not finite")]


def test_a_cell_that_is_no_number_is_refused_even_where_missing_ones_are_dropped(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("element,x,y\nH,1,2\nHe,,2\nLi,1,1\nBe,x3,4\n")
    with pytest.raises(IngestError, match="'x3' is not a number"):
        list(validated(open_checkpoint(path, ReaderOptions(on_bad="drop")), Dropped()))


@pytest.mark.parametrize("name", ["v.json", "records.json", "v.jsonl"])
def test_nulls_of_json_are_dropped_on_demand_and_refused_otherwise(name, tmp_path):
    found = {
        "first": None,
        "H": [1, 2],
        "He": [None, 2],
        "Li": [NAN, 1],
        "Be": [3, 4],
        "B": None,
        "C": [5, 6],
    }
    records = [{"element": key, "vector": vector} for key, vector in found.items()]
    if name == "v.json":
        text = json.dumps(found)
    else:
        records += [{"element": None, "vector": [7, 8]}, {"element": "N"}]
        text = json.dumps(records) if name == "records.json" else "\n".join(map(json.dumps, records))
    (tmp_path / name).write_text(text)
    with pytest.raises(IngestError, match=r"null|no field holds keys|neither a list of numbers nor a number"):
        list(validated(open_checkpoint(tmp_path / name)))
    dropped = Dropped()
    (kept,) = validated(open_checkpoint(tmp_path / name, ReaderOptions(on_bad="drop")), dropped)
    assert (list(kept.keys), kept.vectors.tolist()) == (["H", "Be", "C"], [[1, 2], [3, 4], [5, 6]])
    gaps = ["first", "He", "Li", "B"]
    if name == "v.json":
        assert dropped.examples == [(key, "values not finite") for key in gaps]
    else:
        assert [key for key, _ in dropped.examples] == [*gaps, "", "N"]
        assert dropped.counts == {"values not finite": 5, "no readable key": 1}


def test_what_is_no_number_in_json_is_refused_even_where_nulls_are_dropped(tmp_path):
    (tmp_path / "v.json").write_text('{"a": [1, 2], "b": null, "c": [1, "x"], "d": [3, 4]}')
    with pytest.raises(IngestError, match="object 3: value 2 of 2 should be a number, but is 'x'"):
        list(validated(open_checkpoint(tmp_path / "v.json", ReaderOptions(on_bad="drop")), Dropped()))


def test_a_scale_with_nulls_is_read_without_them(tmp_path):
    (tmp_path / "v.json").write_text('{"a": 1, "b": null, "c": 2.5}')
    dropped = Dropped()
    (kept,) = validated(open_checkpoint(tmp_path / "v.json", ReaderOptions(on_bad="drop")), dropped)
    assert (kept.keys, kept.vectors.tolist(), dropped.rows) == (["a", "c"], [[1], [2.5]], 1)
