"""Make the demo checkpoints from what is installed. Configs and ingestion of them do not live here.

Two datasets are written as ordinary ``.npz`` checkpoints, for the ordinary readers:

* ``digits``: the stages of one training, and two replicates (`pipelines.demo.digits`);
* ``docstrings``: the same words in two libraries' documentation (`pipelines.demo.docstrings`).
"""

from __future__ import annotations

from pipelines.demo.digits import write_digits
from pipelines.demo.docstrings import write_docstrings

__all__ = ["write_digits", "write_docstrings"]
