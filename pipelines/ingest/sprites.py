"""Pictures of objects on one sprite sheet, as the Embedding Projector's configuration describes it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.ingest.faults import fault, shown
from pipelines.ingest.reading import Block
from pipelines.ingest.thumbnails import (
    LARGEST_SHEET,
    Find,
    OutsideError,
    contained,
    loaded,
    opened_image,
    png_bytes,
)

CONFIG = "projector_config.json"


@dataclass(frozen=True)
class Sprites:
    """A sheet of pictures of `width` × `height` pixels each, row by row, in the order of the objects."""

    sheet: Path
    width: int
    height: int


def config_beside(checkpoint: Path) -> Path | None:
    """Find the projector configuration beside a checkpoint; None where there is none that gives it a sprite sheet."""
    config = checkpoint.parent / CONFIG
    named = config.is_file() and any(_names(one, checkpoint) for one in _with_sprite(config))
    return config if named else None


def read_sprites(config: Path, checkpoint: Path) -> Sprites:
    """Read ``projector_config.json``: the sprite sheet of a checkpoint, or the only one.

    Raises
    ------
    pipelines.errors.IngestError
        No such file, no sprite sheet in it, or one outside its folder.
    """
    with_sprite = _with_sprite(config)
    chosen = [one for one in with_sprite if _names(one, checkpoint)] or with_sprite
    if len(chosen) != 1:
        advice = f"give one embedding a sprite, or name {checkpoint.name} as its tensorPath"
        raise fault(config, f"{len(chosen)} embeddings with a sprite may be meant", advice)
    return _checked(config, chosen[0]["sprite"])


def _with_sprite(config: Path) -> list[dict[str, Any]]:
    try:
        content = json.loads(config.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:100]
        raise fault(config, f"this is no projector configuration ({reason})", "repair or remove it") from None
    embeddings = content.get("embeddings") if isinstance(content, dict) else None
    some = embeddings if isinstance(embeddings, list) else []
    return [one for one in some if isinstance(one, dict) and isinstance(one.get("sprite"), dict)]


def _names(embedding: dict[str, Any], checkpoint: Path) -> bool:
    return str(embedding.get("tensorPath")).rpartition("/")[2] == checkpoint.name


def _checked(config: Path, sprite: dict[str, Any]) -> Sprites:
    size = sprite.get("singleImageDim")
    is_size = (
        isinstance(size, list) and len(size) == 2 and all(type(side) is int and side > 0 for side in size)
    )
    if not is_size or not isinstance(sprite.get("imagePath"), str):
        raise fault(
            config, "the sprite has no imagePath and singleImageDim", "write [width, height] in pixels"
        )
    try:
        sheet = contained(config.parent, sprite["imagePath"])
    except OutsideError:
        sheet = None
    if sheet is None or not sheet.is_file():
        found = f"there is no file {shown(sprite['imagePath'])} below its folder"
        raise fault(config, found, "put the sheet there")
    return Sprites(sheet, *sprite["singleImageDim"])


def from_sprites(sprites: Sprites) -> Find:
    """Find the pictures on a sheet; it is decoded once."""
    try:
        sheet = loaded(opened_image(sprites.sheet, LARGEST_SHEET))
    except ValueError as error:
        raise fault(sprites.sheet, f"the sprite sheet cannot be used ({error})", "save it again") from None
    across, down = sheet.width // sprites.width, sheet.height // sprites.height

    def find(row: int, key: str, block: Block, place: int) -> bytes | None:
        if row >= across * down:
            raise ValueError(f"the sheet holds {across * down:,} pictures")
        left, top = row % across * sprites.width, row // across * sprites.height
        return png_bytes(sheet.crop((left, top, left + sprites.width, top + sprites.height)))

    return find
