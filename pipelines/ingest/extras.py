"""What a checkpoint is joined with: a table of metadata, and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pipelines.ingest.faults import fault
from pipelines.ingest.reading import Reading
from pipelines.ingest.side_table import read_side_table, with_table
from pipelines.ingest.sprites import from_sprites, read_sprites
from pipelines.ingest.thumbnails import from_column, from_folder, with_thumbnails


@dataclass(frozen=True)
class Extras:
    """What is configured beside a checkpoint.

    Attributes
    ----------
    folder
        Where relative paths start.
    table, table_key
        File of metadata, joined by key, and its column of keys.
    thumbnail
        Metadata column, ``folder/{key}.png``, or ``projector_config.json``.
    forgiving
        Leave out pictures that cannot be used.
    """

    folder: Path = Path()
    table: str | None = None
    table_key: str | None = None
    thumbnail: str | None = None
    forgiving: bool = False

    def files(self, checkpoint: Path) -> list[Path]:
        """Return the files whose content decides what is joined."""
        files = [self.folder / self.table] if self.table else []
        if self.table and not files[0].is_file():
            raise fault(files[0], "there is no such file", "check `table:`")
        if self.thumbnail and self.thumbnail.endswith(".json"):
            config = self.folder / self.thumbnail
            files += [config, read_sprites(config, checkpoint).sheet]
        return files

    def state(self) -> str:
        """Return a digest of the names, sizes and times of pictures named by key; empty where there are none."""
        if not self.thumbnail or "{key}" not in self.thumbnail:
            return ""
        pictures = sorted(self.folder.glob(self.thumbnail.replace("{key}", "*")))
        seen = [(one.name, one.stat().st_size, one.stat().st_mtime_ns) for one in pictures if one.is_file()]
        return sha256(repr(seen).encode()).hexdigest()


def enriched(reading: Reading, extras: Extras) -> Reading:
    """Return a checkpoint with its table and its pictures; raise IngestError where they cannot be read."""
    if extras.table:
        reading = with_table(reading, read_side_table(extras.folder / extras.table, extras.table_key))
    if not extras.thumbnail:
        return reading
    if extras.thumbnail.endswith(".json"):
        find = from_sprites(read_sprites(extras.folder / extras.thumbnail, reading.path))
    elif "{key}" in extras.thumbnail:
        find = from_folder(extras.folder, extras.thumbnail)
    else:
        find = from_column(reading.path, extras.thumbnail)
    return with_thumbnails(reading, find, extras.forgiving)
