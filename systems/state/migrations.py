"""The live migrations that wait and those under way: two lists of guests, in the order in which they were asked for and begun.

The links of a host's network for migrations carry what it sends and what it receives apart. Migrations share them so that none could have more
but at the cost of one that has less (max-min fairness): as TCP streams of equal round trips do in the long run.
"""

from components.change import DONE, NOT_RUNNING
from components.declare import NEVER, NOBODY
from components.migration import COPYING, LAST_COPY, NOT_MOVING, QUEUED, RESTARTED, UNFINISHED
from systems.kernels.jit import njit, part, small
from systems.state.amounts import amount_in, time_for
from systems.state.tables import Tables
from systems.state.timers import cancel_timer, set_timer

RANKS = 3
"""Priorities of guests that are restarted when their host fails, from high on; those of none, whose rank this is, are not."""

CHUNK = 4 << 20
"""Memory (bytes) that the roots work for at a time."""

_BITS = 10


@small
def is_moving(w: Tables, guest: int) -> bool:
    """Tell whether a live migration of `guest` is under way, for which its memory must stay what it is."""
    return bool(len(w.migrations) > 0 and w.migrations[guest].stage > QUEUED)


@small
def is_held_up(w: Tables, guest: int) -> bool:
    """Tell whether `guest` stands still for its live migration."""
    return bool(len(w.migrations) > 0 and w.migrations[guest].stage >= LAST_COPY)


@part
def hold_up(w: Tables, guest: int, paused: bool) -> int:
    """Let `guest`, which stands still for its migration, stay paused after it, or go on; return DONE, or NOT_RUNNING if that is so already."""
    m = w.migrations[guest]
    if bool(m.was_paused) == paused:
        return NOT_RUNNING
    m.was_paused = int(paused)
    return DONE


@part
def join_queue(w: Tables, guest: int) -> None:
    """Put `guest` last among those whose migration has still to begin."""
    c = w.cluster[0]
    _link(w, c.last_queued, guest)
    if c.first_queued < 0:
        c.first_queued = guest
    c.last_queued = guest
    w.migrations[guest].stage = QUEUED
    c.asked = 1


@part
def leave_queue(w: Tables, guest: int) -> None:
    """Take `guest` out of those whose migration has still to begin."""
    c, m = w.cluster[0], w.migrations[guest]
    if c.first_queued == guest:
        c.first_queued = m.following
    if c.last_queued == guest:
        c.last_queued = m.previous
    _unlink(w, guest)
    m.stage = NOT_MOVING


@part
def join_under_way(w: Tables, guest: int, now: int) -> None:
    """Put `guest`, whose hosts are known, last among those under way, and let it have its part of the bandwidth."""
    c, m = w.cluster[0], w.migrations[guest]
    _link(w, c.last_under_way, guest)
    if c.first_under_way < 0:
        c.first_under_way = guest
    c.last_under_way = guest
    w.migration_states[m.source].under_way += 1
    w.migration_states[m.target].under_way += 1
    m.since_ns = now
    m.rest = 0
    m.rate = 0
    m.stage = COPYING


@part
def leave_under_way(w: Tables, guest: int, now: int) -> None:
    """Take `guest` out of those under way; the others share the bandwidth, and one that is queued may begin."""
    c, m = w.cluster[0], w.migrations[guest]
    if c.first_under_way == guest:
        c.first_under_way = m.following
    if c.last_under_way == guest:
        c.last_under_way = m.previous
    _unlink(w, guest)
    w.migration_states[m.source].under_way -= 1
    w.migration_states[m.target].under_way -= 1
    cancel_timer(w, w.schedule.migration, guest)
    sends = m.stage in (COPYING, LAST_COPY)
    m.stage = NOT_MOVING
    c.asked = 1
    if sends:
        share_bandwidth(w, now)


@part
def _link(w: Tables, last: int, guest: int) -> None:
    w.migrations[guest].previous = last
    w.migrations[guest].following = NOBODY
    if last >= 0:
        w.migrations[last].following = guest


@part
def _unlink(w: Tables, guest: int) -> None:
    m = w.migrations[guest]
    if m.previous >= 0:
        w.migrations[m.previous].following = m.following
    if m.following >= 0:
        w.migrations[m.following].previous = m.previous
    m.previous = NOBODY
    m.following = NOBODY


@small
def sends(w: Tables, guest: int) -> bool:
    """Tell whether `guest`, whose migration is under way, has memory to send now."""
    return bool(w.migrations[guest].stage in (COPYING, LAST_COPY))


@part
def share_bandwidth(w: Tables, now: int) -> None:
    """Share the bandwidth of all links anew, and set when each migration has its next chunk, or its pass, sent."""
    _begin_sharing(w, now)
    while True:
        least, host, sending = _tightest(w)
        if host < 0:
            break
        guest = w.cluster[0].first_under_way
        while guest >= 0:
            m = w.migrations[guest]
            if sends(w, guest) and m.share < 0 and host == (m.source if sending else m.target):
                _give_share(w, guest, least)
            guest = m.following
    guest = w.cluster[0].first_under_way
    while guest >= 0:
        if sends(w, guest):
            set_next_chunk(w, guest, now)
        guest = w.migrations[guest].following


