"""What several commands share: their options, where results are printed, and keys and numbers read from words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from artifacts.catalog import Comparison
from artifacts.names import PairKey, SpaceKey
from artifacts.queries import Queries
from pipelines.config_compute import VARIABLE
from pipelines.errors import InputError
from pipelines.steps import HEADLINE_K

out = Console(soft_wrap=True, highlight=False)

ProjectOption = Annotated[Path, typer.Option("--project", help="Project file.", show_default=True)]
StoreOption = Annotated[
    str | None, typer.Option("--store", help="Store, a folder, file:// or s3:// URL; default: the project's.")
]
PortOption = Annotated[int, typer.Option("--port", help="Port of the page.", min=0, max=65535)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
MetricOption = Annotated[str, typer.Option("--metric", help="cosine or euclidean.")]
KOption = Annotated[
    str | None, typer.Option("--k", help="Neighbors compared; several: 10,50.", show_default="50")
]
AtOption = Annotated[
    str,
    typer.Option(
        "--at",
        help="Fingerprint of an earlier version, or its first 8 digits ('store show PAIR' lists them).",
        show_default="the current one",
    ),
]
ComputeOption = Annotated[
    str | None,
    typer.Option(
        "--compute",
        envvar=VARIABLE,
        help="Where the heavy maps run: serial, threads, threads:4, dask, dask:4, or the address of a Dask scheduler, "
        "tcp://HOST:8786; default: the project's. Results do not depend on it.",
    ),
]
DagsterHomeOption = Annotated[
    Path | None,
    typer.Option(
        "--dagster-home",
        envvar="DAGSTER_HOME",
        help="Tell the Dagster instance of this folder what was built, so that its UI shows it; "
        "'dev' has its own in STORE/dagster.",
        show_default="nobody is told",
    ),
]
PROJECT = Path("configs/project.yaml")

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


def plain(error: object) -> str:
    """Return text in which Rich finds no markup."""
    return escape(str(error))


def space_key(text: str) -> SpaceKey:
    """Read DATASET@VERSION; raise InputError when it is not one."""
    try:
        return SpaceKey.parse(text)
    except ValueError as error:
        raise InputError(str(error)) from None


def pair_key(text: str) -> PairKey:
    """Read DATASET@A..DATASET@B; raise InputError when it is not one."""
    try:
        return PairKey.parse(text)
    except ValueError as error:
        raise InputError(str(error)) from None


def whole_numbers(text: str | None) -> list[int] | None:
    """Read ``10,50``, ascending and without repetition; raise InputError when it is no such list."""
    if text is None:
        return None
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        raise InputError(
            f"--k {text!r} is not a list of whole numbers: write --k 50 or --k 10,50,100"
        ) from None
    if min(numbers) < 1:
        raise InputError(f"--k {text!r}: k starts at 1")
    return sorted(set(numbers))


def asked(queries: Queries, pair: str, at: str, metric: str, k: str | None) -> tuple[Comparison, list[int]]:
    """Return the comparison that was asked for, and the k values; raise InputError when it lacks metric or k."""
    key = pair_key(pair)
    comparison = queries.comparison(key.dataset, key.a, key.b, at)
    if metric not in comparison.metrics:
        raise InputError(f"--metric {metric!r}: {key} was compared under {', '.join(comparison.metrics)}")
    ks = whole_numbers(k) or [min(HEADLINE_K, comparison.k_max)]
    if ks[-1] > comparison.k_max:
        raise InputError(f"--k {ks[-1]}: {key} was compared up to k = {comparison.k_max}")
    return comparison, ks


def seconds(text: str) -> float:
    """Read a duration.

    Raises
    ------
    InputError
        It is none.

    Examples
    --------
    >>> seconds("24h"), seconds("0s")
    (86400.0, 0.0)
    """
    found = _DURATION.fullmatch(text.strip())
    if not found:
        raise InputError(f"--grace {text!r} is not a duration: write 24h, 30m, 7d or 0s")
    return float(found[1]) * _SECONDS[found[2]]
