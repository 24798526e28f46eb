"""Measures of a whole pair, and the registry of every measure of the product: arrays in, arrays out."""

from pipelines.measures.frames import Frame, frame_of, row_blocks
from pipelines.measures.pair import measure_neighborhoods, measure_vectors
from pipelines.measures.record import Interval, Measured, Progress

__all__ = [
    "Frame",
    "Interval",
    "Measured",
    "Progress",
    "frame_of",
    "measure_neighborhoods",
    "measure_vectors",
    "row_blocks",
]
