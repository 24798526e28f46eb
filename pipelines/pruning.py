"""Which keys of a store the configuration does not want any more, and forgetting them; objects go with `gc`."""

from __future__ import annotations

from artifacts.names import natural_order
from artifacts.removal import alone
from artifacts.schemas import KINDS
from artifacts.store import Store, ref_file
from pipelines.config import Project
from pipelines.errors import InputError


def unwanted(project: Project, store: Store) -> list[str]:
    """Return the published spaces and pairs of the project's datasets that it does not want any more.

    A version is wanted while it has a checkpoint or is declared as a replicate, a pair while the policy names it.
    What belongs to datasets of other projects is never listed.

    Returns
    -------
    list of str
        ``dataset/version`` and ``dataset/a..b``, in natural order.

    Raises
    ------
    InputError
        A dataset without any checkpoint, which is more likely a folder that is not mounted; or pairs that cannot be
        listed.
    """
    found = {"/".join(path.split("/")[:2]) for kind in KINDS for path in store.ref_paths(kind)}
    wanted: set[str] = set()
    for name in project.datasets:
        versions = [space.version for space in project.checkpoints(name)]
        if not versions:
            raise InputError(
                f"dataset {name} has no checkpoint at all: nothing is forgotten; is its folder there?"
            )
        config = project.dataset(name)
        wanted |= {f"{name}/{version}" for version in (*versions, *config.replicates)}
        wanted |= {pair.path for pair in config.wanted_pairs(versions)}
    ours = {path for path in found if path.partition("/")[0] in project.datasets}
    return sorted(ours - wanted, key=natural_order)


def forget(store: Store, paths: list[str]) -> None:
    """Let no key of these spaces and pairs point to anything; comparisons go first, so that no page meets half a pair.

    Raises
    ------
    StoreError
        Somebody else takes things out of this store.
    """
    gone = tuple(paths)
    kinds = sorted(KINDS, key=lambda kind: kind != "comparison")
    with alone(store, "store prune"):
        for kind in kinds:
            for path in store.ref_paths(kind):
                if "/".join(path.split("/")[:2]) in gone:
                    store.storage.remove(ref_file(kind, path))
