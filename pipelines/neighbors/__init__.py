"""Nearest neighbors in the full space: arrays in, arrays out."""

from pipelines.neighbors.engines import ENGINES, EXACT_ENGINES, choose_engine, measured_recall
from pipelines.neighbors.exact import exact_neighbors
from pipelines.neighbors.lists import METRICS, NeighborLists
from pipelines.neighbors.parts import Part, Searched, join_parts, search_part, search_parts

__all__ = [
    "ENGINES",
    "EXACT_ENGINES",
    "METRICS",
    "NeighborLists",
    "Part",
    "Searched",
    "choose_engine",
    "exact_neighbors",
    "join_parts",
    "measured_recall",
    "search_part",
    "search_parts",
]
