"""Kills at any time: once a sweep is resumed to its end, it is the sweep that nobody killed."""

import re
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.fuzz.sizes import attacks, drawn
from tests.sweeping import (
    PATIENCE_S,
    alive,
    ask,
    batches,
    content,
    kill,
    started,
    sweep,
    until,
    workers,
    write,
)

pytestmark = [
    pytest.mark.fuzz,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc"),
]

SEED = "kills 1"
KILLS = 300
KILLS_OF_A_SWEEP = 10
PHASES = ("start", "run", "write", "summary", "resume", "extension")

SWEEP = """\
[sweep]
name = "weights"
scenario = "small.toml"
replications = {replications}
seed = 7

[[axis]]
path = "partition.web.processor.weight"
values = [50, 400]
"""
SHORT, LONG = 8, 12


def written(folder, replications):
    return write(folder, SWEEP.format(replications=replications))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The content of the sweep after its extension, which nobody killed."""
    folder = tmp_path_factory.mktemp("whole")
    assert sweep(written(folder, SHORT), folder / "out", "-q").code == 0
    assert sweep(written(folder, LONG), folder / "out", "-q", "--resume").code == 0
    return content(folder / "out")


def reached(phase, out, process, random):
    """Wait until a sweep is in a phase, and a moment more; False if it ended before."""
    until(lambda: process.poll() is not None or _is_in(phase, out), phase)
    time.sleep(random.uniform(0, {"start": 1.5, "run": 0.5, "resume": 2, "extension": 2}.get(phase, 0.02)))
    return process.poll() is None


def _is_in(phase, out):
    match phase:
        case "start":
            return True
        case "run":
            return len(batches(out)) > 0
        case "write":
            return any(out.rglob("*.partial"))
        case "summary":
            return any(out.glob("summary/*"))
    return (out / "lock").exists()


OURS = re.compile(r'File "[^"]*[/\\](hvecs|systems|components)[/\\][^"]*", line \d+, in [^<]')
"""A line of a traceback that goes through a function of ours. Python has tracebacks of its own where it is interrupted before any of ours
runs: while it imports them, or in a worker whose parent is killed before it has told it what to run."""


def killed(file, out, phase, random):
    """Start or resume a sweep and kill it, or workers of it, in a phase; tells whether there was anything to kill."""
    more = ("--resume",) if (out / "manifest.json").exists() else ()
    process = started(file, out, "-q", "--jobs", random.choice((1, 2)), *more)
    hit = reached(phase, out, process, random)
    children = []
    with suppress(FileNotFoundError, ProcessLookupError):  # it ends by itself just now
        children = workers(process) if hit else []
        if children and random.random() < 0.4:
            kill(random.choice(children))
        elif hit:
            process.send_signal(
                random.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT))
            )
    _, err = process.communicate(timeout=PATIENCE_S)
    until(lambda: not any(map(alive, children)), "the workers to end")
    assert not OURS.search(err), (phase, err)
    assert "internal error" not in err, (phase, err)
    return hit


def test_killed_sweeps_lose_nothing(tmp_path, whole):
    wanted, done, number = attacks(KILLS), 0, 0
    while done < wanted:
        random = drawn(SEED, number)
        folder = tmp_path / str(number)
        folder.mkdir()
        out, number = folder / "out", number + 1
        file = written(folder, SHORT)
        for _ in range(min(KILLS_OF_A_SWEEP, wanted - done)):
            phase = random.choice(PHASES)
            if phase == "extension":
                file = written(folder, LONG)
            done += killed(file, out, phase, random)
            if (out / "manifest.json").exists():
                assert ask("verify", out).code == 0, (number, phase)
                assert ask("status", out).code == 0, (number, phase)
        file = written(folder, LONG)
        for _ in range(3):
            end = sweep(file, out, "-q", *(("--resume",) if (out / "manifest.json").exists() else ()))
            if end.code == 0:
                break
        assert end.code == 0, (number, end.err)
        assert "Traceback" not in end.err
        assert content(out) == whole, number
        assert ask("verify", out).code == 0, number
        assert not list(out.rglob("*.partial")), number
        assert not (out / "lock").exists(), number
