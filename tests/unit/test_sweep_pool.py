"""The start of a worker is not ended half way, whichever thread of ours a signal goes to; and what workers die of is told apart."""

import signal
import threading
import time
from multiprocessing import Pipe

import pytest

from hvecs.sweeps import worker
from hvecs.sweeps.plan import Run
from hvecs.sweeps.pool import Pool, StartError, _Worker
from hvecs.sweeps.work import Task


class _Stop(Exception):  # noqa: N818 - what a handler raises is no error
    pass


class _Spawn:
    """Starts no process, but has a signal arrive while it starts one, in a thread that blocks none."""

    Pipe = staticmethod(Pipe)

    def __init__(self):
        self.started = False
        self._go = threading.Event()
        self._thread = threading.Thread(target=self._signal)
        self._thread.start()

    def Process(self, **_):  # noqa: N802 - as the context of multiprocessing has it
        return self

    def _signal(self):
        self._go.wait()
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

    def start(self):
        self._go.set()
        self._thread.join()
        for _ in range(100):
            time.sleep(0.001)  # here Python would call the handler
        self.started = True


def test_a_signal_in_another_thread_waits_until_a_worker_is_told_what_to_run(monkeypatch):
    def stop(*_):
        raise _Stop

    before = signal.signal(signal.SIGTERM, stop)
    try:
        spawn = _Spawn()
        pool = Pool(None, 1, None)
        monkeypatch.setattr(pool, "_spawn", spawn)
        with pytest.raises(_Stop):
            pool._started()
        assert spawn.started
    finally:
        signal.signal(signal.SIGTERM, before)


class _Dead:
    """A process that says what it is given to say, and is dead by then; its sentinel is a pipe without another end."""

    exitcode = 1

    def __init__(self, connection, says):
        for message in says:
            connection.send(message)
        connection.close()
        self.sentinel, other = Pipe()
        other.close()

    def is_alive(self):
        return False

    def join(self, _patience):
        self.sentinel.close()


class _Listener:
    def __init__(self):
        self.runs, self.deaths = [], 0

    def on_run(self, run, error):
        self.runs.append((run, error))

    def on_death(self, _batch):
        self.deaths += 1

    def on_batch(self, *_):
        pass


READY, DONE = (worker.READY, None), (worker.BATCH, 0)


def _made(monkeypatch, *lives):
    """Have a pool of one make a batch of two runs by workers that say so much each, and die; give its listener and the runs given up."""
    listener, given_up = _Listener(), []
    pool = Pool(None, 1, listener)
    life = iter(lives)

    def started():
        ours, theirs = Pipe()
        pool._workers.append(_Worker(_Dead(theirs, next(life)), ours))
        return pool._workers[-1]

    def bury(each):
        buried(each)
        given_up.extend(run for task in pool._again for run in task.broken if run not in given_up)

    buried = pool._bury
    monkeypatch.setattr(pool, "_started", started)
    monkeypatch.setattr(pool, "_bury", bury)
    with pool:
        pool.make([Task("b", (Run("r0", 0, 0), Run("r1", 0, 1)), {}, {}, {})])
    assert next(life, None) is None
    return listener, given_up


def test_workers_that_die_before_they_are_ready_end_the_sweep(monkeypatch):
    """As those of a script do that sweeps whenever it is imported: no run is blamed, and none is tried for ever."""
    with pytest.raises(StartError, match=r"before they can make a run, with exit code 1$"):
        _made(monkeypatch, [], [], [])


def test_two_that_die_before_they_are_ready_are_replaced_and_no_run_is_blamed(monkeypatch):
    listener, given_up = _made(monkeypatch, [], [], [READY, DONE])
    assert (listener.deaths, given_up) == (2, [])


def test_a_run_that_two_workers_died_of_is_given_up(monkeypatch):
    """Starts in vain between them are not its doing; and the second run has a worker die of it but once."""
    done = (worker.RUN, ("r0", None))
    listener, given_up = _made(monkeypatch, [READY], [], [], [READY, done], [], [READY, DONE])
    assert (listener.deaths, given_up) == (5, [])
    listener, given_up = _made(monkeypatch, [READY], [], [READY], [], [READY, DONE])
    assert (listener.deaths, given_up) == (4, ["r0"])
