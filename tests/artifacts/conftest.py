"""Storages that the tests of the store run on, and a store filled by hand, without the mathematics."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from artifacts.records import sealed, unsealed
from artifacts.schemas import vector_of
from artifacts.storage import Storage, open_storage
from artifacts.store import Store
from pipelines.loading import fixed_lists
from pipelines.workspace import Artifact, Recipe, Workspace
from tests.s3 import BUCKET, Proxy, proxy_before, running_server, use_server


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The endpoint of an S3 server with one bucket."""
    with running_server() as endpoint:
        yield endpoint


@pytest.fixture
def s3_url(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A fresh folder of the bucket; the environment says how to reach it."""
    use_server(monkeypatch, s3_server)
    return f"s3://{BUCKET}/{secrets.token_hex(6)}/store"


@pytest.fixture
def proxy(s3_url: str, s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A server between `s3_url` and this process."""
    with proxy_before(s3_server) as before:
        use_server(monkeypatch, before.endpoint)
        yield before


@pytest.fixture(params=["local", "s3"])
def url(request: pytest.FixtureRequest) -> str:
    """A fresh place for a store, on every kind of storage."""
    if request.param == "local":
        return str(request.getfixturevalue("tmp_path") / "store")
    return str(request.getfixturevalue("s3_url"))


@pytest.fixture
def storage(url: str) -> Storage:
    return open_storage(url)


@dataclass
class Filled:
    """A store, and what publishes into it.

    Versions are numbers: another number gives another fingerprint under the same key.
    """

    url: str

    @property
    def root(self) -> Path:
        return Path(self.url)

    def store(self) -> Store:
        """The store as a process sees it that has just started."""
        return Store(self.url)

    def space(self, name: str = "v1", version: int = 0, store: Store | None = None) -> Artifact:
        """Publish ``words@<name>``: three objects."""
        row = np.arange(3, dtype=np.int32)
        vectors = fixed_lists(np.full((3, 2), version, np.float32)).cast(vector_of(2))
        tables = {
            "objects": pa.table({"row": row, "key": pa.array(["x", "y", "z"])}),
            "vectors": pa.table({"row": row, "vector": vectors}),
        }
        recipe = Recipe(
            "space", f"words/{name}", f"words@{name}", 1, {"version": version}, {}, {"file": name}
        )
        return self._publish(recipe, tables, store)

    def map(self, space: Artifact, version: int = 0, store: Store | None = None) -> Artifact:
        """Publish the map of a space."""
        row = np.arange(3, dtype=np.int32)
        x = pa.array([0.0, 1.0, 2.0], pa.float32())
        table = pa.table({"row": row, "x": x, "y": x, "intrusion": x, "extrusion": x})
        name = space.manifest.key.partition("@")[2]
        recipe = Recipe(
            "projection", f"words/{name}/pca", f"words@{name} pca", 1, {"version": version},
            {"space": space.reference}, {},
        )  # fmt: skip
        return self._publish(recipe, {"coordinates": table}, store)

    def comparison(self, *inputs: Artifact, version: int = 0, store: Store | None = None) -> Artifact:
        """Publish ``words@v1..words@v2``, computed from some objects; it has no tables."""
        used = {f"input {i}": one.reference for i, one in enumerate(inputs)}
        pair = "words@v1..words@v2"
        recipe = Recipe("comparison", "words/v1..v2", pair, 1, {"version": version}, used, {})
        facts = {"common": 3, "only_a": 0, "only_b": 0, "metrics": [], "projections": [], "k": 2}
        facts["searched"] = "common"
        return self._publish(recipe, {}, store, facts)

    def file(self, artifact: Artifact, table: str = "manifest") -> Path:
        """The file of a table, or the manifest."""
        kind, fingerprint = artifact.reference
        folder = self.root / "objects" / kind / fingerprint[:2] / fingerprint
        return folder / ("manifest.json" if table == "manifest" else artifact.manifest.tables[table]["file"])

    def make_old(self, hours: float = 48) -> None:
        """Let everything in the store be as old as that, by the times of its files and in its refs."""
        then = time.time() - 3600 * hours
        for path in self.root.rglob("*"):
            if path.is_file():
                if path.parts[len(self.root.parts)] == "refs" and path.suffix == ".json":
                    ref = unsealed(path.read_bytes())
                    path.write_bytes(sealed(ref | {"updated": "19" + ref["updated"][2:]}))
                os.utime(path, (then, then))

    def _publish(
        self, recipe: Recipe, tables: dict[str, pa.Table], store: Store | None, facts: dict | None = None
    ) -> Artifact:
        def compute(publication) -> None:
            for name, table in tables.items():
                publication.write(name, table)
            publication.facts.update(facts or {"metadata": [], "thumbnails": False})

        return Workspace(None, store or self.store()).publish(recipe, compute)


@pytest.fixture
def filled(tmp_path: Path) -> Filled:
    """An empty store to fill."""
    Store(tmp_path / "store", create=True)
    return Filled(str(tmp_path / "store"))


class Watched:
    """A storage that tells before every call which one it is, and counts the files that are read."""

    def __init__(self, storage, before: Callable[[str, str], None] = lambda name, path: None) -> None:
        self._storage = storage
        self._before = before
        self.read_paths: list[str] = []

    def __getattr__(self, name: str):
        inner = getattr(self._storage, name)
        if not callable(inner):
            return inner

        def call(path: str, *rest):
            self._before(name, path)
            if name == "read":
                self.read_paths.append(path)
            return inner(path, *rest)

        return call


@pytest.fixture
def watched() -> type[Watched]:
    """The class `Watched`."""
    return Watched
