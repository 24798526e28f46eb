"""The demo data, made once in this process and once in another one with other threads and hashes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.demo import write_digits, write_docstrings

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from pathlib import Path
from pipelines.demo import write_digits, write_docstrings
write_digits(Path(sys.argv[1], "digits"))
write_docstrings(Path(sys.argv[1], "docstrings"))
"""


@dataclass(frozen=True)
class Demo:
    here: Path
    elsewhere: Path
    lines: list[str]

    def space(self, dataset: str, version: str) -> Mapping[str, NDArray[Any]]:
        with np.load(self.here / dataset / f"{version}.npz", allow_pickle=False) as arrays:
            return dict(arrays)

    def versions(self, dataset: str) -> set[str]:
        return {path.name.removesuffix(".npz") for path in (self.here / dataset).iterdir()}


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    here, elsewhere = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("elsewhere")
    other = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "7"}
    environment = {**os.environ, **other, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(elsewhere)], env=environment) as process:
        lines: list[str] = []
        write_digits(here / "digits", progress=lines.append)
        write_docstrings(here / "docstrings", progress=lines.append)
    assert process.returncode == 0
    return Demo(here, elsewhere, lines)
