"""Pictures of objects on one sprite sheet, as the Embedding Projector's configuration describes it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.ingest.faults import fault
from pipelines.ingest.reading import Block
from pipelines.ingest.thumbnails import LARGEST_SHEET, Find, opened_image, png_bytes


@dataclass(frozen=True)
class Sprites:
    """A sheet of pictures of `width` × `height` pixels each, row by row, in the order of the objects."""

    sheet: Path
    width: int
    height: int


def read_sprites(config: Path, checkpoint: Path) -> Sprites:
    """Read ``projector_config.json``: the sprite sheet of a checkpoint, or the only one.

    Raises
    ------
    pipelines.errors.IngestError
        No such file, no sprite sheet in it, or one outside its folder.
    """
    try:
        content = json.loads(config.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise fault(config, f"this is no projector configuration ({error})", "check `thumbnail:`") from None
    embeddings = content.get("embeddings") if isinstance(content, dict) else None
    with_sprite = [
        one for one in embeddings or [] if isinstance(one, dict) and isinstance(one.get("sprite"), dict)
    ]
    named = [one for one in with_sprite if Path(str(one.get("tensorPath"))).name == checkpoint.name]
    chosen = named or with_sprite
    if len(chosen) != 1:
        advice = f"give one embedding a sprite, or name {checkpoint.name} as its tensorPath"
        raise fault(config, f"{len(chosen)} embeddings with a sprite may be meant", advice)
    return _checked(config, chosen[0]["sprite"])


def _checked(config: Path, sprite: dict[str, Any]) -> Sprites:
    size = sprite.get("singleImageDim")
    is_size = (
        isinstance(size, list) and len(size) == 2 and all(type(side) is int and side > 0 for side in size)
    )
    if not is_size or not isinstance(sprite.get("imagePath"), str):
        raise fault(
            config, "the sprite has no imagePath and singleImageDim", "write [width, height] in pixels"
        )
    sheet = (config.parent / sprite["imagePath"]).resolve()
    if not sheet.is_relative_to(config.parent.resolve()) or not sheet.is_file():
        raise fault(
            config, f"there is no file {sprite['imagePath']!r} below its folder", "put the sheet there"
        )
    return Sprites(sheet, *sprite["singleImageDim"])


def from_sprites(sprites: Sprites) -> Find:
    """Find the pictures on a sheet; it is decoded once."""
    try:
        sheet = opened_image(sprites.sheet, LARGEST_SHEET)
        sheet.load()
    except (ValueError, OSError, SyntaxError) as error:
        raise fault(sprites.sheet, f"the sprite sheet cannot be used ({error})", "save it again") from None
    across, down = sheet.width // sprites.width, sheet.height // sprites.height

    def find(row: int, key: str, block: Block, place: int) -> bytes | None:
        if row >= across * down:
            raise ValueError(f"the sheet holds {across * down:,} pictures")
        left, top = row % across * sprites.width, row // across * sprites.height
        return png_bytes(sheet.crop((left, top, left + sprites.width, top + sprites.height)))

    return find
