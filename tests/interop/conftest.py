import shutil
from pathlib import Path

import pytest

from hvecs.cli import invoke

SCENARIO = """\
[scenario]
name = "export"
duration = "1 s"
sample = "300 ms"
start_time = "2026-11-25T09:00:00+01:00"
trace = ["dispatch"]

[host]
logical_processors = 2
memory = "8 GiB"
numa_nodes = 2

[host.dynamic_memory]
first_report = "200 ms"
period = "100 ms"

[[partition]]
name = "SQL Server 01"
virtual_processors = 2
[partition.workload]
kind = "open"
rate = "300 /s"
service = { distribution = "exponential", mean = "2 ms" }

[[partition]]
name = 'sv101 (linux) "é"'
start = "400 ms"
[partition.workload]
kind = "closed"
work = "1 h"
[partition.dynamic_memory]
startup = "512 MiB"
[partition.memory_demand]
kind = "ramp"
from = "300 MiB"
to = "600 MiB"
over = "500 ms"
start = "400 ms"
"""


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory) -> Path:
    """The results of a small run with names as hosts have them, Dynamic Memory and dispatches."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "s.toml").write_text(SCENARIO, encoding="utf-8")
    assert invoke(["run", "-q", str(folder / "s.toml"), "--out", str(folder / "out")]) == 0
    return folder / "out"


@pytest.fixture
def run_copy(run_folder, tmp_path) -> Path:
    """A copy of that run, to be damaged."""
    return Path(shutil.copytree(run_folder, tmp_path / "run"))
