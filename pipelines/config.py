"""Configuration: configs/project.yaml and configs/datasets/*.yaml as frozen models; every error names its line."""

from __future__ import annotations

import difflib
import os
import re
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    PositiveInt,
    ValidationError,
    model_validator,
)

from artifacts.names import PairKey, SpaceKey, check_name, natural_order
from pipelines.config_compute import ComputeConfig
from pipelines.config_objects import Frozen, IdentityConfig, MatchingConfig
from pipelines.errors import ConfigError
from pipelines.ingest.extras import Extras
from pipelines.ingest.reading import ReaderOptions
from pipelines.ingest.sources import RemoteFile, UrlSource, below, check_scheme, is_url
from pipelines.thresholds import ChecksConfig, Method, Metric
from pipelines.yaml_lines import Document, read_yaml

EngineChoice = Literal["auto", "exact", "nndescent", "faiss", "torch"]
Name = Annotated[str, AfterValidator(check_name)]
Model = TypeVar("Model", bound=Frozen)


_CRON_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
"""Minute, hour, day of the month, month, weekday."""


def _check_cron(text: str) -> str:
    fields = text.split()
    if len(fields) != 5 or not all(map(_in_range, fields, _CRON_RANGES)):
        raise ValueError(
            f"{text!r} is no cron expression: write minute hour day month weekday, as in '0 3 * * *'"
        )
    return text


def _in_range(field: str, limits: tuple[int, int]) -> bool:
    for part in field.split(","):
        match = re.fullmatch(r"(?:\*|(\d+)(?:-(\d+))?)(?:/([1-9]\d*))?", part)
        if not match or not all(limits[0] <= int(end) <= limits[1] for end in match.groups()[:2] if end):
            return False
    return True


def _check_timezone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError(f"{text!r} is no time zone: write one like Europe/Berlin or UTC")
    return text


class CheckpointConfig(Frozen):
    """A checkpoint and how to read it where its content does not say; see `pipelines.ingest.ReaderOptions`.

    In ``source``, the path holds ``{version}``: every file that matches is a version of the dataset.
    Relative paths start at the folder of the file they stand in. A path may be a URL (s3, gs, az, http, hf, or
    ``zip://member::archive``). ``path: FILE#MEMBER`` says the same as ``member: MEMBER``.

    ``table`` is a file of metadata, joined by key; ``thumbnail`` says where the pictures of the objects are: a column
    of images or of paths, ``folder/{key}.png``, or a projector configuration with a sprite sheet. ``on_bad: drop``
    leaves objects out that would otherwise refuse the file: a value that is not finite, an empty or a repeated key.
    """

    path: str
    format: str | None = None
    key: str | None = None
    member: str | None = None
    metadata: str | None = None
    table: str | None = None
    table_key: str | None = None
    thumbnail: str | None = None
    on_bad: Literal["refuse", "drop"] = "refuse"
    identity: IdentityConfig | None = None
    bits: bool = False
    isolated: bool = False
    settle_seconds: Annotated[float, Field(ge=0)] = 0

    @model_validator(mode="before")
    @classmethod
    def _split_member(cls, values: Any) -> Any:
        path = values.get("path") if isinstance(values, dict) else None
        if not isinstance(path, str) or "#" not in path or values.get("member") is not None:
            return values
        name, _, member = path.rpartition("#")
        return {**values, "path": name, "member": member}

    @model_validator(mode="after")
    def _allowed(self) -> CheckpointConfig:
        if is_url(self.path):
            check_scheme(self.path)
        if self.metadata is not None and is_url(self.metadata):
            raise ValueError(f"metadata {self.metadata!r} must be a file of this machine")
        return self


class NeighborsConfig(Frozen):
    """How many neighbors to keep (K), under which metrics, and which engine searches them.

    ``auto`` searches exactly while that is affordable (to some 600,000 objects of 100 dimensions), and by
    NN-Descent above; ``faiss`` and ``torch`` (on a GPU where there is one) are extras to ask for.

    ``searched``: the neighbors of a pair are looked for among its ``common`` objects, or among each space's ``own``:
    then a neighbor that the other space lacks counts as not in common.
    """

    k: Annotated[int, Field(ge=1, le=1000)] = 250
    metric: Annotated[tuple[Metric, ...], Field(min_length=1)] = ("cosine", "euclidean")
    engine: EngineChoice = "auto"
    searched: Literal["common", "own"] = "common"


