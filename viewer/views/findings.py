"""The drawer of findings: what the store knows of the whole pair. Nothing is asked while it is closed."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from math import isfinite
from typing import Any

import numpy as np
import panel as pn
from numpy.typing import NDArray

from artifacts.answers import Group, Measure, Noise
from artifacts.catalog import Comparison
from artifacts.glossary import glossary
from artifacts.queries import Side
from viewer import palette
from viewer.components.findings import Findings as FindingsComponent
from viewer.hints import hint
from viewer.rate import Latest
from viewer.state import Chosen, Selection

NAME = "findings"
CHANGED = "changed more than noise"
_SIDES: tuple[Side, Side] = ("a", "b")
_OFFERED = 30
_EXAMPLES = 10
_LONGEST = 1_000
_MEMBERS, _NEIGHBORS = 8, 5
_SECONDS_BETWEEN_K = 0.05


class Findings:
    """A drawer over the dominoes' right edge, with its button in the headline.

    Parameters
    ----------
    selection
        What to tell about, and what its buttons change.
    """

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self.component = FindingsComponent(margin=0)
        self.component.on_msg(lambda event: self._hear(event.data))
        self.component.param.watch(lambda event: self._open(event.new), "is_open")
        self._k = Latest(lambda k: selection.select(k=k), _SECONDS_BETWEEN_K)
        self._shown: dict[str, Any] = {}
        self._groups: list[Group] = []
        self._noise: Noise | None = None

    def roots(self) -> dict[str, pn.viewable.Viewable]:
        """Return the button and its drawer, which are one component, by their place in the template."""
        return {NAME: self.component}

    def refresh(self, changed: set[str]) -> None:
        """Tell again what is told of another comparison or metric; a new k only moves a line."""
        selection = self.selection
        self.component.is_open = selection.panel == NAME
        if not self.component.is_open:
            return
        comparison = selection.comparison
        self._tell("terms", "always", _terms)
        self._tell("versions", (selection.dataset, tuple(selection.pairs())), self._versions)
        self._tell("pair", comparison, lambda: _pair(selection, comparison))
        self._tell("neighbors", (comparison, selection.metric), self._neighbors)
        self.component.param.update(
            k=selection.k,
            projection=selection.projection,
            chosen=selection.chosen.how if selection.chosen else "",
        )

    def _tell(self, part: str, about: Any, make: Any) -> None:
        if part not in self._shown or self._shown[part] != about:
            setattr(self.component, part, _json(make()))
            self._shown[part] = about

    def _versions(self) -> dict[str, Any]:
        selection = self.selection
        found = selection.queries.headlines(selection.dataset, selection.pairs())
        compared = {version for pair in found for version in (pair.a, pair.b)}
        return {
            "versions": [name for name in selection.catalog.spaces(selection.dataset) if name in compared],
            "pairs": [{"a": pair.a, "b": pair.b, "scores": pair.scores} for pair in found],
            "fill": palette.FILL,
        }

    def _neighbors(self) -> dict[str, Any] | None:
        """Return what depends on the metric: curve, noise and groups."""
        selection, comparison = self.selection, self.selection.comparison
        self._groups, self._noise = [], None
        if comparison is None:
            return None
        queries, metric = selection.queries, selection.metric
        curve = queries.curve(comparison, metric)
        runs = queries.replicates_curve(comparison, metric)
        self._noise, self._groups = queries.noise(comparison, metric), queries.groups(comparison, metric)
        return {
            "metric": metric,
            "kMax": comparison.k_max,
            "curve": {
                "jaccard": _short(curve.jaccard_mean),
                "adjusted": _short(curve.chance_adjusted),
                "chance": _short(curve.jaccard_chance),
                "runs": None if runs is None else _short(runs),
            },
            "noise": _noise(self._noise),
            "groups": [_group(group) for group in self._groups],
            "objects": _objects(selection, comparison, self._groups),
        }

    def _open(self, is_open: bool) -> None:
        self.selection.panel = NAME if is_open else ""
        if not is_open:
            self.selection.lit = None

    def _hear(self, message: Any) -> None:
        """Do what was clicked; the message comes from a browser and is checked."""
        comparison = self.selection.comparison
        if not isinstance(message, dict):
            return
        match message:
            case {"open": [str(a), str(b)]} if (a, b) in self.selection.pairs():
                self.selection.select(a=a, b=b)
            case {"k": int(k)}:
                self._k.put(k)
            case {"changed": True} if self._noise is not None:
                self.selection.choose(np.flatnonzero(self._noise.changed), CHANGED)
            case {"group": int(place)} if 0 <= place < len(self._groups):
                self.selection.choose(self._groups[place].members, f"of group {place + 1}, moved together")
            case {"all": True}:
                self.selection.choose(None)
            case {"lit": int(place)}:
                known = 0 <= place < len(self._groups)
                self.selection.lit = Chosen(self._groups[place].members, "") if known else None
            case {"find": str(text), "asked": int(asked)} if comparison is not None:
                queries = self.selection.queries
                found: dict[str, list[str]] = {
                    side: queries.find_unmatched(comparison, side, text[:_LONGEST], _OFFERED)
                    for side in _SIDES
                }
                self.component.send({"asked": asked, **found})


def _terms() -> dict[str, Any]:
    return {name: vars(term) for name, term in glossary().items()}


def _pair(selection: Selection, comparison: Comparison | None) -> dict[str, Any] | None:
    """Return what does not depend on the metric."""
    if comparison is None:
        return None
    queries = selection.queries
    order = list(glossary())
    measures = sorted(queries.measures(comparison), key=lambda one: order.index(one.name))
    maps = {
        name: {side: queries.map_quality(comparison, name, side) for side in _SIDES}
        for name in comparison.projections
    }
    return {
        "a": comparison.a,
        "b": comparison.b,
        "n": comparison.n,
        "onlyA": comparison.only_a,
        "onlyB": comparison.only_b,
        "examples": {side: queries.find_unmatched(comparison, side, "", _EXAMPLES) for side in _SIDES},
        "measures": [vars(one) for one in measures],
        "health": _health(selection, comparison),
        "maps": maps,
    }


def _health(selection: Selection, comparison: Comparison) -> list[dict[str, Any]]:
    """Return one row a measure, with the value of each space and plain words where it is unusual."""
    queries = selection.queries
    rows: dict[tuple[str, str | None], dict[str, Any]] = {}
    for side in _SIDES:
        dimensions = queries.dimensions(comparison, side)
        for one in queries.health(comparison, side):
            row = rows.setdefault(
                (one.name, one.metric), {"name": one.name, "metric": one.metric, "k": one.k, "hints": {}}
            )
            row[side] = one.value
            if words := hint(one.name, one.value, _size(one, comparison), dimensions):
                row["hints"][side] = words
    return list(rows.values())


def _size(measure: Measure, comparison: Comparison) -> int:
    return measure.n or comparison.n


def _noise(noise: Noise | None) -> dict[str, Any] | None:
    if noise is None:
        return None
    return {
        "k": noise.k,
        "changed": int(noise.changed.sum()),
        "tested": int(np.isfinite(noise.quantiles).sum()),
        "ratio": noise.noise_ratio,
        "similarity": noise.similarity,
        "runs": noise.replicate_mean,
    }


def _group(group: Group) -> dict[str, Any]:
    names = ("column", "value", "inside", "outside")
    return {
        "size": len(group.members),
        "coherence": float(group.coherence),
        "members": group.members[:_MEMBERS].tolist(),
        "lost": [row for row, _ in group.lost[:_NEIGHBORS]],
        "gained": [row for row, _ in group.gained[:_NEIGHBORS]],
        "traits": [dict(zip(names, trait, strict=False)) for trait in group.traits],
    }


def _objects(selection: Selection, comparison: Comparison, groups: Sequence[Group]) -> dict[str, Any]:
    """Return key and picture of every object that the groups name, by its common row."""
    named = [_group(group) for group in groups]
    rows = sorted({row for one in named for part in ("members", "lost", "gained") for row in one[part]})
    # Where each space is searched among its own objects, a neighbor need not be common to both.
    is_own = any(row >= comparison.n for row in rows)
    keys = selection.queries.all_keys(comparison) if is_own else selection.queries.keys(comparison)
    common = np.array([row for row in rows if row < comparison.n], np.int32)
    images = dict(zip(common.tolist(), selection.queries.thumbnails(comparison, common), strict=True))
    return {
        str(row): {"key": keys[row], "image": base64.b64encode(images.get(row) or b"").decode()}
        for row in rows
    }


def _short(values: NDArray[np.float64]) -> list[float]:
    """Return values with as many digits as a screen has pixels."""
    return [round(value, 5) for value in values.tolist()]


def _json(record: Any) -> str:
    """Return a record as JSON; what is no number becomes null, because JSON has no NaN."""
    return json.dumps(_finite(record), ensure_ascii=False, allow_nan=False)


def _finite(record: Any) -> Any:
    if isinstance(record, float):
        return record if isfinite(record) else None
    if isinstance(record, dict):
        return {name: _finite(value) for name, value in record.items()}
    if isinstance(record, list | tuple):
        return [_finite(value) for value in record]
    return record
