import os
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import click
import pytest

from hvecs.cli import export, imports, invoke, program, show
from hvecs.cli.doctor import NEEDED
from hvecs.cli.failure import Failure
from tests.cli.helpers import CHECKOUT, EXACT, command, environment

HEAVY = {"numpy", "numba", "pyarrow", "matplotlib", "pydantic", "rich", "esper", "systems", "components"}
HELP = """\
Usage: hvecs [OPTIONS] COMMAND [ARGS]...

  Simulate a Hyper-V host and write what the counters of Windows would have
  shown.

Options:
  --version   Show the version and exit.
  -h, --help  Show this message and exit.

Commands:
  run          Simulate a scenario and write its tables.
  plan         Say which runs a sweep would make, and what they would take.
  sweep        Make all runs of a sweep, and print a summary.
  find         Find the value along an axis at which an outcome passes a
               bound.
  summarize    Print the summary of a sweep that was made, and add outcomes to
               it.
  status       Say how far a sweep has come that runs elsewhere, or was
               stopped.
  verify       Hold the files of a run or a sweep against its manifest.
  compare      Compare two sweeps, or two runs: every outcome that both have,
               and the difference B - A.
  reproduce    Simulate published measurements and closed forms, and say how
               far off they are.
  calibrate    Fit keys of a scenario to what was measured on its host.
  sensitivity  Say which costs move elapsed time, response time and CPU wait.
  report       Write a page that shows a run, a sweep or a capture.
  export       Write a run in the formats of other programs.
  import       Read data of real hosts.
  check        Say what is wrong with scenario and sweep files.
  show         Print what the model consists of.
  new          Write NAME.toml, a commented scenario to start from.
  guide        Print a chapter of the user guide.
  doctor       Check that hvecs works on this machine.
"""
EVERY_COMMAND = [entry for group in (program, show, export, imports) for entry in group.COMMANDS.items()]
WHAT_IS_LOADED = """
import sys
sys.argv = ["hvecs", *sys.argv[1:]]
from hvecs.cli import main
code = main()
print(code, *sys.modules, file=sys.stderr)
"""


def test_help_in_full(process):
    done = process("--help")
    assert (done.code, done.out, done.err) == (0, HELP, "")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], [], ["nonsense"], ["show", "--help"]])
def test_help_loads_nothing_heavy(tmp_path, arguments):
    asked = [sys.executable, "-c", WHAT_IS_LOADED, *arguments]
    done = subprocess.run(asked, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True)
    code, *loaded = done.stderr.splitlines()[-1].split()
    assert "hvecs.cli.program" in loaded
    assert not HEAVY & set(loaded)
    assert code == ("0" if arguments and arguments != ["nonsense"] else "2")


def test_version(process):
    done = process("--version")
    assert (done.code, done.out, done.err) == (0, "hvecs 0.1.0\n", "")


