"""The dataset ``docstrings``: the same words in the standard library's world and in the scientific one.

*kernel, feature, fit, model, signal* mean other things there; *stream* and *file* mean much the same;
*estimator* and *score* are in the scientific world alone. The text is that of the installed Python, numpy,
scipy and scikit-learn: the same installation gives the same bytes, another one gives somewhat other words.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipelines.demo import corpus, pmi
from pipelines.demo.checkpoint import Checkpoint, Progress, write_version

SCIENTIFIC_PACKAGES = ("numpy", "scipy", "sklearn")
AT_LEAST = 8
WINDOW = 5
DIMENSIONS = 100
# The last digits of a decomposition depend on the number of threads; the file's bytes must not.
DECIMALS = 5


def embed_words(paragraphs: Sequence[pmi.Paragraph]) -> Checkpoint:
    """Embed the frequent words of a corpus by positive PMI and truncated SVD.

    Parameters
    ----------
    paragraphs
        Words in order, stop words left out.

    Returns
    -------
    Checkpoint
        Keys are the words in alphabetical order, vectors have 100 dimensions, and the metadata column
        ``frequency`` (int64) counts the word in this corpus.
    """
    frequencies = pmi.vocabulary(paragraphs, at_least=AT_LEAST)
    words = list(frequencies)
    counts = pmi.window_counts(paragraphs, words, window=WINDOW)
    vectors = pmi.truncated_svd(pmi.positive_pmi(counts), dimensions=DIMENSIONS)
    frequency = np.array(list(frequencies.values()), dtype=np.int64)
    return Checkpoint(np.array(words), vectors.round(DECIMALS).astype(np.float32), {"frequency": frequency})


def write_docstrings(directory: Path, *, progress: Progress | None = None) -> None:
    """Write the checkpoints of ``docstrings``: ``<directory>/stdlib.npz`` and ``scientific.npz``.

    Parameters
    ----------
    directory
        Folder to write in; created where missing. A file whose content would be the same is left alone.
    progress
        Called with one line of text for each checkpoint.

    Raises
    ------
    InputError
        When the sources of the standard library or of the packages are not installed.
    """
    write_version(directory, "docstrings", "stdlib", embed_words(corpus.standard_library()), progress)
    scientific = embed_words(corpus.packages(SCIENTIFIC_PACKAGES))
    write_version(directory, "docstrings", "scientific", scientific, progress)
