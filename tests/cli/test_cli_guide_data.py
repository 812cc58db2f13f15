"""The commands of the chapter on data, executed as they stand there."""

import csv
import shlex
import shutil

import duckdb
import pytest

from hvecs.spec import load
from tests.cli.test_cli_guide import STUDIES, blocks

SHORT = ("--set", "scenario.sample=500 ms", "--set", "scenario.warm_up=0 s")


@pytest.fixture
def results(hvecs, tmp_path):
    shutil.copytree(STUDIES, tmp_path / "runs", ignore=shutil.ignore_patterns("out"))
    (tmp_path / "inventory.json").write_text(blocks("data", "json")[0], encoding="utf-8")
    for block in blocks("data", "sh"):
        for line in block.splitlines():
            words = shlex.split(line)[1:]
            short = ("--duration", "2 s", *SHORT) if words[0] == "run" else ()
            done = hvecs(*words, *short)
            assert done.code == 0, (line, done.err)
    return tmp_path


def test_the_commands_of_data_work(results):
    mine, loaded = load(results / "mine.toml"), load(results / "loaded.toml")
    assert [block.name for block in mine.partition] == ["SQL Server 01"]
    assert (mine.host.lps, mine.host.threads_per_core, mine.host.scheduler) == (8, 2, "core")
    assert (mine.partition[0].processor.weight, mine.partition[0].processor.reserve) == (200, 10)
    assert loaded.root.measured_cpu > 0
    assert (results / "trace" / "dispatch.pftrace").stat().st_size > 1000


def test_the_view_of_totals_is_what_the_export_has(results, monkeypatch):
    monkeypatch.chdir(results)
    rows = duckdb.sql(blocks("data", "sql")[0]).fetchall()
    with (results / "logs" / "HVHOST.csv").open(encoding="utf-8", newline="") as file:
        logged = list(csv.DictReader(file))[1:]
    assert len(rows) == len(logged) == 4
    vp = r"\\HVHOST\Hyper-V Hypervisor Virtual Processor(_Total)"
    names = (
        "% Guest Run Time",
        "% Total Run Time",
        "Logical Processor Dispatches/sec",
        "CPU Wait Time Per Dispatch",
    )
    for row, line in zip(rows, logged, strict=True):
        assert [float(line[rf"{vp}\{name}"]) for name in names] == pytest.approx(row[1:])
