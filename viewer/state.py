"""What the user has selected. Every change goes through `Selection.select`, which keeps it valid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import param
from numpy.typing import NDArray

from artifacts.catalog import Catalog, Comparison
from artifacts.errors import StoreError
from artifacts.queries import SIMILARITY, Queries
from viewer.map_look import BOTH, map_look

DEFAULT_K = 50
MOST_PINNED = 20


@dataclass(frozen=True, eq=False)
class Chosen:
    """Objects that the dominoes are narrowed to.

    Attributes
    ----------
    rows
        int32, shape (m,), m ≥ 1: common rows, ascending.
    how
        How they were chosen, in words: ``lasso``, ``similarity 20 % to 30 %``, ``found``, ``group 3``.
    keys
        Their keys where they were named one by one, so that a link can name them again; empty otherwise.
    """

    rows: NDArray[np.int32]
    how: str
    keys: tuple[str, ...] = ()


class Selection(param.Parameterized):
    """The comparison on the page and how it is looked at.

    Parameters
    ----------
    catalog
        What is published.
    queries
        Where the comparison is read from.
    """

    dataset = param.String(doc="Name of the dataset.")
    a = param.String(doc="Version of space A.")
    b = param.String(doc="Version of space B.")
    metric = param.String(doc="Metric of the neighbors.")
    projection = param.String(doc="Method of the maps.")
    k = param.Integer(DEFAULT_K, bounds=(1, None), doc="Neighbors compared, 1 … K.")
    at = param.String(doc="Fingerprint of the version of the comparison; empty: the current one.")
    comparison = param.ClassSelector(class_=Comparison, doc="The published comparison of A and B, or None.")
    chosen = param.ClassSelector(class_=Chosen, doc="What the dominoes are narrowed to; None: all objects.")
    sort = param.String(SIMILARITY, doc="What the dominoes are sorted by, one of `Queries.sortable`.")
    beyond_noise = param.Boolean(False, doc="Whether only objects that changed more than noise are shown.")
    color = param.String(SIMILARITY, doc="What the maps are coloured by, one of `quantity_names`.")
    maps = param.String(BOTH, doc="Both maps, or one that shows the objects where A or where B has them.")
    trails = param.Boolean(False, doc="Whether lines lead from where A has objects to where B has them.")
    unlinked = param.Boolean(False, doc="Whether maps in one frame are moved one by one.")
    note = param.String(doc="What was wanted of the maps and cannot be had, in words.")
    pinned = param.List(default=[], item_type=str, doc="Keys of the pinned objects, oldest first.")
    pointed = param.Integer(-1, doc="Common row of the object whose domino is pointed at, −1 for none.")
    panel = param.String(doc="The panel that is open beside the dominoes: findings; empty for none.")
    lit = param.ClassSelector(class_=Chosen, doc="What both maps show for a moment; None: nothing.")
    problem = param.String(doc="Why there is nothing to show, in words; empty when there is.")

    def __init__(self, catalog: Catalog, queries: Queries) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # param has no types for it
        self.catalog = catalog
        self.queries = queries

    def select(self, **wanted: str | int) -> None:
        """Change the selection; what is missing or out of bounds is replaced by the nearest that exists.

        Parameters
        ----------
        **wanted
            New values of dataset, a, b, metric, projection, k, at, sort, beyond_noise, color, maps, trails or
            unlinked. A new dataset without a and b gets its first published pair; another pair without at is shown
            in its current version.
        """
        dataset = str(wanted.get("dataset") or self.dataset or self._first_dataset())
        first = self._first_pair(dataset)
        keeps = dataset == self.dataset
        a = str(wanted.get("a") or (self.a if keeps else first[0]))
        b = str(wanted.get("b") or (self.b if keeps else first[1]))
        same = (dataset, a, b) == (self.dataset, self.a, self.b)
        at = str(wanted.get("at", self.at if same else ""))
        comparison, problem = self.comparison, ""
        if comparison is None or not same or at != self.at:
            # A slider of k reads no ref, and goes on with the version that it started with.
            comparison, problem = self._find(dataset, a, b, at)
        look = self._look(comparison, wanted)
        changes = {"dataset": dataset, "a": a, "b": b, "at": at, "problem": problem, **look}
        # Param takes an equal record for a new one, and would have everything drawn again.
        both: dict[str, Any] = {**changes, "comparison": comparison}
        if comparison != self.comparison:
            both |= {"chosen": self._chosen_again(comparison), "pointed": -1, "lit": None}
        if not keeps:
            both["pinned"] = []
        self.param.update(**{name: new for name, new in both.items() if new != getattr(self, name)})

    def choose(self, rows: NDArray[np.integer] | None, how: str = "") -> None:
        """Narrow the dominoes to some common rows; None or none of them: to all objects."""
        comparison = self.comparison
        if comparison is None or rows is None or len(rows) == 0:
            self.chosen = None
            return
        inside = np.unique(rows[(rows >= 0) & (rows < comparison.n)]).astype(np.int32)
        self.chosen = Chosen(inside, how) if len(inside) else None

    def choose_keys(self, keys: Sequence[str]) -> None:
        """Narrow the dominoes to the objects of some keys; unknown ones are left out."""
        comparison = self.comparison
        rows = self.queries.rows_of(comparison, keys) if comparison else ()
        self.chosen = Chosen(np.asarray(rows, np.int32), "found", tuple(keys)) if len(rows) else None

    def narrowed(self) -> NDArray[np.int32] | None:
        """Return the common rows that the dominoes are taken from, ascending; None: all."""
        chosen = self.chosen.rows if self.chosen else None
        if self.comparison is None or not self.beyond_noise:
            return chosen
        changed = self.queries.changed_rows(self.comparison, self.metric)
        if chosen is None or changed is None:
            return chosen if changed is None else changed
        return np.intersect1d(chosen, changed, assume_unique=True)

    def pin(self, keys: Sequence[str]) -> None:
        """Pin the objects of some keys; a key that no space of the dataset has is kept, for another pair may."""
        self.pinned = list(dict.fromkeys(keys))[:MOST_PINNED]

    def _chosen_again(self, comparison: Comparison | None) -> Chosen | None:
        """Return what was named by key, in another comparison; rows mean nothing there."""
        if comparison is None or self.chosen is None or not self.chosen.keys:
            return None
        rows = self.queries.rows_of(comparison, self.chosen.keys)
        return Chosen(rows, self.chosen.how, self.chosen.keys) if len(rows) else None

    def pairs(self) -> list[tuple[str, str]]:
        """Return the published pairs of the selected dataset."""
        return self.catalog.comparisons(self.dataset)

    def _look(self, comparison: Comparison | None, wanted: dict[str, str | int]) -> dict[str, str | int]:
        """Return how it is looked at as wanted, as far as `comparison` has them."""
        names = (
            "metric", "projection", "k", "sort", "beyond_noise", "color", "maps", "trails", "unlinked",
        )  # fmt: skip
        look = {name: wanted.get(name, getattr(self, name)) for name in names}
        if comparison is None:
            switches = {name: bool(look[name]) for name in ("beyond_noise", "trails", "unlinked")}
            return look | {"k": max(1, int(look["k"]))} | switches
        if look["metric"] not in comparison.metrics:
            look["metric"] = comparison.metrics[0]
        if look["projection"] not in comparison.projections:
            look["projection"] = comparison.projections[0]
        look["k"] = min(max(1, int(look["k"])), comparison.k_max)
        metric = str(look["metric"])
        if look["sort"] not in self.queries.sortable(comparison, metric):
            look["sort"] = SIMILARITY
        look["beyond_noise"] = bool(look["beyond_noise"]) and self.queries.has_noise(comparison, metric)
        look |= map_look(self.queries, comparison, look)
        # Another k does not take back what was said of an earlier wish.
        return look | ({"note": self.note} if set(wanted) <= {"k"} else {})

    def _find(self, dataset: str, a: str, b: str, at: str) -> tuple[Comparison | None, str]:
        datasets = self.catalog.datasets()
        if not datasets:
            return None, "The store is empty."
        if dataset not in datasets:
            return None, f"There is no dataset “{dataset}” in the store; it holds {', '.join(datasets)}."
        if not self.catalog.comparisons(dataset):
            return None, f"No comparison of {dataset} is published yet."
        if (a, b) not in self.catalog.comparisons(dataset):
            return None, f"{dataset} has no published comparison of {a} (A) with {b} (B)."
        try:
            return self.queries.comparison(dataset, a, b, at), ""
        except StoreError as error:
            return None, str(error)

    def _first_dataset(self) -> str:
        compared = [name for name in self.catalog.datasets() if self.catalog.comparisons(name)]
        return compared[0] if compared else ""

    def _first_pair(self, dataset: str) -> tuple[str, str]:
        pairs = self.catalog.comparisons(dataset)
        return pairs[0] if pairs else ("", "")
