"""How ``tests/data/store-1`` was made: a store of schema 1, kept for ever, so that it must open for ever.

Do not run this again into the same folder: a store that today's code writes proves nothing about yesterday's. When the
schema changes, copy this file to ``make_store_2.py`` and keep both stores::

    python -m tests.data.make_store_1 NEW_FOLDER

Six words on a circle. Space B is space A with two words exchanged, so that every answer can be found by hand.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from artifacts.store import Store
from pipelines.build import build
from pipelines.config import load_project
from pipelines.workspace import Workspace

WORDS = {
    "anna": (1.0, 0.0),
    "bea": (0.98, 0.2),
    "carl": (0.9, 0.44),
    "dora": (0.0, 1.0),
    "emil": (-0.3, 0.95),
    "fritz": (-0.7, 0.71),
}
EXCHANGED = {"carl": "dora", "dora": "carl"}


def write_project(folder: Path) -> Path:
    """Write the project and its two checkpoints; return the project file."""
    (folder / "configs" / "datasets").mkdir(parents=True)
    for version, names in (("a", {}), ("b", EXCHANGED)):
        lines = ["key,kind,x,y"]
        for word in WORDS:
            x, y = WORDS[names.get(word, word)]
            lines.append(f"{word},{'vowel' if word[0] in 'ae' else 'consonant'},{x},{y}")
        (folder / f"{version}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "configs" / "project.yaml").write_text("store: ../store\n", encoding="utf-8")
    dataset = (
        "dataset: words\nsource: {path: '../../{version}.csv'}\nneighbors: {k: 5, metric: [cosine]}\n"
        "pairs: {policy: all}\nprojections: {method: [pca], aligned: [pca]}\n"
    )
    (folder / "configs" / "datasets" / "words.yaml").write_text(dataset, encoding="utf-8")
    return folder / "configs" / "project.yaml"


def main(target: Path) -> None:
    """Build the store; leave out the notes about source files, which name folders of this machine."""
    with tempfile.TemporaryDirectory() as scratch:
        project = load_project(write_project(Path(scratch)))
        for built in build(Workspace(project, Store(target, create=True)), list(project.datasets)):
            if built.error:
                raise built.error
    shutil.rmtree(target / "sources")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
