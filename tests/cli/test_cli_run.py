import hashlib
import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from hvecs.cli import invoke, results
from systems.kernels import code_folder
from tests.cli.helpers import BUSY, EXACT, command, environment, files_below, hashes, manifest

SUMMARY = """\
verdict: over-provisioned
  LPs 38 % busy, 5.39 GiB available

exact: Two guests with a processor each.
78 ms simulated, until all closed work was done, seed 1, run RUN

% of VP time  VPs  guest  hyperv  ready    idle  capped  wait/disp.
Root            2   0.00    0.00   0.00  100.00    0.00           -
job             1  51.28    0.00   0.00   48.72    0.00        0 ns
web             1  24.36    0.00   0.00   75.64    0.00        0 ns

closed workload  elapsed  work done
job              78 ms    100 %

open workload  per second  in system  mean   median     95 %     99 %
web                   244          0  1 ms  1.00 ms  1.00 ms  1.00 ms

95 % interval  mean response     95th percentile             elapsed
job                        -                   -  66.9 ms to 93.5 ms
web             1 ms to 1 ms  1.00 ms to 1.00 ms                   -

% of LP time  guest  hyperv   idle  switches/s
Hv LP 0       51.28    0.00  48.72        12.8
Hv LP 1       24.36    0.00  75.64        12.8
mean of 2     37.82    0.00  62.18        12.8

tables in runs/out/exact
"""
PROGRESS = "".join(f"hvecs: {10 * n:3d} %, {10 * n} ms of 100 ms simulated\n" for n in range(1, 8))
TABLES = {
    "logical_processor",
    "virtual_processor",
    "root_virtual_processor",
    "partition",
    "hypervisor",
    "guest",
    "dynamic_memory_balancer",
    "dynamic_memory_vm",
    "vid_partition",
} | {
    "request",
    "job",
    "runs",
}


def without_run(text):
    return re.sub(r"\br[0-9a-f]{12}\b", "RUN", text)


def test_output_in_full(process, scenario, tmp_path):
    scenario()
    done = process("run", "s.toml")
    assert without_run(done.out) == SUMMARY
    assert done.err.removeprefix("hvecs: compiling kernels, once\n") == PROGRESS
    assert done.code == 0
    assert max(map(len, done.out.splitlines())) <= 80
    out = tmp_path / "runs" / "out"
    assert [path.name for path in out.iterdir()] == ["exact"]


