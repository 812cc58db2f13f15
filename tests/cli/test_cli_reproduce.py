import pytest

CASE = """
[case]
title = "Half a second of work"
source = "closed form"
seeds = 2
[scenario]
name = "x"
duration = "2 s"
[host]
logical_processors = 1
memory = "8 GiB"
[host.costs]
preset = "none"
[root]
background_cpu = "0 %"
[[partition]]
name = "a"
[partition.workload]
kind = "closed"
work = "500 ms"
[[expect]]
what = "elapsed time"
kind = "exact"
table = "job"
column = "elapsed_ns"
unit = "ms"
value = 500
tolerance_pct = 1
"""


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """A registry with a case that agrees and one that does not."""
    folder = tmp_path / "cases"
    folder.mkdir()
    (folder / "right.toml").write_text(CASE)
    (folder / "wrong.toml").write_text(CASE.replace("value = 500", "value = 490"))
    monkeypatch.setattr("hvecs.agreement.cases._FOLDER", folder)


@pytest.mark.usefixtures("registry")
def test_a_case_that_agrees(hvecs):
    done = hvecs("reproduce", "right")
    assert done.code == 0
    head, line = done.out.splitlines()
    assert head.split() == [
        "case",
        "figure",
        "expected",
        "simulated",
        "95",
        "%",
        "interval",
        "error",
        "%",
        "kind",
    ]
    assert line.split() == [
        *("right", "elapsed", "time", "500", "ms", "500", "ms", "500", "to", "500", "0.00", "exact")
    ]


@pytest.mark.usefixtures("registry")
def test_a_case_outside_its_tolerance_ends_with_4_and_is_named(hvecs):
    done = hvecs("reproduce", "--json")
    assert done.code == 4
    assert [(each["case"], each["ok"]) for each in done.data["cases"]] == [("right", True), ("wrong", False)]
    assert done.data["ok"] is False
    assert done.data["cases"][1]["error_pct"] == pytest.approx(100 * 10 / 490)
    assert (done.data["cases"][1]["n"], done.data["cases"][1]["mean"]) == (2, 500)
    assert done.err.splitlines()[-1] == "hvecs: outside its tolerance: wrong"
    assert "OUTSIDE" in hvecs("reproduce", "wrong").out


def test_a_case_that_there_is_not(hvecs):
    done = hvecs("reproduce", "mm1", "dancing")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("hvecs: no case 'dancing'; there are dynamic-memory, ")


@pytest.mark.journey
def test_a_shipped_case_in_two_processes(process):
    done = process("reproduce", "uncontended-wait", "--jobs", "2", "-q")
    assert done.code == 0, done.err
    assert done.out.splitlines()[1].startswith("uncontended-wait  wait per dispatch   1163 ns    1200 ns")
