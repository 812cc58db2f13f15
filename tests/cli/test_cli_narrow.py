"""A terminal of 60 columns is enough for every command: no line is longer, no name of a column is cut."""

import re

import click
import pytest

from hvecs.cli import text
from hvecs.cli.program import program
from tests.cli.helpers import BUSY
from tests.sweeping import SCENARIO, SWEEP, write

WIDTH = 60
pytestmark = pytest.mark.usefixtures("no_workers")


def walked(command, words=()):
    """Give the words of a command and of all below it."""
    yield words
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from walked(command.get_command(context, name), (*words, name))


COMMANDS = list(walked(program))


@pytest.fixture
def narrow(hvecs, monkeypatch):
    """Runs a command as on a terminal of 60 columns, and checks every line of its answer."""
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    monkeypatch.setattr(text, "terminal_width", lambda: WIDTH)

    def run(*words, code=0):
        done = hvecs(*words)
        assert done.code == code, done.err
        long = [
            line for line in done.out.splitlines() if len(line) > WIDTH and not re.search(r"\S{50}", line)
        ]
        assert long == []
        return done.out

    return run


def test_there_are_commands():
    assert len(COMMANDS) > 30


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_fits(narrow, words):
    assert "Usage: hvecs" in narrow(*words, "--help")


@pytest.mark.parametrize(
    "words",
    [
        ("show", "systems"),
        ("show", "components"),
        ("show", "counters"),
        ("show", "costs"),
        ("show", "rules"),
        ("show", "scenario"),
        ("guide",),
        ("doctor",),
    ],
    ids=" ".join,
)
def test_what_the_model_consists_of_fits(narrow, words):
    assert narrow(*words)


@pytest.fixture
def results(hvecs, scenario, tmp_path):
    """A run R with everything in it, and a sweep S of two axes."""
    assert hvecs("run", scenario(BUSY, "busy.toml"), "--out", "R", "-q").code == 0
    file = write(tmp_path, SWEEP, SCENARIO.replace('"2 s"', '"600 ms"'))
    assert hvecs("sweep", file, "--out", "S", "-q").code == 0
    return file


def test_what_commands_say_of_results_fits(narrow, results):
    summary = narrow("run", "busy.toml", "--out", "R")
    for title in (
        "% of VP time",
        "VPs",
        "guest",
        "hyperv",
        "ready",
        "idle",
        "capped",
        "wait/disp.",
        "95 % interval",
    ):
        assert title in summary
    for words in (
        ("check", "busy.toml"),
        ("show", "topology", "busy.toml"),
        ("summarize", "S"),
        ("summarize", "S", "--all"),
        ("status", "S"),
        ("verify", "S"),
        ("verify", "R"),
        ("compare", "R", "R"),
        ("compare", "S", "S"),
        ("plan", results),
        ("export", "perfmon", "R", "--out", "logs"),
        ("import", "perfmon", "logs", "--out", "capture"),
    ):
        assert narrow(*words), words
    assert "context_switch" in narrow("summarize", "S")
