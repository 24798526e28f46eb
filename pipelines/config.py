"""Configuration: configs/project.yaml and configs/datasets/*.yaml as frozen models; every error names its line."""

from __future__ import annotations

import difflib
import os
import re
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    ValidationError,
    model_validator,
)

from artifacts.names import PairKey, SpaceKey, check_name, natural_order
from pipelines.errors import ConfigError
from pipelines.ingest.reading import ReaderOptions
from pipelines.ingest.sources import RemoteFile, UrlSource, below, check_scheme, is_url
from pipelines.yaml_lines import Document, read_yaml

Metric = Literal["cosine", "euclidean"]
Method = Literal["pca", "umap", "tsne", "pacmap"]
EngineChoice = Literal["auto", "exact", "nndescent", "faiss", "torch"]
Name = Annotated[str, AfterValidator(check_name)]
Model = TypeVar("Model", bound="_Frozen")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CheckpointConfig(_Frozen):
    """A checkpoint and how to read it where its content does not say; see `pipelines.ingest.ReaderOptions`.

    In ``source``, the path holds ``{version}``: every file that matches is a version of the dataset.
    Relative paths start at the folder of the file they stand in. A path may be a URL (s3, gs, az, http, hf, or
    ``zip://member::archive``). ``path: FILE#MEMBER`` says the same as ``member: MEMBER``.
    """

    path: str
    format: str | None = None
    key: str | None = None
    member: str | None = None
    metadata: str | None = None
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


class NeighborsConfig(_Frozen):
    """How many neighbors to keep (K), under which metrics, and which engine searches them.

    ``auto`` searches exactly while that is affordable (to some 600,000 objects of 100 dimensions), and by
    NN-Descent above; ``faiss`` and ``torch`` (on a GPU where there is one) are extras to ask for.
    """

    k: Annotated[int, Field(ge=1, le=1000)] = 250
    metric: Annotated[tuple[Metric, ...], Field(min_length=1)] = ("cosine", "euclidean")
    engine: EngineChoice = "auto"


class ProjectionsConfig(_Frozen):
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


class SimilarityConfig(_Frozen):
    """Parameters of the scores of an object.

    ``rbo_p`` is the persistence p of rank-biased overlap (Webber et al. 2010): the first 1 / (1 − p) ranks
    carry most of the weight, 50 by default. ``false_discovery_rate`` is the share of wrong ones among the objects
    that are said to have changed more than noise.
    """

    rbo_p: Annotated[float, Field(gt=0, lt=1)] = 0.98
    false_discovery_rate: Annotated[float, Field(gt=0, lt=1)] = 0.05


class PairsConfig(_Frozen):
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


class DatasetConfig(_Frozen):
    """One dataset: where the checkpoints of its versions are, what to compute, what to compare.

    ``replicates`` are versions that are runs of the same model: what they differ by is noise.
    """

    dataset: Name
    title: str = ""
    source: CheckpointConfig | None = None
    spaces: dict[Name, CheckpointConfig] = {}
    neighbors: NeighborsConfig = NeighborsConfig()
    projections: ProjectionsConfig = ProjectionsConfig()
    similarity: SimilarityConfig = SimilarityConfig()
    pairs: PairsConfig = PairsConfig()
    replicates: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _one_source(self) -> DatasetConfig:
        if (self.source is None) == (not self.spaces):
            raise ValueError("give either 'source' (a path with {version}) or 'spaces' (version: {path: …})")
        if self.source and self.source.path.count("{version}") != 1:
            raise ValueError(f"source.path {self.source.path!r} must hold {{version}} exactly once")
        if len(self.replicates) == 1 or len(set(self.replicates)) < len(self.replicates):
            raise ValueError(f"replicates {list(self.replicates)} must be two or more different versions")
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
        found: dict[str, tuple[Path | RemoteFile, CheckpointConfig]]
        if self.source is None:
            found = {
                version: (_located(folder, config.path), config) for version, config in self.spaces.items()
            }
        elif is_url(self.source.path):
            files = UrlSource(below(folder, self.source.path)).versions()
            found = {_version(version, file.url): (file, self.source) for version, file in files.items()}
        else:
            found = {version: (path, self.source) for version, path in _matches(folder, self.source.path)}
        return {
            SpaceKey(self.dataset, version): (path, _options(folder, config))
            for version, (path, config) in sorted(found.items(), key=lambda item: natural_order(item[0]))
        }

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


class Project(_Frozen):
    """The whole configuration.

    Attributes
    ----------
    file
        The project file; ``store`` and ``datasets`` are relative to its folder.
    """

    file: Path
    store: str
    datasets: dict[str, tuple[Path, DatasetConfig]]

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
        return config.checkpoints(self.datasets[name][0].parent)


class _ProjectFile(_Frozen):
    store: str = "../artifacts/data"
    datasets: str = "datasets"


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
    return Project(file=file, store=store, datasets=datasets)


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
        if isinstance(model, type) and issubclass(model, BaseModel):
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
    )


def _named_pair(text: str) -> tuple[str, str]:
    a, dots, b = text.partition("..")
    if not dots or not a or not b:
        raise ConfigError(f"pairs.list: {text!r} is not a pair: write A..B")
    return a, b
