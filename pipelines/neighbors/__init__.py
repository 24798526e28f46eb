"""Nearest neighbors in the full space: arrays in, arrays out."""

from pipelines.neighbors.exact import METRICS, NeighborLists, exact_neighbors

__all__ = ["METRICS", "NeighborLists", "exact_neighbors"]
