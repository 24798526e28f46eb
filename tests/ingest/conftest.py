"""Writers of each format, as plain as possible, and the real data where it is there."""

import gzip
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from pipelines.errors import IngestError
from pipelines.ingest import ReaderOptions, open_checkpoint, validated
from tests.ingest.writers import LIBRARY_WRITERS, write_sprites

DATA = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture
def real_data() -> Path:
    if not DATA.is_dir():
        pytest.skip("the folder of real data (shared/data) is not here")
    return DATA


@pytest.fixture
def refused(tmp_path: Path) -> Callable[..., str]:
    """Write a file, read it through, and return the sentence with which it is refused."""

    def read(name: str, content: bytes, **options: object) -> str:
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(IngestError, match=r"; .") as caught:
            list(validated(open_checkpoint(path, ReaderOptions(**options))))
        message = str(caught.value)
        assert message.startswith(str(tmp_path))
        assert "\n" not in message
        return message.removeprefix(f"{tmp_path}/")

    return read


def text_row(key: str, vector: np.ndarray, separator: str = " ") -> str:
    return separator.join([key, *(repr(float(value)) for value in vector)]) + "\n"


def write_glove(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    path = folder / "glove.txt"
    rows = [text_row(key, vector) for key, vector in zip(keys, vectors, strict=True)]
    path.write_bytes("".join(rows).encode())
    return path


def write_fasttext_gz(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    path = folder / "cc.vec.gz"
    rows = [text_row(key, vector) for key, vector in zip(keys, vectors, strict=True)]
    header = f"{len(keys)} {vectors.shape[1]}\n"
    path.write_bytes(gzip.compress((header + "".join(rows)).encode()))
    return path


def write_word2vec_binary(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    path = folder / "vectors.bin"
    rows = [key.encode() + b" " + v.astype("<f4").tobytes() for key, v in zip(keys, vectors, strict=True)]
    path.write_bytes(f"{len(keys)} {vectors.shape[1]}\n".encode() + b"".join(rows))
    return path


def write_projector(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    path = folder / "vectors.tsv"
    rows = ["\t".join(repr(float(value)) for value in vector) for vector in vectors]
    path.write_text("\n".join(rows) + "\n")
    (folder / "metadata.tsv").write_bytes("".join(f"{key}\n" for key in keys).encode())
    return path


def write_projector_sprites(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    path = write_projector(folder, keys, vectors)
    write_sprites(folder, path.name, len(keys))
    return path


def write_csv(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    path = folder / "table.csv"
    lines = [",".join(["word", *(f"d{i}" for i in range(vectors.shape[1]))])]
    for key, vector in zip(keys, vectors, strict=True):
        quoted = '"' + key.replace('"', '""') + '"'
        lines.append(",".join([quoted, *(repr(float(value)) for value in vector)]))
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode())
    return path


def write_npy(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    path = folder / "space.npy"
    np.save(path, vectors)
    (folder / "space.keys.txt").write_bytes("".join(f"{key}\n" for key in keys).encode())
    return path


def write_npz(folder: Path, keys: Sequence[str], vectors: np.ndarray) -> Path:
    path = folder / "space.npz"
    np.savez_compressed(path, keys=np.array(keys), vectors=vectors)
    return path


WRITERS: dict[str, tuple[str, Callable[[Path, Sequence[str], np.ndarray], Path]]] = {
    "glove": ("text", write_glove),
    "fasttext-gz": ("text", write_fasttext_gz),
    "word2vec-binary": ("word2vec-binary", write_word2vec_binary),
    "projector": ("projector-tsv", write_projector),
    "projector-sprites": ("projector-tsv", write_projector_sprites),
    "csv": ("csv", write_csv),
    "npy": ("npy", write_npy),
    "npz": ("npz", write_npz),
    **LIBRARY_WRITERS,
}


@pytest.fixture(params=WRITERS)
def written_format(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def writers() -> dict[str, tuple[str, Callable[[Path, Sequence[str], np.ndarray], Path]]]:
    return WRITERS
