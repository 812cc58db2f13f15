"""Goals: how much each guest with Dynamic Memory should hold.

A guest's target is what it had committed at its last report and its buffer. Where there is enough for all, the target is the goal, within
minimum and maximum. Otherwise (the formula is not published) there are two policies, both found by filling
memory up to a common level:

pressure        A guest holds level x committed x weight, so that guests of equal weight have equal pressure
                (committed / held), and of two the one with twice the weight has half the pressure.
weight          A guest holds its minimum and level x weight [WIN32: after reservations, memory goes by weight].

No goal lies below the minimum, nor, for a guest whose balloon leaves it some free memory, below that; none above the target and the maximum.
"""

from components.declare import NEVER
from components.memory import BY_PRESSURE
from systems.kernels.jit import part
from systems.memory.balloon import balloon_floor
from systems.state.memory import Memory

_ROUNDS = 100
_MOST = 1 << 40  # frames: more than any host has


@part
def is_in(m: Memory, row: int, node: int, now: int) -> bool:
    """Tell whether guest `row` has Dynamic Memory, is not paused or migrated, has reported by `now`, and its memory comes from `node` (NOBODY: from any)."""
    d = m.dynamic[row]
    return (
        not d.is_static
        and not d.paused
        and not d.moves
        and 0 <= d.reported_ns <= now
        and (node < 0 or m.partitions[d.owner].preferred_node == node)
    )


@part
def target(m: Memory, row: int) -> int:
    """Return what the guest wants (frames): committed, as it last reported, and buffer [WSD dynamic-memory.md]."""
    d = m.dynamic[row]
    page_bytes = m.parameters[m.layouts[d.owner].host].page_bytes
    wanted = min(d.reported * (1.0 + d.buffer) / page_bytes, 1.0 * _MOST)
    whole = int(wanted)
    return whole if whole == wanted else whole + 1


@part
def lowest(m: Memory, row: int) -> int:
    """Return the least that the guest is left with (frames), in whole blocks: its minimum, or what its balloon leaves it.

    The balloon of Linux leaves what is committed and the floor [LNX-BAL]; that of Windows lets page replacement find the pages.
    """
    d = m.dynamic[row]
    if not d.keeps_floor:
        return d.minimum
    parameters = m.parameters[m.layouts[d.owner].host]
    block, page_bytes = parameters.block, parameters.page_bytes
    p = m.partitions[d.owner]
    kept = (p.committed + page_bytes - 1) // page_bytes + balloon_floor(m, d.owner)
    return max(d.minimum, min((kept + block - 1) // block * block, p.held // block * block))


@part
def wish(m: Memory, row: int) -> int:
    """Return what the guest gets where there is enough for all: its target, within its bounds, in whole blocks.

    Where hot-add has failed, it is bounded by what the guest sees.
    """
    d = m.dynamic[row]
    block = m.parameters[m.layouts[d.owner].host].block
    high = min(target(m, row), d.maximum)
    if d.failed_adds > 0:
        high = min(high, m.partitions[d.owner].visible)
    return max(lowest(m, row), (high + block - 1) // block * block)


@part
def _at_level(m: Memory, row: int, level: float) -> int:
    """Return the goal (frames) of guest `row` where memory is filled up to `level`."""
    d = m.dynamic[row]
    low = lowest(m, row)
    weight = 1.0 * max(1, d.weight)
    parameters = m.parameters[m.layouts[d.owner].host]
    if parameters.policy == BY_PRESSURE:
        share = level * weight * d.reported / parameters.page_bytes
    else:
        share = low + level * weight
    block = parameters.block
    return max(low, min(wish(m, row), int(min(share, 1.0 * _MOST)) // block * block))


@part
def _sum_at(m: Memory, host: int, node: int, now: int, level: float) -> int:
    total = 0
    s = m.state[host]
    for row in m.dynamic_by_host[s.first_dynamic : s.first_dynamic + s.dynamics]:
        if is_in(m, row, node, now):
            total += _at_level(m, row, level)
    return total


@part
def set_goals(m: Memory, host: int, node: int, now: int, available: int) -> None:
    """Set the goals of the guests of `host` on `node` that have reported so that they hold at most `available` frames together; all at their least if even that is too much."""
    high = 1.0 * _MOST
    if _sum_at(m, host, node, now, high) > available:
        low = 0.0
        for _ in range(_ROUNDS):
            middle = (low + high) / 2
            if _sum_at(m, host, node, now, middle) > available:
                high = middle
            else:
                low = middle
        high = low
    s = m.state[host]
    for row in m.dynamic_by_host[s.first_dynamic : s.first_dynamic + s.dynamics]:
        if is_in(m, row, node, now):
            m.dynamic[row].goal = _at_level(m, row, high)


@part
def pressure_pct(m: Memory, row: int) -> float:
    """Return the guest's pressure: what it last reported as a percentage of what it holds [BA, NE-MEM]."""
    d = m.dynamic[row]
    p = m.partitions[d.owner]
    if p.held == 0:
        return 0.0
    return 100.0 * d.reported / (p.held * m.parameters[m.layouts[d.owner].host].page_bytes)


@part
def begin_reports(m: Memory, row: int, now: int) -> None:
    """Have the guest of `row`, which has just started, report after its first delay [LNX-BAL: 45 s].

    Until then its startup memory counts as its target: the host knows nothing of it.
    """
    d = m.dynamic[row]
    d.paused = 0
    d.failed_adds = 0
    parameters = m.parameters[m.layouts[d.owner].host]
    d.reports_from_ns = now + parameters.first_report_ns
    p = m.partitions[d.owner]
    d.reported = int((p.held + p.lent) * parameters.page_bytes / (1.0 + d.buffer))
    d.reported_ns = -1
    d.online_ns = now


@part
def take_report(m: Memory, row: int, now: int) -> None:
    """Take the report of the guest of `row` if it sends one by `now`; the next balancing knows of it."""
    d = m.dynamic[row]
    if (
        d.paused
        or d.reports_from_ns > now
        or (d.reported_ns >= 0 and now - d.reported_ns < m.parameters[m.layouts[d.owner].host].report_ns)
    ):
        return
    d.reported = m.partitions[d.owner].committed
    d.reported_ns = now


@part
def end_reports(m: Memory, row: int) -> None:
    """End the reports of the guest of `row`."""
    m.dynamic[row].reports_from_ns = NEVER
    m.dynamic[row].reported_ns = -1
    m.dynamic[row].reported = 0
