"""Rules on how much a host can hold: its own size, guests' sizes, sums over guests."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from hvecs.spec.host import Host
from hvecs.spec.limits import LIMITS, RUNNING_GUESTS, VPS_IN_USE
from hvecs.spec.lives import Lives
from hvecs.spec.partition import MOST_LPS, MOST_VPS, Partition
from hvecs.spec.problems import Fault, Steps, show
from hvecs.spec.scenario import Scenario, guest_names
from hvecs.spec.units import GIB, Percent
from hvecs.spec.workload import MOST_THREADS, ClosedWorkload

LP_KEYS: tuple[Steps, ...] = (
    ("host", "logical_processors"),
    ("host", "sockets"),
    ("host", "cores_per_socket"),
    ("host", "threads_per_core"),
)
MOST_FRAMES = (1 << 31) - 1
_LIMITS: Steps = ("host", "limits")
_ALL: Steps = ("partition",)
_MANY_GIB = 100_000
"""From which on six digits may round up to more than there may be."""


def known_lps(scenario: Scenario) -> int | None:
    """Give the number of LPs of the host, as `lps_of` does."""
    return lps_of(scenario.host)


def lps_for_guest(host: Host, block: Partition, threads: int = 1) -> int:
    """Give how many LPs of a host the VPs of a guest may use, or cores of so many threads: no more than a node has, where it may not span nodes."""
    groups = {group.name: group.logical_processors for group in host.cpu_group}
    lps = block.processor.affinity or groups.get(block.processor.group) or range(host.lps)
    spans = host.numa_spanning or host.hypervisor == "none"
    most = host.lps if spans else host.lps // host.numa_nodes
    return min(most // threads, len({lp // threads for lp in lps}))


def lps_of(host: Host) -> int | None:
    """Give the number of LPs, or None when a host does not say it in exactly one way."""
    parts = [host.sockets, host.cores_per_socket]
    if host.logical_processors is not None:
        return host.lps if parts == [None, None] else None
    return None if None in parts else host.lps


def capacity_faults(scenario: Scenario) -> Iterator[Fault]:
    """Find what does not fit the only host of a scenario: its own size, its limits, each guest, and their sums."""
    yield from chain(_lps(scenario), _root(scenario), _memory(scenario), _frames(scenario))
    yield from chain(_host_limits(scenario), _guest_limits(scenario))


def _lps(scenario: Scenario) -> Iterator[Fault]:
    host = scenario.host
    given = [key for key in ("sockets", "cores_per_socket") if getattr(host, key) is not None]
    if known_lps(scenario) is None:
        if host.logical_processors is not None:
            message = "given beside logical_processors; expected one of the two ways"
            yield Fault(("host", given[0]), message, LP_KEYS)
        elif given:
            missing = "sockets" if given == ["cores_per_socket"] else "cores_per_socket"
            yield Fault(("host", missing), f"missing; expected beside {given[0]}", LP_KEYS)
        else:
            message = "missing; expected it, or sockets and cores_per_socket"
            yield Fault(LP_KEYS[0], message, LP_KEYS)
    elif host.lps > MOST_LPS:
        yield Fault(("host", "sockets"), f"{host.lps} LPs are too many; expected at most {MOST_LPS}", LP_KEYS)


def _root(scenario: Scenario) -> Iterator[Fault]:
    lps, vps = known_lps(scenario), scenario.root.virtual_processors
    if lps is not None and isinstance(vps, int) and vps > lps:
        message = f'expected "all" or at most the {lps} LPs of the host; got {vps}'
        yield Fault(("root", "virtual_processors"), message, LP_KEYS)


def _memory(scenario: Scenario) -> Iterator[Fault]:
    host = scenario.host
    reserve = host.root_reserve_bytes if host.hypervisor != "none" else 0
    needs: tuple[Steps, ...] = (("host", "memory"), ("host", "root_reserve"), ("host", "hypervisor"))
    if reserve >= host.memory:
        at: Steps = ("host", "memory" if host.root_reserve == "auto" else "root_reserve")
        message = f"the root reserve of {_gib(reserve)} leaves nothing of {_gib(host.memory)} for guests"
        yield Fault(at, f"{message}; expected less reserve or more memory", needs)
        return
    for index, block in enumerate(scenario.partition):
        if block.startup_memory > host.memory - reserve:
            left = f"{_gib(host.memory)} less a root reserve of {_gib(reserve)}"
            message = f"{_gib(block.startup_memory)} does not fit into the host; expected at most {left}"
            yield Fault(startup_key(block, index), message, needs)


def startup_key(block: Partition, index: int) -> Steps:
    """Give the path of the key that says what a guest starts with."""
    return (
        "partition",
        index,
        *(("memory",) if block.dynamic_memory is None else ("dynamic_memory", "startup")),
    )


def _frames(scenario: Scenario) -> Iterator[Fault]:
    """Check that the page frames can be simulated: each takes some 20 bytes."""
    frames, page = scenario.host.memory // scenario.host.page, scenario.host.page
    if frames > MOST_FRAMES:
        most = _gib(MOST_FRAMES * page)
        message = f"{frames} page frames are too many to simulate; expected at most {most} in pages of {page >> 10} KiB"
        yield Fault(("host", "memory"), message, (("host", "page"),))


def _host_limits(scenario: Scenario) -> Iterator[Fault]:
    host, limits, lps = scenario.host, LIMITS.get(scenario.host.limits), known_lps(scenario)
    if limits is None:
        return
    if lps is not None and lps > limits.logical_processors:
        at: Steps = ("host", "logical_processors" if host.logical_processors else "sockets")
        message = _beyond(scenario, f"{lps} LPs", limits.logical_processors)
        yield Fault(at, message, (*LP_KEYS, _LIMITS))
    most = limits.host_memory_bytes
    if most is not None and host.memory > most:
        yield Fault(("host", "memory"), _beyond(scenario, _gib(host.memory), _gib(most)), (_LIMITS,))


def _guest_limits(scenario: Scenario) -> Iterator[Fault]:
    limits = LIMITS.get(scenario.host.limits)
    if limits is None:
        return
    for index, block in enumerate(scenario.partition):
        vps, memory = block.virtual_processors, block.startup_memory
        if vps > limits.vps_per_guest:
            message = _beyond(scenario, f"{vps} VPs of a guest", limits.vps_per_guest)
            yield Fault(("partition", index, "virtual_processors"), message, (_LIMITS,))
        if memory > limits.guest_memory_bytes:
            message = _beyond(scenario, _gib(memory), f"{_gib(limits.guest_memory_bytes)} a guest")
            yield Fault(startup_key(block, index), message, (_LIMITS,))
    yield from _running(scenario, "guests", RUNNING_GUESTS, lambda block: block.guests)
    yield from _running(scenario, "VPs", VPS_IN_USE, _vps)


def _running(
    scenario: Scenario, what: str, limit: int, amount: Callable[[Partition], float]
) -> Iterator[Fault]:
    """Check guests that run at the same time; the fault lies at the block that goes beyond the limit."""
    lives = Lives(scenario)
    changes = [list(sum_changes(block, amount(block), lives)) for block in scenario.partition]
    index = _first_beyond(changes, limit)
    if index is not None:
        running = f"{_peak(changes):.0f} {what} run at once"
        yield Fault(("partition", index), _beyond(scenario, running, limit), (_LIMITS,))


def _beyond(scenario: Scenario, what: str, limit: object) -> str:
    return f'beyond limits = "{scenario.host.limits}": {what}; expected at most {limit}, or limits = "none"'


def total_faults(scenario: Scenario) -> Iterator[Fault]:
    """Find what is too much to simulate, on all hosts together."""
    root = scenario.root.virtual_processors
    roots = sum(root if isinstance(root, int) else lps_of(host) or 0 for host in scenario.hosts)
    vps = sum(map(_vps, scenario.partition)) + roots
    if vps > MOST_VPS:
        yield Fault(_ALL, f"{vps} VPs with the root's are too many to simulate; expected at most {MOST_VPS}")
    threads = sum(
        block.guests * block.workload.threads
        for block in scenario.partition
        if isinstance(block.workload, ClosedWorkload)
    )
    if threads > MOST_THREADS:
        message = f"{threads} threads are too many to simulate; expected at most {MOST_THREADS}"
        yield Fault(_ALL, message)


def reserve_faults(block: Partition, at: Steps) -> Iterator[Fault]:
    """Check that a reserve is at most its cap [TLFS2 18.2]; whether all fit the host is a matter of starts (`hvecs.spec.reserves`)."""
    reserve, cap = block.processor.reserve, block.processor.cap
    if reserve > cap:
        message = f"{_pct(reserve)} is above the cap; expected at most {_pct(cap)}"
        yield Fault((*at, "processor", "reserve"), message, ((*at, "processor", "cap"),))


def _vps(block: Partition) -> int:
    return block.guests * block.virtual_processors


def sum_changes(block: Partition, whole: float, lives: Lives) -> Iterator[tuple[int, float]]:
    """Give by how much a block adds to a sum over the guests that are on, `whole` with all of its own, and when.

    All of it comes at once where no event says otherwise.
    """
    if not lives.changed or block.guests > MOST_VPS:
        yield block.start, whole
        if block.stop is not None:
            yield block.stop, -whole
        return
    for name in guest_names(block):
        for span in lives.of(name, block):
            yield span.start, whole / block.guests
            if span.stop is not None:
                yield span.stop, -whole / block.guests


def _peak(changes: Sequence[Sequence[tuple[int, float]]]) -> float:
    """Give the largest sum over the guests that are on at the same time."""
    total = most = 0.0
    for _, change in sorted(chain.from_iterable(changes)):
        total += change
        most = max(most, total)
    return most


def _first_beyond(changes: Sequence[Sequence[tuple[int, float]]], limit: float) -> int | None:
    """Find the block with which the peak first exceeds a limit."""
    if _peak(changes) <= limit:
        return None
    return bisect_left(range(len(changes)), 1, key=lambda last: _peak(changes[: last + 1]) > limit)


def _gib(size_bytes: int) -> str:
    gib = size_bytes / GIB
    return f'"{gib:.6g} GiB"' if gib < _MANY_GIB else f'"{size_bytes // GIB} GiB"'


def _pct(share_pct: float) -> str:
    return show(Percent().write(share_pct))
