"""Serial, threads, processes of this machine and an outside Dask scheduler: the same bytes, and what goes wrong."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from sklearn.datasets import load_digits

from artifacts.schemas import KINDS
from artifacts.store import Store
from pipelines.build import build
from pipelines.compute import Here, opened
from pipelines.config import load_project
from pipelines.config_compute import ComputeConfig, read_compute
from pipelines.errors import ClusterError, ConfigError, InputError, LostWorkersError, MissingExtraError
from pipelines.neighbors import METRICS, exact_neighbors, join_parts, parts, search_parts
from pipelines.projections import PROJECTIONS
from pipelines.workspace import Workspace, silent
from tests.cluster_driver import Deadly, Vectors, scheduler_with, search_or_die, where
from tests.conftest import ROOT, write_text_checkpoint

pytest.importorskip("distributed", reason="dask is not installed: pip install 'embedding-comparator[dask]'")

from pipelines.cluster import Cluster

PATIENCE = 120.0
K = 20


@pytest.fixture(scope="module")
def digits():
    """1,100 handwritten digits of 8 × 8 pixels: two parts of a search."""
    return load_digits().data[:1100].astype(np.float32)


@pytest.fixture(scope="module")
def project(digits, tmp_path_factory):
    """The digits as pixels, and the roots of the pixels of all but a few: their neighbors are searched among both."""
    folder = tmp_path_factory.mktemp("digits")
    keys = [f"digit-{i}" for i in range(len(digits))]
    write_text_checkpoint(folder / "checkpoints" / "v1.txt", keys, digits)
    write_text_checkpoint(folder / "checkpoints" / "v2.txt", keys[50:], np.sqrt(digits[50:]))
    (folder / "datasets").mkdir()
    (folder / "project.yaml").write_text("store: store\n", encoding="utf-8")
    (folder / "datasets" / "digits.yaml").write_text(
        "dataset: digits\nsource: {path: '../checkpoints/{version}.txt'}\n"
        f"neighbors: {{k: {K}}}\nprojections: {{method: [pca]}}\n",
        encoding="utf-8",
    )
    return load_project(folder / "project.yaml")


def tables(project, folder, compute):
    """Build into a store of its own; the sha256 of every table of every artifact."""
    store = Store(folder / "store", create=True)
    results = list(build(Workspace(project, store, silent, compute), ["digits"]))
    assert [one.error for one in results if one.error] == []
    return tables_in(store)


def tables_in(store):
    return {
        f"{kind}/{path}/{table}": entry["sha256"]
        for kind in KINDS
        for path in store.ref_paths(kind)
        for table, entry in store.manifest(kind, store.ref(kind, path).fingerprint).tables.items()
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the results of one thread are."""
    return tmp_path_factory.mktemp("serial")


@pytest.fixture(scope="module")
def serial(project, folder):
    found = tables(project, folder, Here(threads=1))
    assert sum(name.startswith("neighbors/") for name in found) == 6, "of both spaces, and of a part of A"
    return found


