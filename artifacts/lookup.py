"""Finds an object by what a person writes: a space, a pair, KIND/PATH of a ref, or the start of a fingerprint."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from artifacts.errors import MissingArtifactError
from artifacts.names import PairKey, SpaceKey
from artifacts.objects import Reference
from artifacts.refs import Refs
from artifacts.schemas import KINDS
from artifacts.store import Ref, Store

SHORTEST_PREFIX = 8
_HEX = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True)
class Found:
    """An object, and the ref that points or pointed to it.

    Attributes
    ----------
    path
        Of the ref; empty where the object has none.
    """

    kind: str
    fingerprint: str
    path: str
    ref: Ref | None

    @property
    def reference(self) -> Reference:
        """Kind and fingerprint."""
        return self.kind, self.fingerprint


def parse_ref(text: str) -> tuple[str, str] | None:
    """Return kind and path of the ref that a space, a pair or KIND/PATH names, None when `text` is none of them.

    Raises
    ------
    ValueError
        It looks like one and is not.

    Examples
    --------
    >>> parse_ref("digits@v1"), parse_ref("neighbors/digits/v1/cosine"), parse_ref("0123abcd")
    (('space', 'digits/v1'), ('neighbors', 'digits/v1/cosine'), None)
    """
    kind, slash, path = text.partition("/")
    if slash and kind in KINDS and path and not {"", ".", ".."} & set(path.split("/")):
        return kind, path
    if ".." in text:
        return "comparison", PairKey.parse(text).path
    if "@" in text:
        return "space", SpaceKey.parse(text).path
    return None


def find_object(store: Store, text: str) -> Found:
    """Return the object that `text` names; it need not be whole.

    Raises
    ------
    ValueError
        `text` is no key, or the start of several fingerprints.
    MissingArtifactError
        There is none.
    """
    named = parse_ref(text)
    if named:
        ref = store.ref(*named)
        return Found(ref.kind, ref.fingerprint, named[1], ref)
    if not _HEX.fullmatch(text):
        raise ValueError(
            f"{text!r} names no artifact: write DATASET@VERSION, DATASET@A..DATASET@B, KIND/PATH with one of the "
            f"kinds {', '.join(KINDS)}, or the first {SHORTEST_PREFIX} or more digits of a fingerprint"
        )
    refs = list(Refs(store).all())
    pointed = [(ref.kind, fingerprint) for _, ref in refs for fingerprint in (ref.fingerprint, *ref.previous)]
    if len(text) < SHORTEST_PREFIX:
        complete_fingerprint(text, [])  # says what is wrong
    stored = {
        (kind, entry.path.split("/")[3])
        for kind in KINDS
        for entry in store.storage.entries(f"objects/{kind}/{text[:2]}/")
        if entry.path.count("/") > 3
    }
    fingerprint = complete_fingerprint(text, [one for _, one in {*stored, *pointed}])
    kind = next(kind for kind, one in {*stored, *pointed} if one == fingerprint)
    for path, ref in refs:
        if ref.kind == kind and fingerprint in {ref.fingerprint, *ref.previous}:
            return Found(kind, fingerprint, path, ref)
    return Found(kind, fingerprint, "", None)


def complete_fingerprint(prefix: str, known: Iterable[str]) -> str:
    """Return the one of the known fingerprints that starts with `prefix`.

    Raises
    ------
    ValueError
        Fewer than eight digits, or several start so.
    MissingArtifactError
        None does.
    """
    if len(prefix) < SHORTEST_PREFIX or not _HEX.fullmatch(prefix):
        raise ValueError(
            f"{prefix[:80]!r} is not the start of a fingerprint: "
            f"give {SHORTEST_PREFIX} or more of its hexadecimal digits"
        )
    fitting = sorted({one for one in known if one.startswith(prefix)})
    if not fitting:
        raise MissingArtifactError(
            f"no fingerprint starts with {prefix[:80]!r}: list them with 'embedding-comparator store ls'"
        )
    if len(fitting) > 1:
        raise ValueError(
            f"{prefix!r} starts {len(fitting)} fingerprints: {', '.join(one[:16] for one in fitting)}"
        )
    return fitting[0]
