"""A file of the user's is executed with --allow-code alone: every command is tried with a file that leaves a mark when it is."""

import ast
import shutil
import subprocess
import threading

import click
import pytest

from hvecs import user_code
from hvecs.cli.program import program
from hvecs.spec.sweep_loading import load_sweep
from hvecs.sweeps.plan import make_plan
from hvecs.sweeps.work import context_of
from tests.cli.helpers import CHECKOUT, EXACT, command, environment

MARK = 'open({!r}, "w").close()\nraise RuntimeError("executed")\n'
SWEEP = '[sweep]\nname = "x"\nscenario = "s.toml"\n'
AXIS = '[[axis]]\npath = "host.scheduler"\nvalues = ["classic", "mine.py:policy"]\n'
COMMANDS = {
    "run": ["run s.toml --out a", "run s.toml --out a --yes", "run s.toml --out a --unfused"],
    "plan": [
        "plan w.toml",
        "plan w.toml --rate 1",
        "plan a.toml",
        "plan b.toml --set host.scheduler=mine.py:policy",
    ],
    "sweep": [
        "sweep w.toml --jobs 1 --out b",
        "sweep a.toml --jobs 1 --out c",
        "sweep w.toml --resume --yes --out d",
    ],
    "find": ["find s.toml --axis host.smt_yield=1.1,1.2 --until web.response_mean>2x --jobs 1"],
    "summarize": ["summarize S"],
    "status": ["status S"],
    "verify": ["verify R", "verify S"],
    "compare": ["compare R R", "compare S S"],
    "report": ["report R", "report S"],
    "export": [],
    "export perfmon": ["export perfmon R --out e"],
    "export openmetrics": ["export openmetrics R --out e"],
    "export perfetto": ["export perfetto R --out e"],
    "export csv": ["export csv R --out e"],
    "import": [],
    "import host": ["import host s.toml --out i.toml"],
    "import perfmon": ["import perfmon s.toml --out e"],
    "import bitbrains": ["import bitbrains s.toml --out e"],
    "import azure": ["import azure s.toml --out e"],
    "check": ["check s.toml", "check w.toml", "check a.toml"],
    "show": [],
    "show systems": ["show systems"],
    "show components": ["show components"],
    "show counters": ["show counters"],
    "show costs": ["show costs s.toml"],
    "show rules": ["show rules"],
    "show topology": ["show topology s.toml"],
    "show inventory-script": ["show inventory-script"],
    "show scenario": ["show scenario s.toml"],
    "show sweep": ["show sweep"],
    "calibrate": ["calibrate s.toml --against R --out c.toml --length 1s"],
    "reproduce": ["reproduce uncontended-wait --jobs 1"],
    "sensitivity": ["sensitivity s.toml"],
    "new": ["new mine"],
    "guide": ["guide"],
    "doctor": ["doctor --help"],  # it takes no file of the user's
}
OF_RESULTS = {"summarize", "status", "verify", "compare", "report", "export"}
"""They read the run R and the sweep S, which were made with code and leave."""
EXECUTING = ["run s.toml --out a", "plan w.toml", "sweep w.toml --jobs 1 --out b"]


def names_of(group, before=""):
    """Name every command of the program, groups too."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        yield before + name
        if isinstance(found, click.Group):
            yield from names_of(found, f"{before}{name} ")


NAMED = EXACT.replace("[host]\n", '[host]\nscheduler = "mine.py:policy"\n')


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A run R and a sweep S under a policy of the user's own."""
    folder = tmp_path_factory.mktemp("results")
    (folder / "mine.py").write_text("from systems.policies.classic import CLASSIC as policy\n")
    (folder / "s.toml").write_text(NAMED.replace("[host]\n", 'trace = ["dispatch"]\n[host]\n'))
    (folder / "w.toml").write_text(SWEEP)
    for words in (["run", "s.toml", "--out", "R"], ["sweep", "w.toml", "--jobs", "1", "--out", "S"]):
        done = subprocess.run(
            command(*words, "--allow-code", "-q"), cwd=folder, env=environment(), check=False
        )
        assert done.returncode == 0, words
    return folder


@pytest.fixture
def study(tmp_path):
    (tmp_path / "mine.py").write_text(MARK.format(str(tmp_path / "mark")))
    (tmp_path / "s.toml").write_text(NAMED)
    (tmp_path / "plain.toml").write_text(EXACT)
    (tmp_path / "w.toml").write_text(SWEEP)
    (tmp_path / "a.toml").write_text(SWEEP.replace("s.toml", "plain.toml") + AXIS)
    (tmp_path / "b.toml").write_text(SWEEP.replace("s.toml", "plain.toml"))
    return tmp_path


def test_every_command_is_tried():
    """A new command must say here how it is tried."""
    assert set(names_of(program)) == set(COMMANDS)


def of_results(line):
    return line.split()[0] in OF_RESULTS


LINES = [line for lines in COMMANDS.values() for line in lines]
JOURNEYS = [pytest.param(each, marks=pytest.mark.journey) if of_results(each) else each for each in LINES]
"""What reads results is a journey: the policy that these are made with is compiled anew."""


@pytest.mark.parametrize("line", JOURNEYS)
def test_no_command_executes_code_without_leave(study, hvecs, request, line):
    if of_results(line):
        results = request.getfixturevalue("results")
        for name in "RS":
            shutil.copytree(results / name, study / name)
    done = hvecs(*line.split())
    assert not (study / "mark").exists()
    if of_results(line):
        assert done.code == 0, done.err
    if line.split()[0] in {"run", "sweep", "find", "calibrate"}:
        assert done.code == 2
        assert "--allow-code" in done.err
        assert not any((study / out).exists() for out in "abcd")


@pytest.mark.parametrize("line", EXECUTING)
def test_with_leave_code_is_executed(study, hvecs, line):
    hvecs(*line.split(), "--allow-code")
    assert (study / "mark").exists()
    (study / "mark").unlink()
    hvecs(*line.split())
    assert not (study / "mark").exists()


def test_the_gate_is_closed_by_default_and_for_other_threads(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("policy = 1\n")
    refused = []

    def attempt():
        try:
            user_code.execute(file)
        except user_code.CodeNotAllowed as error:
            refused.append(error.path)

    attempt()
    with user_code.leave(given=True):
        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
        assert user_code.execute(file)[0].policy == 1
    attempt()
    assert refused == [file] * 3
    assert not list(tmp_path.glob("__pycache__"))


@pytest.mark.parametrize("given", [True, False])
def test_workers_may_what_the_planning_process_may(study, given):
    plan = make_plan(load_sweep(study / "a.toml"))
    with user_code.leave(given):
        assert context_of(plan, str(study)).allow_code is given
    assert context_of(plan, str(study)).allow_code is False


def test_one_function_executes_code():
    """Nothing else in the program executes text or files as code; `import_module` takes names that the program itself gives."""
    found = []
    for room in ("hvecs", "systems", "components"):
        for path in (CHECKOUT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                name = (
                    node.id
                    if isinstance(node, ast.Name)
                    else node.attr
                    if isinstance(node, ast.Attribute)
                    else None
                )
                if name in {
                    "exec",
                    "eval",
                    "exec_module",
                    "run_path",
                    "run_module",
                    "spec_from_file_location",
                    "__import__",
                }:
                    found.append((path.relative_to(CHECKOUT).as_posix(), name))
    # the schedule compiles the loop over its own systems: text that it makes of their number alone
    assert sorted(found) == [("hvecs/user_code.py", "exec"), ("systems/schedule.py", "exec")]
