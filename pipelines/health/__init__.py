"""Health of one space: arrays in, arrays out."""

from pipelines.health.hubness import Hubness
from pipelines.health.space import Health, NeighborHealth, space_health
from pipelines.health.vectors import Norms

__all__ = ["Health", "Hubness", "NeighborHealth", "Norms", "space_health"]
