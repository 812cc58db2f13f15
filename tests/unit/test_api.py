"""The Python API: what it gives is what the command line writes."""

import json
import subprocess
import sys

import esper
import numpy as np
import pyarrow.parquet as pq
import pytest

import hvecs
from components import VpIdentity, VpTimes
from hvecs.output.errors import OutputError
from hvecs.output.table import Table, whole
from systems import System
from tests.arch.plain import plain

SCENARIO = """
[scenario]
name = "api"
duration = "50 ms"
sample = "20 ms"
[host]
logical_processors = 1
memory = "16 GiB"
[[partition]]
name = "a"
count = 2
[partition.workload]
kind = "closed"
threads = 1
work = "1 h"
"""


class Watch(System):
    """Notes, at each sample, the guest time of all VPs."""

    after = "Traces"
    every = "sample"
    reads = frozenset({VpIdentity, VpTimes})
    table = Table(
        "watch", "guest time", (whole("time_ns", "ns", "when"), whole("guest_run_ns", "ns", "all VPs"))
    )

    def process(self, until):
        rows = [times for _, (_, times) in esper.get_components(VpIdentity, VpTimes)]
        total = sum(int(times.guest_run_ns) for times in rows)
        self.host.write("watch", {"time_ns": np.array([until]), "guest_run_ns": np.array([total])})


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text(SCENARIO)
    return path


def test_load_lays_settings_over_the_file(file):
    scenario = hvecs.load(file, set={"host.scheduling.slice": "5 ms", "scenario.seed": 7})
    assert (scenario.host.scheduling.slice, scenario.scenario.seed) == (5_000_000, 7)
    assert hvecs.load(file, set=["scenario.seed=7"]).scenario.seed == 7
    with pytest.raises(hvecs.SpecError, match="unknown key"):
        hvecs.load(file, set={"host.slices": 1})


def test_tables_in_memory_are_those_of_the_folder(file, tmp_path):
    in_memory = hvecs.run(hvecs.load(file))
    on_disk = hvecs.run(file, out=tmp_path / "out")
    assert set(in_memory.tables) | {"runs"} == set(on_disk.tables)
    for name in in_memory.tables:
        assert in_memory[name].equals(on_disk[name])
        assert in_memory[name].schema.equals(on_disk[name].schema, check_metadata=True)
    assert in_memory["virtual_processor"].num_rows == 6
    assert on_disk.manifest.dispatches == in_memory.outcome.dispatches > 0
    with pytest.raises(KeyError):
        in_memory["no such table"]


def test_a_system_of_ones_own_asks_esper_and_adds_a_table(file):
    result = hvecs.run(file, systems=[Watch()])
    vps = [result[name].to_pandas() for name in ("virtual_processor", "root_virtual_processor")]
    expected = sum(table.groupby("time_ns").guest_run_ns.sum() for table in vps).cumsum()
    assert result["watch"].to_pydict() == {
        "time_ns": [20_000_000, 40_000_000, 50_000_000],
        "guest_run_ns": expected.tolist(),
    }
    plain = hvecs.run(file)
    assert all(plain[name].equals(result[name]) for name in plain.tables)


OWN_POLICY = """
import json, sys
import hvecs
from systems.policies.classic import CLASSIC
print(json.dumps(hvecs.run(sys.argv[1], policy=CLASSIC)["virtual_processor"].to_pydict(), default=str))
"""


def test_a_policy_by_name_and_of_ones_own(file):
    """One of one's own would be compiled anew: it is run in plain Python."""
    by_name = hvecs.run(file, policy="root")
    assert by_name.outcome.dispatches > 0
    own = plain("-c", OWN_POLICY, str(file))
    assert own == json.dumps(hvecs.run(file)["virtual_processor"].to_pydict(), default=str) + "\n"
    with pytest.raises(ValueError, match="no scheduler is named 'best'"):
        hvecs.run(file, policy="best")


def test_code_that_the_scenario_names_needs_permission(file, tmp_path):
    (tmp_path / "mine.py").write_text("raise SystemExit\n")
    file.write_text(SCENARIO.replace("[host]", '[host]\nsystems = ["mine.py:Mine"]'))
    with pytest.raises(PermissionError, match="allow_code"):
        hvecs.run(file)


def test_a_folder_of_others_is_refused(file, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").touch()
    with pytest.raises(OutputError):
        hvecs.run(file, out=tmp_path / "out")


def test_the_folder_is_one_that_hvecs_reads(file, tmp_path):
    hvecs.run(file, out=tmp_path / "out")
    assert pq.read_table(tmp_path / "out" / "runs").num_rows == 1
    assert (tmp_path / "out" / "scenario.toml").read_text() == (
        tmp_path / "out" / "resolved.toml"
    ).read_text()


def test_the_package_loads_nothing_heavy_until_it_is_asked():
    code = "import hvecs, sys; print([m for m in ('numpy', 'numba', 'pyarrow', 'esper') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