class ProjectionsConfig(Frozen):
    """Which maps to draw of every space, and which of them to draw again for every pair, B in the frame of A.

    PaCMAP is an extra.
    """

    method: tuple[Method, ...] = ("pca", "umap", "tsne")
    aligned: tuple[Method, ...] = ("pca",)

    @model_validator(mode="after")
    def _drawn(self) -> ProjectionsConfig:
        unknown = [method for method in self.aligned if method not in self.method]
        if unknown:
            raise ValueError(
                f"aligned names {unknown[0]!r}, which is not among the methods: {', '.join(self.method)}"
            )
        return self


class SimilarityConfig(Frozen):
    """Parameters of the scores of an object.

    ``rbo_p`` is the persistence p of rank-biased overlap (Webber et al. 2010): the first 1 / (1 − p) ranks
    carry most of the weight, 50 by default. ``false_discovery_rate`` is the share of wrong ones among the objects
    that are said to have changed more than noise.
    """

    rbo_p: Annotated[float, Field(gt=0, lt=1)] = 0.98
    false_discovery_rate: Annotated[float, Field(gt=0, lt=1)] = 0.05


class PairsConfig(Frozen):
    """Which versions are compared with which.

    ``consecutive``: each with the one before it; ``baseline``: each with ``baseline``; ``all``: every two;
    ``list``: the pairs of ``list``, each written ``A..B``.
    """

    policy: Literal["consecutive", "baseline", "all", "list"] = "consecutive"
    baseline: Name | None = None
    list: tuple[str, ...] = ()
    max_pairs: PositiveInt = 1000

    @model_validator(mode="after")
    def _complete(self) -> PairsConfig:
        if (self.policy == "baseline") != (self.baseline is not None):
            raise ValueError("give 'baseline: VERSION' together with 'policy: baseline', and only then")
        if (self.policy == "list") != bool(self.list):
            raise ValueError("give 'list: [A..B, …]' together with 'policy: list', and only then")
        return self


class DatasetConfig(Frozen):
    """One dataset: where the checkpoints of its versions are, what to compute, what to compare.

    ``replicates`` are versions that are runs of the same model: what they differ by is noise.
    """

    dataset: Name
    title: str = ""
    source: CheckpointConfig | None = None
    spaces: dict[Name, CheckpointConfig] = Field(default_factory=dict)
    neighbors: NeighborsConfig = NeighborsConfig()
    projections: ProjectionsConfig = ProjectionsConfig()
    similarity: SimilarityConfig = SimilarityConfig()
    pairs: PairsConfig = PairsConfig()
    matching: MatchingConfig = MatchingConfig()
    replicates: tuple[Name, ...] = ()
    checks: ChecksConfig = ChecksConfig()

    @model_validator(mode="after")
    def _consistent(self) -> DatasetConfig:
        if (self.source is None) == (not self.spaces):
            raise ValueError("give either 'source' (a path with {version}) or 'spaces' (version: {path: …})")
        if self.source and self.source.path.count("{version}") != 1:
            raise ValueError(f"source.path {self.source.path!r} must hold {{version}} exactly once")
        if len(self.replicates) == 1 or len(set(self.replicates)) < len(self.replicates):
            raise ValueError(f"replicates {list(self.replicates)} must be two or more different versions")
        for one in (*self.checks.pair.similarity, *self.checks.pair.slices):
            if one.metric and one.metric not in self.neighbors.metric:
                known = ", ".join(self.neighbors.metric)
                raise ValueError(f"checks.pair names the metric {one.metric!r}, neighbors.metric has {known}")
        return self

    def checkpoints(self, folder: Path) -> dict[SpaceKey, tuple[Path | RemoteFile, ReaderOptions]]:
        """Return the checkpoint of every version, in natural order.

        Parameters
        ----------
        folder
            Where relative paths start.

        Raises
        ------
        IngestError
            If the place that a URL names cannot be listed.
        """
        found: dict[str, Path | RemoteFile]
        if self.source is None:
            found = {version: _located(folder, config.path) for version, config in self.spaces.items()}
        elif is_url(self.source.path):
            files = UrlSource(below(folder, self.source.path)).versions()
            found = {_version(version, file.url): file for version, file in files.items()}
        else:
            found = dict(_matches(folder, self.source.path))
        return {
            SpaceKey(self.dataset, version): (path, _options(folder, self.checkpoint(version)))
            for version, path in sorted(found.items(), key=lambda item: natural_order(item[0]))
        }

    def checkpoint(self, version: str) -> CheckpointConfig:
        """Return what is configured of the checkpoint of a version."""
        return self.spaces[version] if self.source is None else self.source

    def extras(self, version: str, folder: Path) -> Extras:
        """Return what the checkpoint of a version is joined with; relative paths start at `folder`."""
        config = self.checkpoint(version)
        forgiving = config.on_bad == "drop"
        return Extras(folder, config.table, config.table_key, config.thumbnail, forgiving)

    def identity(self, version: str) -> dict[str, str]:
        """Return what a version says of itself, ``{version}`` filled in; empty where it says nothing."""
        declared = self.checkpoint(version).identity
        return {} if declared is None else declared.of(version)

    def wanted_pairs(self, versions: list[str]) -> list[PairKey]:
        """Return the pairs that the policy names among `versions` (in natural order).

        Raises
        ------
        ConfigError
            A version that is not there, or more than ``max_pairs`` pairs.
        """
        pairs = [PairKey(self.dataset, a, b) for a, b in self._named_pairs(versions)]
        unknown = sorted({name for pair in pairs for name in (pair.a, pair.b)} - set(versions))
        if unknown:
            raise ConfigError(
                f"dataset {self.dataset}: pairs name the version {unknown[0]!r}, which has no checkpoint; "
                f"there are: {', '.join(versions) or 'none'}"
            )
        if len(pairs) > self.pairs.max_pairs:
            raise ConfigError(
                f"dataset {self.dataset}: policy {self.pairs.policy!r} asks for {len(pairs)} pairs, more than "
                f"pairs.max_pairs = {self.pairs.max_pairs}: raise it or choose another policy"
            )
        return pairs

    def previous_pair(self, pair: PairKey, versions: list[str]) -> PairKey | None:
        """Return the pair that the policy names before `pair`, to see a fall against; None where there is none.

        ``consecutive``: the two versions before; ``baseline``: the baseline and the version before.

        Parameters
        ----------
        versions
            In natural order.
        """
        if self.pairs.policy not in {"consecutive", "baseline"}:
            return None
        named = self._named_pairs(versions)
        place = named.index((pair.a, pair.b)) if (pair.a, pair.b) in named else 0
        return PairKey(pair.dataset, *named[place - 1]) if place else None

    def _named_pairs(self, versions: list[str]) -> list[tuple[str, str]]:
        match self.pairs.policy:
            case "consecutive":
                return list(pairwise(versions))
            case "baseline":
                baseline = str(self.pairs.baseline)
                return [(baseline, version) for version in versions if version != baseline]
            case "all":
                return [(a, b) for i, a in enumerate(versions) for b in versions[i + 1 :]]
            case "list":
                return [_named_pair(text) for text in self.pairs.list]


