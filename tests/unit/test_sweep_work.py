"""The work of one worker: batches, in one thread or in several; and what it may execute."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import pytest

from hvecs.spec.sweep_loading import load_sweep
from hvecs.sweeps.manifest import manifest_of, write_manifest
from hvecs.sweeps.plan import make_plan
from hvecs.sweeps.store import open_store
from hvecs.sweeps.work import context_of, make_batch, task_of
from hvecs.sweeps.worker import BATCH, READY, RUN, main
from hvecs.user_code import leave
from tests.sweeping import SCENARIO, content, longer, write


def made(folder, out, threads):
    """Make six batches of a sweep by so many threads; gives the content of its folder."""
    plan = make_plan(load_sweep(write(folder, scenario=longer(20))))
    store = open_store(str(folder / out))
    write_manifest(store, manifest_of(plan, (), {}))
    context = context_of(plan, store.place)
    tasks = [task_of(plan, batch) for batch in plan.batches[:6]]
    with ThreadPoolExecutor(threads) as pool:
        failed = list(pool.map(lambda task: make_batch(context, task, lambda *_: None), tasks))
    assert failed == [0] * 6
    return content(folder / out)


def test_threads_of_one_process_wait_for_each_other(tmp_path):
    """There is one world a process: without the lock, runs would write to each other's."""
    assert made(tmp_path, "one", 1) == made(tmp_path, "three", 3)


OWN = SCENARIO.replace("[host]\n", '[host]\nscheduler = "mine.py:policy"\n')


@pytest.fixture
def own(tmp_path):
    """A sweep whose policy is a file that leaves a mark when it is executed, then fails: the mark, the context, a task."""
    mark = tmp_path / "mark"
    (tmp_path / "mine.py").write_text(f'open({str(mark)!r}, "w").close()\nraise RuntimeError("executed")\n')
    plan = make_plan(load_sweep(write(tmp_path, scenario=OWN)))
    store = open_store(str(tmp_path / "out"))
    write_manifest(store, manifest_of(plan, (), {}))
    return mark, context_of(plan, store.place), task_of(plan, plan.batches[0])


@pytest.mark.parametrize("given", [True, False])
def test_a_batch_is_made_with_the_leave_of_its_context(own, given):
    """Whatever the thread that makes it may do."""
    mark, context, task = own
    errors = []
    with leave(not given):
        failed = make_batch(
            replace(context, allow_code=given), task, lambda _, error: errors.append(error.error)
        )
    assert failed == len(task.runs) == len(errors)
    assert all(("executed" if given else "--allow-code") in error for error in errors)
    assert mark.exists() is given


def test_a_worker_without_leave_executes_nothing(own):
    """Neither to have the kernels compiled, nor for a batch."""
    mark, context, task = own
    ours, theirs = get_context("spawn").Pipe()
    worker = get_context("spawn").Process(target=main, args=(theirs,), daemon=True)
    worker.start()
    theirs.close()
    ours.send(replace(context, allow_code=False))
    ours.send(task)
    assert ours.recv() == (READY, None)
    told = [ours.recv() for _ in range(len(task.runs) + 1)]
    ours.send(None)
    worker.join()
    assert [kind for kind, _ in told] == [RUN] * len(task.runs) + [BATCH]
    assert told[-1] == (BATCH, len(task.runs))
    assert not mark.exists()
