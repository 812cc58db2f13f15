import subprocess
import sys

import pytest

from hvecs.cli import invoke
from hvecs.sweep import execution
from tests.cli.helpers import EXACT, Done, command, environment
from tests.folders import InThisProcess, copied, make


@pytest.fixture
def hvecs(tmp_path, monkeypatch, capsys):
    """Runs a command of hvecs within this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        words = list(map(str, arguments))
        monkeypatch.setattr(sys, "argv", ["hvecs", *words])
        capsys.readouterr()
        code = invoke(words)
        return Done(code, *capsys.readouterr())

    return run


@pytest.fixture
def no_workers(monkeypatch):
    """Lets sweeps be made in this process: for tests of what is made, and not of who makes it."""
    monkeypatch.setattr(execution, "Pool", InThisProcess)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """A folder with a small sweep and a run; see `tests.folders`."""
    folder = tmp_path_factory.mktemp("prepared")
    make(folder)
    return folder


@pytest.fixture
def made(hvecs, prepared, tmp_path, monkeypatch):  # noqa: ARG001 - it makes tmp_path the present folder
    """A copy of what is prepared, in an empty folder; gives the sweep file."""
    return copied(prepared, tmp_path, monkeypatch)


@pytest.fixture
def process(tmp_path):
    """Runs hvecs as a user does, as a process of its own, in an empty folder; keywords go to the environment."""

    def run(*arguments, **settings):
        done = subprocess.run(
            command(*arguments),
            cwd=tmp_path,
            env=environment(**settings),
            capture_output=True,
            text=True,
            errors="surrogateescape",
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def scenario(tmp_path):
    """Writes a scenario file, EXACT unless told otherwise, and gives its path."""

    def write(text=EXACT, name="s.toml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write
