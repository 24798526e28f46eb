"""The pictures of the Embedding Projector: its reader finds the sprite sheet beside the vectors, within limits."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines.errors import IngestError
from pipelines.ingest import ReaderOptions, open_checkpoint, source_files, validated
from tests.ingest.conftest import write_projector, write_projector_sprites

KEYS = [f"w{i}" for i in range(7)]
VECTORS = np.eye(7, 3, dtype=np.float32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_projector_sprites(tmp_path, KEYS, VECTORS)


def change(folder: Path, **sprite: object) -> None:
    config = folder / "projector_config.json"
    content = json.loads(config.read_text())
    content["embeddings"][1]["sprite"].update(sprite)
    config.write_text(json.dumps(content))


def pictures(path: Path, options: ReaderOptions = ReaderOptions()) -> list[bytes | None]:  # noqa: B008 (frozen)
    return [one for block in validated(open_checkpoint(path, options)) for one in block.thumbnails]


def test_every_object_has_its_picture_of_the_sheet(path):
    for row, png in enumerate(pictures(path)):
        image = Image.open(io.BytesIO(png))
        assert (image.format, image.size, image.convert("RGB").getpixel((1, 1))) == (
            "PNG",
            (4, 2),
            (row, 0, 0),
        )


def test_a_configuration_that_gives_these_vectors_no_sheet_changes_nothing(path):
    renamed = path.rename(path.with_name("other.tsv"))
    (block,) = validated(open_checkpoint(renamed))
    assert (block.keys, block.thumbnails) == (KEYS, None)
    assert [file.name for file in source_files(renamed)] == ["other.tsv", "metadata.tsv"]


def test_a_sheet_with_too_few_pictures_is_refused_or_the_rest_left_without(path):
    write_projector(path.parent, [*KEYS, "w7", "w8", "w9"], np.eye(10, 3, dtype=np.float32))
    with pytest.raises(IngestError, match="key 'w9': its picture cannot be used .the sheet holds 9 pictures"):
        pictures(path)
    found = pictures(path, ReaderOptions(on_bad="drop"))
    assert [png is None for png in found] == [False] * 9 + [True]


@pytest.mark.parametrize(
    ("sprite", "message"),
    [
        ({"imagePath": "../sprite.png"}, "there is no file '../sprite.png' below its folder"),
        ({"imagePath": "a\0b.png"}, "there is no file .* below its folder"),
        ({"imagePath": "x" * 5000}, "there is no file 'xxx.*…' below its folder"),
        ({"singleImageDim": [4, -2]}, "the sprite has no imagePath and singleImageDim"),
        ({"singleImageDim": [4, 10**9]}, "the sheet holds 0 pictures"),
        ({"imagePath": "vectors.tsv"}, "the sprite sheet cannot be used .it is no readable picture"),
        (
            {"imagePath": "huge.png"},
            "the sprite sheet cannot be used .9000 × 9000 pixels are more than 67,108,864",
        ),
        ({"imagePath": "cut.png"}, "the sprite sheet cannot be used .the picture is damaged"),
    ],
)
def test_a_sheet_that_cannot_be_used_is_refused(sprite, message, path):
    Image.new("1", (9000, 9000)).save(path.parent / "huge.png")
    (path.parent / "cut.png").write_bytes((path.parent / "sprite.png").read_bytes()[:60])
    change(path.parent, **sprite)
    with pytest.raises(IngestError, match=message):
        pictures(path)


def test_a_configuration_that_is_no_json_is_refused(path):
    (path.parent / "projector_config.json").write_text("{")
    with pytest.raises(
        IngestError, match=r"projector_config.json: this is no projector configuration .*; repair or"
    ):
        open_checkpoint(path)
