"""The kernels of a process: compiled by one of those that share a cache, while the others wait for it."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hvecs.engine import simulate
from hvecs.spec import Scenario
from systems import fused
from systems.kernels import jit


def warm_up(on_compiling: Callable[[], None]) -> None:
    """Have the kernels compiled, unless they are in the cache; `on_compiling` is called by the process that does it."""
    folder = jit.cache_folder()
    if folder is None or jit.is_warm(fused.advance):
        return
    with _alone(str(folder / "compiling.lock")):
        if not jit.is_warm(fused.advance):
            on_compiling()
            _simulate_a_little()


@contextmanager
def _alone(path: str) -> Iterator[None]:
    """Hold an exclusive lock on a file; wait for it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class _Nowhere:
    """A sink that keeps nothing."""

    def write(self, table: str, columns: Any) -> None:
        """Drop the rows."""


def _simulate_a_little() -> None:
    """Simulate a millisecond of the smallest host, which compiles every kernel that a run needs."""
    tables = {
        "scenario": {"name": "warm", "duration": "1 ms"},
        "host": {"logical_processors": 1, "memory": "8 GiB"},
        "partition": ({"name": "a", "workload": {"kind": "idle"}},),
    }
    simulate(Scenario.model_validate(tables), _Nowhere())
