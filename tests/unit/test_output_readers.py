from datetime import datetime

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from hvecs.output.folder import RunFolder
from hvecs.output.identity import RunSource
from hvecs.output.schema import TABLES

ROWS = 3
WRITTEN = [name for name in TABLES if name != "runs"]
RUNS = {"scenario": "s", "seed": 7, "status": "ok", "error": None, "simulated_ns": 10, "web.elapsed_ns": 5}


def rows_of(table):
    values = {
        "int64": np.arange(ROWS),
        "float64": np.array([0.5, 1.5, 2.5]),
        "string": np.array(["a", "b", "c"]),
        "timestamp": np.arange(ROWS),
    }
    columns = {column.name: values[column.type] for column in table.columns}
    missing = np.array([False, True, False])
    return {
        column.name: np.ma.MaskedArray(columns[column.name], missing)
        if column.nullable
        else columns[column.name]
        for column in table.columns
    }


def write(out, scenario, seed, rows):
    scenario.write_text("")
    with RunFolder(out, RunSource(scenario=scenario, resolved="", seed=seed)) as folder:
        sink = folder.open(WRITTEN)
        for name in WRITTEN if rows else []:
            sink.write(name, rows_of(TABLES[name]))
        folder.write_runs(RUNS)
        folder.complete()
    return folder.run_id


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return folder / "out", write(folder / "out", folder / "s.toml", 1, ROWS)


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    folder = tmp_path_factory.mktemp("empty")
    return folder / "out", write(folder / "out", folder / "s.toml", 2, 0)


def names_of(table):
    return [*TABLES[table].column_names, "run"]


def duck(out, table):
    query = "select * from read_parquet(?, hive_partitioning=true)"
    answer = duckdb.connect().execute(query, [f"{out}/{table}/*/*.parquet"])
    names = [column[0] for column in answer.description]
    return names, [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def polars(out, table):
    frame = pl.read_parquet(f"{out}/{table}/*/*.parquet", hive_partitioning=True)
    return frame.columns, frame.to_dicts()


def pandas(out, table):
    frame = pd.read_parquet(f"{out}/{table}", dtype_backend="pyarrow")
    return list(frame.columns), frame.astype(object).where(frame.notna(), None).to_dict("records")


def arrow(out, table):
    found = pq.read_table(f"{out}/{table}")
    return found.column_names, found.to_pylist()


def dataset(out, table):
    found = ds.dataset(f"{out}/{table}", partitioning="hive").to_table()
    return found.column_names, found.to_pylist()


READERS = [duck, polars, pandas, arrow, dataset]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("table", WRITTEN)
def test_every_table_reads_in_one_line_with_run_once_from_the_path(finished, table, read):
    out, run_id = finished
    names, rows = read(out, table)
    assert names == names_of(table)
    given = {name: values.tolist() for name, values in rows_of(TABLES[table]).items()} | {
        "run": [run_id] * ROWS
    }
    if "timestamp" in given:
        given["timestamp"] = [datetime(1970, 1, 1), None, datetime(1970, 1, 1, microsecond=2)]  # noqa: DTZ001
    assert rows == [{name: given[name][row] for name in names} for row in range(ROWS)]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("table", WRITTEN)
def test_every_table_without_rows_reads_as_an_empty_one(empty, table, read):
    names, rows = read(empty[0], table)
    assert names == names_of(table)
    assert rows == []


@pytest.mark.parametrize("read", READERS)
def test_the_runs_table_has_its_outcomes(finished, read):
    out, run_id = finished
    names, rows = read(out, "runs")
    assert names == [*RUNS, "run"]
    assert rows == [RUNS | {"run": run_id}]


def test_run_is_no_column_of_the_files_themselves(finished):
    for path in finished[0].rglob("*.parquet"):
        assert "run" not in pq.ParquetFile(path).schema_arrow.names


def test_several_runs_are_read_together(finished, empty, tmp_path):
    for out, run_id in (finished, empty):
        (tmp_path / f"run={run_id}").symlink_to(out / "runs" / f"run={run_id}")
    query = "select count(distinct run), count(*) from read_parquet(?, hive_partitioning=true)"
    assert duckdb.connect().execute(query, [f"{tmp_path}/*/*.parquet"]).fetchone() == (2, 2)


def test_units_counters_and_meanings_reach_the_reader(finished):
    field = pq.read_schema(next((finished[0] / "virtual_processor").rglob("*.parquet"))).field(
        "guest_run_pct"
    )
    assert field.metadata[b"counter"] == rb"\Hyper-V Hypervisor Virtual Processor(*)\% Guest Run Time"
    assert field.metadata[b"unit"] == b"%"
    assert field.metadata[b"doc"].decode() == "guest code, of one LP"
