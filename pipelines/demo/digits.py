"""The dataset ``digits``: handwritten digits as pixels and as a small network sees them while it learns.

The images are the 1,797 of scikit-learn (Alpaydin and Kaynak, *Optical Recognition of Handwritten Digits*,
UCI Machine Learning Repository, 1998). Nearby spaces of one training show what learning changed; two
replicates of its end, which differ by their seed only, show the noise floor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from pipelines.demo.checkpoint import Checkpoint, Progress, write_version
from pipelines.demo.network import snapshots

EPOCHS = (0, 1, 2, 5, 10, 20, 50)
SEED = 0
REPLICATE_SEEDS = (1, 2)


@dataclass(frozen=True)
class Digits:
    """The images and what is the same in every space of them.

    Attributes
    ----------
    keys
        Unicode, shape (1797,): the digit and the position in the dataset, ``3-0042``.
    digits
        int64, shape (1797,), 0 to 9.
    pixels
        float64, shape (1797, 64): ink from 0 to 16, row by row.
    thumbnails
        uint8, shape (1797, 8, 8): dark ink on white paper.
    """

    keys: NDArray[np.str_]
    digits: NDArray[np.int64]
    pixels: NDArray[np.float64]
    thumbnails: NDArray[np.uint8]


def read_digits() -> Digits:
    """Read the images that scikit-learn carries.

    Examples
    --------
    >>> read_digits().keys[42]
    np.str_('1-0042')
    """
    bunch = load_digits()
    digits = np.asarray(bunch.target, dtype=np.int64)
    pixels = np.asarray(bunch.data, dtype=np.float64)
    keys = np.array([f"{digit}-{index:04d}" for index, digit in enumerate(digits)])
    paper = 255 - np.rint(pixels * (255 / 16)).astype(np.uint8)
    return Digits(keys, digits, pixels, paper.reshape(-1, 8, 8))


def digit_versions(images: Digits) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Give each version's name and vectors, training as they are asked for.

    Parameters
    ----------
    images
        From `read_digits`.

    Yields
    ------
    tuple
        The version (``pixels``, ``epoch-00`` to ``epoch-50``, ``epoch-50-seed-1``, …) and float64 vectors,
        shape (1797, 64) for the pixels and (1797, 32) for hidden activations.
    """
    yield "pixels", images.pixels
    X = images.pixels / 16.0
    for shot in snapshots(X, images.digits, epochs=EPOCHS, seed=SEED):
        yield f"epoch-{shot.epoch:02d}", shot.hidden
    for seed in REPLICATE_SEEDS:
        for shot in snapshots(X, images.digits, epochs=EPOCHS[-1:], seed=seed):
            yield f"epoch-{shot.epoch:02d}-seed-{seed}", shot.hidden


def write_digits(directory: Path, *, progress: Progress | None = None) -> None:
    """Write the ten checkpoints of ``digits``, ``<directory>/<version>.npz``.

    Parameters
    ----------
    directory
        Folder to write in; created where missing. A file whose content would be the same is left alone.
    progress
        Called with one line of text for each checkpoint.
    """
    images = read_digits()
    for version, vectors in digit_versions(images):
        checkpoint = Checkpoint(
            keys=images.keys,
            vectors=vectors.astype(np.float32),
            metadata={"digit": images.digits},
            thumbnails=images.thumbnails,
        )
        write_version(directory, "digits", version, checkpoint, progress)
