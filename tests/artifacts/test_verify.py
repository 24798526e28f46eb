"""Verification finds what is damaged and says what mends it."""

from __future__ import annotations

import pytest

from artifacts.records import sealed, unsealed
from artifacts.verify import verify


@pytest.fixture
def three(filled):
    """A space, its map, and a comparison computed from the map."""
    space = filled.space()
    picture = filled.map(space)
    return space, picture, filled.comparison(picture)


def test_a_whole_store_has_no_damage_and_every_byte_of_it_is_read(filled, three):
    seen = []
    found = verify(filled.store(), progress=lambda done, total: seen.append((done, total)))
    assert found.damages == ()
    assert (found.objects, found.files) == (3, 6)
    size = sum(path.stat().st_size for path in (filled.root / "objects").rglob("*") if path.is_file())
    assert found.bytes == size
    assert seen[-1] == (size, size)


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("harm", "problem"),
    [
        (flip, "has the sha256"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "bytes instead of"),
        (lambda path: path.unlink(), "is missing"),
    ],
)
def test_a_damaged_table_is_found_with_the_command_that_makes_it_again(filled, three, harm, problem):
    space = three[0]
    path = filled.file(space, "vectors")
    harm(path)
    (damage,) = verify(filled.store()).damages
    assert damage.path == path.relative_to(filled.root).as_posix()
    assert problem in damage.problem
    assert damage.command == f"embedding-comparator store rebuild {space.manifest.fingerprint[:16]}"
    assert damage.reference == space.reference


def test_a_file_whose_bytes_are_as_recorded_but_no_parquet_is_found(filled, three):
    from hashlib import sha256

    picture = three[1]
    path, manifest = filled.file(picture, "coordinates"), filled.file(picture)
    entry = picture.manifest.tables["coordinates"]
    broken = b"x" * entry["bytes"]
    path.write_bytes(broken)
    content = unsealed(manifest.read_bytes())
    content["tables"]["coordinates"]["sha256"] = sha256(broken).hexdigest()
    manifest.write_bytes(sealed(content))
    (damage,) = verify(filled.store()).damages
    assert "cannot be read" in damage.problem


@pytest.mark.parametrize("content", ["{", "[]", '{"inputs": 3}', "\udcff"])
def test_a_manifest_that_is_none_is_found(filled, three, content):
    path = filled.file(three[1])
    path.write_bytes(content.encode(errors="surrogateescape"))
    (damage,) = verify(filled.store()).damages
    assert (damage.path, damage.problem) == (path.relative_to(filled.root).as_posix(), "is not a manifest")


def test_a_missing_input_is_found(filled, three):
    path = filled.file(three[0])
    path.unlink()
    (damage,) = verify(filled.store()).damages
    assert (damage.path, damage.problem) == (path.relative_to(filled.root).as_posix(), "is missing")


@pytest.mark.parametrize("content", ["{", "[]", "{}"])
def test_a_ref_that_is_none_is_found_and_the_others_are_still_verified(filled, three, content):
    (filled.root / "refs/comparison/words/v1..v2.json").write_text(content)
    flip(filled.file(three[0], "objects"))
    ref, table = verify(filled.store()).damages
    assert (ref.path, ref.problem) == ("refs/comparison/words/v1..v2.json", "is not a ref")
    assert ref.command == "embedding-comparator store rebuild comparison/words/v1..v2"
    assert "has the sha256" in table.problem


def test_a_note_that_is_no_json_is_found(filled):
    filled.store().write_note("abc", {"sha256": "0"})
    assert verify(filled.store()).damages == ()
    (filled.root / "sources/abc.json").write_text("{")
    (damage,) = verify(filled.store()).damages
    assert damage.path == "sources/abc.json"


def test_one_object_is_verified_with_what_it_was_computed_from_alone(filled, three):
    other = filled.space("v2")
    flip(filled.file(other, "objects"))
    assert verify(filled.store(), [three[2].reference]).damages == ()
    flip(filled.file(three[0], "objects"))
    assert len(verify(filled.store(), [three[2].reference]).damages) == 1


def test_a_superseded_version_is_verified_and_a_removed_one_is_no_damage(filled):
    first = filled.space(version=1)
    filled.space(version=2)
    flip(filled.file(first, "objects"))
    assert len(verify(filled.store()).damages) == 1
    filled.file(first).unlink()
    assert verify(filled.store()).damages == ()
