"""Several hosts as commands show them: topology, costs, summary, report, exports."""

import csv
import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import hvecs as api
from hvecs.cli.results import summary_of
from hvecs.cli.summary import summary_text
from hvecs.cli.text import span
from hvecs.spec import load

TWO = """\
[scenario]
name = "two"
placement = "by-memory"
duration = "6 s"
sample = "1 s"
trace = ["dispatch"]
[[host]]
name = "hv01"
logical_processors = 4
memory = "16 GiB"
[[host]]
name = "hv02"
logical_processors = 2
memory = "8 GiB"
[[partition]]
name = "web"
count = 3
virtual_processors = 2
memory = "5 GiB"
[partition.workload]
kind = "open"
rate = "60 /s"
service = { distribution = "exponential", mean = "10 ms" }
[[partition]]
name = "db"
host = "hv02"
memory = "2 GiB"
[partition.workload]
kind = "open"
rate = "150 /s"
service = { distribution = "exponential", mean = "10 ms" }
"""


@pytest.fixture
def two(tmp_path):
    file = tmp_path / "two.toml"
    file.write_text(TWO, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of a run of both hosts, and what it came to."""
    folder = tmp_path_factory.mktemp("hosts")
    (folder / "two.toml").write_text(TWO, encoding="utf-8")
    scenario = load(folder / "two.toml")
    return folder / "R", scenario, api.run(scenario, folder / "R")


def test_topology_stands_one_host_under_another(hvecs, two):
    done = hvecs("show", "topology", two)
    assert done.code == 0
    first, second = done.out.split("\n\n\n")
    assert first.splitlines()[:2] == ["host hv01", "socket 0  [0R] [1R] [2R] [3R]"]
    assert second.splitlines()[:2] == ["host hv02", "socket 0  [0R] [1R]"]
    assert re.search(r"^web-0-1 +2 +2 ", first, re.MULTILINE)
    assert re.search(r"^web-2 +1 +2 ", second, re.MULTILINE)
    assert "4 guest VPs on 4 LPs" in first
    assert "3 guest VPs on 2 LPs" in second
    data = json.loads(hvecs("show", "topology", two, "--json").out)
    assert [each["name"] for each in data["hosts"]] == ["hv01", "hv02"]
    assert [guest["name"] for guest in data["hosts"][1]["guests"]] == ["web-2", "db"]


def test_a_block_that_is_whole_on_a_host_has_its_name(hvecs, two):
    out = hvecs(
        "show", "topology", two, "--set", "scenario.placement=first-fit", "--set", "host.hv01.memory=32 GiB"
    ).out
    assert re.search(r"^web +3 +2 ", out, re.MULTILINE)


def test_costs_that_differ_are_shown_by_host(hvecs, two):
    done = hvecs("show", "costs", two, "--set", "host.hv01.costs.context_switch=9 us")
    assert "host.costs.context_switch = 9 us on hv01, 3 us on hv02 (default 3 us)" in done.out
    assert "host.costs.dispatch = " in done.out
    found = json.loads(
        hvecs("show", "costs", two, "--json", "--set", "host.hv01.costs.context_switch=9 us").out
    )
    values = {each["name"]: each["value"] for each in found["costs"]}
    assert values["context_switch"] == {"hv01": "9 us", "hv02": "3 us"}


def test_a_capture_is_of_one_host(hvecs, two):
    done = hvecs("calibrate", two, "--against", "C", "--out", "F.toml")
    assert done.code == 3
    assert "two.toml has 2 hosts, and a capture is of one; expected one [host]" in done.err


def test_the_summary_names_hosts(made):
    folder, scenario, judged = made
    text = summary_text(
        summary_of(scenario, judged.outcome, judged.verdict) | {"run": "r", "out": str(folder)}
    )
    assert "Root on hv01" in text
    assert re.search(r"^hv02, mean of 2 +[0-9]", text, re.MULTILINE)
    assert re.search(r"^  hv02: +saturated", text, re.MULTILINE)
    assert re.search(r"^  db on hv02 ", text, re.MULTILINE)


def test_the_table_runs_has_outcomes_by_host(made):
    folder, _, judged = made
    (file,) = (folder / "runs").rglob("*.parquet")
    row = pq.read_table(file, partitioning=None).to_pylist()[0]
    roots = {each.host: each for each in judged.outcome.partitions if each.kind == "root"}
    for name in ("hv01", "hv02"):
        assert row[f"host.{name}.Root.guest_run_ns"] == roots[name].guest_run_ns
        assert row[f"host.{name}.lps_busy_pct"] == judged.verdict.hosts[name].host["lps_busy_pct"]
    assert row["lps_busy_pct"] is None
    assert row["verdict"] == row["host.hv02.verdict"] == "saturated"
    assert "Root.guest_run_ns" not in row


def test_a_report_draws_the_hosts_side_by_side(hvecs, made):
    pytest.importorskip("matplotlib")
    folder, _, _ = made
    assert hvecs("report", folder, "--out", "R.html").code == 0
    page = Path("R.html").read_text(encoding="utf-8")
    titles = re.findall("<h3>(.*?)</h3>", page)
    side = page[page.index('id="hosts"') :]
    assert side.index("<figure>") < side.index('id="processors"')
    assert [title for title in titles if title.startswith("hv01: The host")]
    assert [title for title in titles if title.startswith("hv02: The host")]
    assert '<th scope="col">host</th>' in page
    assert "2 hosts" in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    busy = {
        host: re.search(rf"{host}: The host&#39;s processors are (\d+) % busy", page)[1]
        for host in ("hv01", "hv02")
    }
    assert f"hv02 is {busy['hv02']} % busy, hv01 {busy['hv01']} %" in titles


def test_counters_of_each_host_have_its_name(hvecs, made):
    folder, _, _ = made
    done = hvecs("export", "perfmon", folder, "--out", "P", "--start", "2026-01-01T00:00:00Z")
    assert done.code == 0
    assert {path.name for path in Path("P").glob("*.csv")} == {
        f"{name}.csv" for name in ("hv01", "hv02", "web-0", "web-1", "web-2", "db")
    }
    heads = {}
    for name in ("hv01", "hv02"):
        with Path(f"P/{name}.csv").open(encoding="utf-8", newline="") as file:
            head, _, *rows = csv.reader(file)
        heads[name] = head[1:]
        assert all(path.startswith(f"\\\\{name}\\") for path in heads[name])
        assert len(rows) == 6
    lps = [
        path for path in heads["hv01"] if "Logical Processor(" in path and path.endswith("% Total Run Time")
    ]
    assert [re.search(r"\((.*)\)", path)[1] for path in lps] == [
        "Hv LP 0",
        "Hv LP 1",
        "Hv LP 2",
        "Hv LP 3",
        "_Total",
    ]
    assert not [path for path in heads["hv02"] if "Hv LP 2" in path]
    assert [path for path in heads["hv02"] if "(db:Hv VP 0)" in path]
    assert not [path for path in heads["hv01"] if "(db:Hv VP 0)" in path]
    done = hvecs(
        "export", "perfmon", folder, "--out", "Q", "--machine", "X", "--start", "2026-01-01T00:00:00Z"
    )
    assert done.code == 2
    assert "the run has 2 hosts, which go by their names" in done.err


def test_metrics_have_a_label_for_the_host(hvecs, made):
    folder, _, _ = made
    assert hvecs("export", "openmetrics", folder, "--out", "M", "--start", "2026-01-01T00:00:00Z").code == 0
    lines = Path("M/metrics.txt").read_text(encoding="utf-8").splitlines()
    idle = [line for line in lines if "logical_processor_time_total{" in line and 'state="idle"' in line]
    assert len(idle) == 6 * 6
    assert {re.search('host="(.*?)",core="(.)"', line).groups() for line in idle} == {
        *(("hv01", core) for core in "0123"),
        *(("hv02", core) for core in "01"),
    }
    assert not [line for line in lines if not line.startswith("#") and 'host="' not in line]


def test_a_trace_has_the_tracks_of_each_host(hvecs, made):
    folder, _, _ = made
    assert hvecs("export", "perfetto", folder, "--out", "T").code == 0
    content = Path("T/dispatch.pftrace").read_bytes()
    for host in (b"hv01", b"hv02"):
        assert content.count(host + b": Logical processors") == 1
        assert content.count(host + b": Waiting for a processor") == 1


MOVES = """
[[event]]
at = "1 s"
action = "migrate"
partition = "db"
to = "hv01"
"""


def test_the_summary_counts_migrations_where_there_are_any(hvecs, tmp_path, two):
    out = tmp_path / "out"
    assert "live migrations" not in hvecs("run", str(two), "--out", str(out)).out
    two.write_text(TWO.replace("count = 3", "count = 2") + MOVES, encoding="utf-8")
    said = hvecs("run", str(two), "--out", str(out)).out
    (file,) = (out / "migration").rglob("*.parquet")
    (row,) = pq.ParquetFile(file).read().to_pylist()
    assert (row["outcome"], row["blackout_ns"] >= 50_000_000) == ("done", True)
    assert f"\nlive migrations: 1 done; longest blackout {span(row['blackout_ns'])}\n" in said
    found = json.loads(hvecs("run", str(two), "--out", str(out), "--json").out)["live_migrations"]
    assert found == {
        "done": 1,
        "refused": 0,
        "cancelled": 0,
        "unfinished": 0,
        "longest_blackout_ns": row["blackout_ns"],
        "restarted": 0,
        "longest_off_ns": None,
    }
