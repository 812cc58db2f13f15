"""Settings of Dynamic Memory are changed: the next balancing, and any start after that, goes by the new ones.

Nothing else reads them, and a step ends with each balancing, and right before each start; so it is enough to set them once a step.
"""

from components.change import BUFFER, MAXIMUM, MEMORY_WEIGHT, MINIMUM, PAUSE, RESUME, STOP
from systems.kernels.jit import part, rare
from systems.state.memory import Memory
from systems.state.tables import OK, Tables


@part
def set_memory(w: Tables, m: Memory, until: int) -> int:
    """Make the changes of memory that are due up to and including `until`; returns OK."""
    state = m.progress[0]
    while state.next_change < len(w.changes) and w.changes[state.next_change].at_ns <= until:
        change = w.changes[state.next_change]
        state.next_change += 1
        row = m.dynamic_of[change.target] if change.target < len(m.dynamic_of) else -1
        if row >= 0 and not (w.lifetimes[change.target].saved and change.kind in (PAUSE, RESUME)):
            _set(m, row, change.kind, change.amount, change.share)
    return OK


@rare
def _set(m: Memory, row: int, kind: int, amount: int, share: float) -> None:
    d = m.dynamic[row]
    if kind == MINIMUM:
        d.minimum = amount
    elif kind == MAXIMUM:
        d.maximum = amount
    elif kind == BUFFER:
        d.buffer = share
    elif kind == MEMORY_WEIGHT:
        d.weight = amount
    elif kind == PAUSE:
        d.paused = 1
    elif kind in (RESUME, STOP):
        d.paused = 0
