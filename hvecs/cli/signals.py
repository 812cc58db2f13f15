"""The signals that end a run: they become an exception, so that what was begun is cleared away."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_ENDING: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
_held: list[bool] = []


class Interrupted(BaseException):
    """The user (Ctrl-C), or the system, asks the program to end; `remark` says what that leaves behind."""

    def __init__(self, number: int = signal.SIGINT, remark: str = "") -> None:
        super().__init__(number, remark)
        self.number = number
        self.remark = remark

    @property
    def exit_code(self) -> int:
        """The exit code by custom: 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP."""
        return 128 + self.number


@contextmanager
def installed() -> Iterator[None]:
    """Raise Interrupted at a signal that ends a run; one that our caller has us ignore (nohup) stays ignored."""
    before = {number: signal.getsignal(number) for number in _ENDING}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def held() -> Iterator[None]:
    """Drop signals meanwhile: what is done inside takes a moment and must not stop half way."""
    _held.append(True)
    try:
        yield
    finally:
        _held.pop()


def _interrupt(number: int, _frame: FrameType | None) -> None:
    if not _held:
        raise Interrupted(number)
