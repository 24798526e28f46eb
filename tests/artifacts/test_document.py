"""The page about the store is what the code says, and its list of steps is what the code does."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from artifacts import local
from artifacts.document import PROTOCOL, store_markdown
from artifacts.schemas import KINDS
from artifacts.store import Store

ROOT = Path(__file__).parents[2]


def test_the_committed_page_is_current():
    committed = (ROOT / "docs" / "store.md").read_text(encoding="utf-8")
    assert committed == store_markdown(), "run `python -m artifacts.document > docs/store.md`"


def test_the_page_tells_every_kind_table_and_column():
    page = store_markdown()
    for name, kind in KINDS.items():
        section = page.partition(f"### {name}\n")[2].partition("\n### ")[0]
        for table, schema in kind.tables.items():
            assert f"**`{table}`**" in section
            for column in schema.columns:
                assert f"| `{column}` |" in section


def test_the_steps_of_the_page_are_the_calls_of_a_publication_in_their_order(tmp_path, monkeypatch):
    calls = []

    def recorded(owner, name, step):
        original = getattr(owner, name)

        def call(*arguments, **options):
            calls.append(step)
            return original(*arguments, **options)

        monkeypatch.setattr(owner, name, call)

    store = Store(tmp_path / "store", create=True)
    recorded(local, "_make_folder", "make folder")
    recorded(pq.ParquetWriter, "close", "write")
    recorded(Path, "write_bytes", "write")
    recorded(local, "_flush", "flush")
    recorded(Path, "replace", "rename")
    recorded(os, "link", "link")
    monkeypatch.setattr(Path, "unlink", unlink_recorded(calls))
    place = {name: pa.array([0.0], pa.float32()) for name in ("x", "y", "intrusion", "extrusion")}
    with store.publication("projection", "d@a pca", "ab" * 32, {}, {}) as publication:
        publication.write("coordinates", pa.table({"row": pa.array([0], pa.int32()), **place}))
    store.point("projection", "d/a/pca", "d@a pca", "ab" * 32)
    assert without_folders(calls) == [call for call, _, _ in PROTOCOL]


def unlink_recorded(calls):
    """Record only what removes a file: a temporary file that was renamed is gone already."""
    original = Path.unlink

    def unlink(path, missing_ok=False):
        if path.exists():
            calls.append("unlink")
        original(path, missing_ok)

    return unlink


def without_folders(calls):
    """Fold the making of a folder, its parents and their flushes into one step; drop it where nothing was made."""
    steps = []
    for place, call in enumerate(calls):
        if call == "make folder":
            if (
                place + 1 < len(calls)
                and calls[place + 1] in {"make folder", "flush"}
                and steps[-1:] != [call]
            ):
                steps.append(call)
        elif not (call == "flush" and steps[-1:] == ["make folder"]):
            steps.append(call)
    return steps
