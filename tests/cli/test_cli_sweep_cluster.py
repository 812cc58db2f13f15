"""Sweeps on a Dask cluster of real processes: the dataset is that of local processes, whoever is killed."""

import json
import signal
import sys
from pathlib import Path

import duckdb
import pytest

from hvecs import __version__
from hvecs.sweeps import cluster_work
from hvecs.sweeps.cluster_work import Unfit
from hvecs.sweeps.store import LocalStore
from tests.cli.helpers import CHECKOUT
from tests.clusters import DaskCluster
from tests.sweeping import batches, content, kill, longer, poison, started, sweep, until, write

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc"),
]

LONG = longer(100)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A sweep made by one local process, and the content of its folder."""
    folder = tmp_path_factory.mktemp("whole")
    file = write(folder, scenario=LONG)
    assert sweep(file, folder / "out", "--jobs", 1).code == 0
    return file, content(folder / "out")


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and two workers of two threads each; the environment of all of them may be changed."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    made = []

    def make(workers=2, **settings):
        made.append(DaskCluster(folder, **settings))
        for _ in range(workers):
            made[-1].add_worker("--nthreads", 2)
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_two_workers_with_two_threads_each_make_the_dataset_of_one_process(tmp_path, cluster, whole):
    file, expected = whole
    done = sweep(file, tmp_path / "out", "--cluster", cluster().address)
    assert done.code == 0, done.err
    assert "0 failed" in done.out
    assert content(tmp_path / "out") == expected
    assert len(batches(tmp_path / "out")) == 24
    assert not list((tmp_path / "out").rglob("*.partial"))
    assert json.loads((tmp_path / "out/manifest.json").read_bytes())["status"] == "complete"


def test_a_killed_worker_loses_nothing(tmp_path, cluster, whole):
    file, expected = whole
    out = tmp_path / "out"
    dask = cluster()
    process = started(file, out, "--cluster", dask.address)
    until(lambda: len(batches(out)) >= 2, "two batches")
    kill(dask.workers[0].pid)
    text, err = process.communicate()
    assert process.returncode == 0, err
    assert "0 failed" in text
    assert content(out) == expected
    assert not list(out.rglob("*.partial"))


def test_a_killed_parent_leaves_a_sweep_that_local_processes_complete(tmp_path, cluster, whole):
    file, expected = whole
    out = tmp_path / "out"
    process = started(file, out, "--cluster", cluster().address)
    until(lambda: len(batches(out)) >= 2, "two batches")
    kill(process.pid)
    process.communicate()
    assert len(batches(out)) < 24
    done = sweep(file, out, "--resume")
    assert done.code == 0, done.err
    assert content(out) == expected
    until(lambda: not list(out.rglob("*.partial")), "the workers to give up")


def test_ctrl_c_ends_the_work_of_the_cluster_and_says_how_to_go_on(tmp_path, cluster, whole):
    file, expected = whole
    out = tmp_path / "out"
    dask = cluster()
    process = started(file, out, "--cluster", dask.address)
    until(lambda: batches(out), "a batch")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "resume with" in err
    done = len(batches(out))
    assert done < 24
    until(lambda: not list(out.rglob("*.partial")), "the workers to give up")
    assert len(batches(out)) <= done + 2
    assert sweep(file, out, "--resume", "--cluster", dask.address).code == 0
    assert content(out) == expected


def test_a_lost_scheduler_ends_the_sweep_with_the_command_that_resumes(tmp_path, cluster, whole):
    file, expected = whole
    out = tmp_path / "out"
    dask = cluster()
    process = started(file, out, "--cluster", dask.address)
    until(lambda: batches(out), "a batch")
    kill(dask.scheduler.pid)
    _, err = process.communicate()
    assert process.returncode == 1
    assert "the Dask scheduler is lost" in err
    assert "resume with" in err
    assert "Traceback" not in err
    assert sweep(file, out, "--resume").code == 0
    assert content(out) == expected


def test_a_run_that_kills_its_worker_is_a_row_and_the_others_go_on(tmp_path, cluster):
    """Dask gives up a batch whose worker is lost; each of its runs is tried alone then."""
    poison(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)")
    dask = cluster(1, PYTHONPATH=f"{tmp_path}:{CHECKOUT}", DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES=0)
    for _ in range(4):  # two batches of one run each lose a worker twice
        dask.add_worker("--nthreads", 1)
    out = tmp_path / "out"
    done = sweep(write(tmp_path), out, "--cluster", dask.address)
    assert done.code == 1, done.err
    rows = duckdb.sql(f"SELECT * FROM read_parquet('{out}/runs/*.parquet') WHERE status = 'failed'").df()
    assert len(rows) == 2
    assert set(rows["partition.web.processor.weight"]) == {100}
    assert rows["error"].str.startswith("WorkerDied").all()
    assert len(batches(out)) == 24


def test_a_run_that_fails_is_a_row_and_fail_fast_stops_there(tmp_path, cluster):
    poison(tmp_path, "raise ArithmeticError('poison')")
    dask = cluster(1, PYTHONPATH=f"{tmp_path}:{CHECKOUT}")
    file = write(tmp_path)
    done = sweep(file, tmp_path / "fast", "--cluster", dask.address, "--fail-fast")
    assert done.code == 1
    assert "ArithmeticError: poison" in done.err
    assert len(batches(tmp_path / "fast")) < 24
    done = sweep(file, tmp_path / "out", "--cluster", dask.address, "--json")
    assert done.code == 1
    assert {each["error"] for each in done.data["failed"]} == {"ArithmeticError: poison"}


def test_a_scheduler_that_does_not_answer_is_an_error_and_nothing_is_made(tmp_path):
    done = sweep(
        write(tmp_path), tmp_path / "out", "--cluster", "tcp://127.0.0.1:9",
        DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT="1s",
    )  # fmt: skip
    assert done.code == 2
    assert done.err.startswith("hvecs: --cluster: no Dask scheduler answers at tcp://127.0.0.1:9: ")
    assert done.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("address", ["nonsense://x", "tcp://", "a b"])
def test_an_address_that_is_none(tmp_path, address):
    done = sweep(
        write(tmp_path),
        tmp_path / "out",
        "--cluster",
        address,
        DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT="1s",
    )
    assert done.code == 2
    assert "Traceback" not in done.err
    assert not (tmp_path / "out").exists()


def test_without_dask_the_extra_is_named(hvecs, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = hvecs("sweep", write(tmp_path), "--cluster", "tcp://127.0.0.1:8786")
    assert done.code == 2
    assert "pip install 'hvecs[cluster]'" in done.err
    assert not (tmp_path / "runs").exists()


def test_a_worker_of_another_version_or_without_the_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster_work, "_address", lambda: "tcp://w:1")
    store = LocalStore(tmp_path)
    with pytest.raises(Unfit, match=rf"tcp://w:1 does not see {tmp_path}"):
        cluster_work._check(__version__, store)
    (tmp_path / "manifest.json").write_text("{}")
    cluster_work._check(__version__, store)
    with pytest.raises(Unfit, match=rf"has hvecs {__version__}; expected 9"):
        cluster_work._check("9", store)
