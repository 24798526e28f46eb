"""Every check that is judged: its asset, how severe a failure is, and what to do then. The judging is elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["warn", "error"]


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes
    ----------
    asset
        The Dagster asset that reports it.
    severity
        ``error`` where the numbers must not be trusted, ``warn`` where a person should look.
    about
        What it judges.
    advice
        What to do when it fails.
    unjudged
        Why there may be nothing to judge.
    format
        How its values are written.
    """

    asset: str
    severity: Severity
    about: str
    advice: str
    unjudged: str = "there is no such value"
    format: str = ".3f"


CHECKS: dict[str, Check] = {
    "zero_vectors": Check(
        "space",
        "warn",
        "The share of vectors that are zero, and so have no direction.",
        "look for objects that were never trained, or leave them out of the checkpoint",
        format=".1%",
    ),
    "recall": Check(
        "neighbors",
        "error",
        "The measured recall of the neighbors.",
        "do not trust the scores; set neighbors.engine: exact",
    ),
    "duplicates": Check(
        "health",
        "warn",
        "The share of objects that share their vector with another.",
        "look for objects that fell back to a default vector",
        format=".1%",
    ),
    "norm_variation": Check(
        "health",
        "warn",
        "How much the norms vary.",
        "normalise the vectors, or compare by cosine",
        "checks.space.max_norm_variation is not set",
    ),
    "hubness": Check(
        "health",
        "warn",
        "Whether a few objects are among the neighbors of most others.",
        "look at the hubs; centering the vectors often helps",
        "too few objects to count hubs",
        ".1f",
    ),
    "trustworthiness": Check(
        "projections",
        "warn",
        "How far the maps can be trusted.",
        "read the dominoes rather than this map",
        "checks.space.min_trustworthiness names none of the maps",
    ),
    "common_objects": Check(
        "similarity",
        "warn",
        "The share of the objects that only one of the two spaces has.",
        "the rest is not compared: look at the unmatched keys",
        format=".1%",
    ),
    "chance": Check(
        "similarity",
        "error",
        "Whether the neighbors agree more than those of unrelated spaces.",
        "the two spaces have nothing in common: check that the keys name the same objects in both",
        "every object is a neighbor of every other",
    ),
    "similarity": Check(
        "similarity",
        "warn",
        "The mean similarity of the pair.",
        "look at the least similar objects before B replaces A",
        "checks.pair.similarity is not set",
    ),
    "slices": Check(
        "similarity",
        "warn",
        "The mean similarity of the objects of every value of a metadata column.",
        "look at the objects of that slice before B replaces A",
        "checks.pair.slices is not set, or every slice is too small",
    ),
    "drop": Check(
        "similarity",
        "warn",
        "The fall of the mean similarity against the previous pair of the policy.",
        "this step changed more than the one before it: look at what is new in B",
        "there is no published previous pair",
        ".1%",
    ),
    "noise": Check(
        "similarity",
        "warn",
        "The share of the objects that changed more than two runs of the same model differ by.",
        "look at the groups of objects that moved together",
        "no replicates are declared and published",
        ".1%",
    ),
}
"""Name to check, in the order of the assets."""
