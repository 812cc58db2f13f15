"""What Windows has not is not needed: fcntl, resource, os.fork, folders that can be opened, descriptors of folders, SIGHUP."""

import json
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.helpers import BUSY, CHECKOUT, command, environment, hashes
from tests.sweeping import SCENARIO, SWEEP, write

pytestmark = pytest.mark.journey

LIKE = Path(__file__).with_name("windows_like.py")


@pytest.fixture
def like(tmp_path, tmp_path_factory):
    """Runs hvecs in a process without what Windows has not; gives what it left."""
    site = tmp_path_factory.mktemp("site")
    shutil.copy(LIKE, site / "sitecustomize.py")
    settings = environment() | {"PYTHONPATH": f"{site}:{CHECKOUT}"}

    def run(*arguments, code=0):
        done = subprocess.run(
            command(*arguments), cwd=tmp_path, env=settings, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stderr
        return done

    run.settings = settings
    return run


def test_the_site_takes_it_away(like):
    code = "import os, sys; print(hasattr(os, 'fork'), hasattr(os, 'O_NOFOLLOW'), sys.modules['fcntl'], 'msvcrt' in sys.modules)"
    words = [*command()[:1], "-c", code]
    done = subprocess.run(words, env=like.settings, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "None", "True"]


def test_a_run_is_made_and_read(like, hvecs, scenario, tmp_path):
    scenario(BUSY)
    like("run", "s.toml", "--out", "R", "-q")
    like("run", "s.toml", "--out", "R", "-q", "--perfmon", "logs")
    assert hvecs("run", "s.toml", "--out", "plain", "-q").code == 0
    assert hashes("R") == hashes("plain")
    like("verify", "R")
    like("report", "R", "--out", "page.html")
    like("import", "perfmon", "logs", "--out", "capture")
    like("compare", "R", "R")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "R",
        "capture",
        "logs",
        "page.html",
        "plain",
        "s.toml",
    ]


def test_a_sweep_is_made_resumed_and_kept_from_others(like, tmp_path):
    file = write(
        tmp_path, SWEEP, SCENARIO.replace('"2 s"', '"200 ms"').replace("replications = 4", "replications = 1")
    )
    like("sweep", file, "--out", "S", "--jobs", "2", "-q")
    like("sweep", file, "--out", "S", "--jobs", "2", "-q", "--resume")
    like("verify", "S")
    assert json.loads((tmp_path / "S" / "manifest.json").read_text())["status"] == "complete"
    assert not (tmp_path / "S" / "lock").exists()


def test_two_runs_do_not_share_a_folder(like, scenario, tmp_path):
    scenario(
        BUSY.replace('"60 ms"', '"10 h"')
        .replace('"15 ms"', '"100 ms"')
        .replace('work = "50 ms"', 'work = "99 h"')
    )
    words = ("run", "s.toml", "--yes", "-q", "--out", "out")
    first = subprocess.Popen(command(*words), cwd=tmp_path, env=like.settings)
    try:
        end = time.monotonic() + 60
        while not (tmp_path / "out.partial" / "run").exists():
            assert time.monotonic() < end
            time.sleep(0.05)
        assert "is being written by process" in like(*words, code=1).stderr
    finally:
        first.kill()
        first.wait()
