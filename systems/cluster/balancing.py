"""A cluster balances its hosts: every so often, hosts above a threshold send guests to others by live migration.

A host is above it if its LPs were busy for more than that share of the time since the last look, or if more than that share of its memory is taken
[VMLB]. Of its guests the one goes that takes most of what it has too much of, to the host that is least loaded with it, if that stays below the
threshold in both; and so on until it is below itself, or none can go. Which guest a cluster takes, and where it sends it, is not published.
"""

from components.declare import NEVER, NOBODY
from components.migration import NOT_MOVING, QUEUED, UP
from systems.kernels.jit import part, rare, small
from systems.memory.frames import free_frames
from systems.state.accounting import charge_lp, charge_up_to
from systems.state.memory import Memory
from systems.state.migrations import ask_to_migrate
from systems.state.places import SUITS, place_of
from systems.state.tables import Tables
from systems.state.timers import set_timer


@rare
def begin_balancing(w: Tables) -> None:
    """Set when the hosts are balanced first, if they are."""
    if len(w.migrations) > 0 and w.cluster[0].balance_ns < NEVER:
        set_timer(w, w.schedule.balancing, 0, w.cluster[0].balance_ns)


@rare
def balancing_event(w: Tables, now: int) -> None:
    """Have the hosts balanced after this event."""
    w.cluster[0].balances = 1
    w.cluster[0].asked = 1
    set_timer(w, w.schedule.balancing, 0, now + w.cluster[0].balance_ns)


@part
def balance_hosts(w: Tables, m: Memory, now: int) -> None:
    """Look at all hosts, and ask for the migrations that bring those above the threshold below it."""
    w.cluster[0].balances = 0
    for host in range(len(w.hosts)):
        _look_at(w, m, host, now)
    w.cluster[0].looked_ns = now
    _count_those_on_their_way(w, m)
    for host in range(len(w.hosts)):
        while w.migration_states[host].state == UP and _is_above(w, host, 0.0, 0.0):
            guest, target = _best_move(w, m, host)
            if guest < 0:
                break
            _count_move(w, m, guest, host, target)
            ask_to_migrate(w, guest, target, NOBODY, now)


@part
def _look_at(w: Tables, m: Memory, host: int, now: int) -> None:
    """Note which share of the LP time of `host` since the last look, and of its memory, is taken, and by which guests."""
    h, s, state = w.hosts[host], w.migration_states[host], w.host_states[host]
    elapsed = 1.0 * (now - w.cluster[0].looked_ns)
    total = 0
    for lp in range(h.first_lp, h.first_lp + h.lps):
        charge_lp(w, lp, now)
        total += w.lp_times[lp].guest_run_ns + w.lp_times[lp].hypervisor_run_ns
    s.busy = (total - s.ran_ns) / (elapsed * h.lps)
    s.ran_ns = total
    frames = 0
    for node in range(h.first_node, h.first_node + h.nodes):
        frames += m.nodes[node].frames
    s.frames = frames
    s.taken = (frames - free_frames(m, host, NOBODY)) / (1.0 * frames)
    for guest in w.residents[state.first_resident : state.first_resident + state.residents]:
        _look_at_guest(w, guest, now)


@part
def _look_at_guest(w: Tables, guest: int, now: int) -> None:
    layout, mig = w.layouts[guest], w.migrations[guest]
    ran = 0
    for vp in range(layout.first_vp, layout.first_vp + layout.vps):
        charge_up_to(w, vp, now)
        ran += w.vp_times[vp].guest_run_ns + w.vp_times[vp].hypervisor_run_ns
    mig.lps = (ran - mig.looked_ns) / (1.0 * (now - w.cluster[0].looked_ns))
    mig.looked_ns = ran


@small
def _is_above(w: Tables, host: int, busy: float, taken: float) -> bool:
    """Tell whether `host`, with so much more of its LP time and memory taken, is above the threshold."""
    s, most = w.migration_states[host], w.cluster[0].threshold
    return bool(s.busy + busy > most or s.taken + taken > most)


@part
def _best_move(w: Tables, m: Memory, host: int) -> tuple[int, int]:
    """Return the guest of `host` that should go, and where; NOBODY twice if none can."""
    by_memory = w.migration_states[host].taken > w.cluster[0].threshold
    best, where, most = NOBODY, NOBODY, 0.0
    s = w.host_states[host]
    for guest in w.residents[s.first_resident : s.first_resident + s.residents]:
        mig = w.migrations[guest]
        amount = 1.0 * m.partitions[guest].held if by_memory else mig.lps
        if guest == w.hosts[host].root or mig.stage != NOT_MOVING or amount <= most:
            continue
        target = _least_loaded(w, m, guest, host)
        if w.lifetimes[guest].running and target >= 0:
            best, where, most = guest, target, amount
    return best, where


@part
def _least_loaded(w: Tables, m: Memory, guest: int, source: int) -> int:
    """Return the host that is least loaded with `guest` on it, below the threshold; NOBODY if there is none."""
    best, least = NOBODY, 2.0
    for host in range(len(w.hosts)):
        s = w.migration_states[host]
        suits = s.state == UP and host != source and place_of(w, w.layouts[guest].first_vp, host, SUITS) > 0
        busy, taken = w.migrations[guest].lps / w.hosts[host].lps, m.partitions[guest].held / (1.0 * s.frames)
        load = max(s.busy + busy, s.taken + taken)
        if suits and not _is_above(w, host, busy, taken) and load < least:
            best, least = host, load
    return best


@part
def _count_those_on_their_way(w: Tables, m: Memory) -> None:
    """Count guests that are on their way, or will be, with the hosts that they go to."""
    for first in (w.cluster[0].first_under_way, w.cluster[0].first_queued):
        guest = first
        while guest >= 0:
            mig = w.migrations[guest]
            if mig.target >= 0:
                _count_move(w, m, guest, mig.source, mig.target)
            guest = mig.following


@part
def _count_move(w: Tables, m: Memory, guest: int, source: int, target: int) -> None:
    """Count what `guest` takes with `target`, in place of `source`, until the next look; what is kept for it there is counted already."""
    lps, held = w.migrations[guest].lps, 1.0 * m.partitions[guest].held
    before, after = w.migration_states[source], w.migration_states[target]
    before.busy -= lps / w.hosts[source].lps
    before.taken -= held / before.frames
    after.busy += lps / w.hosts[target].lps
    if w.migrations[guest].stage <= QUEUED:
        after.taken += held / after.frames
