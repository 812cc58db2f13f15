"""The kernels of a process: compiled by one of those that share a cache, while the others wait for it."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from threading import Timer
from typing import Any, Final

from hvecs.engine import simulate
from hvecs.output.flock import wait_for
from hvecs.spec import Scenario
from hvecs.spec.policy_file import policy_digest
from systems.kernels import code_folder

_LOADING_S: Final = 2.0


def warm_up(schedulers: Iterable[str], on_compiling: Callable[[], None]) -> None:
    """Have the kernels compiled that runs under these schedulers need, unless they are in the cache.

    Args:
        schedulers: what the scenarios have as `host.scheduler`; kernels are compiled for each.
        on_compiling: is called when that takes its time, by the process that does it.
    """
    folder = code_folder.cache_folder()
    if folder is None:
        return
    for scheduler in schedulers:
        with suppress(
            Exception
        ):  # what goes wrong here, a policy of the user's own perhaps, is told by its runs
            mark = folder / f"warm-{_digest(scheduler)}"
            if mark.exists():
                continue
            with _alone(str(folder / "compiling.lock")), _told(on_compiling):
                if not mark.exists():
                    _simulate_a_little(scheduler)
                    mark.touch()


def _digest(scheduler: str) -> str:
    """Name a scheduler, one of the user's own by the content of its file."""
    return sha256(f"{scheduler} {policy_digest(scheduler)}".encode()).hexdigest()[:16]


@contextmanager
def _told(on_compiling: Callable[[], None]) -> Iterator[None]:
    """Call `on_compiling` when what is done inside takes longer than loading what is compiled."""
    timer = Timer(_LOADING_S, on_compiling)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def _alone(path: str) -> Iterator[None]:
    """Hold an exclusive lock on a file; wait for it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        wait_for(descriptor)
        yield
    finally:
        os.close(descriptor)


class _Nowhere:
    """A sink that keeps nothing."""

    def write(self, table: str, columns: Any) -> None:
        """Drop the rows."""


def _simulate_a_little(scheduler: str) -> None:
    """Simulate a millisecond of the smallest host, which compiles every kernel that a run needs."""
    tables = {
        "scenario": {"name": "warm", "duration": "1 ms"},
        "host": {"logical_processors": 1, "memory": "8 GiB", "scheduler": scheduler},
        "partition": ({"name": "a", "workload": {"kind": "idle"}},),
    }
    simulate(Scenario.model_validate(tables), _Nowhere())
