"""A gate for model releases: a candidate held against a baseline, judged, and told so that a person can act."""

from pipelines.gate.record import Gate
from pipelines.gate.run import run_gate

__all__ = ["Gate", "run_gate"]
