"""Measures of a whole pair, and the registry of every measure of the product: arrays in, arrays out."""

from pipelines.measures.definition import Definition
from pipelines.measures.frames import Frame, frame_of, row_blocks
from pipelines.measures.pair import measure_neighborhoods, measure_vectors
from pipelines.measures.record import Interval, Measured, Progress
from pipelines.measures.registry import REGISTRY, definition_of, registry_json, registry_markdown

__all__ = [
    "REGISTRY",
    "Definition",
    "Frame",
    "Interval",
    "Measured",
    "Progress",
    "definition_of",
    "frame_of",
    "measure_neighborhoods",
    "measure_vectors",
    "registry_json",
    "registry_markdown",
    "row_blocks",
]
