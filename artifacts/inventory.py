"""What a store holds, object by object: what it is, how large, and whether anything still needs it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from artifacts.names import natural_order
from artifacts.objects import Reference, StoredObject, list_objects, manifest_in, reachable
from artifacts.refs import Refs
from artifacts.schemas import KINDS
from artifacts.storage import Entry
from artifacts.store import Ref, Store

State = Literal["current", "input", "superseded", "unreferenced", "damaged"]
"""A ref points to it; a current one was computed from it; a ref pointed to it, or a superseded one was computed
from it; nothing needs it; it is missing, its manifest is, or a file is missing or of wrong size."""


@dataclass(frozen=True)
class Record:
    """One object of a store.

    Attributes
    ----------
    rows
        Of its largest table; None where that is not known.
    bytes
        Of everything in its folder.
    created
        ISO time; empty where that is not known.
    problem
        What is wrong with it; empty where nothing is.
    """

    kind: str
    key: str
    fingerprint: str
    state: State
    rows: int | None
    bytes: int
    created: str
    problem: str

    @property
    def dataset(self) -> str:
        """The dataset it belongs to; empty where that is not known."""
        return self.key.partition("@")[0]


@dataclass(frozen=True)
class Inventory:
    """Everything in a store.

    Attributes
    ----------
    records
        By kind in the order of the pipeline, then by key in natural order.
    lost
        Files in folders of objects that no manifest names.
    """

    records: list[Record]
    lost: list[Entry]


def take_inventory(store: Store) -> Inventory:
    """Look at every ref and object once; the contents of tables are not read.

    Raises
    ------
    DamagedArtifactError
        A ref that cannot be read.
    """
    refs = [ref for _, ref in Refs(store).all()]
    objects = list_objects(store)
    states = _states(refs, objects)
    keys = {
        (ref.kind, fingerprint): ref.key for ref in refs for fingerprint in (ref.fingerprint, *ref.previous)
    }
    present = {reference for reference, one in objects.items() if one.exists}
    needed = {reference for reference, state in states.items() if state in {"current", "input"}}
    records = [
        _record(reference, objects.get(reference), states, keys.get(reference, ""))
        for reference in present | needed
    ]
    order = list(KINDS)
    records.sort(key=lambda one: (order.index(one.kind), natural_order(one.key), one.created))
    return Inventory(records, [entry for one in objects.values() for entry in one.unnamed()])


def _states(refs: list[Ref], objects: dict[Reference, StoredObject]) -> dict[Reference, State]:
    current = {(ref.kind, ref.fingerprint) for ref in refs}
    earlier = {(ref.kind, fingerprint) for ref in refs for fingerprint in ref.previous}
    manifest_of = manifest_in(objects)
    states: dict[Reference, State] = dict.fromkeys(reachable(earlier, manifest_of), "superseded")
    states |= dict.fromkeys(reachable(current, manifest_of), "input")
    return states | dict.fromkeys(current, "current")


def _record(
    reference: Reference, found: StoredObject | None, states: dict[Reference, State], key: str
) -> Record:
    state = states.get(reference, "unreferenced")
    if found is None:
        return Record(*_names(reference, key), "damaged", None, 0, "", "it is missing")
    problem = found.problem()
    manifest = found.manifest
    if manifest is None:
        return Record(*_names(reference, key), "damaged", None, found.bytes, "", problem)
    rows = max((table["rows"] for table in manifest.tables.values()), default=None)
    return Record(
        *_names(reference, manifest.key),
        "damaged" if problem else state,
        rows,
        found.bytes,
        manifest.created,
        problem,
    )


def _names(reference: Reference, key: str) -> tuple[str, str, str]:
    return reference[0], key, reference[1]


def age_of(created: str, now: datetime | None = None) -> float | None:
    """Return how many seconds ago an ISO time was, None where there is none."""
    if not created:
        return None
    return ((now or datetime.now(UTC)) - datetime.fromisoformat(created)).total_seconds()
