"""Blocks of any reader are judged alike, and a fault is placed by line where lines are known."""

from pathlib import Path

import numpy as np
import pytest

from pipelines.errors import IngestError
from pipelines.ingest import Block, Reading, validated


def reading(*blocks: Block, dimensions: int = 2, count: int | None = None) -> Reading:
    return Reading(Path("made.up"), "none", dimensions, count, "float32", lambda: iter(blocks))


def block(keys: str, first_line: int | None = None, value: float = 1, width: int = 2) -> Block:
    return Block(list(keys), np.full((len(keys), width), value, np.float32), first_line=first_line)


def test_good_blocks_are_passed_on_as_they_are():
    blocks = [block("ab"), block("c")]
    assert list(validated(reading(*blocks, count=3))) == blocks


def test_a_repeated_key_is_placed_by_line_where_the_block_has_lines_and_else_by_position():
    blocks = [block("ab", 2), block("cd"), block("e", 9), block("fd", 20)]
    with pytest.raises(
        IngestError, match=r"line 21 \(key 'd'\): the key was already used by object 4; remove"
    ):
        list(validated(reading(*blocks)))
    blocks = [block("ab", 2), block("cd"), block("ex", 9), block("x")]
    with pytest.raises(
        IngestError, match=r"object 7 \(key 'x'\): the key was already used by line 10; remove"
    ):
        list(validated(reading(*blocks)))


def test_blocks_before_a_fault_are_given():
    given = validated(reading(block("ab"), block("c", value=np.inf)))
    assert next(given).keys == ["a", "b"]
    with pytest.raises(
        IngestError, match=r"object 3 \(key 'c'\): value 1 of 2 is infinite.*every value must be finite"
    ):
        next(given)


def test_a_change_of_width_is_refused():
    with pytest.raises(
        IngestError, match=r"line 5 \(key 'c'\): vectors of shape \(1, 3\) where \(1, 2\) is expected; make"
    ):
        list(validated(reading(block("ab"), block("c", 5, width=3))))


def test_a_number_of_objects_other_than_claimed_is_refused():
    with pytest.raises(IngestError, match=r"2 objects were read where the file claims 3; copy it again"):
        list(validated(reading(block("ab"), count=3)))
