"""A system in a file of the user's own: the guide's example, what it may not do, and everything that can be wrong with one."""

import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import hvecs as api
from tests.cli.helpers import manifest

GUIDE = Path(__file__).parents[2] / "hvecs" / "guide" / "systems.md"
TIMINGS = {"import_s", "build_s", "compile_s", "loop_s", "sample_s", "write_s"}


def block(language):
    """The one block of the guide in this language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    return found


@pytest.fixture
def study(tmp_path):
    (tmp_path / "guard.py").write_text(block("python"), encoding="utf-8")
    (tmp_path / "guard.toml").write_text(block("toml"), encoding="utf-8")
    return tmp_path


def mean_ms(folder):
    """The mean response time of all requests, of the intervals' means."""
    table = pq.read_table(folder / "request").to_pandas()
    return (table.response_mean_ns * table.completions).sum() / table.completions.sum() / 1e6


def test_the_guides_system_does_what_the_guide_says(study, hvecs):
    for name, more in (("own", []), ("unfused", ["--unfused"]), ("plain", ["--set", "host.systems=[]"])):
        answer = hvecs("run", "guard.toml", "--allow-code", *more, "--out", name, "--json")
        assert answer.code == 0, answer.err
    assert mean_ms(study / "own") < 100
    assert mean_ms(study / "plain") > 1000
    weights = pq.read_table(study / "own" / "guard").to_pydict()
    assert weights["weight"][:3] == [200, 400, 800]
    assert all(time % 100_000_000 == 0 for time in weights["time_ns"])
    assert pq.read_schema(next((study / "own" / "guard").rglob("*.parquet"))).field("weight").metadata[b"doc"]
    assert any("guard.py" in file for file in manifest(study / "own")["inputs"])
    hashes = [
        {name: table["sha256"] for name, table in manifest(study / folder)["tables"].items()}
        for folder in ("own", "unfused")
    ]
    assert hashes[0] == hashes[1]


def test_the_manifest_says_what_the_run_cost(study, hvecs):
    answer = hvecs(
        "run", "guard.toml", "--allow-code", "--duration", "1 s", "--out", "o", "--json", "--profile"
    )
    assert answer.code == 0, answer.err
    found = manifest(study / "o")
    assert set(found["timings"]) == TIMINGS
    assert all(spent >= 0 for spent in found["timings"].values())
    assert found["timings"]["import_s"] > 0
    vps = [
        pq.read_table(study / "o" / name).to_pydict()
        for name in ("virtual_processor", "root_virtual_processor")
    ]
    assert found["dispatches"] == sum(sum(table["dispatches"]) for table in vps) > 0
    systems = answer.data["profile"]["systems"]
    assert list(systems)[:2] == ["Demand", "Admission"]
    assert systems["Guard"] > 0
    assert systems["Scheduling"] > systems["Paging"]


def test_without_permission_no_code_runs(study, hvecs):
    (study / "guard.py").write_text('raise SystemExit("it ran")\n')
    answer = hvecs("run", "guard.toml", "--out", "o")
    assert answer.code == 2
    assert "host.systems names code" in answer.err
    assert "--allow-code" in answer.err
    assert "it ran" not in answer.err
    assert not (study / "o").exists()
    assert hvecs("check", "guard.toml").code == 0


HEAD = "from systems import System\nclass Guard(System):\n"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("Guard = 3\n", "guard.py: host.systems[0]: no system is named Guard; expected a subclass"),
        ("def f(:\n", "guard.py:1: host.systems[0]: SyntaxError"),
        ("x = 1\nimport nowhere\n", "guard.py:2: host.systems[0]: ModuleNotFoundError"),
        (
            HEAD + "    after = 'Nobody'\n",
            "system Guard: after = 'Nobody' names no system; there are Demand, ",
        ),
        (
            HEAD + "    after = 'Demand'\n",
            "system Guard: expected a method process(self, until), and no kernel",
        ),
        (
            HEAD + "    after, every = 'Demand', 'day'\n    def process(self, until): ...\n",
            "system Guard: every = 'day'; expected 'step', 'period', 'sample', or a number of ns",
        ),
        (
            HEAD + "    after, every = 'Demand', 0\n    def process(self, until): ...\n",
            "system Guard: every = 0; expected",
        ),
        (
            HEAD + "    after = 'Demand'\n    table = 3\n    def process(self, until): ...\n",
            "system Guard: table must be an hvecs.output.table.Table",
        ),
        (
            "from hvecs.output.table import Table, whole\n"
            + HEAD
            + "    after = 'Demand'\n    table = Table('guest', '', (whole('x', '', ''),))\n    def process(self, until): ...\n",
            "system Guard: there is a table guest already",
        ),
    ],
)
def test_a_file_without_a_system_that_fits_is_refused(study, hvecs, code, expected):
    (study / "guard.py").write_text(code)
    answer = hvecs("run", "guard.toml", "--allow-code", "--out", "o")
    assert answer.code == 3
    assert expected in answer.err
    assert not (study / "o").exists()


