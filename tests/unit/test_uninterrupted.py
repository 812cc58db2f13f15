import os
import signal

import pytest

from systems.kernels.uninterrupted import signals_held


class _StopError(Exception):
    pass


def test_a_signal_waits_until_what_is_held_is_over():
    def stop(*_):
        raise _StopError

    before = signal.signal(signal.SIGTERM, stop)
    reached = []

    def work():
        with signals_held():
            os.kill(os.getpid(), signal.SIGTERM)
            reached.append("the end")

    try:
        with pytest.raises(_StopError):
            work()
        assert reached == ["the end"]
        assert signal.getsignal(signal.SIGTERM) is stop
    finally:
        signal.signal(signal.SIGTERM, before)


def test_handlers_of_the_system_stay():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals_held():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
