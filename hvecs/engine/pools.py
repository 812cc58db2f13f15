"""Pools: which VPs share LPs, what each of them can use there, and when in the period its cap is renewed.

The phases follow the wrap-around rule (see `systems.state.caps`): each cap begins where the one before ends, round the period.
A CPU group with a cap of its own counts as one VP with that cap; the VPs in it begin with it, and wrap round among themselves.
"""

from collections.abc import Iterator, Mapping, Sequence

from components import AffinitySet, CpuGroup, LpTopology, VpControls, VpIdentity, VpState
from components.declare import NOBODY
from components.virtual_processor import NO_CAP
from hvecs.engine.affinity import SetPlan
from hvecs.engine.plan import PartitionPlan
from hvecs.engine.world import World
from hvecs.spec.host import Host
from hvecs.spec.scenario import Scenario

Ends = dict[tuple[str, int], int]
"""Where the last cap of a pool, or of a group, ends in the period (ns)."""


def build_pools(
    world: World, plans: tuple[PartitionPlan, ...], sets: Sequence[SetPlan], scenario: Scenario
) -> None:
    """Put every VP into its pool, and set phases and first budgets of all caps."""
    pool_of_lp = pools_of_lps(sets, len(world.columns[LpTopology]))
    pools, controls = world.columns[AffinitySet], world.columns[VpControls]
    identity = world.columns[VpIdentity]
    for pool in pool_of_lp:
        if pool >= 0:
            pools[pool].room_ns += scenario.hosts[pools[pool].host].scheduling.cap_period
    for row in range(len(controls)):
        vp, host = controls[row], scenario.hosts[identity[row].host]
        lp = identity[row].tied_lp if identity[row].tied_lp >= 0 else sets[vp.affinity_set].lps[0]
        vp.pool = pool_of_lp[lp]
        alone = identity[row].fellow < 0 and identity[row].tied_lp < 0
        most_ns = host.scheduling.cap_period if vp.cap_ns == NO_CAP else vp.cap_ns
        vp.want_ns = most_ns * lps_taken(host, alone=alone)
    for number, host in enumerate(scenario.hosts):
        period, by_core = host.scheduling.cap_period, is_by_core(host)
        rows = list(_busy_first(plans, number))
        ends = _set_phases(world, rows, period, by_core=by_core)
        caps = _later_caps(plans, period)
        uncapped = [row for row in rows if row in caps and controls[row].cap_ns == NO_CAP]
        later = {row: caps[row][1] for row in sorted(uncapped, key=lambda row: caps[row][0])}
        _set_later_phases(world, later, ends, period, by_core=by_core)


def lps_taken(host: Host, *, alone: bool) -> int:
    """Return how many LPs of a host a VP takes while it runs: a core, where no other VP may run beside it."""
    return 2 if alone and is_by_core(host) else 1


def is_by_core(host: Host) -> bool:
    """Tell whether VPs are scheduled core by core on a host."""
    return host.scheduler_used == "core" and host.threads_per_core > 1


def pools_of_lps(sets: Sequence[SetPlan], lps: int) -> list[int]:
    """Return, for each LP, the first of the affinity sets that are linked to it; NOBODY for an LP that no guest may use."""
    pool_of = [NOBODY] * lps
    used = [(number, each) for number, each in enumerate(sets) if each.vps]
    for number, own in used:
        linked = {pool_of[lp] for lp in own.lps} - {NOBODY}
        if own.group:
            mates = (each for _, each in used if (each.host, each.group) == (own.host, own.group))
            linked |= {pool_of[each.lps[0]] for each in mates} - {NOBODY}
        first = min(linked, default=number)
        for lp in range(lps):
            if pool_of[lp] in linked:
                pool_of[lp] = first
        for lp in own.lps:
            pool_of[lp] = first
    return pool_of


def _busy_first(plans: tuple[PartitionPlan, ...], host: int) -> Iterator[int]:
    """Give the rows of all VPs on `host`, those of guests that never do anything last: so they push no busy VP off its phase."""
    first, rows = 0, []
    for plan in plans:
        if plan.host == host:
            rows.append((plan.workload is None, range(first, first + len(plan.vps))))
        first += len(plan.vps)
    for _, of_plan in sorted(rows, key=lambda each: each[0]):
        yield from of_plan


def _later_caps(plans: tuple[PartitionPlan, ...], period: int) -> dict[int, tuple[int, int]]:
    """Return when VPs are first given a cap by an event, and which (ns), by row."""
    found: dict[int, tuple[int, int]] = {}
    first = 0
    for plan in plans:
        if plan.later_cap is not None:
            at, cap_pct = plan.later_cap
            found |= dict.fromkeys(range(first, first + len(plan.vps)), (at, round(period * cap_pct / 100)))
        first += len(plan.vps)
    return found


def _set_phases(world: World, rows: Sequence[int], period: int, *, by_core: bool) -> Ends:
    """Set off the caps against each other: in each pool, and in each group that has a cap; return where the last of each ends."""
    controls, groups, states = world.columns[VpControls], world.columns[CpuGroup], world.columns[VpState]
    ends: Ends = {}
    wants = [0] * len(groups)
    for row in rows:
        if controls[row].cpu_group >= 0:
            wants[controls[row].cpu_group] += int(controls[row].want_ns)
    for row in rows:
        vp, at = controls[row], ("pool", int(controls[row].pool))
        group = int(vp.cpu_group)
        if group >= 0 and groups[group].budget_ns != NO_CAP:
            if ("group", group) not in ends:
                ends["group", group] = phase = ends.get(at, 0)
                ends[at] = (phase + min(int(groups[group].budget_ns), wants[group])) % period
                groups[group].phase_ns = phase
                groups[group].used_ns = _used_before(phase, int(groups[group].budget_ns), period)
            at = ("group", group)
        if vp.cap_ns != NO_CAP:
            vp.cap_phase_ns = phase = _phase_of(world, row, ends.get(at, 0), by_core=by_core)
            states[row].cap_used_ns = _used_before(phase, int(vp.cap_ns), period)
            if phase == ends.get(at, 0):
                ends[at] = (phase + int(vp.cap_ns)) % period
    return ends


def _set_later_phases(
    world: World, later: Mapping[int, int], ends: Ends, period: int, *, by_core: bool
) -> None:
    """Begin the periods of VPs that are given a cap later, in order of time, where those of the others leave off: they move none of them."""
    controls, groups = world.columns[VpControls], world.columns[CpuGroup]
    for row, cap_ns in later.items():
        vp = controls[row]
        group = int(vp.cpu_group)
        capped = group >= 0 and groups[group].budget_ns != NO_CAP
        at = ("group", group) if capped else ("pool", int(vp.pool))
        vp.cap_phase_ns = phase = _phase_of(world, row, ends.get(at, 0), by_core=by_core)
        if phase == ends.get(at, 0):
            ends[at] = (phase + cap_ns) % period


def _phase_of(world: World, row: int, phase: int, *, by_core: bool) -> int:
    """Return the phase of a VP: that of its fellow before it, if they run together on a core; or else the one that is next."""
    fellow = int(world.columns[VpIdentity][row].fellow) if by_core else NOBODY
    return int(world.columns[VpControls][fellow].cap_phase_ns) if 0 <= fellow < row else phase


def _used_before(phase: int, budget: int, period: int) -> int:
    """Return what counts as used of the budget of the first period, of which only its last `phase` ns lie after time 0.

    Left are the whole LPs for that long, and of the rest what wraps round the end of the period.
    """
    if phase == 0:
        return 0
    whole, part = divmod(budget, period)
    return budget - whole * phase - max(0, phase + part - period)