def test_without_a_command_the_help_goes_to_stderr(process):
    done = process()
    assert (done.code, done.out) == (2, "")
    assert "Commands:" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["frob"], "hvecs: No such command 'frob'."),
        (["show", "frob"], "hvecs: No such command 'frob'."),
        (["run"], "hvecs: Missing argument 'SCENARIO'."),
        (["check"], "hvecs: Missing argument 'FILE...'."),
        (["run", "s.toml", "--frob"], "--frob"),
        (["run", "s.toml", "--seed", "-1"], "--seed"),
        (["run", "s.toml", "--seed", "one"], "--seed"),
        (["run", "s.toml", "--out", ""], "--out"),
        (["run", "s.toml", "--out", "."], "--out"),
        (["show", "scenario", "--seed", "1"], "name its file"),
    ],
)
def test_wrong_usage(capsys, arguments, said):
    assert invoke(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err.splitlines()[0]
    assert err.startswith("hvecs: ")
    assert "--help'." in err.splitlines()[-1]


@pytest.mark.parametrize(("name", "entry"), EVERY_COMMAND)
def test_the_table_of_commands_says_what_each_command_says(name, entry):
    module, line = entry
    found = import_module(module).command
    assert isinstance(found, click.Command)
    assert found.name == name
    assert found.help.splitlines()[0] == line


def test_the_requirements_are_those_of_the_project():
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    needed = [line.split(",")[0] for line in project["dependencies"]]  # doctor asks for the least version
    assert [f"{name}>={least}" for name, least in NEEDED.items()] == needed


def fail_with(monkeypatch, error):
    def broken(*_):
        raise error

    monkeypatch.setattr("hvecs.cli.guide.read_chapters", broken)


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (
            KeyError("x"),
            1,
            "hvecs: internal error: KeyError: 'x'\nhvecs: that is a mistake in hvecs; -v shows where",
        ),
        (ValueError("two\nlines"), 1, "hvecs: internal error: ValueError: two\nhvecs: that is"),
        (AssertionError(), 1, "hvecs: internal error: AssertionError\nhvecs: that is"),
        (MemoryError(), 1, "hvecs: there is not enough memory for this scenario\n"),
        (
            ModuleNotFoundError("no", name="numba"),
            1,
            "hvecs: the Python package numba is missing; hvecs doctor says",
        ),
        (PermissionError(13, "Permission denied", "/x"), 1, "hvecs: /x: Permission denied\n"),
        (Failure(3, "a line", ["one", "two"]), 3, "one\ntwo\nhvecs: a line\n"),
        (KeyboardInterrupt(), 130, "hvecs: interrupted\n"),
        (EOFError("no more"), 1, "hvecs: internal error: EOFError: no more\n"),
    ],
)
def test_an_error_is_told_in_a_line(monkeypatch, capsys, error, code, said):
    fail_with(monkeypatch, error)
    monkeypatch.setattr("hvecs.cli.program.forget_stdout", lambda: None)
    assert invoke(["guide"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.lstrip("\n").startswith(said)
    assert "Traceback" not in err


def test_verbose_shows_the_traceback_of_an_internal_error(monkeypatch, capsys):
    fail_with(monkeypatch, KeyError("x"))
    assert invoke(["guide", "-v"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("hvecs: internal error: KeyError: 'x'\nTraceback (most recent call last):")
    assert err.endswith("KeyError: 'x'\n")


@pytest.mark.parametrize("arguments", [["--help"], ["show", "counters"], ["show", "counters", "--json"]])
def test_a_reader_who_leaves_is_no_error(tmp_path, arguments):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        done = subprocess.run(
            command(*arguments),
            cwd=tmp_path,
            env=environment(),
            stdout=gone,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.stderr == b""
    assert done.returncode in {0, 1}  # click ends with 1 where it writes the help itself


@pytest.mark.parametrize("arguments", [["--help"], ["show", "costs"]])
def test_a_full_stdout_is_told(tmp_path, arguments):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command(*arguments),
            cwd=tmp_path,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert b"No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_closed_streams_are_no_error(tmp_path):
    def close():
        os.close(1)
        os.close(2)

    done = subprocess.run(
        command("show", "costs"),
        cwd=tmp_path,
        env=environment(),
        preexec_fn=close,
        check=False,
    )
    assert done.returncode == 0


def test_text_goes_out_in_any_locale(process, scenario):
    scenario(EXACT.replace("Two guests", "\u03a9mega"))
    done = process("show", "scenario", "s.toml", PYTHONIOENCODING="latin-1")
    assert done.code == 0
    assert done.err == ""
    assert "\\u03a9mega" in done.out


def test_a_mistyped_command_gets_a_suggestion(hvecs):
    done = hvecs("chek", "mine.toml")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("hvecs: no command 'chek'; did you mean 'check'?\n")
    assert "did you mean" not in hvecs("frobnicate").err


def test_the_ending_of_a_file_may_be_left_out(hvecs, tmp_path):
    assert hvecs("new", "mine").code == 0
    for arguments in (
        ("check", "mine"),
        ("show", "scenario", "mine"),
        ("run", "mine", "--duration", "1 ms", "-q"),
    ):
        done = hvecs(*arguments)
        assert done.code == 0, done.err
    (tmp_path / "mine").mkdir()
    assert hvecs("run", "mine").code == 2  # what is there under the very name is what is meant


@pytest.mark.parametrize(("given", "threads"), [(None, "1"), ("3", "3")])
def test_no_command_starts_threads_for_linear_algebra_unless_asked_to(given, threads):
    code = (
        "import os, sys\nfrom hvecs.cli import main\nsys.argv[1:] = ['--version']\nmain()\n"
        "print('numpy' in sys.modules, os.environ['OPENBLAS_NUM_THREADS'])"
    )
    env = {key: value for key, value in environment().items() if key != "OPENBLAS_NUM_THREADS"}
    env |= {} if given is None else {"OPENBLAS_NUM_THREADS": given}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[-2:] == ["False", threads]  # numpy reads it when it is imported
