"""Pictures from columns, files and sprite sheets: bounded, contained, and refused where they are not pictures."""

from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from pipelines.errors import IngestError
from pipelines.ingest import Block, Extras, Reading, enriched
from pipelines.ingest.thumbnails import bounded_png


def picture(colour, size=(200, 100), form="PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, form)
    return buffer.getvalue()


def colours(png):
    return None if png is None else Image.open(io.BytesIO(png)).convert("RGB").getpixel((0, 0))


def checkpoint(tmp_path: Path, keys, **columns) -> Reading:
    table = pa.table(columns)
    blocks = [
        Block([key], np.ones((1, 2), np.float32), table.slice(i, 1) if columns else None)
        for i, key in enumerate(keys)
    ]
    return Reading(tmp_path / "v.npz", "npz", 2, None, "float32", lambda: iter(blocks))


def thumbnails(reading):
    return [image for block in reading.blocks() for image in block.thumbnails]


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_a_picture_of_every_allowed_format_becomes_a_small_png(form):
    made = Image.open(io.BytesIO(bounded_png(picture((255, 0, 0), form=form))))
    assert (made.format, made.size) == ("PNG", (64, 32))
    assert abs(np.array(made.convert("RGB"))[5, 5].astype(int) - [255, 0, 0]).max() < 6


def bomb() -> bytes:
    """A PNG of a few bytes that claims 60,000 × 60,000 pixels."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + header
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<svg onload='x'/>", "it is no readable picture; allowed are PNG, JPEG, WEBP, GIF, BMP"),
        (b"", "no readable picture"),
        (picture(0, form="TIFF"), "no readable picture"),
        (picture(0, form="PPM"), "no readable picture"),
        (bomb(), "no readable picture|pixels are more than"),
        (picture(0, (5000, 5000)), "5000 × 5000 pixels are more than 16,777,216"),
        (picture((1, 2, 3), (50, 50))[:90], "the picture is damaged"),
    ],
)
def test_what_is_no_picture_or_too_large_is_refused(data, message):
    with pytest.raises(ValueError, match=message):
        bounded_png(data)


def test_a_column_of_bytes_becomes_thumbnails_and_leaves_the_metadata(tmp_path):
    reading = checkpoint(tmp_path, "ab", image=[picture((0, 255, 0)), None], kind=["x", "y"])
    made = enriched(reading, Extras(thumbnail="image"))
    assert list(map(colours, thumbnails(made))) == [(0, 255, 0), None]
    assert [block.metadata.column_names for block in made.blocks()] == [["kind"], ["kind"]]


def test_a_column_of_paths_starts_at_the_folder_of_the_file_and_may_not_leave_it(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(picture((0, 0, 255)))
    (tmp_path / "out.png").write_bytes(picture(0))
    (tmp_path / "in" / "link.png").symlink_to(tmp_path / "out.png")

    def of(path):
        reading = checkpoint(tmp_path / "in", ["k"], path=[path])
        return thumbnails(enriched(reading, Extras(thumbnail="path")))

    assert list(map(colours, of("a.png"))) == [(0, 0, 255)]
    for path in ("../out.png", str(tmp_path / "out.png"), "link.png"):
        with pytest.raises(IngestError, match="key 'k': its picture cannot be used .*leads out of"):
            of(path)
    with pytest.raises(IngestError, match="there is no file 'b.png'"):
        of("b.png")


def test_a_picture_that_cannot_be_used_is_left_out_where_bad_rows_are_dropped(tmp_path):
    reading = checkpoint(tmp_path, "ab", image=[b"no picture", picture((9, 9, 9))])
    made = enriched(reading, Extras(thumbnail="image", forgiving=True))
    assert list(map(colours, thumbnails(made))) == [None, (9, 9, 9)]


def test_an_unknown_column_is_refused_with_the_known_ones(tmp_path):
    reading = checkpoint(tmp_path, "a", image=[None])
    with pytest.raises(IngestError, match="no metadata column 'imag'; did you mean 'image'"):
        thumbnails(enriched(reading, Extras(thumbnail="imag")))


def test_pictures_named_by_key_are_found_and_a_key_is_never_a_way_out(tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(picture((1, 2, 3)))
    (tmp_path / "secret.png").write_bytes(picture((7, 7, 7)))
    reading = checkpoint(tmp_path, ["a", "b", "../secret", "x" * 5000, "nul\0"])
    made = enriched(reading, Extras(tmp_path, thumbnail="pictures/{key}.png"))
    assert list(map(colours, thumbnails(made))) == [(1, 2, 3), None, None, None, None]


def test_a_sprite_sheet_is_cut_row_by_row_in_the_order_of_the_objects(tmp_path):
    sheet = Image.new("RGB", (20, 20))
    for i in range(4):
        sheet.paste((10 * i, 0, 0), (i % 2 * 10, i // 2 * 10, i % 2 * 10 + 10, i // 2 * 10 + 10))
    sheet.save(tmp_path / "sheet.png")
    sprite = {"imagePath": "sheet.png", "singleImageDim": [10, 10]}
    config = tmp_path / "projector_config.json"
    config.write_text(json.dumps({"embeddings": [{"tensorPath": "v.npz", "sprite": sprite}]}))
    extras = Extras(tmp_path, thumbnail=config.name)
    made = thumbnails(enriched(checkpoint(tmp_path, "abc"), extras))
    assert list(map(colours, made)) == [(0, 0, 0), (10, 0, 0), (20, 0, 0)]
    assert Image.open(io.BytesIO(made[0])).size == (10, 10)
    assert extras.files(tmp_path / "v.npz") == [config, tmp_path / "sheet.png"]
    with pytest.raises(IngestError, match="the sheet holds 4 pictures"):
        thumbnails(enriched(checkpoint(tmp_path, "abcde"), extras))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[", "this is no projector configuration"),
        ("[]", "0 embeddings with a sprite may be meant"),
        (
            '{"embeddings": [{"sprite": {"imagePath": "../s.png", "singleImageDim": [1, 1]}}]}',
            "below its folder",
        ),
        ('{"embeddings": [{"sprite": {"imagePath": "s.png", "singleImageDim": [0, 1]}}]}', "singleImageDim"),
        (
            '{"embeddings": [{"sprite": {"imagePath": "s.png", "singleImageDim": [true, 1]}}]}',
            "singleImageDim",
        ),
    ],
)
def test_a_configuration_without_a_usable_sheet_is_refused(tmp_path, content, message):
    (tmp_path / "in").mkdir()
    (tmp_path / "s.png").write_bytes(picture(0))
    (tmp_path / "in" / "projector_config.json").write_text(content)
    with pytest.raises(IngestError, match=message):
        enriched(checkpoint(tmp_path, "a"), Extras(tmp_path / "in", thumbnail="projector_config.json"))
