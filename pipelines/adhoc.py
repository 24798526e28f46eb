"""Two checkpoint files compared once, through the same steps and tables as everything else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from artifacts.catalog import Comparison
from artifacts.names import PairKey
from artifacts.queries import PATIENT, Queries
from artifacts.store import Store
from pipelines.config import (
    CheckpointConfig,
    DatasetConfig,
    NeighborsConfig,
    PairsConfig,
    Project,
    ProjectionsConfig,
)
from pipelines.errors import ComparisonError, InputError
from pipelines.ingest.sources import RemoteFile, below, check_scheme, is_url, local_copy
from pipelines.neighbors import METRICS
from pipelines.steps import compare, ingest_space, match
from pipelines.workspace import Report, Workspace

DATASET = "compare"
DEFAULT_K = 50
DEPTH = 250
"""Neighbors kept an object, so that ties are broken the same way whatever k is asked."""


@dataclass(frozen=True)
class AdHoc:
    """A comparison of two files, and how to ask about it.

    Attributes
    ----------
    ks
        The asked k values, ascending.
    """

    queries: Queries
    comparison: Comparison
    metric: str
    ks: list[int]

    def scores(self) -> pa.Table:
        """Return key, overlap and jaccard of every common object; suffixed by k where several are asked."""
        table = self.queries.scores(self.comparison, self.metric, self.ks)
        return table if len(self.ks) > 1 else table.rename_columns(["key", "overlap", "jaccard"])


def compare_files(
    a: Path | str, b: Path | str, ks: list[int] | None, metric: str, store: Store, report: Report
) -> AdHoc:
    """Compare two checkpoint files.

    Parameters
    ----------
    a, b
        Checkpoint files, folders or URLs (as in a dataset's configuration; they are fetched first). ``FILE#MEMBER``
        names an array, tensor, column or data set in a file of several.
    ks
        Numbers of neighbors to compare; None: 50, or half of n − 1 where that is less.
    store
        Where the artifacts go.

    Raises
    ------
    pipelines.errors.InputError
        A file that cannot be fetched or read, an unknown metric, too few common objects, k ≥ n.
    """
    if metric not in METRICS:
        raise InputError(f"--metric {metric!r} is unknown: choose one of {', '.join(METRICS)}")
    depth = max(DEPTH, *ks) if ks else DEPTH
    pair, project = _project(str(a), str(b), metric, depth, store)
    work = Workspace(project, store, report)
    for space in pair.spaces:
        ingest_space(work, space)
    facts = match(work, pair).manifest.facts
    ks = _checked(ks, facts["common"])
    compare(work, pair)
    queries = Queries(store, PATIENT)
    comparison = queries.comparison(pair.dataset, pair.a, pair.b)
    return AdHoc(queries, comparison, metric, ks)


def _project(a: str, b: str, metric: str, depth: int, store: Store) -> tuple[PairKey, Project]:
    names = [_version(place) for place in (a, b)]
    if names[0] == names[1]:
        names = [f"{names[0]}-a", f"{names[1]}-b"]
    pair = PairKey(DATASET, *names)
    config = DatasetConfig(
        dataset=DATASET,
        spaces=dict(zip(names, map(_checkpoint, (a, b)), strict=True)),
        neighbors=NeighborsConfig(k=depth, metric=(metric,)),  # type: ignore[arg-type]  # checked by the caller
        projections=ProjectionsConfig(method=("pca",)),
        pairs=PairsConfig(policy="list", list=(f"{pair.a}..{pair.b}",)),
    )
    return pair, Project(file=Path(), store=store.url, datasets={DATASET: (Path(), config)})


def _checkpoint(place: str) -> CheckpointConfig:
    name, _, member = place.rpartition("#")
    if not name or (not is_url(place) and Path(place).exists()):
        name, member = place, ""
    path = _fetched(name) if is_url(name) else Path(name)
    return CheckpointConfig(path=str(path.absolute()), member=member or None)


def _fetched(url: str) -> Path:
    try:
        check_scheme(url)
    except ValueError as error:
        raise InputError(str(error)) from None
    return local_copy(RemoteFile(below(Path.cwd(), url)))


def _version(place: str) -> str:
    """Make a version's name of the last part of a path or URL, and the member if there is one.

    >>> _version("runs/v1.txt.gz"), _version("zip://words/v2.npz::all.zip#layer/6")
    ('v1', 'v2-layer-6')
    """
    path, _, member = place.partition("#")
    stem = path.split("::")[0].rstrip("/").rpartition("/")[2].split(".")[0]
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", f"{stem}-{member}").strip("-_")
    return name[:100] or "space"


def _checked(ks: list[int] | None, common: int) -> list[int]:
    if ks is None:
        return [min(DEFAULT_K, max(1, (common - 1) // 2))]
    if ks[-1] >= common:
        raise ComparisonError(
            f"k = {ks[-1]} needs at least {ks[-1] + 1} common objects and there are {common}: "
            f"give --k {common - 1} or less"
        )
    return ks
