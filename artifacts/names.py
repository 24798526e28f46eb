"""Names of datasets, versions, spaces and pairs: what is allowed, how they are written, how they are ordered."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def check_name(name: str, what: str = "name") -> str:
    """Return `name` when it can name a dataset, a version or a column of a path; raise ValueError otherwise.

    Examples
    --------
    >>> check_name("epoch-50")
    'epoch-50'
    """
    if not _NAME.fullmatch(name) or ".." in name or len(name) > 120:
        raise ValueError(
            f"{what} {name[:140]!r} is not allowed: start with a letter or digit, go on with letters, digits, "
            "'.', '_' or '-', without '..', at most 120 characters"
        )
    return name


def natural_order(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that orders v2 before v10.

    Examples
    --------
    >>> sorted(["v10", "v2"], key=natural_order)
    ['v2', 'v10']
    """
    parts = re.findall(r"\d+|\D+", name)
    return tuple((0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts)


@dataclass(frozen=True, order=True)
class SpaceKey:
    """One version of a dataset, written ``dataset@version``."""

    dataset: str
    version: str

    @classmethod
    def parse(cls, text: str) -> SpaceKey:
        """Read ``dataset@version``; raise ValueError when it is not one."""
        dataset, at, version = text.partition("@")
        if not at:
            raise ValueError(f"{text!r} is not a space: write DATASET@VERSION, like digits@epoch-50")
        return cls(check_name(dataset, "dataset"), check_name(version, "version"))

    def __str__(self) -> str:
        return f"{self.dataset}@{self.version}"

    @property
    def path(self) -> str:
        """Where refs of this space live, relative to their kind."""
        return f"{self.dataset}/{self.version}"


@dataclass(frozen=True, order=True)
class PairKey:
    """Two versions of one dataset, written ``dataset@a..dataset@b``."""

    dataset: str
    a: str
    b: str

    @classmethod
    def parse(cls, text: str) -> PairKey:
        """Read ``dataset@a..dataset@b``; raise ValueError when it is not one."""
        first, dots, second = text.partition("..")
        if not dots:
            raise ValueError(f"{text!r} is not a pair: write DATASET@A..DATASET@B, like digits@v1..digits@v2")
        a, b = SpaceKey.parse(first), SpaceKey.parse(second)
        if a.dataset != b.dataset:
            raise ValueError(f"{text!r} is not a pair: {a.dataset} and {b.dataset} are two datasets")
        return cls(a.dataset, a.version, b.version)

    def __str__(self) -> str:
        return f"{self.dataset}@{self.a}..{self.dataset}@{self.b}"

    @property
    def spaces(self) -> tuple[SpaceKey, SpaceKey]:
        """Spaces A and B."""
        return SpaceKey(self.dataset, self.a), SpaceKey(self.dataset, self.b)

    @property
    def path(self) -> str:
        """Where refs of this pair live, relative to their kind."""
        return f"{self.dataset}/{self.a}..{self.b}"
