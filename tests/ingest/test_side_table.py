"""A table of metadata joined by key: types, order, objects that it lacks, and what it is refused for."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from pipelines.errors import IngestError
from pipelines.ingest import Block, Extras, Reading, enriched


def joined(tmp_path, name, content, keys=("b", "x", "a"), key=None, metadata=None):
    (tmp_path / name).write_text(content, encoding="utf-8")
    block = Block(list(keys), np.ones((len(keys), 2), np.float32), metadata)
    reading = Reading(tmp_path / "v.npz", "npz", 2, None, "float32", lambda: iter([block]))
    (made,) = enriched(reading, Extras(tmp_path, name, key)).blocks()
    return made.metadata.to_pydict()


def test_columns_are_typed_and_follow_the_order_of_the_objects(tmp_path):
    text = (
        "word,count,share,flag,code,about\n"
        'a,1,0.5,true,007,"long, text"\n'
        'b,20,1e-3,false,010,"two\nlines"\n'
        "c,3,2,true,1,z\n"
    )
    assert joined(tmp_path, "t.csv", text) == {
        "count": [20, None, 1],
        "share": [1e-3, None, 0.5],
        "flag": [False, None, True],
        "code": ["010", None, "007"],
        "about": ["two\nlines", None, "long, text"],
    }


def test_the_key_column_may_be_named_and_the_columns_of_the_checkpoint_stay(tmp_path):
    own = pa.table({"own": [1, 2, 3]})
    found = joined(tmp_path, "t.tsv", "word\tother\nq\ta\nr\tb\n", key="other", metadata=own)
    assert found == {"word": ["r", None, "q"], "own": [1, 2, 3]}


def test_a_json_object_is_one_column_or_several(tmp_path):
    assert joined(tmp_path, "kind.json", '{"a": "x", "b": "y"}') == {"kind": ["y", None, "x"]}
    found = joined(tmp_path, "t.json", '{"a": {"n": 1}, "b": {"n": 2, "m": "z"}}')
    assert found == {"n": [2, None, 1], "m": ["z", None, None]}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", "key,n\na,1\na,2\n", "the key 'a' is there twice"),
        ("t.csv", "key,n\na,1,2\n", "line 2: the row has 3 cells, but the header has 2"),
        ("t.csv", "key,n,n\na,1,2\n", "two columns have the same name"),
        ("t.csv", "key,n\nq,1\n", "no key of it is in v.npz; name the column"),
        ("t.csv", "key,own\na,1\n", "the checkpoint has a column 'own' of its own"),
        ("t.json", "[1]", "this is no object of keys"),
        ("t.json", "{", "not valid JSON"),
        ("t.json", '{"a": 1, "b": "x"}', "a column mixes types"),
        ("t.json", '{"a": [1], "b": [2]}', "the column 't' holds lists or objects"),
    ],
)
def test_a_table_that_cannot_be_joined_is_refused(tmp_path, name, content, message):
    with pytest.raises(IngestError, match=message):
        joined(tmp_path, name, content, metadata=pa.table({"own": [1, 2, 3]}))


def test_an_absent_table_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(IngestError, match="t.csv: there is no such file; check `table:`"):
        Extras(tmp_path, "t.csv").files(tmp_path / "v.npz")
