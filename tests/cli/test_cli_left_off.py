"""A guest that no host could take after its own failed: named by the run, its table, its report and each run of a sweep."""

import json

import pandas as pd
import pytest

from tests.cli.test_cli_report import read, rows_of

HOSTS = """\
[scenario]
name = "n-1"
duration = "4 s"
sample = "1 s"
[[host]]
name = "a"
logical_processors = 2
memory = "4 GiB"
root_reserve = "512 MiB"
[[host]]
name = "b"
logical_processors = 2
memory = "2 GiB"
root_reserve = "512 MiB"
[cluster]
detection = "1 s"
[[partition]]
name = "web"
host = "a"
count = 2
memory = "1 GiB"
[partition.workload]
kind = "open"
rate = "100 /s"
service = { distribution = "exponential", mean = "1 ms" }
[[event]]
at = "1 s"
action = "fail"
host = "a"
"""

SWEEP = """\
[sweep]
name = "room"
scenario = "n-1.toml"
[[axis]]
path = "host.b.memory"
values = ["2 GiB", "3 GiB"]
"""

WHY = "web-1 was not restarted after its host a failed: when it was last tried, at 3.5 s, it needed 1024 MiB, and "
SUFFERS = "was not restarted after its host failed, as its memory was not to be had"


@pytest.fixture
def hosts(tmp_path):
    (tmp_path / "n-1.toml").write_text(HOSTS)
    (tmp_path / "room.toml").write_text(SWEEP)


def test_a_run_names_it_its_verdict_counts_it_and_its_outcomes_stay(hvecs, hosts, tmp_path):
    del hosts
    done = hvecs("run", "n-1.toml", "--out", "out")
    assert done.code == 0
    assert WHY in done.err
    assert "1 not restarted after their host failed, as no other could take them: web-1" in done.out
    assert done.out.startswith("verdict: memory short; host over-provisioned\n")
    data = hvecs("run", "n-1.toml", "--out", "out", "--json", "-q").data
    assert (data["not_restarted"], data["not_started"]) == (["web-1"], [])
    assert next((each["name"], each["why"]) for each in data["sufferers"]) == ("web-1", SUFFERS)
    row = pd.read_parquet(tmp_path / "out" / "runs").iloc[0]
    assert row["verdict"] == "memory short"
    assert pd.isna(row["not_started"])
    assert json.loads(row["without_memory"]) == ["web-1"]
    assert row["web-1.completions"] > 0
    assert hvecs("report", "out").code == 0
    assert rows_of(tmp_path / "out.html")[1][:3] == ["web-1", "", SUFFERS]
    assert WHY in " ".join(read(tmp_path / "out.html").words)


def test_a_sweep_says_at_which_points_and_keeps_their_outcomes(hvecs, hosts, tmp_path):
    del hosts
    done = hvecs("sweep", "room.toml", "--out", "out")
    assert done.code == 0
    assert "have no outcomes" not in done.out
    runs = pd.read_parquet(tmp_path / "out" / "runs").sort_values("point")
    assert runs["verdict"].tolist()[0] == "memory short"
    assert runs["verdict"].tolist()[1] != "memory short"
    assert runs["without_memory"].dropna().to_dict() == {runs.index[0]: '["web-1"]'}
    assert (runs["web-1.completions"] > 0).all()
    assert WHY in runs["warnings"].iloc[0]
