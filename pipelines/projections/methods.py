"""The table of methods."""

from __future__ import annotations

from pipelines.projections.pacmap_map import pacmap
from pipelines.projections.pca import pca
from pipelines.projections.record import Method
from pipelines.projections.tsne_map import tsne
from pipelines.projections.umap_map import umap

PROJECTIONS: dict[str, Method] = {"pca": pca, "umap": umap, "tsne": tsne, "pacmap": pacmap}
"""Method name to the function that draws the map."""
