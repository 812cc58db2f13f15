"""The links of the hosts' networks for migrations, which carry what a host sends and what it receives apart.

Migrations share them so that none could have more but at the cost of one that has less (max-min fairness): as TCP streams of equal round trips
do in the long run. Where they are those of a NIC that guests share, the messages of guests that wait for a link are one stream more, and have
what migrations leave of it; of all of it migrations have no more than their share of the network.
"""

from components.declare import NEVER, NOBODY
from components.migration import RECEIVER, SENDER
from systems.kernels.jit import part, small
from systems.state.copies import ONE_BITS, advance_copy, sends, set_next_chunk
from systems.state.links import leave_to_messages
from systems.state.tables import Tables


@part
def share_bandwidth(w: Tables, now: int) -> None:
    """Share the bandwidth of all links anew, and set when each migration has its next chunk, or its pass, sent."""
    _begin_sharing(w, now)
    while True:
        least, link = _tightest(w)
        if link < 0:
            break
        guest = w.cluster[0].first_under_way
        while guest >= 0:
            m = w.migrations[guest]
            if sends(w, guest) and m.share < 0 and link in (_sending(w, guest), _receiving(w, guest)):
                _give_share(w, guest, least)
            guest = m.following
    guest = w.cluster[0].first_under_way
    while guest >= 0:
        if sends(w, guest):
            set_next_chunk(w, guest, now)
        _leave_rest(w, _sending(w, guest), now)
        _leave_rest(w, _receiving(w, guest), now)
        guest = w.migrations[guest].following


@part
def leave_links(w: Tables, guest: int, now: int) -> None:
    """Give messages of guests all of the links that `guest`, whose migration is over, went by."""
    for row in (_sending(w, guest), _receiving(w, guest)):
        if w.migration_links[row].link >= 0:
            leave_to_messages(w, w.migration_links[row].link, 0, now)


@small
def _sending(w: Tables, guest: int) -> int:
    return int(2 * w.migrations[guest].source + SENDER)


@small
def _receiving(w: Tables, guest: int) -> int:
    return int(2 * w.migrations[guest].target + RECEIVER)


@part
def _begin_sharing(w: Tables, now: int) -> None:
    """Charge all migrations up to `now`; none has a share of the links."""
    guest = w.cluster[0].first_under_way
    while guest >= 0:
        _free(w, _sending(w, guest))
        _free(w, _receiving(w, guest))
        guest = w.migrations[guest].following
    guest = w.cluster[0].first_under_way
    while guest >= 0:
        if sends(w, guest):
            advance_copy(w, guest, now)
            w.migrations[guest].share = -1
            w.migration_links[_sending(w, guest)].streams += 1
            w.migration_links[_receiving(w, guest)].streams += 1
        guest = w.migrations[guest].following


@part
def _free(w: Tables, row: int) -> None:
    x = w.migration_links[row]
    x.left, x.room, x.streams = x.bandwidth, x.most, 0
    x.others = int(x.link >= 0 and w.links[x.link].first >= 0)


@part
def _tightest(w: Tables) -> tuple[int, int]:
    """Return the least share that a link has for each of those on it without one, and its row; NOBODY once all have one."""
    least, best = NEVER, NOBODY
    guest = w.cluster[0].first_under_way
    while guest >= 0:
        if sends(w, guest) and w.migrations[guest].share < 0:
            for row in (_sending(w, guest), _receiving(w, guest)):
                x = w.migration_links[row]
                share = min(x.room // x.streams, x.left // (x.streams + x.others))
                if share < least:
                    least, best = share, row
        guest = w.migrations[guest].following
    return least, best


@part
def _give_share(w: Tables, guest: int, share: int) -> None:
    m = w.migrations[guest]
    m.share = max(1, share)
    for row in (_sending(w, guest), _receiving(w, guest)):
        x = w.migration_links[row]
        x.left -= share
        x.room -= share
        x.streams -= 1
    m.rate = max(1, m.share * m.ratio >> ONE_BITS)


@part
def _leave_rest(w: Tables, row: int, now: int) -> None:
    """Give messages of guests what migrations leave of the link of `row`, if guests have it too."""
    x = w.migration_links[row]
    if x.link >= 0:
        leave_to_messages(w, x.link, x.bandwidth - x.left, now)
