"""A worker process: it makes one batch after the other until its parent has no more, or is gone."""

import fcntl
import gc
import os
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from hvecs.sweep.work import Context, RunError, Task

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

ORPHANED: Final = 70
"""The exit code of a worker whose parent is gone."""

RUN: Final = "run"
BATCH: Final = "batch"
OUTPUT: Final = "output"
BUG: Final = "bug"
COMPILING: Final = "compiling"

Message = tuple[str, Any]
"""RUN (id, error or None) · BATCH number of failed runs · OUTPUT the OutputError · BUG a traceback · COMPILING None."""


def main(connection: "Connection[Any, Any]", context: Context) -> None:
    """Serve the parent at the other end of `connection`: tasks come in, messages go out; None ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all of us: the parent sees to it
    tasks: SimpleQueue[Task | None] = SimpleQueue()
    Thread(target=_listen, args=(connection, tasks), daemon=True).start()
    import pyarrow as pa  # noqa: PLC0415 - what takes time comes after the thread that sees the parent end

    pa.set_cpu_count(1)
    _warm_up(connection)
    gc.freeze()  # what is loaded by now stays: no collection need look at it again
    while (task := tasks.get()) is not None:
        connection.send(_answer(context, task, connection))


def _listen(connection: "Connection[Any, Any]", tasks: "SimpleQueue[Task | None]") -> None:
    """Pass tasks on; end this process at once when the parent is gone, whatever it is doing."""
    while True:
        try:
            tasks.put(connection.recv())
        except (EOFError, OSError):
            os._exit(ORPHANED)


def _answer(context: Context, task: Task, connection: "Connection[Any, Any]") -> Message:
    from hvecs.output.errors import OutputError  # noqa: PLC0415
    from hvecs.sweep.work import make_batch  # noqa: PLC0415

    def tell(run: str, error: RunError | None) -> None:
        connection.send((RUN, (run, error)))

    try:
        return BATCH, make_batch(context, task, tell)
    except OutputError as error:
        return OUTPUT, error
    except Exception:  # noqa: BLE001 - the parent tells the user
        return BUG, traceback.format_exc()


def _warm_up(connection: "Connection[Any, Any]") -> None:
    """Have the kernels compiled by one worker while the others wait for what it puts into the cache."""
    from systems import fused  # noqa: PLC0415
    from systems.kernels import jit  # noqa: PLC0415

    folder = jit.cache_folder()
    if folder is None or jit.is_warm(fused.advance):
        return
    with _alone(str(folder / "compiling.lock")):
        if not jit.is_warm(fused.advance):
            connection.send((COMPILING, None))
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
    from hvecs.engine import simulate  # noqa: PLC0415
    from hvecs.spec import Scenario  # noqa: PLC0415

    tables = {
        "scenario": {"name": "warm", "duration": "1 ms"},
        "host": {"logical_processors": 1, "memory": "8 GiB"},
        "partition": ({"name": "a", "workload": {"kind": "idle"}},),
    }
    simulate(Scenario.model_validate(tables), _Nowhere())
