"""The commands of the chapter on data, executed as they stand there."""

import csv
import shlex
import shutil

import duckdb
import pyarrow.parquet as pq
import pytest

from hvecs.spec import load
from hvecs.spec.units import HOUR
from tests.cli.test_cli_guide import STUDIES, blocks

pytestmark = pytest.mark.journey

BITBRAINS = (
    "Timestamp [ms];CPU cores;CPU capacity provisioned [MHZ];CPU usage [MHZ];CPU usage [%];Memory capacity provisioned [KB];"
    "Memory usage [KB];Disk read throughput [KB/s];Disk write throughput [KB/s];Network received throughput [KB/s];"
    "Network transmitted throughput [KB/s]"
)
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


def test_an_imported_trace_plays(hvecs, tmp_path):
    """As printed: two intervals of 20 and 50 % of two cores, and a fifth more, of random bursts; the guest's system has some work too."""
    rows = [
        f"{1376314846 + 300 * i};2;5200;104;{pct};1048576;{524288 * (i + 1)};0;0;0;0"
        for i, pct in enumerate((20, 50))
    ]
    (tmp_path / "1024.csv").write_text("\n".join([BITBRAINS, *rows]) + "\n", encoding="utf-8")
    replay, profile = blocks("data", "toml")
    (tmp_path / "replay.toml").write_text(replay, encoding="utf-8")
    assert hvecs("import", "bitbrains", "1024.csv", "--out", "traces.parquet").code == 0
    answer = hvecs("run", "replay.toml", "--duration", "10 min", "--out", "o")
    assert answer.code == 0, answer.err
    vps = pq.read_table(tmp_path / "o" / "partition").to_pandas()
    busy = vps[vps.partition == "web"].guest_run_ns.to_numpy() / 300e9
    assert busy == pytest.approx([0.2 * 2 * 1.2, 0.5 * 2 * 1.2], rel=0.1)
    memory = pq.read_table(tmp_path / "o" / "guest").to_pandas()
    assert memory[memory.partition == "web"].committed_bytes.max() == pytest.approx(
        2 * 524288 * 1024, rel=0.1
    )
    head = '[scenario]\nname = "p"\n[host]\nlogical_processors = 4\nmemory = "8 GiB"\n[[partition]]\nname = "web"\n'
    (tmp_path / "profile.toml").write_text(head + profile, encoding="utf-8")
    rates = load(tmp_path / "profile.toml").partition[0].workload.rates(1)
    assert rates.mean(0, 24 * HOUR) == pytest.approx((9 * 0.3 + 9 + 6 * 0.5) / 24)