@part
def _begin_sharing(w: Tables, now: int) -> None:
    """Charge all migrations up to `now`; none has a share of the links."""
    guest = w.cluster[0].first_under_way
    while guest >= 0:
        m = w.migrations[guest]
        for host in (m.source, m.target):
            s = w.migration_states[host]
            s.send_left, s.take_left = (
                w.migration_parameters[host].bandwidth,
                w.migration_parameters[host].bandwidth,
            )
            s.sends, s.takes = 0, 0
        guest = m.following
    guest = w.cluster[0].first_under_way
    while guest >= 0:
        m = w.migrations[guest]
        if sends(w, guest):
            advance_copy(w, guest, now)
            m.share = -1
            w.migration_states[m.source].sends += 1
            w.migration_states[m.target].takes += 1
        guest = m.following


@part
def _tightest(w: Tables) -> tuple[int, int, bool]:
    """Return the least share that a link has for each of those on it without one, its host, and whether that sends; NOBODY once all have one."""
    least, best, sending = NEVER, NOBODY, False
    guest = w.cluster[0].first_under_way
    while guest >= 0:
        m = w.migrations[guest]
        if sends(w, guest) and m.share < 0:
            source, target = w.migration_states[m.source], w.migration_states[m.target]
            if source.send_left // source.sends < least:
                least, best, sending = source.send_left // source.sends, m.source, True
            if target.take_left // target.takes < least:
                least, best, sending = target.take_left // target.takes, m.target, False
        guest = m.following
    return least, best, sending


@part
def _give_share(w: Tables, guest: int, share: int) -> None:
    m = w.migrations[guest]
    m.share = max(1, share)
    source, target = w.migration_states[m.source], w.migration_states[m.target]
    source.send_left -= share
    source.sends -= 1
    target.take_left -= share
    target.takes -= 1
    m.rate = max(1, m.share * m.ratio >> _BITS)


@part
def advance_copy(w: Tables, guest: int, now: int) -> None:
    """Charge what the migration of `guest` has sent up to `now`."""
    m = w.migrations[guest]
    amount, rest = amount_in(m.rate, now - m.since_ns, m.rest)
    if amount >= m.left:
        amount, rest = m.left, 0
    m.since_ns = now
    m.rest = rest
    m.left -= amount
    m.in_chunk += amount
    m.sent += amount
    m.wire += (amount << _BITS) // m.ratio


@part
def set_next_chunk(w: Tables, guest: int, now: int) -> None:
    """Set when the migration of `guest`, charged up to `now`, has sent its present chunk, or the last of the pass."""
    m = w.migrations[guest]
    size = min(m.left, max(0, CHUNK - m.in_chunk))
    set_timer(w, w.schedule.migration, guest, now + time_for(size, m.rate, m.rest))


@part
def note_restart(w: Tables, guest: int, source: int, target: int, now: int) -> None:
    """Write the row of a restart of `guest` on `target`, as its host has failed."""
    c = w.cluster[0]
    row = w.migration_rows[c.rows]
    c.rows += 1
    row.guest, row.source, row.target, row.outcome = guest, source, target, RESTARTED
    row.asked_ns, row.started_ns, row.ended_ns = w.migrations[guest].failed_ns, now, now
    row.passes, row.memory, row.sent, row.wire, row.dirty = 0, 0, 0, 0, 0
    row.brownout_ns, row.blackout_ns = 0, now - w.migrations[guest].failed_ns


@part
def note_migration(w: Tables, guest: int, outcome: int, now: int) -> None:
    """Write the row of the migration of `guest`, which ends with `outcome`."""
    m, c = w.migrations[guest], w.cluster[0]
    row = w.migration_rows[c.rows]
    c.rows += 1
    row.guest, row.source, row.target, row.outcome = guest, m.source, m.target, outcome
    row.asked_ns, row.started_ns, row.ended_ns = m.asked_ns, m.started_ns, now
    row.passes, row.memory, row.sent, row.wire = m.passes, m.memory, m.sent, m.wire
    row.dirty, row.brownout_ns, row.blackout_ns = m.dirty, 0, 0
    if m.started_ns >= 0:
        stood = m.paused_ns if m.paused_ns >= 0 else now
        row.brownout_ns = stood - m.started_ns
        row.blackout_ns = now - stood


@njit
def end_migrations(w: Tables, now: int) -> None:
    """Write the rows of the migrations that are not over at `now`, at which the run ends."""
    for guest in range(len(w.migrations)):
        if w.migrations[guest].stage != NOT_MOVING:
            if sends(w, guest):
                advance_copy(w, guest, now)
            note_migration(w, guest, UNFINISHED, now)
