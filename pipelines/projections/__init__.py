"""2-D maps of a space: arrays in, arrays out."""

from pipelines.projections.align import Alignment, aligned, procrustes
from pipelines.projections.methods import PROJECTIONS
from pipelines.projections.pca import pca
from pipelines.projections.quality import MapQuality, map_quality
from pipelines.projections.record import Graph, Progress, Projection, silent

__all__ = [
    "PROJECTIONS",
    "Alignment",
    "Graph",
    "MapQuality",
    "Progress",
    "Projection",
    "aligned",
    "map_quality",
    "pca",
    "procrustes",
    "silent",
]