class ScheduleConfig(Frozen):
    """When every pair is requested again: a cron expression and its time zone; read when Dagster loads the code."""

    cron: Annotated[str, AfterValidator(_check_cron)] = "0 3 * * *"
    timezone: Annotated[str, AfterValidator(_check_timezone)] = "UTC"


class AlertsConfig(Frozen):
    """Who is told about failed checks and runs: a URL that takes one JSON document by POST."""

    webhook: Annotated[str, Field(pattern="^https?://")] | None = None


VIEWER_URL = "http://localhost:5006/viewer"


class Project(Frozen):
    """The whole configuration.

    Attributes
    ----------
    file
        The project file; ``store`` and ``datasets`` are relative to its folder.
    viewer_url
        Where the page is served, for links to it.
    owners
        Who is shown as the owner of the assets in the Dagster UI.
    """

    file: Path
    store: str
    datasets: dict[str, tuple[Path, DatasetConfig]]
    viewer_url: str = VIEWER_URL
    owners: tuple[str, ...] = ()
    schedule: ScheduleConfig = ScheduleConfig()
    alerts: AlertsConfig = AlertsConfig()
    compute: ComputeConfig = ComputeConfig()

    def dataset(self, name: str) -> DatasetConfig:
        """Return the configuration of one dataset; raise ConfigError with the known names."""
        if name not in self.datasets:
            known = ", ".join(self.datasets) or "none"
            raise ConfigError(
                f"{self.file}: no dataset {name!r}{_did_you_mean(name, self.datasets)}; there are: {known}"
            )
        return self.datasets[name][1]

    def checkpoints(self, name: str) -> dict[SpaceKey, tuple[Path | RemoteFile, ReaderOptions]]:
        """Return the checkpoint of every version of a dataset, in natural order."""
        config = self.dataset(name)
        return config.checkpoints(self.folder(name))

    def folder(self, name: str) -> Path:
        """Return where the relative paths of a dataset start."""
        return self.datasets[name][0].parent


class _ProjectFile(Frozen):
    store: str = "../artifacts/data"
    datasets: str = "datasets"
    viewer_url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")] = VIEWER_URL
    owners: tuple[Annotated[str, Field(pattern=r"^(team:\S+|[\w.+-]+@[\w-]+(\.[\w-]+)+)$")], ...] = ()
    schedule: ScheduleConfig = ScheduleConfig()
    alerts: AlertsConfig = AlertsConfig()
    compute: ComputeConfig = ComputeConfig()


