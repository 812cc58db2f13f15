"""Guests that find no memory: a warning beforehand, a line and a column afterwards, and no number in place of an outcome."""

import json

import pandas as pd
import pytest

HOST = """\
[scenario]
name = "crowd"
duration = "200 ms"
sample = "50 ms"
[host]
logical_processors = 2
memory = "2 GiB"
root_reserve = "1000 MiB"
[[partition]]
name = "sql"
memory = "512 MiB"
[partition.workload]
kind = "open"
rate = "300 /s"
service = { distribution = "exponential", mean = "1 ms" }
[[partition]]
name = "extra"
count = 1
memory = "512 MiB"
[partition.workload]
kind = "open"
rate = "100 /s"
service = { distribution = "exponential", mean = "1 ms" }
"""

SWEEP = """\
[sweep]
name = "fit"
scenario = "crowd.toml"
replications = 2
[[axis]]
path = "partition.extra.count"
values = [1, 3]
[[outcome]]
name = "p95"
table = "request"
column = "response_p95_ns"
where = { partition = "sql" }
"""


@pytest.fixture
def crowd(tmp_path):
    (tmp_path / "crowd.toml").write_text(HOST)
    (tmp_path / "fit.toml").write_text(SWEEP)
    return "--set", "partition.extra.count=3"


def test_check_warns_and_is_content(hvecs, crowd):
    assert hvecs("check", "crowd.toml").out == "crowd.toml: ok\n"
    done = hvecs("check", "crowd.toml", *crowd)
    assert done.code == 0
    warning, ok = done.out.splitlines()
    assert ok == "crowd.toml: ok"
    assert warning == (
        "crowd.toml:19: partition[1].memory: extra-1, extra-2 will not start: "
        "extra-1: it needs 512 MiB, and 24 MiB can be had (warning)"
    )
    assert hvecs("check", "crowd.toml", *crowd, "--json").data["files"][0]["warnings"] == [
        warning.removesuffix(" (warning)")
    ]


def test_a_run_names_them_and_has_null_for_their_outcomes(hvecs, crowd, tmp_path):
    done = hvecs("run", "crowd.toml", *crowd, "--out", "out")
    assert done.code == 0
    assert (
        "2 did not start, as their memory, CPU reserve or host was not to be had: extra-1, extra-2"
        in done.out
    )
    assert "extra-1 did not start: it needs 512 MiB, and 24 MiB can be had" in done.err
    begin = done.out.index("who suffers most:\n")
    assert done.out[begin:].splitlines()[1].split() == [
        "extra-1",
        "did",
        "not",
        "start,",
        "as",
        "its",
        "memory",
        "was",
        "not",
        "to",
        "be",
        "had",
    ]
    assert "extra-0 " in done.out
    row = pd.read_parquet(tmp_path / "out" / "runs").iloc[0]
    assert json.loads(row["not_started"]) == ["extra-1", "extra-2"]
    assert row["extra-0.completions"] > 0
    assert row[[name for name in row.index if name.startswith("extra-1.")]].isna().all()
    data = hvecs("run", "crowd.toml", *crowd, "--out", "out", "--json", "-q").data
    assert data["not_started"] == ["extra-1", "extra-2"]
    absent = next(each for each in data["partitions"] if each["name"] == "extra-1")
    known = {name for name, value in absent.items() if value is not None}
    assert known == {"name", "kind", "started", "vps"}


def test_a_sweep_has_no_outcome_where_somebody_is_missing(hvecs, crowd, tmp_path):
    del crowd
    done = hvecs("sweep", "fit.toml", "--out", "out")
    assert done.code == 0
    assert "1 of 2 points have no outcomes: guests did not start for want of memory" in done.out
    assert "  count = 3: extra-1, extra-2" in done.out.splitlines()
    assert "will not start: extra-1: it needs 512 MiB" in done.err
    assert "at point 1: partition.extra.count = 3" in done.err
    assert 'p95: 95th percentile of all requests of the run where partition = "sql"' in done.out
    runs = pd.read_parquet(tmp_path / "out" / "runs")
    alone, crowded = runs[runs["point"] == 0], runs[runs["point"] == 1]
    assert alone["not_started"].isna().all()
    assert (alone["p95"] > 0).all()
    assert crowded["not_started"].map(json.loads).tolist() == [["extra-1", "extra-2"]] * 2
    outcomes = ["p95", *(name for name in runs.columns if name.startswith(("sql.", "extra-")))]
    assert crowded[outcomes].isna().all().all()
    assert (alone["p95"] == alone["sql.response_p95_ns"]).all()
    data = hvecs("sweep", "fit.toml", "--out", "out", "--resume", "--json", "-q").data
    assert data["not_started"] == [
        {"point": 1, "parameters": {"partition.extra.count": 3}, "partitions": ["extra-1", "extra-2"]}
    ]
    found = {line["point"]: line for line in data["summary"]}
    assert (found[1]["n"], found[1]["mean"]) == (0, None)
    summary = pd.read_parquet(tmp_path / "out" / "summary")
    assert summary.set_index("point")["not_started"].isna().tolist() == [True, False]


def test_plan_and_check_warn_of_the_points_of_a_sweep(hvecs, crowd):
    del crowd
    done = hvecs("check", "fit.toml")
    assert done.code == 0
    assert "(at point 1: partition.extra.count = 3) (warning)" in done.out
    assert "will not start" in hvecs("plan", "fit.toml", "--rate", "1").err


def test_a_sweep_begins_with_none_of_a_block(hvecs, crowd, tmp_path):
    del crowd
    text = SWEEP.replace("[1, 3]", "[0, 1]").replace("replications = 2", "replications = 1")
    (tmp_path / "none.toml").write_text(text)
    done = hvecs("sweep", "none.toml", "--out", "out", "--outcome", "extra-0.arrivals", "--json")
    assert done.code == 0, done.err
    none, one = done.data["summary"]
    assert (none["parameters"], none["n"], none["mean"]) == ({"partition.extra.count": 0}, 0, None)
    assert one["mean"] > 0
    runs = pd.read_parquet(tmp_path / "out" / "runs").set_index("point")
    assert runs["not_started"].isna().all()
    assert (runs["p95"] > 0).all()


def test_no_guest_at_all_is_refused(hvecs, crowd):
    del crowd
    done = hvecs("check", "crowd.toml", "--set", "partition.extra.count=0")
    assert (done.code, done.out) == (0, "crowd.toml: ok\n")
    done = hvecs("check", "crowd.toml", "--set", "partition.extra.count=0", "--set", "partition.sql.count=0")
    assert done.code == 3
    assert "--set partition.sql.count: no block has any guest; expected at least one guest" in done.out
    assert (
        hvecs(
            "check", "crowd.toml", "--set", "partition.extra.count=0", "--set", "partition.extra.memory=1 GiB"
        ).code
        == 0
    )
