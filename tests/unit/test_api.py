"""The Python API: what it gives is what the command line writes."""

import gc
import re
import subprocess
import sys
from pathlib import Path

import esper
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import hvecs
from components import VpIdentity, VpTimes
from hvecs.cli import invoke
from hvecs.output.errors import OutputError
from hvecs.output.table import Table, whole
from hvecs.sweeping import settings_of
from hvecs.sweeps import execution
from hvecs.sweeps.extension import ChangedError
from systems import System
from tests.arch.plain import plain
from tests.folders import InThisProcess

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


def test_settings_are_written_as_toml():
    given = {"a": True, "b": "10 s", "c": [1, "x"], "d": [{"at": "0 h", "times": 2}], "e": 0.5}
    assert settings_of(given) == [
        "a=true",
        "b=10 s",
        'c=[1, "x"]',
        'd=[{ at = "0 h", times = 2 }]',
        "e=0.5",
    ]


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
import sys
import hvecs
from systems.policies.classic import CLASSIC
short = CLASSIC._replace(begin_slice=lambda w, lp, vp, now: now + 1_000_000)
print(sum(hvecs.run(sys.argv[1], policy=short)["virtual_processor"]["dispatches"].to_pylist()))
"""


def total(result, column):
    return sum(result["virtual_processor"][column].to_pylist())


def test_a_policy_by_name_and_of_ones_own(file):
    """One of one's own, with slices of 1 ms, is run in plain Python, as it would be compiled anew; by name, root uses the siblings of SMT."""
    own = plain("-c", OWN_POLICY, str(file))
    assert int(own) > 5 * total(hvecs.run(file), "dispatches")
    smt = "sockets = 1\ncores_per_socket = 1\nthreads_per_core = 2"
    file.write_text(file.read_text().replace("logical_processors = 1", smt))
    by_name, usual = hvecs.run(file, policy="root"), hvecs.run(file)
    assert total(by_name, "guest_run_ns") > 1.9 * total(usual, "guest_run_ns")
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


OVERLOAD = """
[scenario]
name = "overload"
duration = "2 s"
sample = "250 ms"
[host]
logical_processors = 1
memory = "16 GiB"
[[partition]]
name = "few"
[partition.workload]
kind = "open"
rate = "400 /s"
service = { distribution = "exponential", mean = "10 ms" }
"""


def test_a_result_has_a_verdict_that_its_warnings_and_its_folder_repeat(tmp_path):
    (tmp_path / "s.toml").write_text(OVERLOAD)
    kept, written = hvecs.run(tmp_path / "s.toml"), hvecs.run(tmp_path / "s.toml", tmp_path / "out")
    assert kept.verdict == written.verdict
    assert kept.verdict.verdict == "saturated"
    assert kept.verdict.saturated == ("few",)
    assert kept.warnings == written.warnings == kept.verdict.warnings
    assert written["runs"]["verdict"].to_pylist() == ["saturated"]
    assert tuple(written.manifest.warnings) == written.warnings


def test_tables_as_frames(file):
    result = hvecs.run(file)
    polars, pandas = result.to_polars("job"), result.to_pandas("job")
    assert polars["partition"].to_list() == pandas["partition"].tolist() == ["a-0", "a-1"]
    assert set(result.to_polars()) == set(result.to_pandas()) == set(result.tables)
    with pytest.raises(KeyError):
        result.to_polars("jobs")


def test_a_result_shows_itself_in_a_notebook_and_escapes_names(tmp_path):
    (tmp_path / "s.toml").write_text(OVERLOAD.replace("few", "few <b> far"))
    shown = hvecs.run(tmp_path / "s.toml")._repr_html_()
    assert shown.startswith("<div><p><strong>verdict: saturated</strong> LPs 100 % busy")
    assert "<td>few &lt;b&gt; far</td>" in shown
    assert "<b>" not in shown


@pytest.fixture
def no_workers(monkeypatch):
    """Lets sweeps be made in this process."""
    monkeypatch.setattr(execution, "Pool", InThisProcess)


AXES = {"partition.a.processor.weight": [50, 100], "host.scheduling.slice": ["5 ms", "10 ms"]}


