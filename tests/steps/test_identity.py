"""What a space is said to be: recorded, and refused where bytes say otherwise."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from artifacts.names import SpaceKey
from artifacts.store import Store
from pipelines.build import build
from pipelines.config import load_project
from pipelines.errors import ConfigError, IngestError
from pipelines.steps import ingest_space
from pipelines.workspace import Workspace

FILES = {"v1": "a 1 2\nb 2 1\nc 3 3\n", "v2": "a 1 3\nb 2 1\nc 3 3\n", "v3": "a 0 3\nb 2 1\nc 3 3\n"}


def project(folder: Path, config: str) -> Workspace:
    (folder / "configs" / "datasets").mkdir(parents=True, exist_ok=True)
    for version, text in FILES.items():
        if not (folder / f"{version}.txt").exists():
            (folder / f"{version}.txt").write_text(text)
    (folder / "configs" / "project.yaml").write_text("store: ../store\n")
    text = f"dataset: d\nprojections: {{method: [pca]}}\n{config}\n"
    (folder / "configs" / "datasets" / "d.yaml").write_text(text)
    loaded = load_project(folder / "configs" / "project.yaml")
    return Workspace(loaded, Store(loaded.store, create=True))


def source(identity: str) -> str:
    return f"source: {{path: '../../{{version}}.txt', identity: {{{identity}}}}}"


def ingested(work: Workspace) -> dict[str, object]:
    """Version to its manifest, or to the error that it was refused with."""
    found: dict[str, object] = {}
    for key in work.project.checkpoints("d"):
        try:
            found[key.version] = ingest_space(work, key).manifest
        except IngestError as error:
            found[key.version] = str(error)
    return found


def test_an_identity_is_recorded_with_the_digest_of_the_bytes_and_the_dimensions(tmp_path):
    said = "provider: acme, model: m, revision: '{version}', normalisation: unit, preprocessing: lower case"
    manifest = ingested(project(tmp_path, source(said)))["v2"]
    identity = {
        "provider": "acme",
        "model": "m",
        "revision": "v2",
        "normalisation": "unit",
        "preprocessing": "lower case",
    }
    assert manifest.facts["identity"] == manifest.parameters["identity"] == identity
    assert manifest.facts["digest"] == sha256(FILES["v2"].encode()).hexdigest()
    assert manifest.facts["dimensions"] == 2


def test_versions_that_claim_one_model_with_other_bytes_are_refused_with_both_names_and_fail_their_pairs(
    tmp_path,
):
    work = project(tmp_path, source("model: m, revision: r1"))
    results = {str(one.key): one.error for one in build(work, ["d"])}
    refused = str(results["d@v2"])
    assert refused.startswith("d@v2 claims to be m revision r1, as d@v1 does, but has other bytes (sha256 ")
    assert refused.endswith("give each its own revision, or declare both as replicates")
    assert "as d@v1 does" in str(results["d@v3"])
    assert results["d@v1"] is None
    assert "not compared, because d@v2 failed" in str(results["d@v1..d@v2"])


@pytest.mark.parametrize(
    "config",
    [
        source("model: m"),
        source("model: m, revision: '{version}'"),
        source("model: m, revision: r1") + "\nreplicates: [v1, v2, v3]",
        "source: {path: '../../{version}.txt'}",
    ],
)
def test_without_a_revision_with_one_each_or_as_replicates_versions_may_differ(tmp_path, config):
    assert not [one for one in ingested(project(tmp_path, config)).values() if isinstance(one, str)]


def test_the_same_bytes_may_claim_the_same_model(tmp_path):
    for version in FILES:
        (tmp_path / f"{version}.txt").write_text(FILES["v1"])
    assert not [
        one
        for one in ingested(project(tmp_path, source("model: m, revision: r"))).values()
        if isinstance(one, str)
    ]


def test_two_members_of_one_file_are_not_the_same_bytes(tmp_path):
    np.savez(tmp_path / "both.npz", keys=["a", "b"], one=np.ones((2, 2)), two=np.eye(2))
    spaces = "\n".join(
        f"  {m}: {{path: ../../both.npz, member: {m}, identity: {{model: m, revision: r}}}}"
        for m in ("one", "two")
    )
    found = ingested(project(tmp_path, f"spaces:\n{spaces}"))
    assert "d@two claims to be m revision r, as d@one does" in found["two"]


def test_other_bytes_under_the_same_revision_are_refused_until_the_revision_changes(tmp_path):
    work = project(tmp_path, source("provider: acme, model: m, revision: '{version}'"))
    before = ingested(work)["v2"]
    (tmp_path / "v2.txt").write_text(FILES["v2"].replace("1 3", "9 9"))
    refused = ingested(work)
    assert refused["v2"].startswith(
        "d@v2 claims to be acme/m revision v2, as the d@v2 published before did, but has other bytes"
    )
    assert work.published("space", "d/v2").manifest.fingerprint == before.fingerprint
    changed = ingested(project(tmp_path, source("provider: acme, model: m, revision: '{version}-fixed'")))[
        "v2"
    ]
    assert changed.facts["identity"]["revision"] == "v2-fixed"
    back = ingested(project(tmp_path, source("provider: acme, model: m, revision: '{version}'")))["v2"]
    assert "as the d@v2 published before did" in back
    (tmp_path / "v2.txt").write_text(FILES["v2"])
    restored = ingest_space(
        project(tmp_path, source("provider: acme, model: m, revision: '{version}'")), SpaceKey("d", "v2")
    )
    assert restored.manifest.fingerprint == before.fingerprint


def test_other_bytes_without_a_declared_identity_are_a_new_publication(tmp_path):
    work = project(tmp_path, "source: {path: '../../{version}.txt'}")
    before = ingested(work)["v1"]
    (tmp_path / "v1.txt").write_text(FILES["v3"])
    assert ingested(work)["v1"].fingerprint != before.fingerprint


def test_a_misspelled_part_of_an_identity_is_told_with_its_line(tmp_path):
    with pytest.raises(
        ConfigError, match=r"d.yaml:3: source.identity.revison: unknown field .did you mean revision"
    ):
        project(tmp_path, source("model: m, revison: r"))
