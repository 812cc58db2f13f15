"""Sweeps whose processes are killed: after --resume, the dataset is that of an uninterrupted one."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.cli.helpers import CHECKOUT
from tests.sweeping import (
    alive,
    batches,
    content,
    kill,
    longer,
    poison,
    started,
    sweep,
    until,
    workers,
    write,
)

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc"),
]

LONG = longer(40)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The content of the sweep, made by one worker without interruption."""
    folder = tmp_path_factory.mktemp("whole")
    done = sweep(write(folder, scenario=LONG), folder / "out", "--jobs", 1)
    assert done.code == 0, done.err
    return content(folder / "out")


@pytest.fixture
def file(tmp_path):
    return write(tmp_path, scenario=LONG)


@pytest.fixture
def again(hvecs, no_workers):  # noqa: ARG001 - it leaves out the workers
    """Makes a sweep, or goes on with one, in this process."""

    def go_on(file, out, *arguments):
        return hvecs("sweep", file, "--out", out, *arguments)

    return go_on


def test_a_killed_parent_takes_its_workers_along_and_resuming_completes_the_dataset(
    again, tmp_path, file, whole
):
    out = tmp_path / "out"
    process = started(file, out, "--jobs", 2)
    until(lambda: len(batches(out)) >= 3, "three batches")
    children = workers(process)
    assert len(children) == 2
    kill(process.pid)
    process.communicate()
    until(lambda: not any(map(alive, children)), "the workers to end")
    assert 3 <= len(batches(out)) < 24
    refused = again(file, out)
    assert refused.code == 2
    assert "--resume" in refused.err
    done = again(file, out, "--resume")
    assert done.code == 0, done.err
    assert content(out) == whole
    assert not list(out.rglob("*.partial"))
    assert not (out / "lock").exists()


def test_a_killed_worker_is_replaced_and_nothing_is_lost(tmp_path, file, whole):
    out = tmp_path / "out"
    process = started(file, out, "--jobs", 2)
    until(lambda: batches(out), "a batch")
    victim = workers(process)[0]
    kill(victim)
    out_text, err = process.communicate()
    assert process.returncode == 0, err
    assert "a worker died" in err
    assert "0 failed" in out_text
    assert content(out) == whole


def test_ctrl_c_ends_cleanly_and_says_how_to_go_on(again, tmp_path, file, whole):
    out = tmp_path / "out"
    process = started(file, out, "--jobs", 2)
    until(lambda: batches(out), "a batch")
    children = workers(process)
    for pid in (process.pid, *children):  # as a terminal does: to the whole group
        os.kill(pid, signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in err
    assert f"resume with: hvecs sweep {file} --out {out} --jobs 2 --resume" in err
    assert not any(map(alive, children))
    assert not list(out.rglob("*.partial"))
    assert again(file, out, "--resume").code == 0
    assert content(out) == whole


@pytest.mark.parametrize("what", ["raise ArithmeticError('poison')", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_a_run_that_fails_is_a_row_and_the_others_go_on(tmp_path, what):
    poison(tmp_path, what)
    out = tmp_path / "out"
    done = sweep(write(tmp_path), out, "--json", "--jobs", 2, PYTHONPATH=f"{tmp_path}:{CHECKOUT}")
    assert done.code == 1, done.err
    failed = done.data["failed"]
    assert (len(failed), done.data["runs"]) == (2, 24)
    rows = duckdb.sql(f"SELECT * FROM read_parquet('{out}/runs/*.parquet') WHERE status = 'failed'").df()
    assert len(rows) == len(failed)
    assert set(rows["partition.web.processor.weight"]) == {100}
    assert set(rows["replication"]) == {1}
    assert rows["simulated_ns"].isna().all()
    if "raise" in what:
        assert set(rows["error"]) == {"ArithmeticError: poison"}
        assert rows["traceback"].str.contains("sitecustomize").all()
    else:
        assert rows["error"].str.contains("SIGKILL").all()
    ids = duckdb.sql(f"SELECT DISTINCT run FROM read_parquet('{out}/request/*.parquet')").df()["run"]
    assert len(ids) == 24 - len(failed)
    assert not set(ids) & set(rows["run"])
    assert json.loads((out / "manifest.json").read_bytes())["failed"] == len(failed)


def test_fail_fast_stops_at_the_first_failure(tmp_path):
    poison(tmp_path, "raise ArithmeticError('poison')")
    out = tmp_path / "out"
    done = sweep(write(tmp_path), out, "--fail-fast", "--jobs", 1, PYTHONPATH=f"{tmp_path}:{CHECKOUT}")
    assert done.code == 1
    assert "ArithmeticError: poison" in done.err
    assert "resume with" in done.err
    assert len(batches(out)) < 24


def test_a_second_writer_is_refused_while_a_sweep_is_held_open(hvecs, again, tmp_path):
    """A run waits for a file, so that the first sweep goes on for as long as it takes to look at it."""
    go = tmp_path / "go"
    poison(tmp_path, f"while not os.path.exists({str(go)!r}): time.sleep(0.05)")
    file, out = write(tmp_path), tmp_path / "out"
    first = started(file, out, "--jobs", 1, PYTHONPATH=f"{tmp_path}:{CHECKOUT}")
    until(lambda: len(batches(out)) == 8, "the batches before the one that waits")
    for more in (("--resume",), ("--shard", "1/2"), ("--resume", "--shard", "2/2")):
        second = again(file, out, *more)
        assert (second.code, second.out) == (1, "")
        assert second.err == f"hvecs: {out} is being written by process {first.pid}\n"
    status = hvecs("status", out, "--json").data
    assert (status["state"], status["done"]) == ("running", 8)
    go.touch()
    _, err = first.communicate()
    assert first.returncode == 0, err
    assert hvecs("status", out, "--json").data["state"] == "complete"
    assert again(file, out, "--resume").code == 0


def test_shards_share_a_folder_and_each_has_one_writer(hvecs, again, tmp_path):
    go = tmp_path / "go"
    poison(tmp_path, f"while not os.path.exists({str(go)!r}): time.sleep(0.05)")
    file, out = write(tmp_path), tmp_path / "out"
    first = started(file, out, "--jobs", 1, "--shard", "1/2", PYTHONPATH=f"{tmp_path}:{CHECKOUT}")
    until(lambda: len(batches(out)) == 4, "the batches before the one that waits")
    same = again(file, out, "--shard", "1/2")
    assert same.code == 1
    assert f"is being written by process {first.pid}" in same.err
    whole = again(file, out, "--resume")
    assert whole.code == 1
    assert "is being written by" in whole.err
    assert again(file, out, "--shard", "2/2").code == 0
    assert len(batches(out)) == 4 + 12
    go.touch()
    first.communicate()
    assert first.returncode == 0
    assert hvecs("status", out, "--json").data["state"] == "complete"


def test_a_script_that_sweeps_whenever_it_is_imported_is_told_so(tmp_path):
    """Each worker imports it, would sweep in turn, and dies of that before it can make a run."""
    call = "hvecs.sweep({!r}, jobs=2)"
    script = tmp_path / "script.py"
    script.write_text(f"import hvecs\n{call.format(str(write(tmp_path)))}\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=240, check=False, cwd=tmp_path
    )
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert "workers die before they can make a run" in last
    assert 'below `if __name__ == "__main__":`' in last
