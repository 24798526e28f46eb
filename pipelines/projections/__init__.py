"""2-D maps of a space: arrays in, arrays out."""

from pipelines.projections.methods import PROJECTIONS
from pipelines.projections.pca import pca
from pipelines.projections.record import Graph, Projection

__all__ = ["PROJECTIONS", "Graph", "Projection", "pca"]
