"""Kill run workers, then the whole tree of the daemon, with SIGKILL at random moments; look at what became of it all.

Run by hand, it takes some ten minutes::

    python -m tests.orchestration.daemon_kills --times 10 [--seed 0]

Prints one JSON object of counts; exit status 1 when a run is stuck, a partition is missing, or a checkpoint was not
ingested exactly once.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np

from artifacts.store import Store
from tests.orchestration.live import PATIENCE, Daemon, Live, daemon, make_live, runs, working


def kill_workers(live: Live, instance: dg.DagsterInstance, versions: list[str], moment: random.Random) -> int:
    """Add versions and kill the process of the first run of each; return how many were killed."""
    for version in versions:
        live.add(version)
    killed: set[str] = set()
    with daemon(live) as child:

        def next_victim() -> list[tuple[int, dg.DagsterRun]]:
            return [
                (process, run)
                for process, run in working(instance).items()
                if run.job_name == "build_space" and run.tags["dagster/partition"] not in killed
            ]

        while len(killed) < len(versions):
            process, run = child.until("a run is worked on", next_victim, 0.05)[0]
            time.sleep(moment.uniform(0, 1))
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                print(f"missed {run.tags['dagster/partition']}: it had ended", file=sys.stderr)
            killed.add(run.tags["dagster/partition"])
        settle(live, instance, child)
    return sum(run.status == dg.DagsterRunStatus.FAILURE for run in runs(instance))


def kill_trees(live: Live, instance: dg.DagsterInstance, versions: list[str], moment: random.Random) -> int:
    """Add a version, kill UI, daemon and workers while it is worked on, start again; return how many were killed."""
    for version in versions:
        live.add(version)
        with daemon(live) as child:
            child.until("a run is worked on", lambda: working(instance), 0.05)
            time.sleep(moment.uniform(0, 3))
            child.kill()
    with daemon(live) as child:
        settle(live, instance, child)
    return len(versions)


def settle(live: Live, instance: dg.DagsterInstance, child: Daemon) -> None:
    """Wait until every pair of neighboring versions is compared and every run has ended."""
    store = Store(live.folder / "store")
    pairs = len(list((live.folder / "checkpoints").iterdir())) - 1

    def is_done() -> bool:
        return len(store.ref_paths("comparison")) == pairs and all(run.is_finished for run in runs(instance))

    child.until("every pair is compared and every run has ended", is_done, patience=PATIENCE * pairs)


def verdict(live: Live, instance: dg.DagsterInstance) -> dict[str, Any]:
    """Count runs by status, and what was ingested how often."""
    store = Store(live.folder / "store")
    versions = sorted(path.stem for path in (live.folder / "checkpoints").iterdir())
    manifests = Counter(
        json.loads(path.read_text())["key"]
        for path in (live.folder / "store" / "objects" / "space").rglob("manifest.json")
    )
    vectors = Counter(
        path.parent.name for path in (live.folder / "store" / "objects" / "space").rglob("vectors-*.parquet")
    )
    return {
        "versions": len(versions),
        "published": len(store.ref_paths("space")),
        "pairs": len(store.ref_paths("comparison")),
        "ingested_once": sum(manifests[f"digits@{version}"] == 1 for version in versions),
        "left_behind": sum(count - 1 for count in vectors.values()) + len(vectors) - len(manifests),
        "runs": Counter(run.status.value for run in runs(instance)),
        "unfinished": sum(not run.is_finished for run in runs(instance)),
    }


def main() -> int:
    """Parse the command line, kill, and judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--times", type=int, default=10, help="kills of workers, and as many of the tree")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    moment = random.Random(asked.seed)  # noqa: S311 (moments, not secrets)
    with tempfile.TemporaryDirectory() as folder:
        live = make_live(Path(folder) / "project")
        names = [f"v{i}" for i in range(2 * asked.times)]
        for i, name in enumerate(names):
            with np.load(live.waiting / "epoch-50.npz") as base:
                arrays = dict(base)
            arrays["vectors"] = arrays["vectors"] + np.float32(0.001 * i)
            np.savez(live.waiting / f"{name}.npz", **arrays)
            shutil.copystat(live.waiting / "epoch-50.npz", live.waiting / f"{name}.npz")
        with dg.DagsterInstance.from_config(str(live.home)) as instance:
            workers = kill_workers(live, instance, names[: asked.times], moment)
            trees = kill_trees(live, instance, names[asked.times :], moment)
            found = {"killed_workers": workers, "killed_trees": trees, **verdict(live, instance)}
    print(json.dumps(found, indent=1))
    whole = (found["published"], found["ingested_once"], found["pairs"] + 1)
    return 0 if found["unfinished"] == 0 and set(whole) == {len(names)} else 1


if __name__ == "__main__":
    sys.exit(main())
