"""The questions of the guide, answered by the commands that stand there, each run short."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess

import duckdb
import pandas as pd
import polars as pl
import pytest

from tests.cli.helpers import command, environment, manifest
from tests.cli.test_cli_guide import GUIDE, STUDIES
from tests.cli.test_cli_report import read
from tests.sweeping import PATIENCE_S, batches, until

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("no_workers")]
SHORT = ("--duration", "16 s")
"""Longer than the warm-up of 10 s."""
INVENTORY = {
    "format": "hvecs-inventory",
    "version": 1,
    "scheduler": "classic",
    "VMHost": {"LogicalProcessorCount": 4, "MemoryCapacity": 16 << 30},
    "VMs": [
        {"Name": name, "State": "Running", "ProcessorCount": 2, "MemoryStartup": 1 << 30}
        for name in ("SQL Server 01", "web")
    ],
}
REAL = """\
[scenario]
name = "real"
duration = "10 s"
start_time = "2026-11-25T08:00:00Z"
[host]
logical_processors = 4
memory = "16 GiB"
scheduler = "classic"
[[partition]]
name = "SQL Server 01"
virtual_processors = 2
[partition.workload]
kind = "open"
rate = "300 /s"
service = { distribution = "exponential", mean = "3 ms" }
[[partition]]
name = "web"
virtual_processors = 2
[partition.workload]
kind = "open"
rate = "200 /s"
service = { distribution = "exponential", mean = "2 ms" }
"""


def commands():
    """Give the commands of each question by its number, as words after `hvecs`."""
    parts = re.split(
        r"^## (\d+)\. ", (GUIDE / "questions.md").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    return {
        int(number): [
            shlex.split(line)[1:] for line in re.search("```sh\n(.*?)```", text, re.DOTALL)[1].splitlines()
        ]
        for number, text in zip(parts[1::2], parts[2::2], strict=True)
    }


ASKED = commands()


@pytest.fixture
def studies(tmp_path):
    """The studies, in the folder in which commands are run."""
    shutil.copytree(STUDIES, tmp_path / "runs", ignore=shutil.ignore_patterns("out"))


def answered(hvecs, words, *more):
    """Run one command of the guide; gives what it left."""
    done = hvecs(*words, *more)
    assert done.code == 0, (words, done.err)
    return done


def means(done):
    """Give the mean of each outcome of a sweep by the values of its axes."""
    found = {}
    for line in done.data["summary"]:
        found.setdefault(line["outcome"], {})[tuple(line["parameters"].values())] = line["mean"]
    return found


def test_there_are_ten_questions_of_at_most_two_commands():
    assert list(ASKED) == list(range(1, 11))
    assert all(1 <= len(words) <= 2 for words in ASKED.values())


@pytest.mark.usefixtures("studies")
@pytest.mark.parametrize(("load", "over"), [("60 /s", False), ("220 /s", True)])
def test_1_the_first_lines_say_whether_there_is_too_much_to_do_and_who_feels_it(hvecs, tmp_path, load, over):
    """By five web servers with 7 ms a request: 2.1 LPs, or 7.7 beside 7.4 of others, on 8 cores with SMT (10.5 LPs' worth)."""
    run, report = ASKED[1]
    lines = answered(hvecs, run, *SHORT, "--set", f"partition.web.workload.rate={load}").out.splitlines()
    assert ("over-committed" in lines[0]) == over
    assert "who suffers most:" in lines[:16]
    answered(hvecs, report)
    page = "".join(read(tmp_path / "mixed.html").words)
    assert f"Verdict: {lines[0].removeprefix('verdict: ').split(';')[0]}" in page
    assert "Who suffers most" in page


@pytest.mark.usefixtures("studies")
@pytest.mark.parametrize(("memory", "limit"), [("4 GiB", "bound"), ("8 GiB", "memory")])
def test_2_how_many_more_fit_and_what_ends_it(hvecs, memory, limit):
    """Web servers of 4 GiB leave room for six more, which would be too much for the processors; five of 8 GiB fill the memory."""
    (find,) = ASKED[2]
    found = answered(
        hvecs, find, *SHORT, "--replications", "2", "--set", f"partition.web.memory={memory}", "--json"
    ).data
    assert found["limit"] == limit
    if limit == "memory":
        assert found["not_started"]
        assert found["last_before"] == 5
        assert "MiB" in found["reason"]
    else:
        assert 6 <= found["last_before"] < 11
        assert found["memory"]["first_without"] == 12


@pytest.mark.usefixtures("studies")
def test_3_each_protection_helps_the_database_and_the_caps_cost_the_build_most(hvecs):
    sweep, report = ASKED[3]
    done = answered(hvecs, sweep, *SHORT, "--json")
    found = means(done)
    none, *protected = found["sql"].values()
    assert all(each < 0.9 * none for each in protected)
    build = {level: value for (level,), value in found["build_work"].items()}
    assert build["caps"] < 0.7 * build["none"] < 0.8 * build["weight"]
    assert all("difference" in line for line in done.data["summary"])
    answered(hvecs, report)


@pytest.mark.usefixtures("studies")
def test_4_a_minimum_keeps_memory_at_the_cost_of_the_others(hvecs):
    """The demand grows in two minutes instead of ten."""
    sweep, run = ASKED[4]
    quick = [f"partition.{name}.memory_demand.over=2 min" for name in ("sql", "web")]
    short = ["--duration", "4 min", *(word for each in quick for word in ("--set", each))]
    found = means(answered(hvecs, sweep, *short, "--replications", "1", "--json"))
    for buffer in ("20 %", "100 %"):
        low, high = ("4 GiB", buffer), ("16 GiB", buffer)
        assert found["sql_pages"][high] < found["sql_pages"][low] / 5
        assert found["web_pages"][high] > 1.5 * found["web_pages"][low]
    text = " ".join(answered(hvecs, run, *short).out.split())
    assert text.startswith("verdict: memory short; host over-committed ")
    assert re.search(
        r"more memory than the host has: .* are available, and the pressure of \S+ is 1[3-9]\d %", text
    )


@pytest.mark.usefixtures("studies")
def test_5_who_gains_and_who_loses_by_a_scheduler(hvecs):
    sweep, report = ASKED[5]
    done = answered(hvecs, sweep, *SHORT, "--json")
    found = means(done)
    guests = {"sql", *(f"web-{n}" for n in range(5)), *(f"desktop-{n}" for n in range(3))}
    assert guests <= {name.partition(".")[0] for name in found}
    assert found["sql.response_p95_ns"]["core",] > 1.1 * found["sql.response_p95_ns"]["classic",]
    differences = [
        line["difference"]
        for line in done.data["summary"]
        if line["outcome"] == "sql.response_p95_ns" and line["parameters"] == {"host.scheduler": "core"}
    ]
    assert differences[0]["mean"] > 0
    answered(hvecs, report)


def test_6_from_logs_and_inventory_to_the_logs_of_a_changed_host(hvecs, scenario, tmp_path):
    made = ("run", scenario(REAL), "-q", "--out", "real", "--perfmon", "logs")
    (tmp_path / "inventory.json").write_text(json.dumps(INVENTORY), encoding="utf-8")
    answered(hvecs, made)
    bring, change = ASKED[6]
    assert re.search(r"within 0\.\d % of the capture", answered(hvecs, bring).err)
    answered(hvecs, change)
    answered(hvecs, ("import", "perfmon", "logs", "--out", "was"))
    answered(hvecs, ("import", "perfmon", "changed-logs", "--out", "is"))
    run_pct = {}
    for name in ("was", "is"):
        rows = pd.read_parquet(tmp_path / name / "virtual_processor")
        run_pct[name] = rows.groupby("partition")["guest_run_pct"].mean()
    assert list(run_pct["is"].index) == ["SQL Server 01", "web"]
    assert run_pct["is"].to_dict() == pytest.approx(run_pct["was"].to_dict(), rel=0.15)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The text of the page of questions 7, 8 and 9, and what the run printed."""
    from hvecs.cli import invoke

    folder = tmp_path_factory.mktemp("page")
    run = [str(STUDIES / "mixed.toml") if word == "runs/mixed.toml" else word for word in ASKED[7][0]]
    assert invoke([*run, *SHORT, "-q", "--out", str(folder / "mixed")]) == 0
    assert invoke(["report", str(folder / "mixed"), "--out", str(folder / "mixed.html")]) == 0
    return "".join(read(folder / "mixed.html").words)


def test_7_to_9_are_asked_by_the_same_run():
    assert ASKED[7][0] == ASKED[8][0] == ASKED[9][0] == ["run", "runs/mixed.toml"]
    assert {words[0] for number in (7, 8, 9) for words in ASKED[number][1:]} == {"report"}


def test_7_the_page_is_a_picture_of_it_all(page):
    for heading in (
        "Verdict: ",
        "Who suffers most",
        "The host's processors are",
        "16 logical processors on 8 cores",
    ):
        assert heading in page


def test_8_the_page_says_where_the_time_goes_over_the_run(page):
    assert re.search(
        r"\d+ % of the time in which guests' VPs had something to do was work; most of the rest: ", page
    )
    assert re.search(r"The hypervisor takes 0\.\d+ LPs", page)
    assert {"lost to SMT", "lost to nested paging", "waiting for an LP", "msr accesses"} <= set(
        page.split("\n")
    )


def test_9_the_page_has_what_the_guests_and_the_host_see(page):
    shown, busy = map(
        float, re.search(r"the host shows ([\d.]+) %, while its processors are (\d+) % busy", page).groups()
    )
    assert shown < 5
    assert busy > 40


TINY = """\
[scenario]
name = "mixed"
duration = "20 ms"
sample = "10 ms"
[host]
logical_processors = 2
memory = "4 GiB"
[[partition]]
name = "sql"
[partition.workload]
kind = "open"
rate = "1 /ms"
service = { distribution = "exponential", mean = "0.5 ms" }
[[partition]]
name = "build"
[partition.workload]
kind = "closed"
work = "1 h"
"""
"""With the guests that question 10 is about: two hundred runs take seconds."""


def test_10_two_hundred_runs_are_stopped_resumed_and_read(hvecs, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _file: None)  # a thousand small files
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "mixed.toml").write_text(TINY, encoding="utf-8")
    sweep, resume = ASKED[10]
    first = subprocess.Popen(command(*sweep, "--jobs", "1", "-q"), cwd=tmp_path, env=environment())
    out = tmp_path / "runs" / "out" / "grid"
    until(lambda: len(batches(out)) >= 2, "two batches")
    first.send_signal(signal.SIGINT)
    assert first.wait(timeout=PATIENCE_S) == 130
    assert len(batches(out)) < len(manifest(out)["batches"])
    done = answered(hvecs, resume, "--json")
    assert manifest(out)["status"] == "complete"
    assert len({tuple(line["parameters"].values()) for line in done.data["summary"]}) == 50
    files = f"{out}/runs/*.parquet"
    counted = duckdb.sql(
        f"SELECT count(*), count(DISTINCT run) FROM '{files}' WHERE status = 'ok'"
    ).fetchall()
    assert counted == [(200, 200)]
    assert pl.read_parquet(files).height == len(pd.read_parquet(out / "runs")) == 200
