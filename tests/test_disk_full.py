"""A disk that fills up during a build: one sentence, nothing left behind, and the next build goes on."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from artifacts.errors import StorageFullError
from artifacts.store import Store
from tests.crash_driver import readable

ROOT = Path(__file__).parents[1]


def build(project, store, before: Callable[[], None] | None = None):
    command = [sys.executable, "-m", "pipelines", "build", "--project", project.file, "--store", store]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, preexec_fn=before, env=environment
    )


def limit_files(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def leftovers(store):
    """Files that no manifest, ref or note accounts for."""
    opened = Store(store)
    tables = set()
    for manifest in store.rglob("manifest.json"):
        found = opened.manifest(manifest.parents[2].name, manifest.parent.name)
        tables |= {entry["file"] for entry in found.tables.values()}
    return [
        path.name
        for path in store.rglob("*")
        if path.is_file() and path.suffix != ".json" and path.name not in tables
    ]


def check_refused_in_one_sentence(run, store, reason):
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    (line,) = [line for line in run.stderr.splitlines() if "failed" in line]
    assert line.startswith(f"failed: cannot write {store}/")
    assert f"({reason}): free space and run the same command again" in line


def test_a_file_that_cannot_grow_ends_the_build_with_one_sentence_and_the_next_build_completes(small_project):
    store, whole = small_project.folder / "small", small_project.folder / "whole"
    assert build(small_project, whole).returncode == 0
    expected = readable(whole)
    sizes = sorted(path.stat().st_size for path in whole.rglob("*.parquet"))
    run = build(small_project, store, partial(limit_files, sizes[-1] - 1))
    check_refused_in_one_sentence(run, store, "File too large")
    assert leftovers(store) == []
    left = readable(store)
    assert left and left.items() < expected.items()
    assert build(small_project, store).returncode == 0
    assert readable(store) == expected


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 128 KiB; skips where this process may not mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "none", folder]
    try:
        mounted = subprocess.run(mount, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("this process may not mount a file system")
    yield folder
    subprocess.run(["umount", folder], check=True)  # noqa: S607 (the system's)


def free(folder):
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize


def used(folder):
    """Bytes of the blocks of all files; folders of a tmpfs take none."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def test_a_full_disk_ends_the_build_with_one_sentence_and_frees_what_was_not_published(
    small_project, small_disk
):
    room = free(small_disk)
    store = small_disk / "store"
    run = build(small_project, store)
    check_refused_in_one_sentence(run, store, "No space left on device")
    assert leftovers(store) == []
    assert free(small_disk) == room - used(small_disk)
    left = readable(store)
    assert left
    grow = ["mount", "-o", "remount,size=16m", small_disk]
    subprocess.run(grow, check=True)
    run = build(small_project, store)
    assert run.returncode == 0, run.stderr
    assert left.items() <= readable(store).items()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_device_that_is_always_full_is_refused_with_the_name_of_the_file(tmp_path):
    store = Store(tmp_path, create=True)
    with pytest.raises(StorageFullError, match=r"cannot write .*/refs/space/d/v\.json: the disk is full"):
        with store.storage.whole("refs/space/d/v.json") as temporary:
            temporary.unlink()
            temporary.symlink_to("/dev/full")
            temporary.write_bytes(b"x")
    assert list((tmp_path / "refs").rglob("*.*")) == []
