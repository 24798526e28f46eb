"""Names of datasets, versions, spaces and pairs."""

from __future__ import annotations

import pytest

from artifacts.names import PairKey, SpaceKey, check_name, natural_order


@pytest.mark.parametrize(
    "name", ["", "a/b", "..", "a..b", ".hidden", "-x", "a b", "a\n", "é", "x" * 121, "a\0"]
)
def test_names_that_could_leave_a_folder_or_break_a_key_are_refused(name):
    with pytest.raises(ValueError, match="is not allowed: start with a letter or digit"):
        check_name(name)


@pytest.mark.parametrize("name", ["a", "v1.2", "epoch-50_x", "2024-01-01"])
def test_ordinary_names_are_allowed(name):
    assert check_name(name) == name


def test_versions_are_ordered_as_people_count():
    versions = ["v10", "v2", "v1", "epoch-9", "epoch-10", "10", "9"]
    assert sorted(versions, key=natural_order) == ["9", "10", "epoch-9", "epoch-10", "v1", "v2", "v10"]


def test_keys_are_read_as_they_are_written():
    pair = PairKey("emoji", "v2.1", "v3")
    assert PairKey.parse(str(pair)) == pair
    assert [SpaceKey.parse(str(space)) for space in pair.spaces] == list(pair.spaces)


@pytest.mark.parametrize("text", ["emoji", "emoji@", "@v1", "emoji@../x", "a/b@v"])
def test_what_is_not_a_space_is_refused(text):
    with pytest.raises(ValueError, match="is not"):
        SpaceKey.parse(text)


@pytest.mark.parametrize("text", ["emoji@a", "emoji@a..emoji", "emoji@a..other@b"])
def test_what_is_not_a_pair_is_refused(text):
    with pytest.raises(ValueError, match="is not a"):
        PairKey.parse(text)
