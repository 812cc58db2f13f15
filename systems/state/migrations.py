"""The live migrations that wait and those under way: two lists of guests, in the order in which they were asked for and begun; their rows."""

from components.change import DONE, MIGRATING, NOT_RUNNING, REFUSED
from components.declare import NEVER, NOBODY
from components.migration import (
    ARRIVED,
    COPYING,
    DRAINED,
    FAILED,
    LAST_COPY,
    NOT_MOVING,
    QUEUED,
    REGISTERED,
    RESTARTED,
    UNFINISHED,
)
from systems.kernels.jit import njit, part, rare, small
from systems.state.copies import advance_copy, begin_ends, end_ends, sends
from systems.state.link_shares import leave_links, share_bandwidth
from systems.state.tables import Tables
from systems.state.timers import cancel_timer

RANKS = 3
"""Priorities of guests that are restarted when their host fails, from high on; those of none, whose rank this is, are not."""


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
    """Note whether `guest`, which stands still for its migration, stays paused after it; return DONE, or NOT_RUNNING if that is so already."""
    m = w.migrations[guest]
    if bool(m.was_paused) == paused:
        return NOT_RUNNING
    m.was_paused = int(paused)
    return DONE


@rare
def ask_to_migrate(w: Tables, guest: int, target: int, change: int, now: int) -> int:
    """Queue a migration of `guest` to `target`, NOBODY for whichever suits best, by change number `change`, or NOBODY; return what is to be said of that now."""
    if w.migrations[guest].stage != NOT_MOVING:
        return REFUSED
    _forget(w, guest)
    m = w.migrations[guest]
    m.source, m.target, m.change, m.asked_ns = w.layouts[guest].host, target, change, now
    join_queue(w, guest)
    return MIGRATING


@part
def _forget(w: Tables, guest: int) -> None:
    """Clear what is left of the last migration of `guest`."""
    m = w.migrations[guest]
    m.started_ns, m.paused_ns = -1, -1
    m.passes, m.memory, m.left, m.in_chunk = 0, 0, 0, 0
    m.sent, m.wire, m.dirty, m.rest = 0, 0, 0, 0


@part
def leave_drained(w: Tables, guest: int, now: int) -> None:
    """Have `guest`, which has just come, or been started, restarted or stopped, or whose target has failed, leave its host if that is drained."""
    if len(w.migrations) == 0 or w.migration_states[w.layouts[guest].host].state != DRAINED:
        return
    w.migration_states[w.layouts[guest].host].leaves = 1
    w.cluster[0].asked = 1
    if w.lifetimes[guest].running:
        ask_to_migrate(w, guest, NOBODY, NOBODY, now)


@part
def call_waiting(w: Tables, now: int) -> None:
    """Have all guests that found no host tried again right after `now`, at which a host may be used again, and those that are off leave hosts that have failed."""
    for host in range(len(w.migration_states)):
        state = w.migration_states[host]
        if state.waiting > 0 or (state.state == FAILED and state.tries > 0):
            state.failover_ns = now + 1


@part
def wait_elsewhere(w: Tables, guest: int, now: int) -> None:
    """Note that `guest`, which is to be started or restored `now`, or waits for that, is to be so on any host, as its own has failed."""
    w.lifetimes[guest].waits_elsewhere = 1
    w.migrations[guest].lack = ARRIVED
    state = w.migration_states[w.layouts[guest].host]
    if state.failover_ns == NEVER:
        state.failover_ns = now + w.cluster[0].delay_ns


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
    m.rest, m.crossed_rest, m.rate, m.waits = 0, 0, 0, 0
    m.stage = COPYING
    begin_ends(w, guest)


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
    sent = sends(w, guest)
    m.stage = NOT_MOVING
    m.waits = 0
    end_ends(w, guest)
    c.asked = 1
    if sent:
        leave_links(w, guest, now)
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


@part
def note_restart(w: Tables, guest: int, source: int, target: int, now: int) -> None:
    """Write the row of a restart of `guest` on `target`, as its host has failed."""
    failed = w.migrations[guest].failed_ns
    _note_change(w, guest, source, target, now)
    row = w.migration_rows[w.cluster[0].rows - 1]
    row.outcome, row.asked_ns, row.blackout_ns = RESTARTED, failed, now - failed


@part
def note_registration(w: Tables, guest: int, source: int, target: int, now: int) -> None:
    """Write the row of `guest`, which is off, and belongs to `target` from now on."""
    _note_change(w, guest, source, target, now)
    w.migration_rows[w.cluster[0].rows - 1].outcome = REGISTERED


@part
def _note_change(w: Tables, guest: int, source: int, target: int, now: int) -> None:
    """Write a row of `guest` in which no memory is sent."""
    c = w.cluster[0]
    row = w.migration_rows[c.rows]
    c.rows += 1
    row.guest, row.source, row.target = guest, source, target
    row.asked_ns, row.started_ns, row.ended_ns = now, now, now
    row.passes, row.memory, row.sent, row.wire, row.dirty = 0, 0, 0, 0, 0
    row.brownout_ns, row.blackout_ns = 0, 0


@part
def note_migration(w: Tables, guest: int, outcome: int, now: int) -> None:
    """Write the row of the migration of `guest`, which ends with `outcome`."""
    m, c = w.migrations[guest], w.cluster[0]
    if m.stage > QUEUED:
        advance_copy(w, guest, now)
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
            note_migration(w, guest, UNFINISHED, now)
