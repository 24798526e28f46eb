"""Read many damaged files with every reader, by hand.

``python -m tests.ingest.mutation_driver --count 10000 [--reader npz]``
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from tests.ingest.conftest import WRITERS
from tests.ingest.mutation_workers import drive

COLUMNS = ("reader", "written as", "inputs", "refused", "escapes", "deaths", "slowest s", "all s", "peak MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reader", action="append", help="a reader or a format of the tests; default: all")
    parser.add_argument(
        "--count", type=int, default=10_000, help="inputs a reader, over all formats it reads"
    )
    arguments = parser.parse_args()
    wanted = arguments.reader or list(WRITERS)
    formats = [name for name, (reader, _) in WRITERS.items() if {name, reader} & set(wanted)]
    readers = Counter(WRITERS[name][0] for name in formats)
    print("|", " | ".join(COLUMNS), "|", flush=True)
    print("|", " | ".join("---" for _ in COLUMNS), "|", flush=True)
    failed = False
    for name in formats:
        reader = WRITERS[name][0]
        tally = drive(name, -(-arguments.count // readers[reader]))
        row = (reader, name, tally.inputs, tally.refused, len(tally.bad), len(tally.deaths))
        took = (f"{tally.slowest:.2f}", f"{tally.seconds:.1f}", f"{tally.most_memory:.0f}")
        print("|", " | ".join(map(str, row + took)), "|", flush=True)
        for one in tally.bad[:5]:
            print(name, one, file=sys.stderr, flush=True)
        failed = failed or bool(tally.bad)
    sys.exit(failed)


if __name__ == "__main__":
    main()