def load_project(file: Path) -> Project:
    """Read a project file and the dataset files that it names.

    Raises
    ------
    ConfigError
        ``file:line: field: message``.
    """
    config = _load(file, _ProjectFile)
    folder = file.parent / config.datasets
    if not folder.is_dir():
        raise read_yaml(file).error(("datasets",), f"there is no folder {folder}")
    datasets: dict[str, tuple[Path, DatasetConfig]] = {}
    for path in sorted(folder.glob("*.yaml")):
        dataset = _load(path, DatasetConfig)
        if dataset.dataset in datasets:
            first = datasets[dataset.dataset][0]
            raise read_yaml(path).error(("dataset",), f"{dataset.dataset!r} is already defined in {first}")
        datasets[dataset.dataset] = (path, dataset)
    store = config.store if "://" in config.store else str((file.parent / config.store).resolve())
    names = ("viewer_url", "owners", "schedule", "alerts", "compute")
    settings = {name: getattr(config, name) for name in names}
    return Project(file=file, store=store, datasets=datasets, **settings)


def owners_of(file: Path) -> tuple[str, ...]:
    """Return the owners that a project file names; none where it cannot be read, which whoever uses it is told."""
    try:
        return _load(file, _ProjectFile).owners
    except ConfigError:
        return ()


def _load(path: Path, model: type[Model]) -> Model:
    document = read_yaml(path)
    if not isinstance(document.content, dict):
        raise document.error((), "a mapping (field: value) is expected")
    try:
        return model.model_validate(document.content)
    except ValidationError as error:
        raise _first_error(document, model, error) from None


def _first_error(document: Document, model: type[BaseModel], error: ValidationError) -> ConfigError:
    # The unknown field usually explains the missing one, so it is told first.
    first = min(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
    field = tuple(part for part in first["loc"] if part != "[key]")
    if first["type"] == "extra_forbidden":
        hint = _did_you_mean(str(field[-1]), _fields(model, field[:-1]))
        return document.error(field, f"unknown field{hint}")
    if first["type"] == "missing":
        return document.error(field, "is missing: add it")
    message = first["msg"].removeprefix("Value error, ")
    shown = f", found {first['input']!r}" if isinstance(first["input"], str | int | float) else ""
    return document.error(field, message + shown)


def _fields(model: Any, field: tuple[Any, ...]) -> list[str]:
    """Return the field names of the model that stands at `field` inside `model`."""
    for part in field:
        if isinstance(model, type) and issubclass(model, BaseModel) and str(part) in model.model_fields:
            model = model.model_fields[str(part)].annotation
        models = [
            kind
            for kind in (model, *get_args(model))
            if isinstance(kind, type) and issubclass(kind, BaseModel)
        ]
        model = models[0] if models else model
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []


def _did_you_mean(name: str, known: Any) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _matches(folder: Path, pattern: str) -> list[tuple[str, Path]]:
    """Return the (version, path) of every file or folder that matches a pattern with ``{version}``."""
    whole = _below(folder, pattern)
    name = re.compile(re.escape(whole.name).replace(re.escape("{version}"), "(.+)"))
    if "{version}" not in whole.name:
        raise ConfigError(f"source.path {pattern!r}: {{version}} must stand in the file's name")
    found = []
    for path in whole.parent.glob("*") if whole.parent.is_dir() else ():
        match = name.fullmatch(path.name)
        if match and not path.name.startswith("."):
            found.append((_version(match[1], path), path))
    return found


def _version(name: str, where: Path | str) -> str:
    try:
        return check_name(name, "version")
    except ValueError as error:
        raise ConfigError(f"{where}: {error}: rename the file") from None


def _located(folder: Path, path: str) -> Path | RemoteFile:
    """Return where the checkpoint of one version is; a URL is looked at when it is read."""
    return RemoteFile(below(folder, path)) if is_url(path) else _below(folder, path)


def _below(folder: Path, path: str) -> Path:
    """Return a path that starts at `folder`, without the detours that make messages hard to read."""
    return Path(os.path.normpath(folder / path))


def _options(folder: Path, config: CheckpointConfig) -> ReaderOptions:
    metadata = _below(folder, config.metadata) if config.metadata else None
    return ReaderOptions(
        config.format,
        config.key,
        config.member,
        metadata,
        config.bits,
        config.isolated,
        config.settle_seconds,
        config.on_bad,
    )


def _named_pair(text: str) -> tuple[str, str]:
    a, dots, b = text.partition("..")
    if not dots or not a or not b:
        raise ConfigError(f"pairs.list: {text!r} is not a pair: write A..B")
    return a, b
