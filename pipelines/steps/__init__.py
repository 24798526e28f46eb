"""One function per artifact: what decides it, how it is computed. Knows nothing of Dagster.

::

    space ─┬─ neighbors ─┬─ health
           │             ├─ projection ─────── aligned_projection ─┐
           └─ matching ──┴─ similarity ─┬─ measures ───────────────┼─ comparison
                                        └─ noise ── groups ────────┘

Every function returns published artifacts and computes only what is not there. The numbers come from the numerical
packages; here they are only fed and stored.
"""

from pipelines.steps.comparison import compare
from pipelines.steps.matching import match
from pipelines.steps.recipes import CODE
from pipelines.steps.similarity import HEADLINE_K
from pipelines.steps.spaces import examine, ingest_space, project, search_neighbors

__all__ = [
    "CODE",
    "HEADLINE_K",
    "compare",
    "examine",
    "ingest_space",
    "match",
    "project",
    "search_neighbors",
]