def test_a_file_that_is_missing_is_refused_at_its_line(study, hvecs):
    (study / "guard.py").unlink()
    answer = hvecs("run", "guard.toml", "--allow-code", "--out", "o")
    assert answer.code == 3
    assert 'guard.toml:8: host.systems[0]: there is no file "guard.py"; expected a Python file' in answer.err


def test_a_system_that_fails_fails_the_run_and_leaves_nothing(study, hvecs):
    (study / "guard.py").write_text(HEAD + "    after = 'Demand'\n    def process(self, until): 1 / 0\n")
    answer = hvecs("run", "guard.toml", "--allow-code", "--out", "o")
    assert answer.code == 1
    assert "ZeroDivisionError" in answer.err
    assert not (study / "o").exists()


def test_another_content_is_another_run(study, hvecs):
    runs = set()
    for interval in (100, 200):
        (study / "guard.py").write_text(block("python").replace("every = 100", f"every = {interval}"))
        answer = hvecs("run", "guard.toml", "--allow-code", "--duration", "1 s", "--out", "o", "--json")
        runs.add(answer.data["run"])
    assert len(runs) == 2
    assert "SHA-256" in (study / "o" / "resolved.toml").read_text()
    json.loads((study / "o" / "manifest.json").read_text())


def test_from_python_a_sweep_has_them_with_leave_alone(study):
    axes, short = {"partition.web.processor.weight": [50]}, {"scenario.duration": "1 s"}
    with pytest.raises(PermissionError, match="allow_code=True"):
        api.sweep(study / "guard.toml", axes=axes, set=short)
    found = api.sweep(study / "guard.toml", axes=axes, set=short, allow_code=True, jobs=1)
    assert found.failed == ()
    assert "guard" in found.tables


SWEEP = """\
[sweep]
name = "s"
scenario = "guard.toml"

[[axis]]
path = "scenario.duration"
values = ["1 s", "2 s"]

[[outcome]]
name = "top"
table = "guard"
column = "weight"
aggregate = "max"
"""


@pytest.mark.usefixtures("no_workers")
def test_a_sweep_makes_runs_with_them_and_keeps_their_tables(study, hvecs):
    """Each run has a system of its own: its table is that of the run by itself."""
    (study / "sweep.toml").write_text(SWEEP)
    refused = hvecs("sweep", "sweep.toml", "--out", "o")
    assert (refused.code, (study / "o").exists()) == (2, False)
    assert "is code: give --allow-code" in refused.err
    answer = hvecs("sweep", "sweep.toml", "--allow-code", "--out", "o")
    assert answer.code == 0, answer.err
    runs = pq.read_table(study / "o" / "runs").to_pandas().sort_values("point")
    tables = pq.read_table(study / "o" / "guard", partitioning=None).to_pandas()
    for duration, run in zip(("1 s", "2 s"), runs.itertuples(), strict=True):
        alone = study / duration
        seed = f"scenario.seed={run.seed}"
        made = hvecs(
            "run", "guard.toml", "--allow-code", "--duration", duration, "--set", seed, "--out", alone
        )
        assert made.code == 0, made.err
        expected = pq.read_table(alone / "guard", partitioning=None).to_pandas()
        found = tables[tables.run == run.run].drop(columns="run").reset_index(drop=True)
        assert len(expected) > 1
        assert found.equals(expected[found.columns])
        assert run.top == expected.weight.max()


@pytest.mark.usefixtures("no_workers")
def test_a_sweep_is_not_resumed_with_another_system(study, hvecs):
    (study / "sweep.toml").write_text(SWEEP)
    assert hvecs("sweep", "sweep.toml", "--allow-code", "--out", "o").code == 0
    (study / "guard.py").write_text(block("python") + "# changed\n")
    answer = hvecs("sweep", "sweep.toml", "--allow-code", "--out", "o", "--resume")
    assert answer.code == 2
    assert "the file of host.systems Guard was" in answer.err


def test_what_is_wrong_with_a_system_is_found_before_the_sweep(study, hvecs):
    (study / "sweep.toml").write_text(SWEEP.replace("weight", "height"))
    answer = hvecs("plan", "sweep.toml", "--allow-code")
    assert answer.code == 3
    assert 'guard has no column of numbers "height"; did you mean "weight"?' in answer.err
    (study / "guard.py").write_text(HEAD + "    after = 'Nobody'\n    def process(self, until): pass\n")
    answer = hvecs("plan", "sweep.toml", "--allow-code")
    assert answer.code == 3
    assert answer.err.count("after = 'Nobody' names no system") == 1


def test_the_guides_python_works(study, hvecs, monkeypatch, capsys):
    """As printed, with the file that `hvecs new mine` writes."""
    assert hvecs("new", "mine").code == 0
    monkeypatch.chdir(study)
    code, _of_sweeps = re.findall(
        r"```python\n(.*?)```", GUIDE.with_name("python.md").read_text(encoding="utf-8"), re.DOTALL
    )
    exec(code, {})  # noqa: S102 - our own guide
    wait_ns, rows = capsys.readouterr().out.split()
    assert int(wait_ns) > 0
    assert int(rows) > 0
