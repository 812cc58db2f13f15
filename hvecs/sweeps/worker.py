"""A worker process: it makes one batch after the other until its parent has no more, or is gone."""

import gc
import os
import signal
import traceback
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from hvecs.machine import bounded_memory
from hvecs.sweeps.stages import Stages
from hvecs.sweeps.work import Context, RunError, Task
from hvecs.user_code import leave
from systems.kernels.uninterrupted import ENDING

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

ORPHANED: Final = 70
"""The exit code of a worker whose parent is gone."""

READY: Final = "ready"
RUN: Final = "run"
BATCH: Final = "batch"
OUTPUT: Final = "output"
BUG: Final = "bug"
COMPILING: Final = "compiling"

Message = tuple[str, Any]
"""READY None, once, before the first task · RUN (id, error or None) · BATCH number of failed runs · OUTPUT the OutputError · BUG a traceback · COMPILING None."""


def main(connection: "Connection[Any, Any]") -> None:
    """Serve the parent at the other end of `connection`: the context and tasks come in, messages go out; None ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all of us: the parent sees to it
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    try:
        context: Context = connection.recv()
    except (EOFError, OSError):
        os._exit(ORPHANED)
    tasks: SimpleQueue[Task | None] = SimpleQueue()
    Thread(target=_listen, args=(connection, tasks), daemon=True).start()
    import pyarrow as pa  # noqa: PLC0415 - what takes time comes after the thread that sees the parent end

    from hvecs.sweeps.warm import warm_up  # noqa: PLC0415

    pa.set_cpu_count(1)
    with leave(context.allow_code):
        warm_up(context.schedulers, lambda: _send(connection, (COMPILING, None)))
    stages = Stages()
    gc.freeze()  # what is loaded by now stays: no collection need look at it again
    _send(connection, (READY, None))
    with bounded_memory():  # a run that outgrows it fails, and the worker goes on
        while (task := tasks.get()) is not None:
            _send(connection, _answer(context, task, connection, stages))


def _listen(connection: "Connection[Any, Any]", tasks: "SimpleQueue[Task | None]") -> None:
    """Pass tasks on; end this process at once when the parent is gone, whatever it is doing."""
    while True:
        try:
            tasks.put(connection.recv())
        except (EOFError, OSError):
            os._exit(ORPHANED)


def _send(connection: "Connection[Any, Any]", message: Message) -> None:
    """Tell the parent; end this process, without a word, when there is none: whoever made it has ended."""
    try:
        connection.send(message)
    except OSError:
        os._exit(ORPHANED)


def _answer(context: Context, task: Task, connection: "Connection[Any, Any]", stages: Stages) -> Message:
    from hvecs.output.errors import OutputError  # noqa: PLC0415
    from hvecs.sweeps.work import make_batch  # noqa: PLC0415

    def tell(run: str, error: RunError | None) -> None:
        _send(connection, (RUN, (run, error)))

    try:
        return BATCH, make_batch(context, task, tell, stages=stages)
    except OutputError as error:
        return OUTPUT, error
    except Exception:  # noqa: BLE001 - the parent tells the user
        return BUG, traceback.format_exc()
