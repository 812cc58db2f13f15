"""Which partitions are on which host: two lists by host, of partitions and of guests with Dynamic Memory, each in the order of rows."""

from systems.kernels.jit import part
from systems.state.memory import Memory, Table
from systems.state.tables import Tables


@part
def change_host(w: Tables, m: Memory, guest: int, host: int) -> None:
    """Move `guest` to `host` from the one that it is on."""
    old, new = w.host_states[w.layouts[guest].host], w.host_states[host]
    _leave(w.residents, old.first_resident, old.residents, guest)
    old.residents -= 1
    _join(w.residents, new.first_resident, new.residents, guest)
    new.residents += 1
    row = m.dynamic_of[guest]
    if row >= 0:
        before, after = m.state[w.layouts[guest].host], m.state[host]
        _leave(m.dynamic_by_host, before.first_dynamic, before.dynamics, row)
        before.dynamics -= 1
        _join(m.dynamic_by_host, after.first_dynamic, after.dynamics, row)
        after.dynamics += 1
    w.layouts[guest].host = host


@part
def _leave(rows: Table, first: int, count: int, row: int) -> None:
    """Take `row` out of the `count` that stand in order from `first` on."""
    at = first
    while rows[at] != row:
        at += 1
    for i in range(at, first + count - 1):
        rows[i] = rows[i + 1]


@part
def _join(rows: Table, first: int, count: int, row: int) -> None:
    """Put `row` into its place among the `count` that stand in order from `first` on."""
    at = first + count
    while at > first and rows[at - 1] > row:
        rows[at] = rows[at - 1]
        at -= 1
    rows[at] = row
