"""DuckDB reads the files of its store and can do nothing else, however it is asked: for a folder and for S3."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from artifacts.database import Database, Limits, locked_connection
from artifacts.errors import DamagedArtifactError, SlowQueryError, StoreError
from artifacts.storage import open_storage

ENDLESS = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE (a.range * b.range) % 7 = $rest"
ATTACKS = {
    "read a file of the system": "SELECT * FROM read_text('/etc/passwd')",
    "read it as a table": "SELECT * FROM read_csv('/etc/passwd', columns = {'line': 'VARCHAR'})",
    "read it as bytes": "SELECT * FROM read_blob('file:///etc/passwd')",
    "name it as a table": "SELECT * FROM '/etc/passwd.csv'",
    "read another store": "SELECT * FROM read_parquet('{other}/secret.parquet')",
    "climb out of the store": "SELECT * FROM read_parquet('{inside}../other/secret.parquet')",
    "climb out of a folder": "SELECT * FROM read_parquet('{inside}objects/../../other/secret.parquet')",
    "read another bucket": "SELECT * FROM read_parquet('s3://other/secret.parquet')",
    "read the web": "SELECT * FROM read_csv('https://127.0.0.1:9/x.csv')",
    "list another folder": "SELECT * FROM glob('/etc/*')",
    "list the folder above": "SELECT * FROM glob('{inside}../*')",
    "describe another file": "SELECT * FROM parquet_metadata('{other}/secret.parquet')",
    "write outside": "COPY (SELECT 1) TO '{other}/written.csv'",
    "write above": "COPY (SELECT 1) TO '{inside}../written.parquet'",
    "dump a database": "EXPORT DATABASE '{other}/written'",
    "attach a database": "ATTACH '{other}/written.db'",
    "install an extension": "INSTALL httpfs",
    "load an extension": "LOAD '{other}/written.duckdb_extension'",
    "load a known extension": "LOAD httpfs",
    "unlock": "SET lock_configuration = false",
    "allow everything": "SET enable_external_access = true",
    "allow a folder": "SET allowed_directories = ['/']",
    "spill to disk": "SET temp_directory = '{other}/written'",
    "take more memory": "SET memory_limit = '1TB'",
    "take more threads": "SET threads = 99",
    "reset": "RESET memory_limit",
    "by pragma": "PRAGMA memory_limit = '1TB'",
    "read a variable of Python": "SELECT * FROM secret_of_python",
}


@pytest.fixture
def other(tmp_path):
    """A folder beside the store, with a table that nobody may read through it."""
    folder = tmp_path / "other"
    folder.mkdir()
    pq.write_table(pa.table({"secret": [1]}), folder / "secret.parquet")
    return folder


@pytest.fixture
def address(storage):
    """The address of a table inside the store."""
    with storage.whole("objects/table.parquet") as temporary:
        pq.write_table(pa.table({"number": range(5)}), temporary)
    return storage.address("objects/table.parquet")


def attack_on(attack, other, inside):
    return ATTACKS[attack].replace("{other}", str(other)).replace("{inside}", inside)


def state_of(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_statement_reaches_outside_the_store(storage, address, other, tmp_path, attack):
    secret_of_python = pa.table({"secret": [1]})
    sql = attack_on(attack, other, storage.address(""))
    before = state_of(tmp_path)
    with pytest.raises(
        duckdb.Error, match="disabled|locked|Cannot access|cannot name|cannot be written|not exist"
    ):
        locked_connection(storage).cursor().sql(sql).fetchall()
    with pytest.raises((StoreError, ValueError), match="."):
        Database(storage).ask(sql, {})
    assert state_of(tmp_path) == before
    assert secret_of_python.num_rows == 1


def test_the_same_statements_work_where_nothing_is_locked(other):
    """The attacks that need no network are not refused for being misspelt."""
    open_connection = duckdb.connect()
    for attack in (
        "read a file of the system",
        "read it as a table",
        "read it as bytes",
        "read another store",
        "climb out of the store",
        "list another folder",
        "describe another file",
        "write outside",
        "attach a database",
        "allow a folder",
        "take more threads",
        "reset",
        "by pragma",
    ):
        open_connection.execute(attack_on(attack, other, f"{other}/"))


def test_a_table_of_the_store_is_read_with_bound_values(storage, address):
    answer = Database(storage).ask(
        "SELECT number FROM read_parquet($files) WHERE number >= $least", {"files": [address], "least": 3}
    )
    assert answer["number"].to_pylist() == [3, 4]


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO '{inside}objects/table.parquet'",
        "COPY (SELECT 1) TO '{inside}new.csv'",
        "SELECT 1; COPY (SELECT 1) TO '{inside}new.csv'",
        "ATTACH '{inside}new.db'",
        "CREATE TABLE numbers AS SELECT 1",
        "SET threads = 1",
        "",
    ],
)
def test_only_one_select_is_let_through_even_inside_the_store(storage, address, sql):
    before = {entry.path: storage.read(entry.path) for entry in storage.entries("")}
    with pytest.raises(ValueError, match="is not one SELECT"):
        Database(storage).ask(sql.format(inside=storage.address("")), {})
    assert {entry.path: storage.read(entry.path) for entry in storage.entries("")} == before


def test_a_slow_question_is_interrupted_and_the_next_one_is_answered(storage, address):
    database = Database(storage, Limits(seconds=0.3))
    start = time.monotonic()
    with pytest.raises(SlowQueryError, match=r"took more than 0\.3 s"):
        database.ask(ENDLESS, {"rest": 3})
    assert time.monotonic() - start < 3
    assert (
        database.ask("SELECT sum(number) AS sum FROM read_parquet($f)", {"f": [address]})["sum"][0].as_py()
        == 10
    )


def test_a_slow_question_of_one_thread_does_not_stop_those_of_others(storage, address):
    database = Database(storage, Limits(seconds=0.5))
    answered, slow = [], []

    def ask_slowly():
        try:
            database.ask(ENDLESS, {"rest": 3})
        except SlowQueryError as error:
            slow.append(error)

    thread = threading.Thread(target=ask_slowly)
    thread.start()
    while thread.is_alive():
        answered.append(
            database.ask("SELECT count(*) AS n FROM read_parquet($f)", {"f": [address]})["n"][0].as_py()
        )
    thread.join()
    assert len(slow) == 1
    assert answered and set(answered) == {5}


def test_quick_questions_leave_no_thread_behind(storage, address):
    database = Database(storage)
    database.ask("SELECT 1", {})
    before = threading.active_count()
    for _ in range(50):
        database.ask("SELECT 1", {})
    time.sleep(0.05)
    assert threading.active_count() <= before


def test_a_question_that_needs_too_much_memory_is_told_and_the_next_one_is_answered(tmp_path):
    database = Database(open_storage(str(tmp_path)), Limits(memory=50_000_000))
    with pytest.raises(StoreError, match=r"needs more than the 0\.05 GB that it may have"):
        database.ask("SELECT list(range || 'x' || $text) FROM range(5000000)", {"text": "y" * 20})
    assert database.ask("SELECT 1 AS one", {})["one"].to_pylist() == [1]


def test_settings_are_those_that_are_promised(storage):
    connection = locked_connection(storage, Limits(memory=3_000_000_000, threads=3))
    names = [
        "threads",
        "temp_directory",
        "enable_external_access",
        "lock_configuration",
        "autoload_known_extensions",
    ]
    found = [connection.execute("SELECT current_setting($1)", [name]).fetchone()[0] for name in names]
    assert found == [3, "", False, True, False]
    assert Limits().threads <= 4
    assert Limits().memory <= 4_000_000_000
    assert Limits().seconds == 5


def test_a_file_that_is_no_table_is_damaged(storage):
    storage.replace("objects/file.parquet", b"no table" * 100)
    with pytest.raises(DamagedArtifactError, match="cannot be read"):
        Database(storage).ask(
            "SELECT * FROM read_parquet($f)", {"f": [storage.address("objects/file.parquet")]}
        )


def test_a_table_that_lacks_a_column_is_damaged(storage, address):
    with pytest.raises(DamagedArtifactError, match="cannot be read"):
        Database(storage).ask("SELECT absent FROM read_parquet($f)", {"f": [address]})


def test_a_folder_with_a_name_that_looks_like_a_pattern_or_ends_a_string_is_read(tmp_path):
    folder = tmp_path / "a[b]*'; DROP"
    storage = open_storage(str(folder))
    with storage.whole("objects/table.parquet") as temporary:
        pq.write_table(pa.table({"number": range(5)}), temporary)
    address = storage.address("objects/table.parquet")
    assert Path(address).is_file()
    assert Database(storage).ask("SELECT * FROM read_parquet($f)", {"f": [address]}).num_rows == 5
