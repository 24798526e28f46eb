"""A pair of 10,000 × 100 prepared from its files to the opened page: CPU and disk against the research tool."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from artifacts.store import Store
from benchmarks.data import embeddings
from benchmarks.measure import Row, cost_of
from benchmarks.research_tool import prepare_model
from pipelines.build import build
from pipelines.config import load_project
from pipelines.workspace import Workspace

K = 250
NOISE = {"a": 0.1, "b": 0.5}


def write_files(folder: Path, n: int, d: int) -> None:
    """Write both models as the research tool reads them: a line a word, fields separated by tabs."""
    for version, noise in NOISE.items():
        with (folder / f"{version}.tsv").open("w", encoding="utf-8") as stream:
            for i, vector in enumerate(embeddings(n, d, noise=noise).tolist()):
                stream.write("\t".join([f"word-{i}", *map(repr, vector)]) + "\n")


def ours(folder: Path) -> int:
    """Build the comparison with all its maps and measures; return the size of the store in bytes."""
    (folder / "datasets").mkdir(exist_ok=True)
    (folder / "project.yaml").write_text("store: store\ndatasets: datasets\n")
    # JSON is YAML.
    dataset = {
        "dataset": "words",
        "source": {"path": "../{version}.tsv", "format": "text"},
        "neighbors": {"k": K, "metric": ["cosine", "euclidean"]},
        "projections": {"method": ["pca", "umap", "tsne"]},
    }
    (folder / "datasets" / "words.yaml").write_text(json.dumps(dataset))
    work = Workspace(load_project(folder / "project.yaml"), Store(folder / "store", create=True))
    for built in build(work, ["words"]):
        if built.error:
            raise built.error
    return sum(file.stat().st_size for file in (folder / "store").rglob("*") if file.is_file())


def theirs(folder: Path) -> int:
    """Prepare both models as the research tool does; return the size of its files in bytes."""
    return sum(prepare_model(folder / f"{version}.tsv", folder / f"{version}.json", K) for version in NOISE)


def run(quick: bool) -> Iterator[Row]:
    """Give the rows of the report."""
    n, d = (3_000 if quick else 10_000), 100
    with tempfile.TemporaryDirectory() as text:
        folders = [Path(text) / name for name in ("ours", "ours-warm", "theirs", "theirs-warm")]
        for folder in folders:
            folder.mkdir()
            write_files(folder, 600 if folder.name.endswith("-warm") else n, d)
        mine = cost_of(ours, folders[0], warm=(folders[1],))
        other = cost_of(theirs, folders[2], warm=(folders[3],))
    name = f"a pair of {n:,} × {d} prepared"
    yield Row(
        f"{name}: CPU",
        "s",
        mine.cpu,
        other.cpu,
        other.cpu / mine.cpu,
        "≥ 3 × less",
        other.cpu >= 3 * mine.cpu,
    )
    disk = [cost.result / 2**20 for cost in (mine, other)]
    yield Row(f"{name}: disk", "MB", *disk, disk[1] / disk[0], "≥ 10 × less", disk[1] >= 10 * disk[0])
    yield Row(
        f"{name}: memory", "MB", mine.memory, other.memory, other.memory / mine.memory, "reported", None
    )
