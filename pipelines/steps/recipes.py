"""What names an artifact: the version of its code, its parameters and its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from artifacts.names import PairKey, SpaceKey
from pipelines.workspace import Artifact, Recipe

CODE = {
    "space": 2,
    "matching": 2,
    "neighbors": 2,
    "health": 1,
    "projection": 2,
    "aligned_projection": 2,
    "similarity": 1,
    "measures": 1,
    "groups": 1,
    "noise": 1,
    "comparison": 1,
}
"""Version of the code behind each kind; raise one when its results change."""


def recipe(
    kind: str,
    key: SpaceKey | PairKey,
    variant: str,
    inputs: Mapping[str, Artifact],
    parameters: Mapping[str, Any] | None = None,
) -> Recipe:
    """Return the recipe of an artifact of a space or a pair.

    Parameters
    ----------
    variant
        Metric or method that tells it from others of its kind; empty where there is one alone.
    inputs
        Role to artifact.
    """
    references = {role: artifact.reference for role, artifact in inputs.items()}
    path, name = (f"{key.path}/{variant}", f"{key} {variant}") if variant else (key.path, str(key))
    return Recipe(kind, path, name, CODE[kind], parameters or {}, references, {})
