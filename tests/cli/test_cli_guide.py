import os
import pty
import re
import shlex
import shutil
import subprocess
from contextlib import suppress

import duckdb
import pytest

from hvecs.spec.parameters import PARAMETERS
from hvecs.spec.paths import read_path, split_setting
from hvecs.spec.reference import scenario_keys
from tests.cli.helpers import CHECKOUT, command, environment

pytestmark = pytest.mark.journey

GUIDE = CHECKOUT / "hvecs" / "guide"
STUDIES = CHECKOUT / "runs"


def blocks(topic, language):
    """Give the code blocks of a chapter in one language."""
    return re.findall(rf"```{language}\n(.*?)```", (GUIDE / f"{topic}.md").read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A folder with the results of both studies that the chapter asks of, cut short."""
    from hvecs.cli import invoke

    folder = tmp_path_factory.mktemp("results")
    for name in ("overcommitted", "native"):
        arguments = ["-q", "--duration", "70 s", "--out", str(folder / "runs" / "out" / name)]
        assert invoke(["run", str(STUDIES / f"{name}.toml"), *arguments]) == 0
    return folder


def test_the_list_of_chapters(process):
    done = process("guide")
    assert done.code == 0
    found = dict(line.split(maxsplit=1) for line in done.out.splitlines())
    assert found["running"] == "Running a scenario"
    assert found["analysing"] == "Analysing the tables"


def test_a_chapter_is_printed_as_it_is(hvecs):
    assert hvecs("guide", "running").out == (GUIDE / "running.md").read_text()


def test_there_is_no_such_chapter(hvecs):
    done = hvecs("guide", "dancing")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("hvecs: no chapter 'dancing'; there are ")


def test_the_commands_of_running_work(hvecs):
    lines = [line for block in blocks("running", "sh") for line in block.splitlines()]
    assert len(lines) >= 6
    for line in lines:
        program, name, *rest = shlex.split(line)
        assert program == "hvecs"
        short = ("--duration", "1 s") if name == "run" and "--duration" not in rest else ()
        done = hvecs(name, *rest, *short)
        assert done.code == 0, (line, done.err)


def test_the_commands_of_analysing_work(hvecs, tmp_path):
    shutil.copytree(STUDIES, tmp_path / "runs", ignore=shutil.ignore_patterns("out"))
    for line in blocks("analysing", "sh")[0].splitlines():
        done = hvecs(*shlex.split(line)[1:], "--duration", "1 s")
        assert done.code == 0, (line, done.err)


@pytest.mark.usefixtures("no_workers")
def test_the_first_answers_are_those_of_the_chapter(hvecs):
    """As printed, but for the length of the searches; the output that the chapter shows is that of its commands."""
    printed = ""
    for block in blocks("first", "sh"):
        for line in block.splitlines():
            _, name, *rest = shlex.split(line)
            assert "--duration" in rest or name not in {"find", "sweep"}
            short = ("--duration", "4 s", "--replications", "1") if "--duration" in rest else ()
            done = hvecs(name, *rest, *short)
            assert done.code == 0, (line, done.err)
            printed += done.out
    (shown,) = blocks("first", "text")
    assert shown.strip() in printed
    for keys in re.findall(r"`hvecs (show scenario [^`]*)`", (GUIDE / "first.md").read_text()):
        assert hvecs(*shlex.split(keys)).code == 0


def test_paths_are_quoted_as_the_chapter_on_windows_says():
    """In sh, and in the shells of Windows, as each hands words to a program."""
    words = re.findall(r"`--set ([^`]*SQL[^`]*)`", (GUIDE / "windows.md").read_text(encoding="utf-8"))
    posix, new_powershell, old_powershell, cmd, plain = words
    wanted = ("partition", "SQL Server 01", "processor", "weight")
    assert posix == new_powershell
    assert old_powershell == posix.replace(
        '"', '\\"'
    )  # PowerShell before 7.3 passes on what stands between its quotes, as C reads it
    assert cmd == plain
    for word in (posix, plain):
        (setting,) = shlex.split(word)
        assert read_path(split_setting(setting)[0]) == wanted


def test_what_the_chapter_on_windows_says_is_taken_away_is():
    chapter = (GUIDE / "windows.md").read_text(encoding="utf-8")
    for name in ("fcntl", "resource", "fork"):
        assert name in chapter
        assert f'"{name}"' in (CHECKOUT / "tests" / "cli" / "windows_like.py").read_text(encoding="utf-8")
    supported = (CHECKOUT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    for system in ("ubuntu-latest", "macos-latest", "windows-latest", '"3.11"'):
        assert system in supported
    passed = "windows" not in re.search(r"continue-on-error: (.*)", supported)[1]
    assert (
        passed or (CHECKOUT / "README.md").read_text(encoding="utf-8").splitlines()[2] == "Linux, macOS, WSL."
    )


def test_every_parameter_of_the_scheduler_has_its_default_and_its_source():
    """In the table of the chapter, in the order of the keys; `hvecs show costs` has them too."""
    chapter = (GUIDE / "scheduling.md").read_text()
    table = chapter.partition("## The parameters, and where they are from")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", table, re.MULTILINE)
    assert [row[0] for row in rows] == [each.name for each in PARAMETERS]
    for (name, default, source), each in zip(rows, PARAMETERS, strict=True):
        assert name == "wait_buckets" or default == str(each.default)
        assert source
        assert "publish" in each.source or "[" in each.source


@pytest.mark.usefixtures("no_workers")
@pytest.mark.parametrize("block", blocks("sweeps", "sh")[1:])
def test_the_commands_of_sweeps_work(hvecs, results, tmp_path, block):
    shutil.copytree(STUDIES, tmp_path / "runs", ignore=shutil.ignore_patterns("out"))
    block = block.replace(" DIR", f" {shlex.quote(str(results / 'runs/out/native'))}")
    for line in block.splitlines():
        _, name, *rest = shlex.split(line, comments=True)
        short = (
            ("--duration", "1 s", "--set", "scenario.warm_up=100 ms")
            if name in {"plan", "sweep", "find"}
            else ()
        )
        done = hvecs(name, *rest, *short)
        assert done.code == 0, (line, done.err)


@pytest.mark.parametrize(
    "query",
    [*blocks("analysing", "sql"), *blocks("traps", "sql"), *blocks("code", "sql"), *blocks("inside", "sql")],
)
def test_queries_work(results, monkeypatch, query):
    monkeypatch.chdir(results)
    assert duckdb.sql(query).fetchall()


def test_the_cpu_split_adds_up(results, monkeypatch):
    monkeypatch.chdir(results)
    rows = duckdb.sql(blocks("analysing", "sql")[0]).fetchall()
    assert [row[0] for row in rows] == ["web-0", "web-1", "web-2", "web-3"]
    for row in rows:
        assert sum(row[1:]) == pytest.approx(100, abs=0.05)
        assert row[1] > 10


@pytest.mark.parametrize("code", blocks("analysing", "python"))
def test_python_works(results, monkeypatch, capsys, code):
    monkeypatch.chdir(results)
    exec(code, {})  # noqa: S102 - our own guide
    assert capsys.readouterr().out


def test_on_a_terminal_a_chapter_is_set(tmp_path):
    ours, theirs = pty.openpty()
    settings = environment(PAGER="cat", TERM="xterm")
    with subprocess.Popen(command("guide", "sweeps"), cwd=tmp_path, env=settings, stdout=theirs) as shown:
        os.close(theirs)
        found = b""
        with suppress(OSError):  # the other end is closed
            while part := os.read(ours, 65536):
                found += part
        os.close(ours)
    assert shown.returncode == 0
    assert b"\x1b[" in found
    assert b"# Sweeps" not in found
    assert b"Sweeps: many runs of one scenario" in found


def test_what_is_not_published_is_a_parameter_that_there_is():
    chapter = (GUIDE / "agreement.md").read_text(encoding="utf-8").partition("## What is left out")[2]
    named = re.findall(r"`((?:host|partition|event)\.[a-z_.]+)…?`", chapter)
    assert len(named) > 12
    for path in named:
        assert [key for key in scenario_keys() if key.path.startswith(path)], path


def test_the_glossary_is_in_alphabetical_order():
    words = [
        line.split("|")[1].strip().lower()
        for line in (GUIDE / "glossary.md").read_text().splitlines()
        if "|" in line
    ]
    assert words[2:] == sorted(words[2:])
    assert len(words) > 40
