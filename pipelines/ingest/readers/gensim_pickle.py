"""Pickles: gensim's KeyedVectors (``.kv``, or the model that holds them), and a dict from keys to arrays or lists.

Neither gensim nor pickle is imported; see `pipelines.ingest.pickles`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.errors import IngestError
from pipelines.ingest.arrays import Header, read_header
from pipelines.ingest.columns import array_column, is_column
from pipelines.ingest.faults import COPY_AGAIN, fault, listed
from pipelines.ingest.matrix import matrix_blocks
from pipelines.ingest.numerals import as_float32
from pipelines.ingest.pickled_arrays import ALLOWED, array_of, is_array
from pipelines.ingest.pickles import Call, read_pickle
from pipelines.ingest.reader import Reader
from pipelines.ingest.reading import Block, ReaderOptions, Reading
from pipelines.ingest.sidefile import SideFile
from pipelines.ingest.vocabulary import keys_of

_START = re.compile(rb"\x80[\x02-\x05]")
_TORCH = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_VECTORS = "gensim.models.keyedvectors."
_MODELS = "gensim.models."
CLASSES = frozenset(
    {_VECTORS + name for name in ("KeyedVectors", "Word2VecKeyedVectors", "EuclideanKeyedVectors", "Vocab")}
    | {_VECTORS + name for name in ("FastTextKeyedVectors", "CompatVocab", "SimpleVocab")}
    | {_MODELS + name for name in ("word2vec.Word2Vec", "fasttext.FastText", "fasttext.FastTextKeyedVectors")}
    | {_MODELS + name for name in ("word2vec.Word2VecVocab", "word2vec.Word2VecTrainables")}
    | {"collections.OrderedDict", "collections.defaultdict", "builtins.int", "__builtin__.int"}
    | {"numpy.random._pickle.__randomstate_ctor", "numpy.random._pickle.__bit_generator_ctor"}
    | {"numpy.random.__RandomState_ctor", "numpy.random._mt19937.MT19937", "gensim.utils.call_on_class_only"}
    | {"numpy.float32", "numpy.float64", "numpy.int64", "copy_reg._reconstructor", "copyreg._reconstructor"}
    | {"__builtin__.object", "builtins.object", "__builtin__.hash", "builtins.hash"}
    | ALLOWED
)
_KEYS = ("index_to_key", "index2word", "index2entity")
_MATRICES = ("vectors", "syn0")


@dataclass(frozen=True)
class Vectors:
    """What a pickle says: keys and metadata, and where the matrix is."""

    side: SideFile
    array: NDArray[np.generic] | None
    file: Path | None


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether the file begins as a pickle of protocol 2 or later."""
    return _START.match(head) is not None


def open_pickle(path: Path, options: ReaderOptions) -> Reading:
    """Read the pickle as data, and the header of the file of vectors beside it."""
    found = understand(path)
    if found.file is not None:
        with found.file.open("rb") as stream:
            header = read_header(found.file, stream, found.file.stat().st_size)
    else:
        assert found.array is not None  # noqa: S101 (one of the two is there)
        header = Header("", found.array.shape, found.array.dtype, False, 0)
    if not header.is_vectors:
        raise fault(path, f"the vectors are {header.dtype} of shape {header.shape}", "save a 2-D array")
    if header.shape[0] != len(found.side.keys):
        message = f"there are {header.shape[0]} vectors, but {len(found.side.keys)} keys"
        raise fault(path, message, COPY_AGAIN)
    blocks = partial(read_blocks, found, header)
    return Reading(path, "pickle", header.shape[1], header.shape[0], header.dtype.name, blocks)


def other_files(path: Path, options: ReaderOptions) -> list[Path]:
    """Name the file of vectors that gensim writes beside a large model."""
    file = understand(path).file
    return [] if file is None else [file]


def understand(path: Path) -> Vectors:
    """Read the pickle, and find keys and vectors in it."""
    with path.open("rb") as stream:
        if stream.read(len(_TORCH)) == _TORCH:
            found = "this is the format of PyTorch before 1.6"
            raise fault(path, found, "load it where you trust it, and save it again")
        stream.seek(0)
        content = read_pickle(path, stream, CLASSES)
    if isinstance(content, dict):
        return _of_dict(path, content)
    state, prefix = content.state if isinstance(content, Call) else None, path.name
    if isinstance(state, dict) and isinstance(state.get("wv"), Call):
        state, prefix = state["wv"].state, f"{path.name}.wv"
    keys = next((state[name] for name in _KEYS if name in state), None) if isinstance(state, dict) else None
    if keys is None or not isinstance(state, dict):
        raise _unknown(path)
    return _of_keyed_vectors(path, keys_of(path, keys), state, prefix)


def _unknown(path: Path) -> IngestError:
    found = "the pickle holds neither gensim's KeyedVectors nor a dict from keys to vectors"
    return fault(path, found, "save the vectors as .npz or safetensors")


def _of_keyed_vectors(path: Path, keys: list[str], state: dict[Any, Any], prefix: str) -> Vectors:
    side = SideFile(keys, _metadata(path, len(keys), state.get("expandos")))
    outside = state.get("__numpys")
    for name in _MATRICES:
        if isinstance(outside, list) and name in outside:
            file = path.parent / f"{prefix}.{name}.npy"
            if not file.is_file():
                raise fault(file, "there is no such file, but the model needs it", "copy it beside the model")
            return Vectors(side, None, file)
        if is_array(state.get(name)):
            return Vectors(side, array_of(path, state[name], name), None)
    raise fault(path, f"it holds no vectors; it has {listed([str(name) for name in state])}", COPY_AGAIN)


def _metadata(path: Path, count: int, columns: Any) -> pa.Table | None:
    """Type what gensim keeps for each key, such as its count; arrays of objects are passed over."""
    found = {}
    for name, value in columns.items() if isinstance(columns, dict) else ():
        try:
            array = array_of(path, value) if is_array(value) else None
        except IngestError:
            continue
        if array is not None and array.shape == (count,) and is_column(array.dtype):
            found[str(name)] = array_column(array)
    return pa.table(found) if found else None


def _of_dict(path: Path, content: dict[Any, Any]) -> Vectors:
    if not content or not all(isinstance(key, str) for key in content):
        raise _unknown(path)
    rows = [_row(path, value) for value in content.values()]
    if len({row.shape for row in rows}) > 1:
        at = next(at for at, row in enumerate(rows) if row.shape != rows[0].shape)
        found = f"it has shape {rows[at].shape}, and the first {rows[0].shape}"
        raise fault(path, found, "make all vectors equally wide", f"object {at + 1}")
    return Vectors(SideFile(list(content)), np.stack(rows), None)


def _row(path: Path, value: Any) -> NDArray[np.generic]:
    if is_array(value):
        return array_of(path, value)
    if not isinstance(value, list) or not set(map(type, value)) <= {int, float}:
        raise _unknown(path)
    try:
        return np.array(value, np.float64)
    except OverflowError:
        raise _unknown(path) from None


def read_blocks(found: Vectors, header: Header) -> Iterator[Block]:
    """Cut the matrix into blocks; where it is a file of its own, it is mapped into memory."""
    array: Any = found.array
    if found.file is not None:
        order = "F" if header.fortran else "C"
        array = np.memmap(found.file, header.dtype, "r", header.offset, header.shape, order)  # type: ignore[call-overload]
    yield from matrix_blocks(found.side, header.shape[1], lambda rows: as_float32(array[rows]))


READER = Reader(sniff=sniff, open=open_pickle, other_files=other_files)
