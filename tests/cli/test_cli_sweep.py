"""`hvecs plan`, `hvecs sweep` and `hvecs status`, as users call them."""

import json
import re
import shutil

import duckdb
import pandas as pd
import polars as pl
import pytest

from hvecs.sweeps import execution
from tests.cli.helpers import CHECKOUT
from tests.folders import InThisProcess
from tests.sweeping import SCENARIO, SWEEP, batches, content, started, sweep, write

pytestmark = pytest.mark.journey

GUIDE = CHECKOUT / "hvecs/guide/sweeps.md"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A sweep of 24 runs by two workers, and what it printed."""
    folder = tmp_path_factory.mktemp("made")
    done = sweep(write(folder), folder / "out", "--json", "--jobs", 2, "--baseline", "partition.web.processor.weight=100",
                 "--baseline", "host.costs.context_switch=1 us")  # fmt: skip
    assert done.code == 0, done.err
    return folder, done


def test_plan_says_what_would_run_and_writes_nothing(hvecs, tmp_path):
    file = write(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    done = hvecs("plan", file, "--json", "--jobs", 2)
    assert done.code == 0, done.err
    assert (done.data["runs"], len(done.data["points"]), done.data["replications"]) == (24, 6, 4)
    assert len(set(done.data["run_ids"])) == 24
    assert done.data["out"] == "runs/out/weights"
    assert done.data["estimated_s"] > 0
    assert done.data["estimated_bytes"] > 0
    assert "24: 6 points (grid) x 4" in hvecs("plan", file, "--rate", 100).out
    assert sorted(tmp_path.rglob("*")) == before


def test_values_that_are_tables_are_shown_as_toml(hvecs, tmp_path):
    """In the plan, and in the summary; a verdict that every point has is told once."""
    file = write(tmp_path, """[sweep]
