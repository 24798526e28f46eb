"""Which keys of two spaces name the same object: exactly, or after folding. Lists in, arrays out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import ComparisonError

COLLISIONS_SHOWN = 10


def _nfc(key: str) -> str:
    return normalize("NFC", key)


def _caseless(key: str) -> str:
    # Canonical caseless matching (Unicode, definition D145): some letters decompose only once their case is folded.
    return normalize("NFC", normalize("NFD", key).casefold())


FOLDINGS: dict[str, Callable[[str], str] | None] = {
    "exact": None,
    "nfc": _nfc,
    "casefold": str.casefold,
    "nfc+casefold": _caseless,
}
"""What is done to keys before they are compared, by name; None: nothing."""


@dataclass(frozen=True)
class Matched:
    """The objects that two spaces share.

    Attributes
    ----------
    rows_a, rows_b
        int32, shape (n,): rows of the common objects, in the order of A.
    only_a, only_b
        int32: rows of the others, ascending.
    """

    rows_a: NDArray[np.int32]
    rows_b: NDArray[np.int32]
    only_a: NDArray[np.int32]
    only_b: NDArray[np.int32]


def match_keys(keys_a: Sequence[str], keys_b: Sequence[str], folding: str = "exact") -> Matched:
    """Find the keys that are in both spaces.

    Parameters
    ----------
    keys_a, keys_b
        Unique keys of each space.
    folding
        Name of what is done to keys before they are compared, one of `FOLDINGS`.

    Raises
    ------
    ValueError
        An unknown folding.
    pipelines.errors.ComparisonError
        Keys of one space that become equal, with the first ten pairs of them.

    Examples
    --------
    >>> match_keys(["b", "É"], ["é", "c"], "casefold").rows_b.tolist()
    [0]
    """
    folded_a, folded_b = fold_keys(keys_a, folding), fold_keys(keys_b, folding)
    if folding != "exact":
        for side, keys, folded in (("A", keys_a, folded_a), ("B", keys_b, folded_b)):
            _refuse_collisions(side, keys, folded, folding)
    row_in_b = dict(zip(folded_b, range(len(folded_b)), strict=True))
    partners = np.fromiter((row_in_b.get(key, -1) for key in folded_a), np.int32, len(folded_a))
    rows_a = np.flatnonzero(partners >= 0).astype(np.int32)
    rows_b = partners[rows_a]
    alone_b = np.ones(len(folded_b), np.bool_)
    alone_b[rows_b] = False
    only_a, only_b = np.flatnonzero(partners < 0), np.flatnonzero(alone_b)
    return Matched(rows_a, rows_b, only_a.astype(np.int32), only_b.astype(np.int32))


def fold_keys(keys: Sequence[str], folding: str) -> Sequence[str]:
    """Return keys as they are compared; raise ValueError on an unknown folding.

    >>> fold_keys(["Straße"], "casefold")
    ['strasse']
    """
    if folding not in FOLDINGS:
        raise ValueError(f"unknown folding {folding!r}: choose one of {', '.join(FOLDINGS)}")
    fold = FOLDINGS[folding]
    return keys if fold is None else [fold(key) for key in keys]


def _refuse_collisions(side: str, keys: Sequence[str], folded: Sequence[str], folding: str) -> None:
    if len(set(folded)) == len(folded):
        return
    first: dict[str, str] = {}
    pairs = []
    for key, compared in zip(keys, folded, strict=True):
        if compared in first:
            pairs.append(f"{first[compared]!r} and {key!r}")
        first.setdefault(compared, key)
    shown = ", ".join(pairs[:COLLISIONS_SHOWN]) + (", …" if len(pairs) > COLLISIONS_SHOWN else "")
    raise ComparisonError(
        f"{side} holds {len(pairs):,} keys that are equal to an earlier one under {folding!r}: {shown}; "
        "filter or rename them, or compare keys with 'matching: {keys: exact}'"
    )
