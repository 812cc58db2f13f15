"""What live migrations have sent, and how long they took, up to any moment: charged at their events, and when a sample is taken.

Charging is additive: what is left of whole bytes is carried, so that to charge at any moment in between changes nothing. Each migration has two
ends, a row for that which sends and one for that which receives, with what Windows counts there. What has left the one has come to the other.
"""

from components.migration import BLACKOUT, COPYING, LAST_COPY, RECEIVER, SENDER
from systems.kernels.jit import part, small
from systems.state.amounts import amount_in, time_for
from systems.state.tables import Tables
from systems.state.timers import set_timer

CHUNK = 4 << 20
"""Memory (bytes) that the roots work for at a time; hvecs.spec.live_migration has it too."""

ONE_BITS = 10
"""Migration.ratio is in 2^-ONE_BITS."""

_PAGE = 4096


@small
def sends(w: Tables, guest: int) -> bool:
    """Tell whether `guest`, whose migration is under way, has memory to send now, and no root is behind."""
    return bool(w.migrations[guest].stage in (COPYING, LAST_COPY) and not w.migrations[guest].waits)


@part
def begin_ends(w: Tables, guest: int) -> None:
    """Begin to count for the migration of `guest`, which begins."""
    m = w.migrations[guest]
    for end, here, there in ((SENDER, m.source, m.target), (RECEIVER, m.target, m.source)):
        row = w.migration_ends[2 * guest + end]
        row.host, row.peer, row.under_way = here, there, 1
        row.number, row.is_blackout, row.pages = 0, 0, 0
        row.plain, row.to_compress, row.compressed, row.smb = 0, 0, 0, 0


@part
def end_ends(w: Tables, guest: int) -> None:
    """End the migration of `guest`; what it has counted stays for the sample that is taken next."""
    w.migration_ends[2 * guest + SENDER].under_way = 0
    w.migration_ends[2 * guest + RECEIVER].under_way = 0


@part
def show_pass(w: Tables, guest: int, size: int) -> None:
    """Show that `guest` begins a pass over `size` bytes, the last one while it stands still."""
    row = w.migration_ends[2 * guest + SENDER]
    row.number += 1
    row.is_blackout = int(w.migrations[guest].stage == LAST_COPY)
    row.pages = (size + _PAGE - 1) // _PAGE


@small
def is_behind(w: Tables, guest: int) -> bool:
    """Tell whether either root has as much to do for the migration of `guest` as it may."""
    m = w.migrations[guest]
    return bool(
        w.migration_ends[2 * guest + SENDER].pending >= w.migration_parameters[m.source].most_pending
        or w.migration_ends[2 * guest + RECEIVER].pending >= w.migration_parameters[m.target].most_pending
    )


@small
def has_work(w: Tables, guest: int) -> bool:
    """Tell whether either root has anything to do for the migration of `guest`."""
    return bool(
        w.migration_ends[2 * guest + SENDER].pending + w.migration_ends[2 * guest + RECEIVER].pending > 0
    )


@part
def end_work(w: Tables, end: int, now: int) -> None:
    """Note that a root has done a piece of work at an end of a migration, which goes on if that is what it has waited for."""
    w.migration_ends[end].pending -= 1
    guest = end // 2
    m = w.migrations[guest]
    if not m.waits:
        return
    if not (has_work(w, guest) if m.stage == BLACKOUT else is_behind(w, guest)):
        set_timer(w, w.schedule.migration, guest, now)


@part
def charge_migrations(w: Tables, now: int) -> None:
    """Charge all migrations under way up to `now`."""
    guest = w.cluster[0].first_under_way
    while guest >= 0:
        advance_copy(w, guest, now)
        guest = w.migrations[guest].following


@part
def advance_copy(w: Tables, guest: int, now: int) -> None:
    """Charge the migration of `guest`, which is under way, up to `now`: its time, and what it has sent."""
    m = w.migrations[guest]
    elapsed = now - m.since_ns
    m.since_ns = now
    sender, receiver = w.migration_times[2 * guest + SENDER], w.migration_times[2 * guest + RECEIVER]
    if m.stage == COPYING:
        sender.brownout_ns += elapsed
        receiver.brownout_ns += elapsed
    else:
        sender.blackout_ns += elapsed
        receiver.blackout_ns += elapsed
    if not sends(w, guest):
        return
    amount, rest = amount_in(m.rate, elapsed, m.rest)
    if amount >= m.left:
        amount, rest = m.left, 0
    m.rest = rest
    m.left -= amount
    m.in_chunk += amount
    m.sent += amount
    _count(w, guest, amount)


@part
def _count(w: Tables, guest: int, amount: int) -> None:
    """Count `amount` bytes of memory that `guest` has sent, compressed or as they are, at both ends."""
    m, end = w.migrations[guest], w.migration_ends[2 * guest + SENDER]
    sender, receiver = w.migration_times[2 * guest + SENDER], w.migration_times[2 * guest + RECEIVER]
    crossed = amount
    if m.ratio > 1 << ONE_BITS:
        units = (amount << ONE_BITS) + m.crossed_rest
        crossed, m.crossed_rest = units // m.ratio, units % m.ratio
        end.to_compress += amount
        end.compressed += crossed
        sender.to_compress += amount
        sender.compressed += crossed
        receiver.compressed_in += crossed
        receiver.decompressed += amount
    else:
        end.plain += amount
        sender.plain += amount
        receiver.plain_in += amount
    m.wire += crossed
    sender.read += amount
    receiver.written += amount
    if w.migration_parameters[m.source].by_smb:
        end.smb += crossed
        sender.smb += crossed
    else:
        sender.tcp += crossed
        receiver.tcp_in += crossed


@part
def set_next_chunk(w: Tables, guest: int, now: int) -> None:
    """Set when the migration of `guest`, charged up to `now`, has sent its present chunk, or the last of the pass."""
    m = w.migrations[guest]
    size = min(m.left, max(0, CHUNK - m.in_chunk))
    set_timer(w, w.schedule.migration, guest, now + time_for(size, m.rate, m.rest))
