"""A small sweep and a small run to be damaged, and what must never change around them."""

import hashlib
import os
import shutil
import sys
from pathlib import Path

import pytest

from hvecs.cli import invoke
from hvecs.sweeps import execution
from hvecs.sweeps.stages import Stages
from hvecs.sweeps.work import make_batch
from tests.sweeping import SCENARIO, write

SMALL = """\
[sweep]
name = "weights"
scenario = "small.toml"
replications = 2
seed = 7
tables = ["job", "request", "partition"]

[[axis]]
path = "partition.web.processor.weight"
values = [50, 400]
"""


class InThisProcess:
    """Makes batches as the pool does, without processes: what is attacked is the folder, not the workers."""

    def __init__(self, context, _jobs, listener):
        self._context, self._listener, self._stages = context, listener, Stages()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def make(self, tasks):
        for task in tasks:
            failed = make_batch(self._context, task, self._listener.on_run, stages=self._stages)
            self._listener.on_batch(task.name, failed)


def in_this_process(*arguments):
    """Run a command of hvecs, sweeps without workers, and give its exit code."""
    words = [*map(str, arguments)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execution, "Pool", InThisProcess)
        patch.setattr(sys, "argv", ["hvecs", *words])
        return invoke(words)


def make(folder):
    """Make a sweep in `S`, a run in `R`, and a folder of somebody else in `canary`."""
    file = write(folder, SMALL, SCENARIO.replace('"2 s"', '"0.5 s"').replace('"500 ms"', '"100 ms"'))
    assert in_this_process("sweep", file, "--out", folder / "S", "-q") == 0
    assert in_this_process("run", folder / "small.toml", "--out", folder / "R", "-q") == 0
    canary = folder / "canary"
    for name in ("notes.txt", "runs/b00000.parquet", "job/b00001.parquet", "summary/summary.parquet", "lock"):
        path = canary / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")


def copied(prepared, folder, monkeypatch):
    """Put what `make` made into a folder, twice, and let sweeps be made in this process; gives the sweep file."""
    monkeypatch.setattr(execution, "Pool", InThisProcess)
    shutil.copytree(prepared, folder, symlinks=True, dirs_exist_ok=True)
    for name in "RS":
        shutil.copytree(prepared / name, folder / f"good-{name}")
    return folder / "sweep.toml"


def again(folder, name, source):
    """Put a fresh copy of `source` at `name`; gives its path."""
    path = Path(folder, name)
    shutil.rmtree(path, ignore_errors=True)
    shutil.rmtree(path.with_name(f"{name}.partial"), ignore_errors=True)
    shutil.copytree(source, path, symlinks=True)
    return path


def fingerprint(folder):
    """Give a hash of every file and link below a folder, by name, whatever is not followed."""
    found = {}
    for way, folders, files in os.walk(folder):
        for name in files + [each for each in folders if Path(way, each).is_symlink()]:
            path = Path(way, name)
            content = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
            found[str(path.relative_to(folder))] = hashlib.sha256(content).hexdigest()
    return found


def told_of_a_bug(done):
    """Tell whether a command met a mistake of ours."""
    return "internal error" in done.err or "Traceback" in done.err + done.out
