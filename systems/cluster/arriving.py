"""A guest arrives: its memory, its VPs and its account of reserves are the target's from this moment on, and it goes on where it was.

No VP of it runs, or waits for an LP, while it stands still; so only what says where its VPs belong changes. A VP keeps the lead in virtual time
that it had over others, and finds no cache warm. The root of the host that it leaves unmaps its memory, that of the target has mapped it.
"""

import numpy as np

from components.declare import NOBODY
from systems.guest.working_sets import forget_working_set
from systems.kernels.jit import part
from systems.memory.deposits import deposit, withdraw
from systems.memory.frames import mappings_of, small_pages
from systems.memory.moving import change_frames, first_node
from systems.memory.paging import note_remote, settle_guest
from systems.memory.residents import change_host
from systems.memory.retries import note_next_retry
from systems.memory.waiting import count_guest_on
from systems.scheduling.memory_calls import call_for_start, call_for_stop
from systems.scheduling.pausing import resume
from systems.scheduling.reserving import count_reserving
from systems.scheduling.slacks import set_slacks
from systems.state.memory import Memory
from systems.state.places import HOME, LPS, NODE, POOL, SET, place_of
from systems.state.reserved import change_reserved_on
from systems.state.tables import Tables


@part
def arrive(w: Tables, m: Memory, guest: int, now: int) -> None:
    """Land `guest`, which stands still, on the target of its migration, where it goes on unless it is paused."""
    mig = w.migrations[guest]
    _leave_source(w, m, guest, now)
    change_frames(w, m, guest, mig.target, now)
    change_reserved_on(w, mig.source, guest, -1)
    count_guest_on(m, mig.source, -1)
    change_owner(w, m, guest, mig.target, now)
    _come_to_target(w, m, guest, now)
    if not mig.was_paused:
        resume(w, guest, now)


@part
def change_owner(w: Tables, m: Memory, guest: int, host: int, now: int) -> None:
    """Make `guest`, none of whose VPs runs or is ready, one of `host`."""
    mig, layout = w.migrations[guest], w.layouts[guest]
    source = layout.host
    reserving = layout.vps if w.vp_controls[layout.first_vp].reserve_ns > 0 else 0
    count_reserving(w, source, -reserving, now)
    _change_vps(w, guest, source, host)
    change_host(w, m, guest, host)
    count_reserving(w, host, reserving, now)
    set_slacks(w, source)
    set_slacks(w, host)
    note_next_retry(m, source)
    note_next_retry(m, host)
    p, node = m.partitions[guest], first_node(w, guest, host)
    p.planned_node = node if m.hosts[host].nodes > 1 else NOBODY
    if p.preferred_node >= 0:  # it has memory, which may all be on disk
        p.preferred_node = node
    root = w.layouts[w.hosts[host].root]
    w.memory_calls[guest].root_vp = root.first_vp + int(mig.memory_turn % np.uint64(root.vps))
    w.guest_traps[guest].root_vp = root.first_vp + int(mig.parent_turn % np.uint64(root.vps))


@part
def _leave_source(w: Tables, m: Memory, guest: int, now: int) -> None:
    """Have the source's root unmap what `guest` holds, and take back what is deposited for it."""
    p, calls = m.partitions[guest], w.memory_calls[guest]
    small = small_pages(m, guest)
    calls.to_unmap += small + mappings_of(m, guest, p.held - small) + p.unmapped
    calls.to_withdraw += p.deposited
    calls.to_map = 0
    p.unmapped, p.mapped = 0, 0
    withdraw(m, guest)
    call_for_stop(w, guest, now)


@part
def _come_to_target(w: Tables, m: Memory, guest: int, now: int) -> None:
    """Have the target's root deposit what `guest` needs and map what it holds; what follows from where its memory is holds from now on."""
    calls = w.memory_calls[guest]
    calls.to_deposit += deposit(m, guest)
    calls.to_map += mappings_of(m, guest, m.partitions[guest].held)
    call_for_start(w, guest, now)
    if m.demand_of[guest] >= 0:
        settle_guest(w, m, guest, now)
    note_remote(w, m, guest, now)


@part
def _change_vps(w: Tables, guest: int, source: int, host: int) -> None:
    """Set where the VPs of `guest`, which come from `source`, belong on `host`, and of how many LPs each takes the time there."""
    layout = w.layouts[guest]
    for vp in range(layout.first_vp, layout.first_vp + layout.vps):
        state, controls, identity = w.vps[vp], w.vp_controls[vp], w.vp_identity[vp]
        lead = state.virtual_ns - w.affinity_sets[controls.affinity_set].virtual_ns
        forget_working_set(w, vp)
        identity.host = host
        w.trap_state[vp].cost_row = 2 * host  # that of guests; the row after it is the root's
        identity.ideal_node = place_of(w, vp, host, NODE)
        controls.want_ns = controls.want_ns // place_of(w, vp, source, LPS) * place_of(w, vp, host, LPS)
        controls.affinity_set = place_of(w, vp, host, SET)
        controls.pool = place_of(w, vp, host, POOL)
        state.home_lp = place_of(w, vp, host, HOME)
        state.ideal_lp, state.ran_before, state.cache_domain = NOBODY, 0, NOBODY
        state.virtual_ns = max(0, w.affinity_sets[controls.affinity_set].virtual_ns + lead)
