"""Lists of neighbors of single objects equal those in the whole table, on every storage, kept or read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from artifacts.database import LIMITS
from artifacts.errors import DamagedArtifactError, SlowQueryError
from artifacts.neighbor_lists import NeighborLists
from artifacts.schemas import KINDS
from artifacts.store import Manifest, Store
from pipelines.loading import fixed_lists
from tests.s3 import Proxy

K = 12
OBJECTS = 300
ROWS = np.arange(OBJECTS, dtype=np.int32) * 3 + 1
"""Only some objects of the space are searched."""

BYTES_OF_ONE = K * 8


def publish(store: Store, seed: int = 0) -> Manifest:
    """Publish made-up lists in several row groups."""
    rng = np.random.default_rng(seed)
    neighbors = rng.integers(0, 1000, (OBJECTS, K), np.int32)
    distances = rng.random((OBJECTS, K), np.float32)
    columns = {"row": ROWS, "neighbor_rows": fixed_lists(neighbors), "distances": fixed_lists(distances)}
    fingerprint = f"{seed:064x}"
    with store.publication("neighbors", f"d@v{seed}", fingerprint, {}, {}) as publication:
        publication.write("neighbors", pa.table(columns))
    assert 2 * KINDS["neighbors"].tables["neighbors"].row_group < OBJECTS
    return store.manifest("neighbors", fingerprint)


def slow(store: Store, manifest: Manifest, rows: list[int], k: int) -> list[tuple[list[int], list[float]]]:
    """Return the first k neighbors of each row and their distances, from the whole table."""
    table = store.read_table(manifest, "neighbors").to_pylist()
    held = {line["row"]: (line["neighbor_rows"][:k], line["distances"][:k]) for line in table}
    return [held[row] for row in rows]


def told(found: tuple[np.ndarray, np.ndarray]) -> list[tuple[list[int], list[float]]]:
    return list(zip(found[0].tolist(), found[1].tolist(), strict=True))


def a_store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store", create=True)


def lists_of(store: Store, kept_bytes: int = 1 << 20) -> NeighborLists:
    return NeighborLists(store, LIMITS, lambda: None, kept_bytes)


@pytest.mark.parametrize("k", [1, 5, K])
def test_lists_of_some_rows_equal_those_in_the_whole_table(url: str, k: int) -> None:
    store = Store(url, create=True)
    manifest, lists = publish(store), lists_of(store)
    for rows in ([1, 898], [898, 4, 400, 1, 4], ROWS.tolist()):  # new, partly kept, repeated, all
        assert told(lists.of(manifest, np.array(rows, np.int32), k)) == slow(store, manifest, rows, k)


def test_no_rows_have_no_lists(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    neighbors, distances = lists_of(store).of(publish(store), np.empty(0, np.int32), 5)
    assert neighbors.shape == distances.shape == (0, 5)


def test_lists_of_two_spaces_are_not_mixed_up(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    lists, rows = lists_of(store), [7, 301]
    for manifest in (publish(store, 1), publish(store, 2)):
        assert told(lists.of(manifest, np.array(rows, np.int32), K)) == slow(store, manifest, rows, K)


def test_what_is_answered_can_be_changed_without_changing_what_is_kept(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    manifest, lists, rows = publish(store), lists_of(store), np.array([1, 4], np.int32)
    for values in lists.of(manifest, rows, K):
        values[:] = 0
    assert told(lists.of(manifest, rows, K)) == slow(store, manifest, [1, 4], K)


def test_kept_lists_outlive_their_file_until_they_are_forgotten(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    manifest, lists, rows = publish(store), lists_of(store), np.array([1, 4], np.int32)
    expected = slow(store, manifest, [1, 4], K)
    lists.of(manifest, rows, K)
    store.storage.remove(store.table_path(manifest, "neighbors"))
    assert told(lists.of(manifest, rows, K)) == expected
    lists.forget()
    with pytest.raises(DamagedArtifactError, match="is missing"):
        lists.of(manifest, rows, K)


def test_the_least_recently_asked_lists_are_forgotten_first(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    manifest, lists = publish(store), lists_of(store, kept_bytes=3 * BYTES_OF_ONE)
    for row in (1, 4, 7, 1, 10):
        lists.of(manifest, np.array([row], np.int32), K)
    expected = slow(store, manifest, [1, 7, 10], K)
    store.storage.remove(store.table_path(manifest, "neighbors"))
    assert told(lists.of(manifest, np.array([1, 7, 10], np.int32), K)) == expected
    with pytest.raises(DamagedArtifactError, match="cannot be read"):
        lists.of(manifest, np.array([4], np.int32), K)


def test_kept_lists_are_asked_of_no_server(s3_url: str, proxy: Proxy) -> None:
    store = Store(s3_url, create=True)
    manifest, lists, rows = publish(store), lists_of(store), ROWS[::20]
    lists.of(manifest, rows, K)
    assert proxy.seen, "the count itself must see what is asked"
    proxy.seen.clear()
    lists.of(manifest, rows, 5)
    assert proxy.seen == []


@pytest.mark.parametrize("row", [2, 3000])
def test_a_row_without_a_list_is_damage(tmp_path: Path, row: int) -> None:
    store = a_store(tmp_path)
    with pytest.raises(DamagedArtifactError, match=rf"row.*{row}.*store rebuild"):
        lists_of(store).of(publish(store), np.array([1, row], np.int32), K)


def test_damage_is_found_by_the_checksum_of_a_page_and_told_once(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    manifest = publish(store)
    file = Path(store.url) / store.table_path(manifest, "neighbors")
    content = bytearray(file.read_bytes())
    content[2000] ^= 1
    file.write_bytes(content)
    seen: list[str] = []
    lists = NeighborLists(store, LIMITS, lambda: seen.append("damage"))
    with pytest.raises(DamagedArtifactError, match="CRC checksum verification failed"):
        lists.of(manifest, ROWS, K)
    assert seen == ["damage"]


def test_a_question_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    lists = NeighborLists(store, replace(LIMITS, seconds=-1), lambda: None)
    with pytest.raises(SlowQueryError, match="a question took more than -1 s: ask again"):
        lists.of(publish(store), ROWS, K)


def test_many_threads_get_the_right_lists_from_a_small_cache(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    manifest, lists = publish(store), lists_of(store, kept_bytes=20 * BYTES_OF_ONE)
    questions = [np.random.default_rng(seed).choice(ROWS, 15) for seed in range(40)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda rows: told(lists.of(manifest, rows, K)), questions))
    assert found == [slow(store, manifest, rows.tolist(), K) for rows in questions]
