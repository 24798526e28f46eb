"""The workers of a Dask cluster: processes of this machine, or those of a scheduler that runs elsewhere.

Workers read the store and never write to it: what they return is published by the process that asked. A task whose
worker is lost is carried out again by another one, from the store.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import resource_tracker
from threading import Lock
from typing import Any

from artifacts.errors import StoreError
from pipelines.compute import Load, Progress, R, S, T, Work
from pipelines.errors import ClusterError, LostWorkersError, MissingExtraError

try:
    import distributed
    from distributed.comm.core import CommClosedError
except ImportError:
    raise MissingExtraError("dask") from None

POLL_SECONDS = 1.0
COMPARED = ("embedding-comparator", "numpy", "numba", "scikit-learn", "umap-learn", "openTSNE", "pynndescent")
"""Packages whose versions decide results."""

_loading = Lock()
"""Of a worker: its threads wait for one of them to load what all need."""


class Cluster:
    """Where the tasks of a map run on Dask workers; see `pipelines.compute.Compute`.

    Parameters
    ----------
    address
        Of a scheduler; None: start one, and `workers` processes, on this machine when they are first needed.
    workers
        Processes to start; None: one a processor.
    patience
        Seconds to wait for the scheduler and for workers.
    """

    def __init__(self, address: str | None, workers: int | None, patience: float) -> None:
        self._address, self._workers, self._patience = address, workers or os.cpu_count() or 1, patience
        self._started: Any = None
        self._client: Any = None

    @property
    def slots(self) -> int:
        """How many tasks the workers carry out at once.

        Raises
        ------
        ClusterError
            No scheduler answers, or it has no workers.
        """
        return self._threads(self._connected()) or 1

    def map(
        self, load: Load[S], work: Work[S, T, R], tasks: Sequence[T], progress: Progress
    ) -> Iterator[tuple[T, R]]:
        """Carry out tasks on the workers; see `pipelines.compute.Compute.map`.

        Raises
        ------
        ClusterError
            The scheduler cannot be reached, or workers cannot do the work: other versions, no access to the store.
        LostWorkersError
            Workers died again and again, or all are gone.
        """
        client = self._connected()
        sent: dict[Any, T] = {}
        try:
            for task in tasks:
                sent[client.submit(_carry_out, _versions(), load, work, task, pure=False)] = task
            for done, future in enumerate(self._as_they_end(client, set(sent)), 1):
                yield sent[future], self._result(future)
                future.release()
                progress(done, len(tasks))
        except (CommClosedError, CancelledError):
            self.close()  # the next map looks for a scheduler again
            raise self._lost("the scheduler is gone") from None
        finally:
            for future in sent:
                future.release()  # what has not begun is not carried out any more

    def close(self) -> None:
        """Leave the cluster, and end it if it was started here."""
        client, started, self._client, self._started = self._client, self._started, None, None
        for one in (client, started):
            if one is not None:
                with suppress(TimeoutError, OSError):
                    one.close(timeout=10)

    def _connected(self) -> Any:
        if self._client is None:
            self._client = self._connect()
        return self._client

    def _connect(self) -> Any:
        if self._address is None:
            self._started = _start_here(self._workers)
        # What Dask's client logs is told by our errors.
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        place = self._address or self._started
        try:
            client = distributed.Client(place, timeout=self._patience, set_as_default=False)
        except (OSError, ValueError) as error:
            raise ClusterError(
                f"no Dask scheduler answers at {self._address}: start one with 'dask scheduler' and workers with "
                f"'dask worker {self._address}', or correct compute.address ({type(error).__name__})"
            ) from None
        try:
            client.wait_for_workers(1, timeout=self._patience)
        except TimeoutError:
            client.close()
            raise ClusterError(
                f"the Dask scheduler at {self._address or 'this machine'} has no workers after {self._patience:g} s: "
                f"start some with 'dask worker {self._address or ''}'".rstrip()
            ) from None
        return client

    def _threads(self, client: Any) -> int:
        return sum(client.nthreads().values())

    def _as_they_end(self, client: Any, waiting: set[Any]) -> Iterator[Any]:
        seen = time.monotonic()
        while waiting:
            try:
                with client.as_current():
                    done, waiting = distributed.wait(waiting, POLL_SECONDS, "FIRST_COMPLETED")
                yield from done
            except TimeoutError:
                pass
            if self._threads(client):
                seen = time.monotonic()
            elif time.monotonic() - seen > self._patience:
                raise self._lost(f"there have been no workers for {self._patience:g} s")

    def _result(self, future: Any) -> Any:
        try:
            return future.result()
        except distributed.KilledWorker:
            raise self._lost(
                "the worker that carried it out died, several times: most often there was too little memory"
            ) from None
        except CommClosedError:
            raise
        except (StoreError, OSError) as error:
            raise ClusterError(
                f"a Dask worker cannot read what it needs: {error}. The store must be on S3, or in a folder that all "
                "machines have at the same path"
            ) from None
        except (ImportError, RuntimeError) as error:
            lacking = error.__cause__ or error  # Dask wraps what its scheduler could not import
            if not isinstance(lacking, ImportError):
                raise
            raise ClusterError(
                f"Dask's scheduler or a worker lacks a package ({lacking}): install embedding-comparator there, with "
                "the same extras"
            ) from None

    def _lost(self, what: str) -> LostWorkersError:
        where = self._address or "the cluster of this machine"
        return LostWorkersError(
            f"work on {where} was lost: {what}. What is published stays; give the workers more memory or start fewer, "
            "and run the same command again"
        )


def _start_here(workers: int) -> Any:
    # Ctrl-C reaches every process of a terminal. Those started here inherit the mask and leave it to this one; starting
    # the resource tracker would lift it.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
            memory_limit=0,  # with a limit, Dask holds a worker back for ever whose memory is not its own to spill
            silence_logs=logging.CRITICAL,
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _carry_out(expected: dict[str, str], load: Load[S], work: Work[S, T, R], task: T) -> R:
    """Carry out one task on a worker, on one thread: others of its threads have tasks of their own."""
    found = _versions()
    if other := [name for name in expected if found[name] != expected[name]]:
        told = ", ".join(f"{name} {found[name]} instead of {expected[name]}" for name in other)
        raise ClusterError(
            f"a Dask worker would compute other results, because it has {told}: install the same"
        )
    with _loading:
        shared = _loaded(load)
    return work(shared, task, 1, None)


@lru_cache(maxsize=1)
def _loaded(load: Load[S]) -> S:
    return load()


@cache
def _versions() -> dict[str, str]:
    return {name: _version(name) for name in COMPARED}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"
