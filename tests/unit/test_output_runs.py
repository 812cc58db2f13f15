import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hvecs.output.runs import write_runs
from hvecs.output.table import Column

RUN = "r0123456789ab"
FIXED = {"scenario": "s", "seed": 1, "status": "ok", "error": None, "simulated_ns": 10}


def column(name, kind):
    return Column(name, kind, "ns", None, name, nullable=True)


def table_of(tmp_path, row, *declared):
    file = write_runs(tmp_path, RUN, row, declared)
    assert file.path == f"runs/run={RUN}/part-0.parquet"
    assert file.rows == 1
    return pq.ParquetFile(tmp_path / file.path).read()


def test_fixed_columns_come_first_and_have_their_types(tmp_path):
    table = table_of(tmp_path, {"extra": 1} | FIXED)
    assert table.column_names == [*FIXED, "extra"]
    assert table.select(list(FIXED)).to_pylist() == [FIXED]
    assert table.schema.field("error").type == pa.string()


@pytest.mark.parametrize(
    ("value", "arrow_type"),
    [
        ("text", pa.string()),
        (7, pa.int64()),
        (np.int64(7), pa.int64()),
        (0.5, pa.float64()),
        (np.float64(0.5), pa.float64()),
        (True, pa.bool_()),
        (None, pa.float64()),
    ],
)
def test_outcomes_have_the_type_of_their_value(tmp_path, value, arrow_type):
    table = table_of(tmp_path, FIXED | {"outcome": value})
    assert table.schema.field("outcome").type == arrow_type
    assert table["outcome"].to_pylist() == [value]


@pytest.mark.parametrize(
    ("column_type", "arrow_type"),
    [("int64", pa.int64()), ("string", pa.string()), ("bool", pa.bool_()), ("float64", pa.float64())],
)
def test_a_missing_outcome_keeps_the_type_that_it_has_in_other_runs(tmp_path, column_type, arrow_type):
    table = table_of(tmp_path, FIXED | {"elapsed_ns": None}, column("elapsed_ns", column_type))
    assert table.schema.field("elapsed_ns").type == arrow_type
    assert table["elapsed_ns"].to_pylist() == [None]


def test_a_whole_number_may_stand_in_a_column_of_real_ones(tmp_path):
    table = table_of(tmp_path, FIXED | {"mean_ns": 3}, column("mean_ns", "float64"))
    assert table["mean_ns"].to_pylist() == [3.0]


def test_nan_is_null(tmp_path):
    assert table_of(tmp_path, FIXED | {"mean": math.nan})["mean"].to_pylist() == [None]


def test_units_are_read_off_the_names(tmp_path):
    schema = table_of(
        tmp_path, FIXED | {"web.wait_ns": 1, "rate_per_sec": 1.0, "cpu_pct": 1.0, "other": 1}
    ).schema
    units = [
        schema.field(name).metadata[b"unit"] for name in ("web.wait_ns", "rate_per_sec", "cpu_pct", "other")
    ]
    assert units == [b"ns", b"1/s", b"%", b""]


@pytest.mark.parametrize("name", FIXED)
def test_a_missing_fixed_column_is_named(tmp_path, name):
    row = {key: value for key, value in FIXED.items() if key != name}
    with pytest.raises(ValueError, match=rf"missing columns \['{name}'\]"):
        write_runs(tmp_path, RUN, row)


def test_the_run_id_is_no_column(tmp_path):
    with pytest.raises(ValueError, match="not a column"):
        write_runs(tmp_path, RUN, FIXED | {"run": RUN})


def test_values_that_no_column_can_hold_are_named(tmp_path):
    with pytest.raises(TypeError, match=r"runs\.outcome is a list"):
        write_runs(tmp_path, RUN, FIXED | {"outcome": [1]})
    with pytest.raises(ValueError, match=r"runs\.outcome: 18446744073709551616 does not fit"):
        write_runs(tmp_path, RUN, FIXED | {"outcome": 2**64})
    with pytest.raises(ValueError, match=r"runs\.seed: 9223372036854775808 does not fit"):
        write_runs(tmp_path, RUN, FIXED | {"seed": 2**63})
    with pytest.raises(TypeError, match=r"runs\.outcome holds int64, not float64"):
        write_runs(tmp_path, RUN, FIXED | {"outcome": 0.5}, [column("outcome", "int64")])
    with pytest.raises(ValueError, match=r"runs\.status is never null"):
        write_runs(tmp_path, RUN, FIXED | {"status": None})
