"""From a host that is known, by way of its logs, to a scenario whose run times are the host's."""

import json

import pytest

from hvecs.cli import invoke
from hvecs.interop.fit import between_vps

HOST = """\
[scenario]
name = "known"
duration = "20 s"
sample = "1 s"
start_time = "2026-11-25T08:00:00Z"

[host]
logical_processors = 4
memory = "16 GiB"

[[partition]]
name = "SQL 1"
virtual_processors = 2
[partition.workload]
kind = "open"
rate = "200 /s"
service = { distribution = "exponential", mean = "3 ms" }

[[partition]]
name = "batch"
virtual_processors = 2
[partition.workload]
kind = "closed"
threads = 1
work = "1 h"
compute = { distribution = "exponential", mean = "20 ms" }
sleep = { distribution = "exponential", mean = "20 ms" }
"""
INVENTORY = {
    "format": "hvecs-inventory",
    "version": 1,
    "scheduler": "classic",
    "VMHost": {"LogicalProcessorCount": 4, "MemoryCapacity": 16 << 30},
    "VMs": [
        {"Name": name, "State": "Running", "ProcessorCount": 2, "MemoryStartup": 1 << 30}
        for name in ("SQL 1", "batch")
    ],
}


def test_a_fit_gives_back_the_run_times_of_a_known_host(tmp_path, monkeypatch, capsys):
    """Within 5 % of LP time, root and guests; without the fit, what sharing costs would be counted twice."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "known.toml").write_text(HOST, encoding="utf-8")
    (tmp_path / "inventory.json").write_text(json.dumps(INVENTORY), encoding="utf-8")
    for words in (
        ["run", "-q", "known.toml", "--out", "known"],
        ["export", "perfmon", "known", "--out", "logs"],
        ["import", "perfmon", "logs", "--out", "capture"],
        ["import", "host", "inventory.json", "--perfmon", "capture", "--fit", "--out", "mine.toml"],
        ["run", "-q", "mine.toml", "--out", "mine"],
    ):
        assert invoke(words) == 0, words
    capsys.readouterr()
    assert invoke(["compare", "capture", "mine", "--json"]) == 0
    found = {each["outcome"]: each for each in json.loads(capsys.readouterr().out)["differences"]}
    for name in ("SQL 1", "batch", "Root"):
        assert found[f"{name}.guest_run_pct"]["relative_pct"] == pytest.approx(0, abs=5), name


@pytest.mark.parametrize(
    ("counted", "busy", "found"),
    [
        # 290 of the 300 are no broadcasts; other VPs are busy half of the time, so at twice the rate; and each is an access to an MSR
        (
            {"msr": 1000.0, "ipis": 300.0, "broadcasts": 10.0},
            0.5,
            {"msr": 710.0, "broadcasts": 10.0, "ipis": 580.0},
        ),
        ({"msr": 100.0, "ipis": 300.0}, 1.0, {"msr": 0.0, "ipis": 300.0}),
        ({"msr": 1000.0, "ipis": 5.0, "broadcasts": 10.0}, 0.5, {"msr": 1000.0, "broadcasts": 10.0}),
        ({"ipis": 300.0}, 0.0, {}),  # one VP has none to send to
        ({"msr": 1.0}, 0.5, {"msr": 1.0}),
    ],
)
def test_interrupts_between_vps_are_told_from_other_accesses(counted, busy, found):
    assert between_vps(counted, busy) == found


def test_a_fit_needs_a_capture(tmp_path, capsys):
    (tmp_path / "inventory.json").write_text(json.dumps(INVENTORY), encoding="utf-8")
    out = tmp_path / "mine.toml"
    assert invoke(["import", "host", str(tmp_path / "inventory.json"), "--fit", "--out", str(out)]) == 2
    assert "--fit needs a capture" in capsys.readouterr().err
    assert not out.exists()


def test_logs_do_as_well_as_the_capture_that_is_made_of_them(tmp_path, monkeypatch):
    """`run --perfmon` writes what `export perfmon` does; `import host --perfmon` reads them without a command between."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "known.toml").write_text(HOST, encoding="utf-8")
    (tmp_path / "inventory.json").write_text(json.dumps(INVENTORY), encoding="utf-8")
    for words in (
        ["run", "-q", "known.toml", "--duration", "2 s", "--out", "known", "--perfmon", "logs"],
        ["export", "perfmon", "known", "--out", "again"],
        ["import", "perfmon", "logs", "--out", "capture"],
        ["import", "host", "inventory.json", "--perfmon", "capture", "--out", "mine.toml"],
        ["import", "host", "inventory.json", "--perfmon", "logs", "--out", "direct/mine.toml"],
    ):
        (tmp_path / "direct").mkdir(exist_ok=True)
        assert invoke(words) == 0, words
    names = sorted(path.name for path in (tmp_path / "logs").glob("*.csv"))
    assert names == ["HVHOST.csv", "SQL 1.csv", "batch.csv"]
    for name in names:
        assert (tmp_path / "logs" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    assert (tmp_path / "direct" / "mine.toml").read_text() == (tmp_path / "mine.toml").read_text()


@pytest.mark.parametrize(
    ("logs", "said"),
    [
        ("R/logs", "lies in the folder of the run"),
        (".", "would lie in ."),
        ("mine", "not of an export, such as note"),
    ],
)
def test_a_place_for_logs_that_will_not_do_is_refused_before_the_run(
    tmp_path, monkeypatch, capsys, logs, said
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "known.toml").write_text(HOST, encoding="utf-8")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note").touch()
    assert invoke(["run", "-q", "known.toml", "--out", "R", "--perfmon", logs]) == 2
    assert said in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["known.toml", "mine"]
