"""Named NumPy arrays in a zip file (``.npz``): keys, vectors, metadata and thumbnails, read in step."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image

from pipelines.ingest.arrays import (
    Header,
    invalid_text,
    is_text,
    iter_rows,
    read_header,
    rows_per_block,
    strings_of,
)
from pipelines.ingest.columns import KEY_NAMES, array_column, is_column, usual_key
from pipelines.ingest.compression import check_unfolded
from pipelines.ingest.faults import COPY_AGAIN, damage_refused, fault, known_or_fault, listed, shown
from pipelines.ingest.files import refuse_compressed
from pipelines.ingest.numerals import as_float32
from pipelines.ingest.reader import Reader
from pipelines.ingest.reading import Block, ReaderOptions, Reading
from pipelines.ingest.sidefile import SideFile, keys_beside, keys_of_vectors

_SUFFIX = ".npy"
FORTRAN_BYTES = 2**30


@dataclass(frozen=True)
class Layout:
    """The arrays of one space; all have n rows. The keys may lie beside the file."""

    keys: Header | SideFile
    vectors: Header
    metadata: tuple[Header, ...]
    thumbnails: Header | None

    @property
    def headers(self) -> list[Header]:
        """All arrays that are read."""
        last = [] if self.thumbnails is None else [self.thumbnails]
        keys = [self.keys] if isinstance(self.keys, Header) else []
        return [*keys, self.vectors, *self.metadata, *last]


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether the file is a zip file that begins with an array."""
    return head.startswith(b"PK\x03\x04") and _SUFFIX.encode() in head[30:400]


def open_npz(path: Path, options: ReaderOptions) -> Reading:
    """Read the headers of all arrays, and choose those that make up the space."""
    refuse_compressed(path)
    headers = read_headers(path)
    vectors = find_vectors(path, headers, options)
    count = vectors.shape[0]
    keys: Header | SideFile
    if options.key is None and _has_no_keys(headers) and _beside(path):
        keys = keys_of_vectors(path, ReaderOptions(), count)
    else:
        keys = find_keys(path, headers, options)
    if isinstance(keys, Header) and keys.shape[0] != count:
        found = f"{vectors.place} has {count} rows, but {keys.place} has {keys.shape[0]}"
        raise fault(path, found, "save one key for each vector")
    if vectors.fortran and count * vectors.row_bytes > FORTRAN_BYTES:
        found = (
            f"it is in Fortran order and larger than the {FORTRAN_BYTES >> 20} MiB that are read as a whole"
        )
        raise fault(path, found, "save it with np.ascontiguousarray(…), or as .npy", vectors.place)
    metadata = find_metadata(headers, keys, count)
    layout = Layout(keys, vectors, metadata, find_thumbnails(headers, count))
    blocks = partial(read_blocks, path, layout)
    return Reading(path, "npz", vectors.shape[1], count, vectors.dtype.name, blocks)


def _has_no_keys(headers: dict[str, Header]) -> bool:
    return usual_key([name for name, header in headers.items() if is_text(header)]) is None


def _beside(path: Path) -> list[Path]:
    return [file for file in keys_beside(path) if file.is_file()][:1]


def other_files(path: Path, options: ReaderOptions) -> list[Path]:
    """Name the file of the keys, unless an array holds them."""
    return _beside(path) if options.key is None and _has_no_keys(read_headers(path)) else []


def read_headers(path: Path) -> dict[str, Header]:
    """Read the header of each array in the file; other members are passed over."""
    headers = {}
    with open_zip(path) as archive:
        for info in archive.infolist():
            if info.filename.endswith(_SUFFIX):
                name = info.filename.removesuffix(_SUFFIX)
                check_unfolded(path, info.file_size, info.compress_size, f"array {shown(name)}")
                with archive.open(info) as stream:
                    headers[name] = read_header(path, stream, info.file_size, name)
    return headers


def open_zip(path: Path) -> zipfile.ZipFile:
    """Open a zip file; its many ways of being damaged are one error."""
    with damage_refused(path):
        try:
            return zipfile.ZipFile(path)
        except (ValueError, IndexError, OverflowError) as error:
            raise zipfile.BadZipFile(str(error)) from error


