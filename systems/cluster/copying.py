"""The passes of a live migration: all memory, then what the guest has written meanwhile, then what is left while it stands still.

Memory V, sent at R, written at D, r = D / R < 1: n passes take V / R x (1 - r^n) / (1 - r), and r^n x V is left for the blackout. A guest that
writes faster than its memory is sent writes all of it in each pass. Whether memory is compressed is looked at chunk by chunk. Nothing more is sent
while a root has too much of the work for it still to do, and the guest goes on when all of that is done.
"""

from components.migration import BLACKOUT, LANDED, LAST_COPY
from systems.cluster.work import idle_lp, work_for
from systems.kernels.jit import part, rare
from systems.scheduling.pausing import pause
from systems.state.accounting import charge_up_to
from systems.state.amounts import amount_in
from systems.state.copies import CHUNK, ONE_BITS, advance_copy, has_work, is_behind, set_next_chunk, show_pass
from systems.state.link_shares import share_bandwidth
from systems.state.tables import Tables
from systems.state.timers import set_timer


@rare
def migration_event(w: Tables, guest: int, now: int) -> None:
    """Note that `guest` has sent a chunk, or all of a pass, or that its blackout is over."""
    m = w.migrations[guest]
    advance_copy(w, guest, now)
    if m.stage == BLACKOUT:
        _end_blackout(w, guest)
        return
    if m.waits:
        m.waits = 0
        _settle_ratio(w, guest)
        share_bandwidth(w, now)
        return
    if m.in_chunk >= CHUNK or m.left == 0:
        work_for(w, guest, now)
        _settle_ratio(w, guest)
    if m.left > 0 and m.in_chunk == 0 and is_behind(w, guest):
        m.waits = 1
        share_bandwidth(w, now)
    elif m.left > 0:
        set_next_chunk(w, guest, now)
    elif m.stage == LAST_COPY:
        _begin_blackout(w, guest, now)
    else:
        _end_pass(w, guest, now)


@part
def _end_blackout(w: Tables, guest: int) -> None:
    """Have `guest` go on at its target once this event is over, if both roots have done all that they had to; else when they have."""
    m = w.migrations[guest]
    m.waits = int(has_work(w, guest))
    if not m.waits:
        m.stage = LANDED
        w.cluster[0].asked = 1


@part
def begin_pass(w: Tables, guest: int, size: int, now: int) -> None:
    """Begin to send `size` bytes of `guest`."""
    m = w.migrations[guest]
    m.left = size
    show_pass(w, guest, size)
    m.ran_ns = _ran(w, guest, now)
    _settle_ratio(w, guest)


@part
def _ran(w: Tables, guest: int, now: int) -> int:
    """Return the guest run time (ns) of the VPs of `guest` up to `now`."""
    layout = w.layouts[guest]
    total = 0
    for vp in range(layout.first_vp, layout.first_vp + layout.vps):
        charge_up_to(w, vp, now)
        total += w.vp_times[vp].guest_run_ns
    return total


@part
def _settle_ratio(w: Tables, guest: int) -> None:
    """Have the next chunk compressed if an LP of the source is idle now, else sent as it is: compression takes what no VM wants."""
    m = w.migrations[guest]
    m.ratio = 1 << ONE_BITS
    if idle_lp(w, m.source) >= 0:
        m.ratio = w.migration_parameters[m.source].ratio
    m.rate = max(1, m.share * m.ratio >> ONE_BITS)


@part
def _end_pass(w: Tables, guest: int, now: int) -> None:
    """End the present pass of `guest`: another follows, or it stands still while what it has written is sent."""
    m = w.migrations[guest]
    ran = _ran(w, guest, now) - m.ran_ns
    written, _ = amount_in(m.dirty_rate, ran, 0)
    written = min(written, m.memory)
    if written > 0 and m.passes < w.migration_parameters[m.source].most_passes:
        m.passes += 1
        begin_pass(w, guest, written, now)
        set_next_chunk(w, guest, now)
        return
    m.dirty = written
    m.paused_ns = now
    m.was_paused = w.lifetimes[guest].paused
    if not m.was_paused:
        pause(w, guest, now)
    m.stage = LAST_COPY
    begin_pass(w, guest, written, now)
    if written == 0:
        _begin_blackout(w, guest, now)
    else:
        set_next_chunk(w, guest, now)


@part
def _begin_blackout(w: Tables, guest: int, now: int) -> None:
    """Leave the links, which `guest` needs no more, to others, and wait for what else takes time."""
    m = w.migrations[guest]
    m.stage = BLACKOUT
    m.waits = 0
    share_bandwidth(w, now)
    set_timer(w, w.schedule.migration, guest, now + w.migration_parameters[m.source].blackout_ns)
