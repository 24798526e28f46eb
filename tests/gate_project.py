"""A project whose versions were planted for a gate: a replicate, a drift, strangers, and keys that are hostile."""

from __future__ import annotations

from pathlib import Path

import numpy as np

N, D, CLUSTERS = 300, 10, 5
HOSTILE = ("<script>window.pwned=1</script>", '"><img src=x onerror=alert(1)>', "a&amp;b [bold]x[/bold]")
CONFIG = """
dataset: words
source: {path: "../../checkpoints/{version}.npz"}
neighbors: {k: 40}
projections: {method: [pca], aligned: []}
replicates: [base, run-2, run-3]
pairs: {policy: list, list: [base..run-2, base..drifted]}
checks:
  pair:
    similarity: [{min: 0.2, k: 20}]
    slices: [{column: kind, min: 0.2, k: 20}]
"""


def write_project(folder: Path) -> Path:
    """Write checkpoints and configuration; return the project file.

    In ``drifted``, the objects of kind ``moved`` (every third) changed places with one another.
    """
    rng = np.random.default_rng(5)
    labels = np.arange(N) % CLUSTERS
    base = 3 * rng.normal(size=(CLUSTERS, D))[labels] + rng.normal(size=(N, D))
    keys = [*HOSTILE, *(f"object-{i}" for i in range(N - len(HOSTILE)))]
    moved = np.arange(0, N, 3)
    kind = np.full(N, "steady", dtype="U20")
    kind[moved] = "<b>moved</b>"
    drifted = base + 0.2 * rng.normal(size=(N, D))
    drifted[moved] = drifted[rng.permutation(moved)]
    runs = {name: base + 0.2 * rng.normal(size=(N, D)) for name in ("base", "run-2", "run-3", "run-4")}
    (folder / "checkpoints").mkdir(parents=True)
    for version, vectors in {**runs, "drifted": drifted}.items():
        path = folder / "checkpoints" / f"{version}.npz"
        np.savez(path, keys=np.array(keys), vectors=vectors.astype(np.float32), kind=kind)
    other = np.array([f"stranger-{i}" for i in range(N)])
    np.savez(folder / "checkpoints" / "strangers.npz", keys=other, vectors=base.astype(np.float32))
    (folder / "configs" / "datasets").mkdir(parents=True)
    (folder / "configs" / "datasets" / "words.yaml").write_text(CONFIG)
    file = folder / "configs" / "project.yaml"
    file.write_text("store: ../store\nviewer_url: https://example.org/viewer\nowners: ['team:search']\n")
    return file