@pytest.mark.usefixtures("no_workers")
def test_a_sweep_is_that_of_the_command_line(file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    axes = [
        word for name, values in AXES.items() for word in ("--axis", f"{name}={','.join(map(str, values))}")
    ]
    result = hvecs.sweep(file, AXES, tmp_path / "out", replications=2)
    kept = hvecs.sweep(hvecs.load(file), AXES, replications=2)
    assert capsys.readouterr() == ("", "")
    assert invoke(["sweep", "s.toml", *axes, "--replications", "2", "--out", "theirs", "-q"]) == 0
    theirs = tmp_path / "theirs"
    assert result.to_pandas("runs").equals(pd.read_parquet(theirs / "runs"))
    assert result["virtual_processor"].num_rows == 8 * 6
    assert result.to_polars("runs").height == kept.to_polars("runs").height == 8
    assert result["summary"].equals(pq.read_table(theirs / "summary" / "summary.parquet"))
    assert {"runs", "summary", "job", "virtual_processor"} <= set(result.tables) == set(kept.tables)
    assert set(result.verdicts) == {(50, "5 ms"), (50, "10 ms"), (100, "5 ms"), (100, "10 ms")}
    assert result.failed == ()
    with pytest.raises(KeyError):
        result["outcomes"]
    assert result.results.points[0] == (50, "5 ms")
    shown = result._repr_html_()
    assert shown.count("<tr>") == 5
    assert "partition.a.processor.weight" in shown


@pytest.mark.usefixtures("no_workers")
def test_a_sweep_is_refused_or_resumed(file, tmp_path):
    first = hvecs.sweep(file, AXES, tmp_path / "out")
    with pytest.raises(OutputError, match="holds the sweep"):
        hvecs.sweep(file, AXES, tmp_path / "out")
    more = hvecs.sweep(file, AXES, tmp_path / "out", replications=2, resume=True)
    assert (first.results.runs, more.results.runs) == (4, 8)
    with pytest.raises(ChangedError):
        hvecs.sweep(file, {"partition.a.processor.weight": [7]}, tmp_path / "out", resume=True)
    with pytest.raises(ValueError, match="needs axes"):
        hvecs.sweep(hvecs.load(file))
    for wrong in ({"replications": 0}, {"jobs": 0}, {"seed": -1}):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))}: expected at least"):
            hvecs.sweep(file, AXES, **wrong)
    with pytest.raises(ValueError, match="each as NAME = "):
        hvecs.sweep(file, AXES, outcomes=["a.elapsed_ns"])
    with pytest.raises(hvecs.SpecError, match="weights"):
        hvecs.sweep(file, {"partition.a.processor.weights": [1]})
    (tmp_path / "mine.py").write_text("raise SystemExit\n")
    with pytest.raises(PermissionError, match="allow_code"):
        hvecs.sweep(file, {"host.scheduler": ["classic", f"{tmp_path}/mine.py:policy"]})


@pytest.mark.usefixtures("no_workers")
def test_outcomes_of_a_sweep_and_a_folder_that_goes_with_its_result(file):
    result = hvecs.sweep(
        file, {"partition.a.count": "1..2"}, outcomes=["most = max of job.work_ns"], set=["scenario.seed=3"]
    )
    assert [result.results.estimate("most", point).n for point in range(len(result.results.points))] == [1, 1]
    assert "most" in result._repr_html_()
    out = result.out
    assert out.is_dir()
    del result
    gc.collect()
    assert not out.exists()


CHAPTER = Path(hvecs.__file__).parent / "guide" / "python.md"


@pytest.mark.usefixtures("no_workers")
@pytest.mark.parametrize(
    "code", re.findall("```python\n(.*?)```", CHAPTER.read_text(encoding="utf-8"), re.DOTALL)
)
def test_the_chapter_runs_as_printed(tmp_path, monkeypatch, capsys, code):
    monkeypatch.chdir(tmp_path)
    assert invoke(["new", "mine"]) == 0
    capsys.readouterr()
    exec(code, {"__name__": "__main__"})  # noqa: S102 - our own guide
    assert capsys.readouterr().out
