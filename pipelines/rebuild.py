"""Computes published objects again, under the fingerprints they have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from artifacts.errors import DamagedArtifactError, StoreError
from artifacts.lookup import find_object, parse_ref
from artifacts.names import PairKey, SpaceKey
from artifacts.objects import Reference, StoredObject, list_objects, manifest_in, reachable
from artifacts.refs import Refs
from artifacts.removal import alone, remove_files, restore, retract
from artifacts.store import Store, ref_file
from artifacts.verify import verify
from pipelines.build import build_space
from pipelines.errors import InputError
from pipelines.steps import compare
from pipelines.workspace import Artifact, Workspace

Key = SpaceKey | PairKey


@dataclass(frozen=True)
class Rebuilt:
    """What was computed again.

    Attributes
    ----------
    wanted
        The objects that were taken out of the store: what was asked for, and what was damaged of that from which it
        was computed. Empty where only a ref was damaged.
    computed
        Everything that was computed; more than that where the project has changed since the last build.
    """

    wanted: list[Reference]
    computed: list[Artifact]


def rebuild(work: Workspace, text: str) -> Rebuilt:
    """Compute an object again, and what is damaged of that from which it was computed.

    Nothing else changes: what was computed from it names it by its fingerprint, which stays.

    Parameters
    ----------
    text
        A space, a pair, KIND/PATH or the start of a fingerprint.

    Raises
    ------
    InputError
        `text` names nothing, or its dataset is not configured.
    StoreError
        The project as it is now does not give this fingerprint; the store then holds what it held.
    """
    try:
        named = parse_ref(text)
        if named and _is_unreadable(work.store, *named):
            return _point_again(work, *named)
        found = find_object(work.store, text)
    except ValueError as error:
        raise InputError(str(error)) from None
    damages = verify(work.store, [found.reference]).damages
    wanted = sorted({found.reference, *(one.reference for one in damages if one.reference)})
    return _compute_again(work, wanted)


def _compute_again(work: Workspace, wanted: list[Reference]) -> Rebuilt:
    store, objects = work.store, list_objects(work.store)
    keys = _keys(store, objects, wanted)
    for key in keys:
        work.project.dataset(key.dataset)  # says what is configured, before anything is removed
    pairs = _comparisons_of(store, objects, wanted) or [key for key in keys if isinstance(key, PairKey)]
    made: list[Artifact] = []
    with alone(store, "store rebuild"):
        manifests = {one: retract(store, one) for one in wanted}
        try:
            for space in _spaces(keys):
                made += build_space(work, space)
            for pair in sorted(pairs, key=lambda pair: pair not in keys):
                if not all(store.has(*one) for one in wanted):
                    made += compare(work, pair)
        finally:
            missing = [one for one in wanted if not store.has(*one)]
            for one, manifest in manifests.items():
                if one not in missing and one in objects:
                    remove_files(store, objects[one].files)
                elif manifest is not None:
                    restore(store, one, manifest)
    if missing:
        kind, fingerprint = missing[0]
        raise StoreError(
            f"{kind} {fingerprint[:16]} was not computed: the project as it is now makes another version of it. "
            "An earlier version comes back only with the checkpoints and the configuration it was made from"
        )
    return Rebuilt(wanted, _computed(made))


def _point_again(work: Workspace, kind: str, path: str) -> Rebuilt:
    """Replace a ref that cannot be read; its history is lost."""
    dataset, name = [*path.split("/"), ""][:2]
    key = PairKey(dataset, *name.split("..", 1)) if ".." in name else SpaceKey(dataset, name)
    work.project.dataset(dataset)
    work.store.storage.remove(ref_file(kind, path))
    made: list[Artifact] = []
    for space in _spaces([key]):
        made += build_space(work, space)
    if isinstance(key, PairKey):
        made += compare(work, key)
    return Rebuilt([], _computed(made))


def _is_unreadable(store: Store, kind: str, path: str) -> bool:
    try:
        store.find_ref(kind, path)
    except DamagedArtifactError:
        return True
    return False


def _keys(store: Store, objects: Mapping[Reference, StoredObject], wanted: list[Reference]) -> list[Key]:
    """Return the space or pair of every object."""
    keys = {
        (ref.kind, one): ref.key for _, ref in Refs(store).all() for one in (ref.fingerprint, *ref.previous)
    }
    for reference in wanted:
        found = objects.get(reference)
        if found and found.manifest:
            keys[reference] = found.manifest.key
        if reference not in keys:
            kind, fingerprint = reference
            raise StoreError(
                f"nothing says what {kind} {fingerprint[:16]} was: no ref points to it and its manifest cannot be "
                "read; run 'embedding-comparator build', and 'embedding-comparator store gc' removes it"
            )
    names = dict.fromkeys(keys[reference].split(" ")[0] for reference in wanted)
    return [PairKey.parse(name) if ".." in name else SpaceKey.parse(name) for name in names]


def _spaces(keys: list[Key]) -> list[SpaceKey]:
    found = [space for key in keys for space in (key.spaces if isinstance(key, PairKey) else (key,))]
    return list(dict.fromkeys(found))


def _comparisons_of(
    store: Store, objects: Mapping[Reference, StoredObject], wanted: list[Reference]
) -> list[PairKey]:
    """Return the pairs whose current comparison needs one of some objects."""
    return [
        PairKey.parse(ref.key)
        for _, ref in Refs(store, ("comparison",)).all()
        if reachable([(ref.kind, ref.fingerprint)], manifest_in(objects)) & set(wanted)
    ]


def _computed(made: list[Artifact]) -> list[Artifact]:
    return list({one.reference: one for one in made if one.computed}.values())