name = "tables"
scenario = "small.toml"
[[axis]]
path = "partition.web.processor.affinity"
values = [[0], [0, 1]]
[[axis]]
name = "load"
levels = [
    { name = "even", set = { "partition.web.processor.weight" = 50 } },
    { name = "cheap", set = { "host.costs" = { preset = "none" } } },
]
""")  # fmt: skip
    assert "[0, 1]                            cheap" in hvecs("plan", file, "--rate", 100).out
    data = hvecs("plan", file, "--rate", 100, "--json").data
    assert data["points"][1] == {"partition.web.processor.affinity": [0], "load": "cheap"}
    text = 'host.costs={ preset = "none" },{ preset = "default" }'
    words = ("sweep", tmp_path / "small.toml", "--axis", text, "--duration", "50 ms", "--jobs", 1, "-q")
    done = hvecs(*words, "--outcome", "web.ready_ns")
    assert done.code == 0, done.err
    assert '{ preset = "none" }  ' in done.out
    assert "'" not in done.out
    assert re.search(r"\n  [a-z -]+: all 2 points\n", done.out)


def test_a_stated_rate_gives_the_time(hvecs, tmp_path):
    data = hvecs("plan", write(tmp_path), "--json", "--jobs", 2, "--rate", 12).data
    assert data["estimated_s"] == pytest.approx(24 * 2 / 12 / 2)
    assert data["measured"] is False


def test_plan_and_sweep_agree_on_the_runs(hvecs, made):
    folder, _ = made
    planned = hvecs("plan", folder / "sweep.toml", "--json", "--rate", 1).data["run_ids"]
    written = duckdb.sql(f"SELECT run FROM read_parquet('{folder}/out/runs/*.parquet')").fetchall()
    assert sorted(planned) == sorted(run for (run,) in written)


def test_any_number_of_jobs_gives_the_same_files(hvecs, made, tmp_path, monkeypatch):
    """Two workers made the sweep; four do, and so does a process without any."""
    folder, _ = made
    assert sweep(folder / "sweep.toml", tmp_path / "4", "-q", "--jobs", 4).code == 0
    monkeypatch.setattr(execution, "Pool", InThisProcess)
    assert hvecs("sweep", folder / "sweep.toml", "--out", "0", "-q").code == 0
    for out in (tmp_path / "4", tmp_path / "0"):
        files = sorted(
            path.relative_to(out) for path in out.rglob("*.parquet") if path.parent.name != "summary"
        )
        assert len(files) == 12 * 24
        for file in files:
            assert (out / file).read_bytes() == (folder / "out" / file).read_bytes(), file


def test_a_run_of_a_sweep_is_the_run_of_its_scenario(hvecs, made):
    """The same seed and settings give the same tables outside of a sweep, under the same run id."""
    folder, _ = made
    row = (
        duckdb.sql(
            f"SELECT * FROM read_parquet('{folder}/out/runs/*.parquet') WHERE point = 5 AND replication = 2"
        )
        .df()
        .iloc[0]
    )
    alone = hvecs(
        "run", folder / "small.toml", "--json", "--out", "alone", "--seed", row["seed"],
        "--set", "partition.web.processor.weight=400", "--set", "host.costs.context_switch=20 us",
    ).data  # fmt: skip
    assert alone["run"] == row["run"]
    web = next(each for each in alone["partitions"] if each["name"] == "web")
    assert web["response_p95_ns"] == row["web.response_p95_ns"]
    assert web["wait_ns"] == row["web.wait_ns"]


def test_the_readers_of_the_guide_see_one_table_with_the_parameters(made, monkeypatch):
    folder, _ = made
    monkeypatch.chdir(folder)
    lines = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)[0].strip().splitlines()
    assert len(lines) == 3
    for line, package in zip(lines, (("duckdb", duckdb), ("pl", pl), ("pd", pd)), strict=True):
        frame = eval(line.replace("DIR", "out"), dict([package]))  # noqa: S307 - a line of our own guide
        frame = frame if isinstance(frame, pd.DataFrame) else frame.to_pandas()
        assert len(frame) == 24
        assert set(frame["partition.web.processor.weight"]) == {50, 100, 400}
        assert set(frame["host.costs.context_switch"]) == {1_000, 20_000}
        assert frame["elapsed"].notna().all()


def test_the_query_of_the_guide_joins_a_table_with_the_parameters(made, monkeypatch):
    folder, _ = made
    monkeypatch.chdir(folder)
    query = re.findall(r"```sql\n(.*?)```", GUIDE.read_text(), re.DOTALL)[0]
    query = query.replace("DIR", "out").replace("partition.web-0.", "partition.web.")
    frame = duckdb.sql(query).df()
    assert list(frame["weight"]) == [50, 100, 400]


def test_the_summary_is_that_of_the_runs(made):
    folder, done = made
    runs = pd.read_parquet(folder / "out/runs")
    line = next(each for each in done.data["summary"] if each["point"] == 5 and each["outcome"] == "elapsed")
    values = runs[runs["point"] == 5].set_index("seed")["elapsed"]
    base = runs[runs["point"] == done.data["baseline"]].set_index("seed")["elapsed"]
    assert line["n"] == 4
    assert line["mean"] == pytest.approx(values.mean())
    assert line["high"] - line["mean"] == pytest.approx(3.182446 * values.std() / 2, rel=1e-6)
    assert line["difference"]["mean"] == pytest.approx((values - base).mean())
    table = pd.read_parquet(folder / "out/summary")
    assert len(table) == 6 * 2
    row = table[(table["point"] == 5) & (table["outcome"] == "elapsed")].iloc[0]
    assert row["difference_high"] == pytest.approx(line["difference"]["high"])
    assert row["partition.web.processor.weight"] == 400


def test_outcomes_are_those_of_the_tables(made):
    folder, _ = made
    out = folder / "out"
    expected = duckdb.sql(
        f"SELECT run, quantile_cont(response_p95_ns, 0.95) AS slowest FROM read_parquet('{out}/request/*.parquet') "
        "WHERE partition IS NOT NULL GROUP BY run ORDER BY run"
    ).df()
    found = duckdb.sql(f"SELECT run, slowest FROM read_parquet('{out}/runs/*.parquet') ORDER BY run").df()
    assert found["slowest"].to_numpy() == pytest.approx(expected["slowest"].to_numpy())


def test_resuming_a_complete_sweep_does_nothing(hvecs, made):
    folder, _ = made
    out = folder / "out"
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    done = hvecs("sweep", folder / "sweep.toml", "--out", out, "--resume")
    assert done.code == 0
    assert "complete already" in done.err
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_a_changed_sweep_is_refused_with_what_changed(hvecs, made, tmp_path):
    folder, _ = made
    out = folder / "out"
    changed = SWEEP.replace("seed = 7", "seed = 8").replace('aggregate = "max"', 'aggregate = "min"')
    done = hvecs("sweep", write(tmp_path, changed), "--out", out, "--resume")
    assert done.code == 2
    assert "sweep.seed was 7 and is 8" in done.err
    assert 'outcome[0].aggregate was "max" and is "min"' in done.err
    slower = write(tmp_path, scenario=SCENARIO.replace("300 /s", "200 /s"))
    done = hvecs("sweep", slower, "--out", out, "--resume")
    assert done.code == 2
    assert 'partition[0].workload.rate was "300 /s" and is "200 /s"' in done.err


@pytest.mark.usefixtures("no_workers")
def test_more_replications_and_values_extend_a_sweep(hvecs, tmp_path):
    small = SWEEP.replace("[50, 100, 400]", "[50, 400]").replace("replications = 4", "replications = 3")
    out = tmp_path / "out"
    file = write(tmp_path, small)
    assert hvecs("sweep", file, "--out", out, "-q").code == 0
    assert len(batches(out)) == 12
    write(tmp_path)
    assert hvecs("sweep", file, "--out", out, "-q", "--resume").code == 0
    extended = content(out)
    fresh = tmp_path / "fresh"
    assert hvecs("sweep", file, "--out", fresh, "-q").code == 0
    tables = ("request", "virtual_processor", "job")
    assert {name: extended[name] for name in tables} == {name: content(fresh)[name] for name in tables}
    rows = [pd.read_parquet(each / "runs").drop(columns="point").sort_values("run") for each in (out, fresh)]
    pd.testing.assert_frame_equal(*(each.reset_index(drop=True) for each in rows))
    assert sorted(pd.read_parquet(out / "runs")["point"].unique()) == list(range(6))


@pytest.mark.usefixtures("no_workers")
def test_shards_make_one_sweep(hvecs, made, tmp_path):
    folder, _ = made
    out = tmp_path / "out"
    first = hvecs("sweep", folder / "sweep.toml", "--out", out, "--shard", "1/2")
    assert first.code == 0
    assert "others are not" in first.err
    assert not (out / "summary").exists()
    second = hvecs("sweep", folder / "sweep.toml", "--out", out, "--shard", "2/2")
    assert second.code == 0
    expected = content(folder / "out")
    assert {name: hashed for name, hashed in content(out).items() if name != "summary"} == {
        name: hashed for name, hashed in expected.items() if name != "summary"
    }
    assert json.loads((out / "manifest.json").read_bytes())["status"] == "complete"
    # another shard might be reading them; none is once the sweep is resumed as a whole
    assert list(out.glob("runs/_b*.json"))
    assert hvecs("verify", out).code == 0
    assert hvecs("sweep", folder / "sweep.toml", "--out", out, "--resume").code == 0
    assert not list(out.glob("runs/_b*.json"))


def test_shards_may_begin_and_end_at_the_same_time(made, tmp_path):
    folder, _ = made
    out = tmp_path / "out"
    shards = [started(folder / "sweep.toml", out, "--shard", f"{number}/2", "--jobs", 1) for number in (1, 2)]
    ends = [(shard.communicate()[1], shard.returncode) for shard in shards]
    assert [code for _, code in ends] == [0, 0], ends
    expected = content(folder / "out")
    assert {name: each for name, each in content(out).items() if name != "summary"} == {
        name: each for name, each in expected.items() if name != "summary"
    }
    assert (out / "summary/summary.parquet").exists()
    assert json.loads((out / "manifest.json").read_bytes())["status"] == "complete"
    assert not list(out.rglob("*.partial"))
    assert not list(out.glob("lock*"))


def test_a_folder_that_holds_anything_is_left_alone(hvecs, tmp_path):
    file = write(tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    (out / "letter.txt").write_text("dear")
    done = hvecs("sweep", file, "--out", out)
    assert done.code == 2
    assert "holds files that are not of a sweep" in done.err
    assert [path.name for path in out.iterdir()] == ["letter.txt"]
    done = hvecs("sweep", file, "--out", tmp_path / "none", "--resume")
    assert done.code == 2
    assert not (tmp_path / "none").exists()


def test_status_of_a_complete_sweep(hvecs, made):
    folder, _ = made
    data = hvecs("status", folder / "out", "--json").data
    assert (data["state"], data["done"], data["runs"], data["failed"]) == ("complete", 24, 24, 0)
    assert hvecs("status", folder).code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--baseline", "9"), "--baseline: there is no point 9; the last is 5"),
        (("--baseline", "weight=100"), "--baseline: 2 points have weight=100; expected one"),
        (("--baseline", "weight=7"), "--baseline: no points have weight=7; expected one"),
        (("--baseline", "height=7"), '--baseline: "height=7" names no axis; expected a number or path=value'),
        (
            ("--until-ci", "2 %", "--outcome", "x"),
            '--outcome: there is no outcome "x"; there are elapsed, slowest, Root.',
        ),
        (("--outcome", "elapse"), '--outcome: there is no outcome "elapse"; did you mean "elapsed"?'),
        (("--outcome", "elapsed", "--top", "2"), "--outcome, --top and --all exclude each other"),
        (("--until-ci", "2"), "--until-ci"),
        (("--until-ci", "2 %", "--shard", "1/2"), "cannot be used with --shard"),
        (("--shard", "3/2"), 'expected one such as "3/64"'),
    ],
)
def test_what_is_asked_of_the_results_is_looked_at_before_any_run(hvecs, tmp_path, arguments, said):
    done = hvecs("sweep", write(tmp_path), "--out", "out", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert not (tmp_path / "out").exists()


def test_a_baseline_by_the_last_keys_and_in_other_units(hvecs, made):
    folder, _ = made
    done = hvecs(
        "sweep", folder / "sweep.toml", "--out", folder / "out", "--resume", "--json", "-q",
        "--baseline", "weight=100", "--baseline", "costs.context_switch=1000 ns",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert done.data["baseline"] == 2


def test_check_takes_sweep_files_and_run_says_what_they_are(hvecs, tmp_path):
    file = write(tmp_path)
    assert hvecs("check", file).out == f"{file}: ok\n"
    done = hvecs("run", file)
    assert (done.code, done.err) == (3, f"hvecs: {file} is a sweep file, of many runs; see hvecs sweep\n")
    done = hvecs("check", write(tmp_path, SWEEP.replace("[50, 100, 400]", "[50, 20000]")))
    assert done.code == 3
    assert "sweep.toml:9: axis[0].values[1]: partition.web.processor.weight = 20000: " in done.out


def test_the_start_holds_for_every_point_of_a_sweep(hvecs, tmp_path):
    file = write(tmp_path)
    given = "2026-11-25T08:00:00Z"
    asked = ("plan", file, "--rate", 1, "--json")
    assert hvecs(*asked, "--start", given).data["run_ids"] == hvecs(
        *asked, "--set", f"scenario.start_time={given}"
    ).data["run_ids"] != hvecs(*asked).data["run_ids"]  # fmt: skip
    for command in ("plan", "check", "sweep"):
        done = hvecs(command, file, "--start", "garbage")
        assert done.code == 3, command
        assert "--start: " in done.out + done.err
        assert "garbage" in done.out + done.err


def test_problems_of_a_sweep_file_are_told_at_once(hvecs, tmp_path):
    wrong = SWEEP.replace("[50, 100, 400]", "[50, 20000]").replace('"elapsed_ns"', '"elapsed"')
    done = hvecs("sweep", write(tmp_path, wrong.replace("replications = 4", "replication = 4")))
    assert done.code == 3
    assert re.fullmatch(
        r'\S+sweep.toml:4: sweep.replication: unknown key; did you mean "replications"\?\n', done.err
    )
    done = hvecs("sweep", write(tmp_path, wrong))
    assert done.code == 3
    assert "sweep.toml:9: axis[0].values[1]: partition.web.processor.weight = 20000: " in done.err
    done = hvecs("plan", write(tmp_path, SWEEP.replace('"elapsed_ns"', '"elapsed"')))
    assert done.code == 3
    assert 'sweep.toml:18: outcome[0].column: job has no column of numbers "elapsed"' in done.err


@pytest.mark.usefixtures("no_workers")
def test_replications_are_added_until_the_interval_is_narrow(hvecs, tmp_path):
    out = tmp_path / "out"
    file = write(
        tmp_path, SWEEP.replace("replications = 4", "replications = 2").replace("[50, 100, 400]", "[100]")
    )
    done = hvecs("sweep", file, "--out", out, "--json", "--until-ci", "3 %", "--outcome", "elapsed")
    assert done.code == 0, done.err
    assert done.data["replications"] > 2
    widths = [
        (each["high"] - each["low"]) / 2 / each["mean"]
        for each in done.data["summary"]
        if each["outcome"] == "elapsed"
    ]
    assert max(widths) <= 0.03
    assert hvecs("sweep", file, "--out", out, "--resume", "-q").code == 0


def test_the_summary_is_a_page_of_what_moved_most(hvecs, tmp_path):
    """40 points of outcomes that nobody asked for: three of them, points from the first to the last."""
    file = write(tmp_path, """[sweep]
