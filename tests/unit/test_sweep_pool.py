"""The start of a worker is not ended half way, whichever thread of ours a signal goes to."""

import signal
import threading
import time
from multiprocessing import Pipe

import pytest

from hvecs.sweep.pool import Pool


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
