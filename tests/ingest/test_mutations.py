"""Whatever bytes a checkpoint holds, reading it ends soon, with blocks or with an `IngestError`.

``python -m tests.ingest.mutation_driver`` reads ten times as many inputs, and more.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from pipelines.errors import IngestError
from pipelines.ingest import READERS
from tests.ingest.conftest import WRITERS
from tests.ingest.mutation_workers import drive
from tests.ingest.mutations import MEGABYTES, SECONDS, Subject

INPUTS = 1000
"""A reader, over all formats that it reads."""

ISOLATED_INPUTS = 100
"""For a reader whose inputs need a new process now and then, which is most of the time that they take."""


def test_nothing_escapes_but_an_ingest_error(written_format):
    reader = WRITERS[written_format][0]
    inputs = ISOLATED_INPUTS if READERS[reader].is_isolated else INPUTS
    tally = drive(written_format, inputs // Counter(name for name, _ in WRITERS.values())[reader])
    assert tally.bad == []
    assert 0 < tally.refused < tally.inputs
    assert len(tally.deaths) < tally.inputs / 4  # else the processes die of something else


@pytest.mark.parametrize("written_format", [name for name in ("parquet", "hdf5", "lance") if name in WRITERS])
def test_what_may_kill_a_process_is_refused_by_another(written_format, tmp_path):
    subject = Subject(written_format, tmp_path)
    assert subject.is_isolated
    assert sum(subject.refused_alone(number) for number in range(6)) >= 3


@pytest.mark.parametrize("harm", ["escape", "memory", "time"])
def test_what_should_not_be_is_noticed(harm, tmp_path, monkeypatch):
    def harmful(path, options):
        if harm == "escape":
            raise KeyError("escaped")
        if harm == "memory":
            np.ones((MEGABYTES + 50) << 20, np.uint8)
        end = time.process_time() + (SECONDS + 0.1 if harm == "time" else 0)
        while time.process_time() < end:
            pass
        raise IngestError("a; b")

    subject = Subject("npz", tmp_path)
    assert subject.damaged(1).is_good
    monkeypatch.setitem(READERS, "npz", replace(READERS["npz"], open=harmful))
    assert not subject.damaged(1).is_good
