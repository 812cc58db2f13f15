import duckdb
import pandas as pd
import polars as pl
import pyarrow.dataset as ds
import pytest

from tests.cli.helpers import BUSY, manifest

pytestmark = pytest.mark.journey

TABLES = [
    "logical_processor",
    "virtual_processor",
    "root_virtual_processor",
    "partition",
    "hypervisor",
    "guest",
    "request",
    "job",
    "dispatch",
    "dynamic_memory_balancer",
    "dynamic_memory_vm",
    "vid_partition",
    "memory_operation",
    "runs",
]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A real run, by its folder, and how many rows each of its tables has."""
    from hvecs.cli import invoke

    folder = tmp_path_factory.mktemp("run")
    (folder / "s.toml").write_text(BUSY)
    assert invoke(["run", str(folder / "s.toml"), "-q", "--out", str(folder / "out")]) == 0
    found = manifest(folder / "out")
    return folder / "out", found["run"], {name: table["rows"] for name, table in found["tables"].items()}


def test_every_table_is_there(run):
    assert sorted(run[2]) == sorted(TABLES)
    assert all(run[2].values())


@pytest.mark.parametrize("table", TABLES)
def test_duckdb_reads(run, table):
    folder, run_id, rows = run
    found = duckdb.sql(f"SELECT * FROM '{folder}/{table}/*/*.parquet'").df()
    assert len(found) == rows[table]
    assert set(found["run"]) == {run_id}


@pytest.mark.parametrize("table", TABLES)
def test_polars_reads(run, table):
    folder, run_id, rows = run
    found = pl.read_parquet(f"{folder}/{table}/*/*.parquet", hive_partitioning=True)
    assert found.height == rows[table]
    assert set(found["run"]) == {run_id}


@pytest.mark.parametrize("table", TABLES)
def test_pandas_and_pyarrow_read(run, table):
    folder, run_id, rows = run
    found = pd.read_parquet(folder / table)
    assert len(found) == rows[table]
    assert set(found["run"]) == {run_id}
    assert ds.dataset(folder / table, partitioning="hive").to_table().num_rows == rows[table]


def test_times_add_up_in_any_reader(run):
    split = "guest_run_ns + hypervisor_run_ns + ready_ns + idle_ns + capped_ns + suspended_ns"
    samples = f"'{run[0]}/virtual_processor/*/*.parquet'"
    query = f"SELECT count(*) > 0, sum(abs({split} - interval_ns)) FROM {samples}"
    assert duckdb.sql(query).fetchall() == [(True, 0)]
