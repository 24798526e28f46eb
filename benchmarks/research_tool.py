"""What the 2022 research tool does before its page can be opened, written again after its published script.

For each model on its own: read vectors and words from TSV, brute-force neighbors in float64 under both metrics with
scikit-learn, a PCA (and, as its page offers them, t-SNE and UMAP) map, and everything written as one JSON file.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.neighbors import NearestNeighbors


def neighbors(
    vectors: NDArray[np.float64], k: int
) -> dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Return rows and distances of the k nearest under cosine and euclidean."""
    found = {}
    for metric in ("cosine", "euclidean"):
        distances, rows = NearestNeighbors(n_neighbors=k, metric=metric).fit(vectors).kneighbors()
        found[metric] = (rows, distances)
    return found


def prepare_model(source: Path, target: Path, k: int) -> int:
    """Turn one TSV file (word, then the vector) into the JSON that the page loads; return its size in bytes."""
    import umap

    words, values = [], []
    with source.open(encoding="utf-8") as stream:
        for line in stream:
            word, *numbers = line.rstrip("\n").split("\t")
            words.append(word)
            values.append([float(number) for number in numbers])
    vectors = np.array(values)
    found = neighbors(vectors, k)
    maps = {
        "pca": PCA(n_components=2).fit_transform(vectors),
        "tsne": TSNE(n_components=2, random_state=0).fit_transform(vectors),
        "umap": umap.UMAP(random_state=0).fit_transform(vectors),
    }
    objects = [
        {
            "idx": i,
            "word": word,
            "embedding": vectors[i].tolist(),
            "nearest_neighbors": {
                metric: {"knn_ind": rows[i].tolist(), "knn_dist": distances[i].tolist()}
                for metric, (rows, distances) in found.items()
            },
            **{f"embedding_{name}": coordinates[i].tolist() for name, coordinates in maps.items()},
        }
        for i, word in enumerate(words)
    ]
    target.write_text(json.dumps(objects, separators=(",", ":")), encoding="utf-8")
    return target.stat().st_size