@pytest.fixture(scope="module")
def local():
    with opened(ComputeConfig(mode="dask", workers=2, patience=PATIENCE)) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def scheduler():
    """A scheduler that gives a task up with its first worker, and two workers."""
    with scheduler_with(2, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0") as address:
        yield address


@pytest.fixture
def only_elsewhere(monkeypatch):
    """Let this process, but not those it starts, fail to search and to draw."""

    def refuse(*_arguments, **_named):
        raise AssertionError("computed in this process")

    monkeypatch.setattr(parts, "exact_neighbors", refuse)
    monkeypatch.setitem(PROJECTIONS, "pca", refuse)


def test_threads_give_the_bytes_of_one_thread(project, serial, tmp_path):
    assert tables(project, tmp_path, Here(threads=3)) == serial


def test_processes_of_this_machine_give_the_bytes_of_one_thread(
    project, serial, local, only_elsewhere, tmp_path
):
    assert tables(project, tmp_path, local) == serial


def test_an_outside_scheduler_gives_the_bytes_of_one_thread(
    project, serial, scheduler, only_elsewhere, tmp_path
):
    with opened(ComputeConfig(mode="dask", address=scheduler, patience=PATIENCE)) as cluster:
        assert tables(project, tmp_path, cluster) == serial


def test_dagster_computes_on_the_cluster_that_its_resource_names(
    project, serial, scheduler, only_elsewhere, tmp_path
):
    import dagster as dg

    from pipelines import assets
    from pipelines.resources import ComputeResource, ProjectResource

    compute = ComputeResource(mode="dask", address=scheduler)
    given = ProjectResource(project=str(project.file), store=str(tmp_path), compute=compute)
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("spaces", ["digits@v1"])
        made = [assets.space, assets.neighbors, assets.projections]
        dg.materialize(made, instance=instance, partition_key="digits@v1", resources={"project": given})
    found = tables_in(Store(tmp_path))
    assert {name.split("/")[0] for name in found} == {"space", "neighbors", "projection"}
    assert found == {name: serial[name] for name in found}


def test_tasks_are_carried_out_by_as_many_processes_as_asked_for(local):
    pids = {pid for _, pid in local.map(list, where, list(range(8)), silent(""))}
    assert len(pids) == local.slots == 2
    assert os.getpid() not in pids


def search(cluster, digits, folder, times):
    """Search on workers of which `times` are killed in the middle."""
    np.save(folder / "vectors.npy", digits)
    (folder / "deaths").mkdir()
    wanted = search_parts("exact", len(digits), K, list(METRICS), cluster.slots)
    tasks = [Deadly(part, folder / "deaths", times) for part in wanted]
    made = cluster.map(Vectors(folder / "vectors.npy"), search_or_die, tasks, silent(""))
    return join_parts(len(digits), ((task.part, found) for task, found in made))


def test_a_worker_that_is_killed_in_the_middle_changes_nothing(local, digits, tmp_path):
    found = search(local, digits, tmp_path, times=1)
    assert len(list((tmp_path / "deaths").iterdir())) == 1, "nobody was killed"
    for metric, lists in exact_neighbors(digits, K, list(METRICS)).items():
        assert found[metric].lists.rows.tobytes() == lists.rows.tobytes()
        assert found[metric].lists.distances.tobytes() == lists.distances.tobytes()


def test_workers_that_are_killed_again_and_again_end_in_one_sentence(scheduler, digits, tmp_path):
    with opened(ComputeConfig(mode="dask", address=scheduler, patience=PATIENCE)) as cluster:
        with pytest.raises(LostWorkersError, match="too little memory.*run the same command again"):
            search(cluster, digits, tmp_path, times=100)


def test_what_a_worker_cannot_read_is_told_with_the_remedy(local, tmp_path):
    with pytest.raises(
        ClusterError, match=r"nothing\.npy.*The store must be on S3, or in a folder that all machines"
    ):
        list(local.map(Vectors(tmp_path / "nothing.npy"), where, [1], silent("")))


def test_a_worker_with_another_version_of_a_package_is_refused(local, monkeypatch):
    monkeypatch.setattr("pipelines.cluster._versions", lambda: {"numpy": "0.1"})
    with pytest.raises(ClusterError, match="numpy .* instead of 0.1: install the same"):
        list(local.map(list, where, [1], silent("")))


def test_an_address_where_nobody_answers_is_bad_input_with_the_remedy(small_project, run):
    told = "store: ../store\ncompute: {mode: dask, address: 'tcp://127.0.0.1:9', patience: 0.5}\n"
    small_project.file.write_text(told, encoding="utf-8")
    status, _, err = run("build", "--project", small_project.file)
    assert status == 2
    assert "no Dask scheduler answers at tcp://127.0.0.1:9: start one with 'dask scheduler'" in err
    assert err.count("error:") == 1, "every space and pair would tell the same"


def test_a_scheduler_without_workers_is_told_so():
    with scheduler_with(0) as address, pytest.raises(ClusterError, match=f"'dask worker {address}'"):
        Cluster(address, None, patience=2).slots  # noqa: B018 (connects)


def test_nothing_is_started_where_everything_is_published(project, serial, folder):
    with opened(ComputeConfig(mode="dask", address="tcp://127.0.0.1:9", patience=0.5)) as cluster:
        assert tables(project, folder, cluster) == serial


def test_ctrl_c_ends_the_processes_that_were_started(project, tmp_path):
    psutil = pytest.importorskip("psutil")
    command = [sys.executable, "-m", "pipelines", "build", "--project", str(project.file)]
    child = subprocess.Popen(
        [*command, "--store", str(tmp_path / "store"), "--compute", "dask:2"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    workers, end = [], time.monotonic() + 120
    while len(workers) < 2 and child.poll() is None and time.monotonic() < end:
        time.sleep(0.05)
        workers = [
            one
            for one in psutil.Process(child.pid).children(recursive=True)
            if "spawn_main" in str(one.cmdline())
        ]
    os.killpg(child.pid, signal.SIGINT)  # a terminal sends it to all of them
    _, err = child.communicate(timeout=60)
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert child.returncode == 130
    assert alive == []
    assert "run the same command again to go on" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("serial", ComputeConfig(mode="serial")),
        ("threads:4", ComputeConfig(mode="threads", threads=4)),
        ("dask", ComputeConfig(mode="dask")),
        ("dask:4", ComputeConfig(mode="dask", workers=4)),
        ("tcp://10.0.0.5:8786", ComputeConfig(mode="dask", address="tcp://10.0.0.5:8786")),
    ],
)
def test_the_short_form_says_the_same_as_the_project_file(text, expected):
    assert read_compute(text) == expected


@pytest.mark.parametrize(
    "text", ["spark", "dask:0", "serial:2", "tcp://nowhere", "http://host:80", "threads:-1"]
)
def test_a_short_form_that_says_nothing_is_refused_with_what_can_be_written(text):
    with pytest.raises(InputError, match="write serial"):
        read_compute(text)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("{mode: threads, address: 'tcp://h:1'}", "together with 'mode: dask'"),
        ("{mode: dask, threads: 2}", "together with 'mode: threads'"),
        ("{mode: dask, workers: 2, address: 'tcp://h:1'}", "not both"),
        ("{mode: spark}", "'serial', 'threads' or 'dask'"),
    ],
)
def test_a_compute_section_that_does_not_fit_together_names_its_line(small_project, section, message):
    small_project.file.write_text(f"store: ../store\ncompute: {section}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"project.yaml:2: .*{message}"):
        load_project(small_project.file)


def test_what_the_page_about_clusters_writes_is_valid(small_project):
    text = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    small_project.file.write_text(example, encoding="utf-8")
    told = load_project(small_project.file)
    assert (told.store, told.compute.address) == ("s3://bucket/team/store", "tcp://scheduler:8786")
    short = re.findall(r"--compute (\S+)|COMPUTE=(\S+) ", text)
    assert [read_compute(option or variable).mode for option, variable in short] == ["threads", *["dask"] * 3]


def test_dask_that_is_not_installed_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "pipelines.cluster")
    with pytest.raises(MissingExtraError, match=r"pip install 'embedding-comparator\[dask\]'"):
        with opened(ComputeConfig(mode="dask")):
            pass
