"""The part of the configuration that says where the heavy maps run, and its short form for the command line."""

from __future__ import annotations

import os
import re
from typing import Annotated, Literal

from pydantic import Field, PositiveInt, ValidationError, model_validator

from pipelines.config_objects import Frozen
from pipelines.errors import InputError

VARIABLE = "EMBEDDING_COMPARATOR_COMPUTE"
_ADDRESS = r"^(tcp|tls|ws|wss|ucx)://[^\s/]+:\d+$"
_SHORT = re.compile(r"(serial|threads|dask)(?::(\d+))?")


class ComputeConfig(Frozen):
    """Where the heavy maps inside a step run; results do not depend on it.

    ``serial``: in this process, on one thread; ``threads``: on ``threads`` of them, by default one a processor;
    ``dask``: on a cluster: that of the scheduler at ``address``, or else ``workers`` processes of this machine, by
    default one a processor. ``patience``: seconds to wait for a scheduler and for workers.
    """

    mode: Literal["serial", "threads", "dask"] = "threads"
    threads: PositiveInt | None = None
    workers: PositiveInt | None = None
    address: Annotated[str, Field(pattern=_ADDRESS)] | None = None
    patience: Annotated[float, Field(gt=0)] = 30

    @model_validator(mode="after")
    def _consistent(self) -> ComputeConfig:
        if self.threads and self.mode != "threads":
            raise ValueError("give 'threads: N' together with 'mode: threads', and only then")
        if (self.workers or self.address) and self.mode != "dask":
            raise ValueError("give 'workers: N' or 'address: …' together with 'mode: dask', and only then")
        if self.workers and self.address:
            raise ValueError("give 'workers: N' (of this machine) or 'address: …' (of a scheduler), not both")
        return self


def read_compute(text: str) -> ComputeConfig:
    """Read the short form: ``serial``, ``threads``, ``threads:4``, ``dask``, ``dask:4``, or a scheduler's address.

    Raises
    ------
    InputError
        It is none of them.

    Examples
    --------
    >>> read_compute("dask:4").workers, read_compute("tcp://10.0.0.5:8786").mode
    (4, 'dask')
    """
    short = _SHORT.fullmatch(text)
    try:
        if not short:
            return ComputeConfig(mode="dask", address=text)
        mode, count = short.groups()
        counted = {"threads": "threads", "dask": "workers"}.get(mode)
        if count and not counted:
            raise InputError(f"{text!r}: serial is one thread: write serial, or threads:{count}")
        return ComputeConfig.model_validate({"mode": mode} | ({counted: int(count)} if count else {}))
    except ValidationError:
        raise InputError(
            f"{text!r} does not say where to compute: write serial, threads, threads:4, dask, dask:4, or the address "
            "of a Dask scheduler as tcp://HOST:8786"
        ) from None


def asked_compute(configured: ComputeConfig, asked: str | None = None) -> ComputeConfig:
    """Return what was asked for in the short form, or by the environment variable, or else what is configured."""
    text = asked or os.environ.get(VARIABLE)
    return read_compute(text) if text else configured
