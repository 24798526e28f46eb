"""Pictures of objects as small PNG images: from a column, from files named by key, or from a sprite sheet."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow as pa
from PIL import Image

from pipelines.ingest.faults import fault, known_or_fault, shown
from pipelines.ingest.reading import Block, Reading

SIDE = 64
"""Largest width and height of a thumbnail in pixels."""

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
LARGEST_FILE = 32 << 20
LARGEST_IMAGE = 1 << 24
LARGEST_SHEET = 1 << 26
"""Bytes of a file, pixels of one picture and of a sprite sheet; what claims more is not decoded."""

Find = Callable[[int, str, Block, int], bytes | None]
"""Gives the PNG of an object from its place in the file, its key, its block and its place in the block."""


def with_thumbnails(reading: Reading, find: Find, forgiving: bool) -> Reading:
    """Return a checkpoint whose objects have thumbnails.

    Parameters
    ----------
    find
        Gives the picture of an object, or None; raises ValueError where there is one that cannot be used.
    forgiving
        Leave out pictures that cannot be used; False: refuse the checkpoint.
    """
    return replace(reading, blocks=partial(_blocks, reading, find, forgiving))


def _blocks(reading: Reading, find: Find, forgiving: bool) -> Iterator[Block]:
    start = 0
    for block in reading.blocks():
        images: list[bytes | None] = []
        for place, key in enumerate(block.keys):
            try:
                images.append(find(start + place, key, block, place))
            except (ValueError, OSError) as error:
                if not forgiving:
                    advice = "repair it, or leave such pictures out with 'on_bad: drop'"
                    raise fault(
                        reading.path, f"its picture cannot be used ({error})", advice, f"key {shown(key)}"
                    ) from None
                images.append(None)
        start += len(block.keys)
        yield replace(block, thumbnails=images, metadata=_without_images(block.metadata))


def _without_images(metadata: pa.Table | None) -> pa.Table | None:
    """Return metadata without columns of bytes: nothing but a thumbnail is made of them."""
    if metadata is None:
        return None
    kept = [one.name for one in metadata.schema if not _is_bytes(one.type)]
    return metadata.select(kept)


def from_column(path: Path, column: str) -> Find:
    """Find pictures in a metadata column: their bytes, or paths below the folder of the checkpoint."""

    def find(row: int, key: str, block: Block, place: int) -> bytes | None:
        table = block.metadata if block.metadata is not None else pa.table({})
        known_or_fault(path, column, table.column_names, "metadata column", "the columns are")
        value = table[column][place].as_py()
        if value is None:
            return None
        return (
            bounded_png(value)
            if isinstance(value, bytes)
            else png_of_file(contained(path.parent, str(value)))
        )

    return find


def from_folder(folder: Path, pattern: str) -> Find:
    """Find pictures in files named by key, such as ``images/{key}.png``; an object may have none."""
    below = folder / Path(pattern.partition("{key}")[0] + "x").parent

    def find(row: int, key: str, block: Block, place: int) -> bytes | None:
        # A key is no path: one that leads elsewhere, or is too long for a file's name, just has no picture.
        try:
            path = contained(below, str((folder / pattern.replace("{key}", key)).relative_to(below)))
            return png_of_file(path) if path.is_file() else None
        except OutsideError:
            return None

    return find


class OutsideError(ValueError):
    """A path that leads out of its folder, or is none."""


def contained(folder: Path, name: str) -> Path:
    """Return a path below a folder, links resolved; raise OutsideError where it is not below it."""
    try:
        path = (folder / name).resolve()
        path.exists()
    except (OSError, ValueError):
        raise OutsideError(f"{name!r} is no path") from None
    if not path.is_relative_to(folder.resolve()):
        raise OutsideError(f"{name!r} leads out of {folder}")
    return path


def png_of_file(path: Path) -> bytes:
    """Return the thumbnail of a file; raise ValueError where it is no picture."""
    if not path.is_file():
        raise ValueError(f"there is no file {path.name!r}")
    if path.stat().st_size > LARGEST_FILE:
        raise ValueError(f"{path.name!r} is larger than {LARGEST_FILE >> 20} MiB")
    return bounded_png(path.read_bytes())


def bounded_png(data: bytes) -> bytes:
    """Return a picture as PNG of at most 64 × 64 pixels; raise ValueError where it is none, or too large to decode."""
    return png_bytes(opened_image(io.BytesIO(data), LARGEST_IMAGE))


def opened_image(source: io.BytesIO | Path, most_pixels: int) -> Image.Image:
    """Open a picture of a known format without decoding it; raise ValueError where it is none, or too large."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(source, formats=FORMATS)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise ValueError(f"it is no readable picture; allowed are {', '.join(FORMATS)}") from None
    if image.width * image.height > most_pixels:
        raise ValueError(f"{image.width} × {image.height} pixels are more than {most_pixels:,}")
    return image


def loaded(image: Image.Image) -> Image.Image:
    """Decode an opened picture; raise ValueError where it is damaged."""
    try:
        image.load()
    except Exception as error:  # what is raised for a damaged picture is up to its format
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise ValueError(f"the picture is damaged ({reason})") from None
    return image


def png_bytes(image: Image.Image) -> bytes:
    """Decode a picture, shrink it and encode it; raise ValueError where it is damaged."""
    loaded(image)
    has_alpha = image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info
    small = image.convert("RGBA" if has_alpha else "RGB")
    small.thumbnail((SIDE, SIDE))
    buffer = io.BytesIO()
    small.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))
