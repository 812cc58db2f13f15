"""The commands of the chapter on calibrating, executed as they stand there."""

import shlex
import shutil

import pytest

from hvecs.spec import load
from tests.cli.test_cli_guide import STUDIES, blocks

pytestmark = pytest.mark.journey

SHORT = {
    "run": ("--duration", "2 s", "--set", "scenario.sample=100 ms", "--set", "scenario.warm_up=0 s"),
    "calibrate": ("--length", "1 s"),
}


def test_the_commands_of_calibrating_work(hvecs, tmp_path):
    shutil.copytree(STUDIES, tmp_path / "runs", ignore=shutil.ignore_patterns("out"))
    for line in blocks("calibrating", "sh")[0].splitlines():
        program, name, *rest = shlex.split(line)
        assert program == "hvecs"
        done = hvecs(name, *rest, *SHORT.get(name, ()))
        assert done.code == 0, (line, done.err)
    assert (
        load(tmp_path / "mine.toml").partition[0].count
        == load(tmp_path / "runs/servers.toml").partition[0].count
    )