def test_the_folder_explains_itself(hvecs, scenario, tmp_path):
    scenario()
    done = hvecs("run", "s.toml", "-q", "--out", "here", "--seed", "5")
    found = manifest(tmp_path / "here")
    assert found["status"] == "ok"
    assert found["seed"] == 5
    assert found["argv"] == ["hvecs", "run", "s.toml", "-q", "--out", "here", "--seed", "5"]
    assert found["inputs"] == {"s.toml": hashlib.sha256(EXACT.encode()).hexdigest()}
    assert set(found["tables"]) == TABLES
    assert found["run"] in done.out
    for table in found["tables"].values():
        path = tmp_path / "here" / table["path"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == table["sha256"]
        assert pq.read_metadata(path).num_rows == table["rows"]
    assert (tmp_path / "here" / "scenario.toml").read_text() == EXACT
    assert "seed = 5" in (tmp_path / "here" / "resolved.toml").read_text()


def test_inputs_are_all_files_read(hvecs, scenario, tmp_path):
    (tmp_path / "data").mkdir()
    scenario("10 ms\n20 ms\n", "data/times.txt")
    scenario(EXACT.split("service")[0] + 'service = { distribution = "empirical" }\n', "base.toml")
    scenario('extends = "../base.toml"\n[scenario]\nname = "middle"\n', "data/middle.toml")
    scenario(
        'extends = "data/middle.toml"\n[[partition]]\nname = "web"\n[partition.workload]\n'
        'service = { distribution = "empirical", file = "data/times.txt" }\n'
    )
    done = hvecs("run", "s.toml", "-q", "--out", "o")
    assert done.code == 0, done.err
    assert set(manifest(tmp_path / "o")["inputs"]) == {
        "s.toml",
        "data/middle.toml",
        "data/../base.toml",
        "data/times.txt",
    }


def test_json_says_what_the_summary_says(hvecs, scenario, tmp_path):
    scenario()
    done = hvecs("run", "s.toml", "--json", "-q")
    data = done.data
    assert done.err == ""
    assert (data["scenario"], data["simulated_ns"], data["measured_ns"]) == ("exact", 78_000_000, 78_000_000)
    root, job, web = data["partitions"]
    assert [each["name"] for each in data["partitions"]] == ["Root", "job", "web"]
    assert root["wait_per_dispatch_ns"] is None
    assert (job["elapsed_ns"], job["work_ns"], job["work_total_ns"]) == (78_000_000, 40_000_000, 40_000_000)
    assert job["guest_run_pct"] == pytest.approx(100 * 40 / 78)
    assert (web["arrivals"], web["completions"], web["in_system"]) == (19, 19, 0)
    assert web["response_mean_ns"] == 1_000_000
    assert web["completions_per_sec"] == pytest.approx(19 / 0.078)
    assert [lp["guest_run_ns"] for lp in data["logical_processors"]] == [40_000_000, 19_000_000]
    assert data["out"] == "runs/out/exact"
    assert hashes(tmp_path / data["out"]) == {name: each["sha256"] for name, each in data["tables"].items()}


def test_what_did_not_happen_is_null_in_json(hvecs, scenario):
    scenario()
    done = hvecs("run", "s.toml", "--json", "-q", "--duration", "3 ms")
    web = done.data["partitions"][2]
    assert (web["completions"], web["response_mean_ns"], web["response_p99_ns"]) == (0, None, None)
    assert done.data["partitions"][1]["elapsed_ns"] is None
    assert "NaN" not in done.out


def test_the_row_of_runs_has_the_outcomes(hvecs, scenario, tmp_path):
    scenario()
    data = hvecs("run", "s.toml", "--json", "-q").data
    table = pq.read_table(tmp_path / "runs/out/exact" / data["tables"]["runs"]["path"], partitioning=None)
    (row,) = table.to_pylist()
    assert (row["scenario"], row["seed"], row["status"], row["error"]) == ("exact", 1, "ok", None)
    assert row["simulated_ns"] == row["measured_ns"] == 78_000_000
    outcomes = {name: value for name, value in row.items() if "." in name}
    assert outcomes["job.elapsed_ns"] == 78_000_000
    assert outcomes["web.response_mean_ns"] == 1_000_000
    assert outcomes["Root.wait_per_dispatch_ns"] is None
    assert "web.elapsed_ns" not in outcomes
    for each in data["partitions"]:
        for name in (name for name in outcomes if name.startswith(f"{each['name']}.")):
            assert outcomes[name] == each[name.partition(".")[2]]


def test_the_row_of_runs_has_intervals_where_batches_give_them(hvecs, scenario):
    """The waits of the exact run are all 0, and so are their intervals; a run cut to one sample has none."""
    scenario()
    data = hvecs("run", "s.toml", "--json", "-q", "--out", "long").data
    job = data["partitions"][1]
    assert job["elapsed_low_ns"] <= job["elapsed_ns"] <= job["elapsed_high_ns"]
    assert (job["wait_per_dispatch_low_ns"], job["wait_per_dispatch_high_ns"]) == (0, 0)
    short = hvecs("run", "s.toml", "--json", "-q", "--duration", "3 ms", "--out", "short").data
    assert short["partitions"][1]["elapsed_low_ns"] is None


def test_columns_of_runs_have_one_type_whatever_happens(hvecs, scenario, tmp_path):
    scenario()
    for name, duration in (("short", "3 ms"), ("long", "100 ms")):
        hvecs("run", "s.toml", "-q", "--duration", duration, "--out", name)
    short, long = (
        pq.read_schema(tmp_path / name / manifest(tmp_path / name)["tables"]["runs"]["path"])
        for name in ("short", "long")
    )
    assert short.equals(long)
    assert str(short.field("job.elapsed_ns").type) == "int64"


def test_too_many_outcomes_are_left_out_of_runs(monkeypatch, tmp_path, scenario, capsys):
    monkeypatch.setattr(results, "MOST_COLUMNS", 5)
    path, out = scenario(), tmp_path / "o"
    assert invoke(["run", str(path), "-q", "--out", str(out)]) == 0
    assert "warning: the table runs has no outcomes" in capsys.readouterr().err
    assert "the table runs has no outcomes" in manifest(out)["warnings"][0]
    names = pq.read_schema(out / manifest(out)["tables"]["runs"]["path"]).names
    assert names[:7] == ["scenario", "seed", "status", "error", "simulated_ns", "verdict", "provisioning"]
    assert not [name for name in names if "." in name]


def test_warnings_are_told_once_and_kept(hvecs, scenario, tmp_path):
    scenario(BUSY)
    done = hvecs("run", "s.toml", "-q", "--duration", "20 ms")
    told = [line.removeprefix("hvecs: warning: ") for line in done.err.splitlines()]
    assert told == ["the run ended before the work of job-0, job-1 was done"]
    kept = manifest(tmp_path / "runs/out/busy")["warnings"]
    assert kept[0] == told[0]
    assert len(set(kept)) == len(kept) == 1 + done.out.count("critical:") + done.out.count("warning:")
    assert done.code == 0
    assert "unfinished" in done.out


def test_a_guest_that_is_off_at_times_has_its_own_column(hvecs, scenario):
    scenario(BUSY)
    out = hvecs("run", "s.toml", "-q").out
    heading = next(line for line in out.splitlines() if line.startswith("% of VP time"))
    assert heading.split()[-2:] == ["off", "wait/disp."]
    assert max(map(len, out.splitlines())) <= 80


def test_tables_of_a_native_run(hvecs, scenario):
    text = EXACT[: EXACT.index('[[partition]]\nname = "web"')].replace("processor = { affinity = [0] }\n", "")
    scenario(text.replace('costs = { preset = "none" }', 'hypervisor = "none"'))
    data = hvecs("run", "s.toml", "--json", "-q").data
    assert set(data["tables"]) == {"logical_processor", "guest", "job", "request", "runs"}
    assert [each["name"] for each in data["partitions"]] == ["job"]


def test_the_trace_is_written_where_asked(hvecs, scenario):
    scenario()
    tables = hvecs("run", "s.toml", "--json", "-q", "--set", 'scenario.trace=["dispatch"]').data["tables"]
    assert tables["dispatch"]["rows"] > 0


def test_an_earlier_run_is_replaced(hvecs, scenario, tmp_path):
    scenario()
    first = hvecs("run", "s.toml", "--json", "-q", "--duration", "20 ms").data
    second = hvecs("run", "s.toml", "--json", "-q").data
    assert first["run"] != second["run"]
    assert manifest(tmp_path / "runs/out/exact")["run"] == second["run"]
    assert not [name for name in files_below(tmp_path) if first["run"] in name or "partial" in name]


def test_an_empty_folder_may_be_the_output(hvecs, scenario, tmp_path):
    scenario()
    (tmp_path / "empty").mkdir()
    assert hvecs("run", "s.toml", "-q", "--out", "empty").code == 0


def test_options_change_the_scenario_and_come_last(hvecs, scenario):
    scenario()
    sets = (
        "--set",
        "scenario.seed=9",
        "--set",
        "scenario.duration=50 ms",
        "--set",
        "partition.job.workload.work=4 ms",
    )
    data = hvecs("run", "s.toml", "--json", "-q", "--seed", "3", "--duration", "20 ms", *sets).data
    assert data["seed"] == 3
    assert data["partitions"][1]["elapsed_ns"] == 6_000_000


def test_verbose_says_more(hvecs, scenario):
    scenario()
    err = hvecs("run", "s.toml", "-v").err
    assert re.search(r"hvecs: run r[0-9a-f]{12}, written to ", err)
    assert re.search(r"hvecs: simulated in \d+\.\d\d s", err)
    assert re.search(r"hvecs: job: 1 rows", err)


def test_compiling_is_announced(monkeypatch, scenario, tmp_path, capsys):
    monkeypatch.setattr(code_folder, "is_warm", lambda _kernel: False)
    arguments = ["run", str(scenario()), "--out", str(tmp_path / "o")]
    assert invoke(arguments) == 0
    assert capsys.readouterr().err.startswith("hvecs: compiling kernels, once\n")
    assert invoke([*arguments, "-q"]) == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(code_folder, "is_warm", lambda _kernel: True)
    assert invoke(arguments) == 0
    assert "compiling" not in capsys.readouterr().err


def on_a_terminal(arguments, folder, **settings):
    """Run with stderr on a pseudo-terminal; give the exit code and what was shown there."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command(*arguments), cwd=folder, env=environment(**settings), stderr=theirs, stdout=subprocess.DEVNULL
    )
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:
        pass  # the other end is closed
    os.close(ours)
    return process.wait(), shown.decode()


def test_a_terminal_shows_a_bar(scenario, tmp_path):
    scenario()
    code, shown = on_a_terminal(["run", "s.toml"], tmp_path, TERM="xterm")
    assert code == 0
    assert "\x1b[" in shown
    assert "%, 10 ms of" not in shown
    code, shown = on_a_terminal(["run", "s.toml"], tmp_path, TERM="dumb")
    assert "\x1b[" not in shown
    assert "%, 10 ms of" in shown
    code, shown = on_a_terminal(["run", "s.toml", "-q"], tmp_path, TERM="xterm")
    assert (code, shown) == (0, "")


def test_a_lost_stderr_does_not_stop_a_run(scenario, tmp_path):
    scenario()
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        done = subprocess.run(
            command("run", "s.toml"),
            cwd=tmp_path,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=gone,
            check=False,
        )
    assert done.returncode == 0
    assert without_run(done.stdout.decode()) == SUMMARY


def test_a_run_is_complete_when_its_summary_cannot_be_printed(scenario, tmp_path):
    scenario()
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command("run", "s.toml", "-q"),
            cwd=tmp_path,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, b"hvecs: cannot write the answer: No space left on device\n")
    assert json.loads(Path(tmp_path, "runs/out/exact/manifest.json").read_bytes())["status"] == "ok"


def test_a_summary_of_many_processors_is_short(hvecs, scenario):
    scenario(EXACT.replace("logical_processors = 2", "logical_processors = 40"))
    out = hvecs("run", "s.toml", "-q", "--duration", "20 ms").out
    shown = [line for line in out.splitlines() if line.startswith(("Hv LP", "mean of"))]
    assert len(shown) == 3
    assert shown[0].startswith("Hv LP 0 ")
    assert shown[2].startswith("mean of 40")
