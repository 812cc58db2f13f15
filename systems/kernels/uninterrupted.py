"""Signals that wait: LLVM, interrupted while it loads or compiles, ends the process later with a segmentation fault."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

ENDING: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""The signals that end a process, as far as the system has them."""


@contextmanager
def signals_held() -> Iterator[None]:
    """Hold the signals that raise an exception until what is done inside is over; then they are raised.

    Handlers that are no Python functions stay: a process that a signal just ends has nothing to clean up. Python calls handlers in its
    main thread only, so elsewhere there is nothing to hold.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    noted: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        noted.append(number)

    held = {number: signal.getsignal(number) for number in ENDING}
    held = {number: handler for number, handler in held.items() if callable(handler)}
    for number in held:
        signal.signal(number, note)
    try:
        yield
    finally:
        for number, handler in held.items():
            signal.signal(number, handler)
        for number in dict.fromkeys(noted):
            signal.raise_signal(number)