name = "long"
scenario = "small.toml"
[[axis]]
path = "partition.web.processor.weight"
range = [10, 400]
points = 40
""")  # fmt: skip
    done = hvecs("sweep", file, "--out", "out", "--duration", "20 ms", "--jobs", 2)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert len(lines) <= 40
    assert lines[0] == "long: 40 points, 40 runs, 0 failed"
    points = [line.split()[0] for line in lines if re.match(r"\d+ +\S", line)]
    shown = sum(" of 40 points; --all prints them" in line for line in lines)
    assert shown == 3
    assert points.count("10") == points.count("400") == 3
    again = ("sweep", file, "--out", "out", "--duration", "20 ms", "--resume", "-q")
    everything = hvecs(*again, "--all").out
    assert len(everything.splitlines()) > 40 * 3
    assert "more outcomes" not in everything
    assert "points;" not in everything.partition("\n")[2]
    one = hvecs(*again, "--outcome", "web.ready").out
    assert "web.ready_ns: ready_ns of web" in one
    assert re.search(r"\n(2[5-9]|3\d) of 40 points; --all prints them", one)
    assert 35 <= len(one.splitlines()) <= 40
    two = hvecs(*again, "--top", "2").out
    assert two.count(" of 40 points;") == 2
    data = hvecs(*again, "--outcome", "web.response_*_ns", "--json").data
    assert {line["outcome"] for line in data["summary"]} == {
        f"web.response_{each}_ns" for each in ("mean", "p50", "p95", "p99")
    }
    outcomes = set(pd.read_parquet(tmp_path / "out/summary")["outcome"])
    assert "web.ready_ns" not in outcomes  # what is printed does not change what is written


def test_a_sweep_without_a_file(hvecs, tmp_path):
    write(tmp_path)
    arguments = (
        "small.toml", "--axis", "partition.web.processor.weight=50,200", "--replications", 2, "--duration", "100 ms",
        "--outcome", "web.response_p95_ns", "--outcome", "most = max of request.arrivals where partition = web",
    )  # fmt: skip
    done = hvecs("sweep", *arguments, "-q")
    assert done.code == 0, done.err
    assert done.out.startswith("small-by-weight: 2 points, 4 runs, 0 failed\n")
    assert "web.response_p95_ns: 95th percentile" in done.out
    assert 'most: max of request.arrivals where partition = "web"' in done.out
    assert done.out.endswith("/runs/out/small-by-weight\n")
    runs = pd.read_parquet(tmp_path / "runs/out/small-by-weight/runs")
    assert sorted(runs["partition.web.processor.weight"]) == [50, 50, 200, 200]
    assert (runs["most"] == runs["web.arrivals"]).all()
    assert "complete already" in hvecs("sweep", *arguments, "--resume").err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("small.toml",), 2, "hvecs: small.toml is a scenario; expected a sweep file, or --axis PATH=VALUES"),
        (("sweep.toml", "--axis", "host.memory=8 GiB"), 2, "hvecs: sweep.toml is a sweep file, with axes of its own"),
        (("small.toml", "--axis", "host.memory"), 3, "--axis host.memory: no values;"),
        (("small.toml", "--axis", "partition.web.processor.weight=5,0"), 3,
         "--axis partition.web.processor.weight: axis[0].values[1]: partition.web.processor.weight = 0: "),
        (("sweep.toml", "--outcome", "max of job.work_ns"), 2, "hvecs: --outcome max of job.work_ns: is not an [[outcome]]"),
    ],
)  # fmt: skip
def test_what_a_sweep_without_a_file_needs(hvecs, tmp_path, arguments, code, said):
    write(tmp_path)
    done = hvecs("sweep", *arguments)
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith(said)


def test_outcomes_are_added_after_the_runs(hvecs, made, tmp_path):
    """From the tables on disk, they are what the same outcomes were when they were computed from the runs."""
    folder, _ = made
    shutil.copytree(folder / "out", tmp_path / "out")
    done = hvecs(
        "summarize", "out", "--outcome", "longest = max of job.elapsed_ns where partition = batch",
        "--outcome", "slow = p95 of request.response_p95_ns", "--outcome", "wait = run of virtual_processor.wait_per_dispatch_ns",
        "--outcome", "p99 = request.response_p99_ns where partition = web", "--outcome", "web.ready",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert 'longest: max of job.elapsed_ns where partition = "batch"' in done.out
    assert "web.ready_ns: ready_ns of web" in done.out
    runs = pd.read_parquet(tmp_path / "out/runs").set_index("run")
    added = pd.read_parquet(tmp_path / "out/outcomes").set_index("run").loc[runs.index]
    assert added["longest"].tolist() == runs["elapsed"].tolist()
    assert added["slow"].tolist() == runs["slowest"].tolist()
    assert added["p99"].tolist() == runs["web.response_p99_ns"].tolist()
    waits = duckdb.sql(
        "SELECT run, sum(wait_per_dispatch_ns * dispatches) / sum(dispatches) AS wait "
        f"FROM read_parquet('{tmp_path}/out/virtual_processor/*.parquet') GROUP BY run"
    ).df().set_index("run").loc[runs.index]  # fmt: skip
    assert added["wait"].tolist() == pytest.approx(waits["wait"].tolist())
    assert hvecs("verify", "out").code == 0
    again = hvecs("summarize", "out", "--outcome", "longest", "--json").data
    assert {line["outcome"] for line in again["summary"]} == {"longest"}
    assert hvecs("summarize", "out").out.count("longest: max of") == 1
    done = hvecs("summarize", "out", "--outcome", "x = max of nothing.elapsed_ns")
    assert (done.code, done.out) == (2, "")
    assert 'there is no table "nothing"' in done.err
    done = hvecs("summarize", "out", "--outcome", "x = max of job.elapsed_ns where partition = nobody")
    assert (done.code, done.out) == (2, "")
    assert 'hvecs: --outcome x: no point has a partition "nobody"; there are Root, ' in done.err
    assert done.err.count("Root") == 1
    done = hvecs("summarize", "out", "--outcome", "all = request.response_p95_ns")
    assert "counted while runs are made alone" in done.err
    (tmp_path / "out/outcomes/outcomes.parquet").write_bytes(b"PAR1")
    assert hvecs("summarize", "out").code == hvecs("verify", "out").code == 4


def test_added_outcomes_go_when_runs_are_added(hvecs, tmp_path):
    file = write(
        tmp_path, SWEEP.replace("replications = 4", "replications = 1").replace("[50, 100, 400]", "[100]")
    )
    assert sweep(file, tmp_path / "out", "-q").code == 0
    assert hvecs("summarize", "out", "--outcome", "most = max of job.elapsed_ns").code == 0
    assert sweep(file, tmp_path / "out", "-q", "--resume", "--baseline", "0").code == 0
    assert "most:" in hvecs("summarize", "out", "--outcome", "most").out
    write(tmp_path, SWEEP.replace("replications = 4", "replications = 2").replace("[50, 100, 400]", "[100]"))
    assert sweep(file, tmp_path / "out", "-q", "--resume").code == 0
    assert hvecs("verify", "out").code == 0
    assert not (tmp_path / "out/outcomes/outcomes.parquet").exists()
    assert 'there is no outcome "most"' in hvecs("summarize", "out", "--outcome", "most").err
