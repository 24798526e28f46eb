"""2-D maps of a space: arrays in, arrays out."""

from pipelines.projections.pca import Projection, pca

PROJECTIONS = {"pca": pca}
"""Method name to the function that makes the map."""

__all__ = ["PROJECTIONS", "Projection", "pca"]
