"""A search in parts against the whole search, on friendly and on hostile data."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.neighbors import (
    METRICS,
    exact,
    exact_neighbors,
    join_parts,
    parts,
    places,
    search_part,
    search_parts,
    workers,
)
from tests.neighbors.test_exact import KINDS, normal


@pytest.mark.parametrize("kind", KINDS)
def test_strips_joined_in_any_order_are_the_whole_search(kind, monkeypatch):
    vectors = kind(np.random.default_rng(2), 700, 10)
    whole = exact_neighbors(vectors, 60, list(METRICS))
    monkeypatch.setattr(parts, "LEAST", 50)
    monkeypatch.setattr(workers, "BLOCK", 97)
    monkeypatch.setattr(places, "CELL", 20)
    monkeypatch.setattr(exact, "SAMPLE", 150)  # thresholds are guesses
    wanted = search_parts("exact", 700, 60, list(METRICS), 3)
    assert len(wanted) == 9
    found = join_parts(700, [(part, search_part(vectors, part, threads=2)) for part in reversed(wanted)])
    for metric in METRICS:
        np.testing.assert_array_equal(found[metric].lists.rows, whole[metric].rows)
        np.testing.assert_array_equal(found[metric].lists.distances, whole[metric].distances)
        assert found[metric].recall == 1.0


def test_an_approximate_search_is_cut_by_metric_and_tells_its_recall():
    vectors = normal(np.random.default_rng(0), 400, 6)
    wanted = search_parts("nndescent", 400, 20, list(METRICS), 8)
    assert [part.metrics for part in wanted] == [("cosine",), ("euclidean",)]
    found = join_parts(400, [(part, search_part(vectors, part)) for part in wanted])
    assert all(0.9 < found[metric].recall <= 1 for metric in METRICS)


@pytest.mark.parametrize("workers", [1, 2, 7])
@pytest.mark.parametrize("n", [2, 511, 513, 5000])
def test_every_object_is_in_one_strip(n, workers):
    strips = search_parts("exact", n, 1, ["cosine"], workers)
    assert [row for part in strips for row in range(part.start, part.stop)] == list(range(n))
    assert len(strips) == 1 or all(part.stop - part.start >= parts.LEAST for part in strips)
