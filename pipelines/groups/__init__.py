"""Groups of objects that moved together, and what distinguishes them: arrays in, arrays out."""

from pipelines.groups.describe import Description, Enrichment, Shift, describe_groups
from pipelines.groups.find import Group, find_groups

__all__ = ["Description", "Enrichment", "Group", "Shift", "describe_groups", "find_groups"]
