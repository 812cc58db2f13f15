"""Serial and parallel parts of a closed workload, with a barrier after each: Amdahl's law, thread by thread.

With `workload.serial` the work is done in phases of a serial part, which one thread does burst by burst, and a parallel part, which all
threads share. A thread that finds nothing left of the present part waits at the barrier, off its VP, until the part's last burst is done.
The thread that does the last burst of a part does the serial one that may follow; the first thread of all does the first. A parallel part
releases all that wait. The parts of one kind are equal, to the nanosecond of rounding, and come to the whole work.
"""

from components.declare import NOBODY
from components.task import AT_BARRIER
from systems.kernels.jit import rare, small
from systems.state.tables import Tables

_KINDS = 2
"""Kinds of parts, in turn: serial ones have even numbers."""


@small
def part_of_job(w: Tables, row: int, number: int) -> int:
    """Return the work (ns) of part `number` of closed workload `row`."""
    c = w.closed[row]
    phases = c.parts // _KINDS
    phase = number // _KINDS
    total = c.serial_ns if number % _KINDS == 0 else c.parallel_ns
    rest = total % phases
    return int(total // phases + rest * (phase + 1) // phases - rest * phase // phases)


@rare
def begin_part(w: Tables, row: int, thread: int) -> None:
    """Begin the next part of closed workload `row` that is any work; `thread`, if there is one, does it if it is serial."""
    c = w.closed[row]
    while c.part_ns == 0 and c.part + 1 < c.parts:
        c.part += 1
        c.part_ns = part_of_job(w, row, c.part)
    c.solo = thread if is_serial(w, row) else NOBODY


@small
def is_serial(w: Tables, row: int) -> bool:
    """Tell whether the present part of closed workload `row` is a serial one."""
    c = w.closed[row]
    return bool(c.part % _KINDS == 0 and c.part_ns > 0)


@small
def left_for(w: Tables, row: int, thread: int) -> int:
    """Return the work (ns) of the present part of closed workload `row` that `thread` may begin."""
    c = w.closed[row]
    if c.part % _KINDS == 0 and c.solo != thread:
        if c.solo >= 0:
            return 0
        c.solo = thread
    return int(c.part_ns)


@rare
def wait_at_barrier(w: Tables, row: int, thread: int) -> None:
    """Make `thread`, which has no burst, wait until the present part of closed workload `row` is done."""
    c = w.closed[row]
    w.tasks[thread].stage = AT_BARRIER
    w.tasks[thread].next_task = NOBODY
    if c.last_waiting >= 0:
        w.tasks[c.last_waiting].next_task = thread
    else:
        c.first_waiting = thread
    c.last_waiting = thread
