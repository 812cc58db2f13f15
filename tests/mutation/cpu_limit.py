"""A plugin of pytest: a test that takes more CPU time than the environment's HVECS_TEST_CPU_S fails, however busy the machine is."""

import os
import signal

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup():
    """Fail the test when the process has used so many CPU seconds for its fixtures."""
    return (yield from _limited())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call():
    """Fail the test when the process has used so many CPU seconds for it."""
    return (yield from _limited())


def _limited():
    signal.signal(signal.SIGVTALRM, _fail)
    signal.setitimer(signal.ITIMER_VIRTUAL, float(os.environ["HVECS_TEST_CPU_S"]))
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _fail(number, frame):  # noqa: ARG001 - what a handler is given
    pytest.fail("takes too long")
