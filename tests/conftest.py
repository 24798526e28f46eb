"""What the tests share: the real data beside the project, and small checkpoints written as users write them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the slow tests first, so that none is left over for one worker alone at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data; skips where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real data of ../shared/data is absent")
    return SHARED_DATA


def write_text_checkpoint(path: Path, keys: Sequence[str], vectors: NDArray[np.floating]) -> Path:
    """Write vectors as word2vec text, without loss."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{len(keys)} {vectors.shape[1]}"]
    lines += [
        f"{key} {' '.join(repr(float(value)) for value in row)}"
        for key, row in zip(keys, vectors, strict=True)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@dataclass(frozen=True)
class SmallProject:
    """A project of one dataset, ``words``, with three versions, and the folder it lies in.

    Versions v1 and v2 have the same 60 keys in another order; v3 lacks 20 of them and has 10 of its own.
    Ten objects of each are duplicates, and one is the zero vector.
    """

    folder: Path
    keys: dict[str, list[str]]
    vectors: dict[str, NDArray[np.float32]]

    @property
    def file(self) -> Path:
        """The project file."""
        return self.folder / "configs" / "project.yaml"


def make_project(folder: Path, config: str = "") -> SmallProject:
    """Write a small project, configuration and checkpoints."""
    rng = np.random.default_rng(7)
    words = [f"word-{i}" for i in range(60)]
    keys = {"v1": words, "v2": words[::-1], "v3": words[20:] + [f"new-{i}" for i in range(10)]}
    base = rng.normal(size=(60, 8))
    places = {word: i for i, word in enumerate(words)}
    vectors = {}
    for step, (version, names) in enumerate(keys.items()):
        rows = np.array([base[places[name]] if name in places else rng.normal(size=8) for name in names])
        made = (rows + 0.4 * step * rng.normal(size=rows.shape)).astype(np.float32)
        made[5:15], made[30] = made[5], 0
        vectors[version] = made
        write_text_checkpoint(folder / "checkpoints" / f"{version}.txt", names, made)
    (folder / "configs" / "datasets").mkdir(parents=True)
    (folder / "configs" / "project.yaml").write_text("store: ../store\n", encoding="utf-8")
    dataset = "dataset: words\nsource:\n  path: ../../checkpoints/{version}.txt\npairs:\n  policy: all\n"
    if "projections:" not in config:
        dataset += "projections: {method: [pca]}\n"  # the others take seconds to compile
    (folder / "configs" / "datasets" / "words.yaml").write_text(dataset + config, encoding="utf-8")
    return SmallProject(folder, keys, vectors)


@pytest.fixture
def small_project(tmp_path: Path) -> SmallProject:
    """A fresh small project; see `SmallProject`."""
    return make_project(tmp_path)


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command in this process; returns (exit status, standard output, standard error)."""
    from pipelines import cli  # loads everything; most tests need none of it

    def command(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["embedding-comparator", *map(str, arguments)])
        try:
            cli.main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        written = capsys.readouterr()
        return status, written.out, written.err

    return command


def drive(module: str, *arguments: object) -> Any:
    """Run a driver, a module of tests, as a process of its own; return the JSON that it prints."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    print(run.stdout)
    return json.loads(run.stdout)
