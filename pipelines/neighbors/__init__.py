"""Nearest neighbors in the full space: arrays in, arrays out."""

from pipelines.neighbors.engines import ENGINES, EXACT_ENGINES, choose_engine, measured_recall
from pipelines.neighbors.exact import exact_neighbors
from pipelines.neighbors.lists import METRICS, NeighborLists

__all__ = [
    "ENGINES",
    "EXACT_ENGINES",
    "METRICS",
    "NeighborLists",
    "choose_engine",
    "exact_neighbors",
    "measured_recall",
]
