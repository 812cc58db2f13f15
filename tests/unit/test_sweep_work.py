"""The work of one worker: batches, in one thread or in several."""

from concurrent.futures import ThreadPoolExecutor

from hvecs.spec.sweep_loading import load_sweep
from hvecs.sweep.manifest import manifest_of, write_manifest
from hvecs.sweep.plan import make_plan
from hvecs.sweep.store import open_store
from hvecs.sweep.work import context_of, make_batch, task_of
from tests.sweeping import content, longer, write


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
