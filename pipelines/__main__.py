"""``python -m pipelines`` is the command `embedding-comparator`."""

from pipelines.cli import main

main()
