"""Runs that failed: which of them --resume makes again, which only --retry-failed, and what status says of them."""

from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from hvecs.sweeps import plan, pool, work
from hvecs.sweeps.work import RunError

pytestmark = pytest.mark.usefixtures("made")


@pytest.fixture
def seen(monkeypatch):
    """Lets runs at weight 50 fail as `seen.errors` says, by replication, and notes which are simulated."""
    monkeypatch.setattr(plan, "_BATCHES", 1)  # all runs in one batch
    real = work.simulate

    class Seen:
        pass

    Seen.errors, Seen.runs = {}, []

    def simulate(scenario, sink, **options):
        replication = len([each for each in Seen.runs if each == scenario.partition[0].processor.weight])
        Seen.runs.append(scenario.partition[0].processor.weight)
        outcome = real(scenario, sink, **options)
        if scenario.partition[0].processor.weight == 50 and replication in Seen.errors:
            raise Seen.errors[replication]
        return outcome

    monkeypatch.setattr(work, "simulate", simulate)
    return Seen


def rows(folder):
    return pq.ParquetFile(folder / "runs/b00000.parquet").read().to_pylist()


def test_what_may_pass_is_tried_again_and_an_error_of_its_own_is_not(hvecs, tmp_path, seen):
    out = tmp_path / "out"
    seen.errors = {0: MemoryError("no room"), 1: ArithmeticError("poison")}
    done = hvecs("sweep", "sweep.toml", "--out", out, "-q")
    assert done.code == 1
    assert "2 of 4 runs failed; 1 of them died or had no memory, which may pass" in done.err
    assert "resume with: hvecs sweep" in done.err
    assert [row["cause"] for row in rows(out)] == ["memory", None, "error", None]
    told = " ".join(hvecs("status", out).out.split())
    assert "4 of 4, 2 failed (1 for want of memory, 1 of an error of their own); 2 points" in told
    assert hvecs("status", out, "--json").data["causes"] == {"memory": 1, "error": 1}
    first = rows(out)[2]

    seen.errors, seen.runs = {}, []
    done = hvecs("sweep", "sweep.toml", "--out", out, "--resume")
    assert done.code == 1
    assert "1 runs that failed are made again" in done.err
    assert sorted(seen.runs) == [
        50,
        400,
        400,
    ]  # its batch is made again, without the run that fails by itself
    assert [row["status"] for row in rows(out)] == ["ok", "ok", "failed", "ok"]
    assert rows(out)[2] == first
    assert hvecs("verify", out).code == 0

    seen.runs = []
    assert hvecs("sweep", "sweep.toml", "--out", out, "--resume", "-q").code == 1
    assert seen.runs == []
    done = hvecs("sweep", "sweep.toml", "--out", out, "--retry-failed", "-q")
    assert done.code == 0, done.err
    assert hvecs("status", out, "--json").data["failed"] == 0
    assert hvecs("verify", out).code == 0
    assert hvecs("compare", out, "S", "--fail-on", "0 %").code == 0


def test_a_run_whose_worker_died_is_tried_again(hvecs, tmp_path, monkeypatch):
    """The pool says of a run that its worker died twice; here it says so of one that did not."""
    out = tmp_path / "out"
    real = work.make_batch
    poisoned = {}

    def make_batch(context, task, tell, **more):
        poisoned.setdefault("run", task.runs[0].run)
        broken = {
            run.run: RunError("WorkerDied: its worker died twice", "", "killed")
            for run in task.runs
            if run.run == poisoned["run"]
        }
        return real(context, replace(task, broken={**task.broken, **broken}), tell, **more)

    monkeypatch.setattr("tests.folders.make_batch", make_batch)
    assert hvecs("sweep", "sweep.toml", "--out", out, "-q").code == 1
    assert hvecs("status", out, "--json").data["causes"] == {"killed": 1}
    monkeypatch.setattr("tests.folders.make_batch", real)
    assert hvecs("sweep", "sweep.toml", "--out", out, "--resume", "-q").code == 0
    assert hvecs("compare", out, "S", "--fail-on", "0 %").code == 0


@pytest.mark.parametrize(
    ("code", "said"), [(-9, "by signal 9 (SIGKILL)"), (-47, "by signal 47"), (70, "with exit code 70")]
)
def test_how_a_worker_died_is_told_for_any_signal(code, said):
    assert pool._how_it_died(code) == said


def test_an_interruption_of_a_retry_keeps_what_is_there(hvecs, tmp_path, seen, monkeypatch):
    out = tmp_path / "out"
    seen.errors = {0: MemoryError("no room"), 1: ArithmeticError("poison")}
    hvecs("sweep", "sweep.toml", "--out", out, "-q")
    before = rows(out)

    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("tests.folders.make_batch", stop)
        assert hvecs("sweep", "sweep.toml", "--out", out, "--resume", "-q").code == 130
    assert rows(out) == before
    assert hvecs("verify", out).code == 0
    assert hvecs("status", out, "--json").data["state"] == "stopped"
