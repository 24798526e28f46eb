"""Where checkpoints come from if not from this machine: URLs. Versions are listed, and one is fetched when it is read.

What is fetched is kept under a name that its URL and its state (etag, size, time) decide, and is there as a whole or
not at all, so that an interrupted or repeated fetch does no harm.
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from pipelines.errors import IngestError, MissingExtraError
from pipelines.ingest.compression import check_unfolded

SCHEMES = ("file", "s3", "gs", "az", "abfs", "http", "https", "hf", "zip")
_EXTRAS = {"s3": "s3", "gs": "gs", "az": "az", "abfs": "az", "http": "http", "https": "http", "hf": "hf"}
MAX_BYTES = 1 << 40
CHUNK_BYTES = 4 << 20


@dataclass(frozen=True)
class RemoteFile:
    """A checkpoint that is not on this machine.

    Attributes
    ----------
    url
        With its scheme; ``zip://member::archive`` is a member of a zip file.
    size
        Bytes, where the place says.
    state
        What changes when the file does (etag, checksum, or size and time); empty where the place does not say.
    """

    url: str
    size: int | None = None
    state: str = ""

    def __str__(self) -> str:
        return self.url


class VersionSource(Protocol):
    """A place that holds one checkpoint a version."""

    def versions(self) -> dict[str, RemoteFile]:
        """List the versions that there are."""

    def fetch(self, file: RemoteFile, folder: Path) -> Path:
        """Return a local copy, below `folder`; fetch it unless it is there."""


def is_url(text: str) -> bool:
    """Tell whether a path of the configuration is a URL (a drive letter of Windows is none).

    >>> is_url("s3://bucket/v1.npz"), is_url("../v1.npz")
    (True, False)
    """
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", text) is not None


def check_scheme(url: str) -> None:
    """Refuse a URL unless every part of it has a scheme of the list.

    Raises
    ------
    ValueError
        With the schemes that are allowed.
    """
    for part in url.split("::"):
        scheme = urlsplit(part).scheme if is_url(part) else "file"
        if scheme not in SCHEMES:
            raise ValueError(f"{url}: the scheme {scheme}:// is not allowed: use {', '.join(SCHEMES)}")


def below(folder: Path, url: str) -> str:
    """Return a URL in which a local archive (``zip://member::archive.zip``) starts at `folder`."""
    *members, last = url.split("::")
    return "::".join([*members, last if is_url(last) else str(folder.absolute() / last)])


class UrlSource(VersionSource):
    """The files that match a URL with ``{version}``, or exactly one file.

    Parameters
    ----------
    url
        ``{version}`` stands in the last part of the path, for zip members in the member's name. Over http it needs
        a listing, which most servers give as a page of links.
    """

    def __init__(self, url: str) -> None:
        check_scheme(url)
        self.url = url

    def versions(self) -> dict[str, RemoteFile]:
        """List the files that match; ``{version}`` is what stands in its place."""
        with self._failures():
            return dict(self._matching())

    def _matching(self) -> Iterator[tuple[str, RemoteFile]]:
        before, after = self.url.split("{version}")
        member, separator, archive = after.partition("::")
        if "/" in member:
            raise IngestError(
                f"{self.url}: {{version}} must stand in the last part of the path; rename the files"
            )
        system, path = _opened(before.rpartition("/")[0] + "/" + separator + archive)
        start = before.rpartition("/")[2]
        pattern = re.compile(re.escape(start) + "(.+)" + re.escape(member))
        for entry in system.ls(path, detail=True):
            name = str(entry["name"]).split("?")[0].rstrip("/").rpartition("/")[2]
            found = pattern.fullmatch(name)
            if entry["type"] == "file" and found and not name.startswith("."):
                url = f"{before.rpartition('/')[0]}/{name}{separator}{archive}"
                yield found[1], _remote(url, entry)

    def file(self) -> RemoteFile:
        """Look at the one file of a URL without ``{version}``."""
        with self._failures():
            system, path = _opened(self.url)
            return _remote(self.url, system.info(path))

    def fetch(self, file: RemoteFile, folder: Path) -> Path:
        """Return a local copy; what the place says about the file decides whether an earlier one still holds.

        Raises
        ------
        IngestError
            If the place cannot be reached, or gives more or less than it said.
        """
        target = _copy_of(file, folder, file.state or secrets.token_hex(8))
        if target.is_file():
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._failures():
            system, path = _opened(file.url)
            with system.open(path, "rb", cache_type="none") as source, _whole(target) as copy:
                size = 0
                while chunk := source.read(CHUNK_BYTES):
                    size += len(chunk)
                    if size > (MAX_BYTES if file.size is None else file.size):
                        raise IngestError(
                            f"{file.url}: it is larger than the {file.size} bytes announced: list again"
                        )
                    copy.write(chunk)
                if file.size is not None and size < file.size:
                    found = f"{size} of {file.size} bytes came"
                    raise IngestError(f"{file.url}: {found}: build again")
        return target

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except (IngestError, MissingExtraError):
            raise
        except ImportError as error:
            scheme = urlsplit(self.url.split("::")[-1]).scheme
            raise MissingExtraError(_EXTRAS.get(scheme, "s3")) from error
        except Exception as error:  # what a place raises is up to its library
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise IngestError(
                f"{self.url}: cannot be read ({reason}): check the URL and your credentials"
            ) from error


def _opened(url: str) -> tuple[Any, str]:
    import fsspec

    # Listings and bytes must be as they are now, not as they were.
    system, path = fsspec.core.url_to_fs(url, use_listings_cache=False)
    return system, path


def _remote(url: str, entry: dict[str, Any]) -> RemoteFile:
    size = entry.get("size")
    if size is not None and entry.get("compress_size"):
        check_unfolded(Path(url), size, entry["compress_size"])
    return RemoteFile(url, size, _state(entry))


def _state(entry: dict[str, Any]) -> str:
    named = {name.lower(): value for name, value in entry.items()}
    exact = next(
        (named[name] for name in ("etag", "md5", "crc", "content-md5", "blob_id") if named.get(name)), None
    )
    times = [named[name] for name in ("lastmodified", "mtime", "updated", "last_modified") if named.get(name)]
    return str(exact or (times[0] if times else ""))


def _copy_of(file: RemoteFile, folder: Path, state: str) -> Path:
    name = quote(file.url.split("::")[0].rpartition("/")[2], safe="")[-100:]
    return folder / sha256(f"{file.url} {file.size} {state}".encode()).hexdigest()[:20] / name


@contextmanager
def _whole(target: Path) -> Iterator[Any]:
    """Write beside, and rename when all is there."""
    handle, name = tempfile.mkstemp(prefix=".part-", dir=target.parent)
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as copy:
            yield copy
            copy.flush()
            os.fsync(copy.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def cache_folder() -> Path:
    """Return where fetched checkpoints are kept: in the user's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "embedding-comparator" / "sources"


def known_copy(file: Path | RemoteFile, folder: Path | None = None) -> Path | None:
    """Return the file itself, or the copy that was fetched of it as it is now; None where there is none."""
    if isinstance(file, Path):
        return file
    copy = _copy_of(file, folder or cache_folder(), file.state) if file.state else None
    return copy if copy is not None and copy.is_file() else None


def local_copy(file: Path | RemoteFile, folder: Path | None = None) -> Path:
    """Return the file itself, or a local copy of what is elsewhere."""
    if isinstance(file, Path):
        return file
    source = UrlSource(file.url)
    known = file if file.state else source.file()
    return source.fetch(known, folder or cache_folder())
