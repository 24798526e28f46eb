"""How the maps are looked at, kept within what the comparison has; what cannot be had is said in words."""

from __future__ import annotations

from artifacts.catalog import Comparison
from artifacts.quantities import quantity_names
from artifacts.queries import SIMILARITY, Queries

FIELDS_OF_MAPS = frozenset({"color", "maps", "trails", "unlinked", "note"})
"""Fields of the selection that only the maps show."""

BOTH, ONLY_A, ONLY_B = "both", "a", "b"
"""Both maps side by side, or one map that shows the objects where A or where B has them."""


def map_look(queries: Queries, comparison: Comparison, look: dict[str, str | int]) -> dict[str, str | int]:
    """Return color, maps, trails and unlinked as wanted, as far as they can be had, and a note where they cannot.

    Parameters
    ----------
    look
        The four as wanted, and metric and projection as they are.
    """
    color, maps, notes = look["color"], look["maps"], []
    if color not in quantity_names(queries, comparison, str(look["metric"])):
        notes.append(f"Nothing here is called “{color}”: the maps show the similarity.")
        color = SIMILARITY
    aligned = queries.is_aligned(comparison, str(look["projection"]))
    if maps not in (BOTH, ONLY_A, ONLY_B):
        notes.append(f"There is no view “{maps}”: both maps are shown.")
        maps = BOTH
    elif maps != BOTH and not aligned:
        notes.append("These maps have a frame each, so that they cannot be laid over one another.")
        maps = BOTH
    switches = {name: bool(look[name]) for name in ("trails", "unlinked")}
    return {"color": color, "maps": maps, "note": " ".join(notes), **switches}