def find_keys(path: Path, headers: dict[str, Header], options: ReaderOptions) -> Header:
    """Choose the array of keys: as told, else by its usual name."""
    texts = [name for name, header in headers.items() if is_text(header)]
    if options.key is not None:
        return headers[
            known_or_fault(path, options.key, texts, "array of keys", "arrays that may be keys are")
        ]
    usual = usual_key(texts)
    if usual is not None:
        return headers[usual]
    found = f"there are no keys: no 1-D array of text or integers is named {', '.join(KEY_NAMES)}"
    raise fault(
        path, found, f"name the array of keys with `key:`; arrays that may be keys are {listed(texts)}"
    )


def find_vectors(path: Path, headers: dict[str, Header], options: ReaderOptions) -> Header:
    """Choose the array of vectors: as told, the only one, or by its usual name."""
    known = [name for name, header in headers.items() if header.is_vectors]
    if options.member is not None:
        advice = "2-D arrays of numbers are"
        return headers[known_or_fault(path, options.member, known, "array of vectors", advice)]
    # True and false may be a mask of the vectors, unless there is nothing else.
    candidates = [name for name in known if headers[name].dtype.kind != "b"] or known
    usual = [name for name in candidates if name.lower() in ("vectors", "embeddings")]
    chosen = candidates if len(candidates) == 1 else usual
    if len(chosen) == 1:
        return headers[chosen[0]]
    if not candidates:
        raise fault(path, "there is no 2-D array of numbers", f"save one; the arrays are {listed(headers)}")
    found = f"{len(candidates)} arrays may be the vectors: {listed(candidates, 30)}"
    raise fault(path, found, f"name one of them, as in {path.name}#{candidates[0]}")


def find_metadata(headers: dict[str, Header], keys: Header | SideFile, count: int) -> tuple[Header, ...]:
    """Choose the other 1-D arrays of n elements that can be columns."""
    return tuple(
        header
        for header in headers.values()
        if header.shape == (count,) and header is not keys and is_column(header.dtype)
    )


def find_thumbnails(headers: dict[str, Header], count: int) -> Header | None:
    """Choose the images, one for each object; None unless exactly one array can be meant."""
    named = [h for h in headers.values() if h.name in ("thumbnails", "thumbnail", "images")]
    others = [h for h in headers.values() if h.name.startswith("thumb")]
    images = [h for h in named or others if is_image(h) and h.shape[0] == count]
    return images[0] if len(images) == 1 else None


def is_image(header: Header) -> bool:
    """Tell whether rows are 8-bit images: grey, RGB or RGBA, and not empty."""
    shape = header.shape
    is_colour = len(shape) == 4 and shape[3] in (3, 4)
    sized = (len(shape) == 3 or is_colour) and min(shape[1:]) > 0
    return header.dtype == np.uint8 and not header.fortran and sized


def read_blocks(path: Path, layout: Layout) -> Iterator[Block]:
    """Read all arrays of a space in step, each from its own stream."""
    rows = rows_per_block(*layout.headers)
    with open_zip(path) as archive, ExitStack() as streams:
        parts = []
        for header in layout.headers:
            stream = streams.enter_context(archive.open(header.name + _SUFFIX))
            if len(stream.read(header.offset)) < header.offset:
                raise fault(path, "the header ends early", COPY_AGAIN, header.place)
            parts.append(iter_rows(path, stream, header, rows))
        first = 0
        for arrays in zip(*parts, strict=True):
            yield make_block(path, layout, list(arrays), first)
            first += rows


def make_block(path: Path, layout: Layout, arrays: list[NDArray[np.generic]], first: int) -> Block:
    """Put together a block from the same rows of all arrays, in the order of `Layout.headers`."""
    if isinstance(layout.keys, Header):
        keys = strings_of(path, layout.keys, arrays.pop(0))
    else:
        keys = list(layout.keys.keys[first : first + len(arrays[0])])
    vectors, *others = arrays
    thumbnails = None
    if layout.thumbnails is not None:
        thumbnails = [png(image) for image in others.pop()]
    return Block(
        keys,
        as_float32(vectors),
        make_table(path, layout.metadata, others),
        thumbnails,
    )


def make_table(path: Path, headers: tuple[Header, ...], arrays: list[NDArray[np.generic]]) -> pa.Table | None:
    """Type the metadata columns; None where there are none."""
    columns = {}
    for header, values in zip(headers, arrays, strict=True):
        try:
            columns[header.name] = array_column(values)
        except (ValueError, pa.ArrowException) as error:
            raise invalid_text(path, header, error) from None
    return pa.table(columns) if columns else None


def png(image: NDArray[np.generic]) -> bytes:
    """Encode an image as PNG; equal images give equal bytes."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


READER = Reader(sniff=sniff, open=open_npz, other_files=other_files)
