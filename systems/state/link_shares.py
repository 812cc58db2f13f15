"""The links of the hosts' networks for migrations, which carry what a host sends and what it receives apart.

Migrations share them so that none could have more but at the cost of one that has less (max-min fairness): as TCP streams of equal round trips
do in the long run.
"""

from components.declare import NEVER, NOBODY
from systems.kernels.jit import part
from systems.state.copies import ONE_BITS, advance_copy, sends, set_next_chunk
from systems.state.tables import Tables


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
    m.rate = max(1, m.share * m.ratio >> ONE_BITS)
