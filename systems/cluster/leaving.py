"""Guests that are off leave a host that is drained: each belongs, from then on, to the host with most memory free of those that suit it.

So do those of which all is on disk. One that is about to start there, or waits for memory to start, starts there, and is migrated then.
"""

from components.migration import DRAINED
from components.partition import SAVED
from systems.cluster.arriving import change_owner
from systems.cluster.targets import best_start
from systems.kernels.jit import part
from systems.state.memory import Memory
from systems.state.migrations import note_registration
from systems.state.tables import Tables


@part
def leave_host(w: Tables, m: Memory, host: int, now: int) -> None:
    """Move the guests that have nothing on `host` from it, if it is drained; those that suit no other stay."""
    state, s = w.migration_states[host], w.host_states[host]
    state.leaves = 0
    if state.state != DRAINED:
        return
    at = 0
    while at < s.residents:
        guest = w.residents[s.first_resident + at]
        target = best_start(w, m, guest, False) if _has_nothing_there(w, m, guest) else -1
        if target >= 0:
            change_owner(w, m, guest, target, now)
            note_registration(w, guest, host, target, now)
        else:
            at += 1


@part
def _has_nothing_there(w: Tables, m: Memory, guest: int) -> bool:
    """Tell whether `guest` is off, and neither has memory already nor waits for it, or is all on disk."""
    lifetime = w.lifetimes[guest]
    if lifetime.running:
        return bool(lifetime.saved == SAVED)
    return bool(m.partitions[guest].held == 0 and not lifetime.denied and not lifetime.failed)
