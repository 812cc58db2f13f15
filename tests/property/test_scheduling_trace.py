"""What the dispatch trace must show of any schedule, told by the trace and the scenario alone."""

from fractions import Fraction
from math import ceil

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.caps import cap_phases
from tests.simulation import (
    MS,
    Result,
    S,
    always_runnable,
    guest,
    lps_of,
    ns,
    parsed,
    run,
    scenario,
    scenarios,
)


class Schedule:
    """A run seen through its trace, beside the scenario that it came from."""

    def __init__(self, text):
        self.scenario = parsed(text)
        self.result: Result = run(text)
        self.end_ns = self.result.outcome.simulated_ns
        self.rows = self.result.dispatches
        self.blocks = {found.name: found.block for found in self.scenario.guests()}
        self.lps = range(self.scenario.host.lps)
        self.phases = cap_phases(self.scenario)

    def allowed(self, partition, vp):
        """The LPs that a VP may use; root VP n has LP n for itself."""
        if partition == "Root":
            return [vp]
        return self.blocks[partition].processor.affinity or self.lps

    def cap_ns(self, partition):
        """The cap of each VP of a guest, in ns a period."""
        period = self.scenario.host.scheduling.cap_period
        return round(period * Fraction(self.blocks[partition].processor.cap) / 100)

    def by_vp(self):
        return self.rows.groupby(["partition", "vp"])

    def waits(self):
        """All spans (partition, vp, from, to) in which a VP was ready, the last one of a VP that got no LP included.

        Not so that of a VP whose group has a cap: it may have been ready before, until its group had no place for it any more.
        """
        for row in self.rows.itertuples():
            yield row.partition, row.vp, row.ready_ns, row.start_ns
        waited = (self.rows.start_ns - self.rows.ready_ns).groupby([self.rows.partition, self.rows.vp]).sum()
        for (partition, vp), ready_ns in self.result.vps.groupby(["partition", "vp"]).ready_ns.sum().items():
            still = ready_ns - waited.get((partition, vp), 0)
            assert still >= 0
            if partition != "Root" and self.blocks[partition].processor.group:
                continue
            stop = None if partition == "Root" else self.blocks[partition].stop
            end = self.end_ns if stop is None else min(stop, self.end_ns)
            yield partition, vp, end - still, end


class Gaps:
    """When an LP was free, from the rows of its dispatches."""

    def __init__(self, rows, end_ns):
        self.starts = np.append(0, rows.end_ns.to_numpy())
        self.ends = np.append(rows.start_ns.to_numpy(), end_ns)
        self.before = np.append(0, np.cumsum(self.ends - self.starts))

    def free_until(self, time_ns):
        """Time free (ns) from 0 to `time_ns`."""
        at = np.searchsorted(self.starts, time_ns)
        return self.before[at] - max(0, self.ends[at - 1] - time_ns) if at else 0

    def count(self, start_ns, end_ns):
        """How many gaps that have a length touch the span."""
        return int(((self.starts < end_ns) & (self.ends > start_ns) & (self.ends > self.starts)).sum())


@settings(max_examples=60)
@given(scenarios(schedulers=("classic", "root"), numa=False))
def test_every_schedule_is_possible(text):
    schedule = Schedule(text)
    rows_are_in_order(schedule)
    nobody_is_in_two_places(schedule)
    affinity_is_obeyed(schedule)
    run_times_agree_with_the_counters(schedule)
    no_lp_idles_while_a_vp_waits_for_it(schedule)
    caps_hold_in_every_window_of_periods(schedule)


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(1, 10_000), st.integers(1, 100)), min_size=1, max_size=8),
    st.integers(2, 6),
    st.sampled_from([100 * MS, 30 * MS, 7 * MS]),
)
def test_caps_leave_no_lp_idle_that_a_vp_below_its_cap_may_use(weights_and_caps, lps, period):
    """VPs that always have work: each runs, waits for LPs of which none is free, or has used up its cap."""
    guests = [
        guest(f"vm{i}", 1, always_runnable(), processor={"weight": weight, "cap": f"{cap} %"})
        for i, (weight, cap) in enumerate(weights_and_caps)
    ]
    more = {"scheduling": {"cap_period": ns(period)}, "sample": ns(period), "trace": ["dispatch"]}
    schedule = Schedule(scenario(S, lps, guests, **more))
    no_lp_idles_while_a_vp_waits_for_it(schedule)
    caps_hold_in_every_window_of_periods(schedule)
    assert (schedule.result["virtual_processor"].idle_ns == 0).all()
    for (name, vp), rows in schedule.by_vp():
        if schedule.blocks[name].processor.cap < 100:
            phase = schedule.phases[name, vp]
            used = use_by_period(rows, period, schedule.end_ns, phase)
            stopped = (rows.end_ns[rows.reason == "capped"] - phase - 1) // period + 1
            assert all(used[index] == schedule.cap_ns(name) for index in stopped if index > 0)


def test_a_cost_of_many_cap_periods_is_repaid():
    """A switch takes nine and a half periods of a VP that may have a fifth of each: 47.5 periods pay for one."""
    guests = [guest("a", 1, always_runnable(), processor={"cap": "20 %"}), guest("b", 1, always_runnable())]
    more = {"scheduling": {"slice": "50 us", "cap_period": "10 us"}, "trace": ["dispatch"]}
    costs = {"preset": "none", "context_switch": "95 us"}
    schedule = Schedule(scenario(20 * MS, 1, guests, costs=costs, **more))
    caps_hold_in_every_window_of_periods(schedule)
    assert schedule.result.of("a").hypervisor_run_ns > 0.15 * 20 * MS


def rows_are_in_order(schedule):
    rows = schedule.rows
    assert rows.end_ns.is_monotonic_increasing
    assert ((rows.ready_ns >= 0) & (rows.ready_ns <= rows.start_ns) & (rows.start_ns <= rows.end_ns)).all()
    assert set(rows.reason) <= {"slice", "idle", "preempted", "capped", "stopped", "run end", "intercepted"}


def nobody_is_in_two_places(schedule):
    for key in ["lp"], ["partition", "vp"]:
        for _, rows in schedule.rows.groupby(key):
            assert (rows.start_ns.to_numpy()[1:] >= rows.end_ns.to_numpy()[:-1]).all()


def affinity_is_obeyed(schedule):
    for (partition, vp), rows in schedule.by_vp():
        assert set(rows.lp) <= set(schedule.allowed(partition, vp))


def run_times_agree_with_the_counters(schedule):
    """Rows hold all time of the VPs; an LP has in addition its wake-ups, which may be cut short by the run's end."""
    rows = schedule.rows.assign(ran_ns=schedule.rows.end_ns - schedule.rows.start_ns)
    vps = (
        schedule.result.vps.groupby(["partition", "vp"])[["guest_run_ns", "hypervisor_run_ns"]]
        .sum()
        .sum(axis=1)
    )
    traced = rows.groupby(["partition", "vp"]).ran_ns.sum().reindex(vps.index, fill_value=0)
    assert (vps == traced).all()
    table = schedule.result["logical_processor"].groupby("lp")
    beyond = table[["guest_run_ns", "hypervisor_run_ns"]].sum().sum(axis=1) - rows.groupby(
        "lp"
    ).ran_ns.sum().reindex(schedule.lps, fill_value=0)
    wake_up = schedule.scenario.host.costs.lp_wake_up
    if wake_up == 0:
        assert (beyond == 0).all()
    else:
        awake_at_the_end = (
            schedule.rows.groupby("lp").end_ns.max().reindex(schedule.lps, fill_value=-1) == schedule.end_ns
        )
        assert (beyond[awake_at_the_end] % wake_up == 0).all()
        assert (beyond >= 0).all()


def no_lp_idles_while_a_vp_waits_for_it(schedule):
    """An LP that a VP may use is busy all the time that the VP waits, up to the wake-ups that it waits for.

    Those are one in each gap of the LP, and one more whenever a root VP takes the LP that was woken for another.
    """
    wake_up = schedule.scenario.host.costs.lp_wake_up
    gaps = {lp: Gaps(schedule.rows[schedule.rows.lp == lp], schedule.end_ns) for lp in schedule.lps}
    root_starts = np.sort(schedule.rows.start_ns[schedule.rows.partition == "Root"])
    for partition, vp, start, end in schedule.waits():
        taken = np.searchsorted(root_starts, end, "right") - np.searchsorted(root_starts, start)
        for lp in schedule.allowed(partition, vp):
            idle = gaps[lp].free_until(end) - gaps[lp].free_until(start)
            assert idle <= wake_up * (gaps[lp].count(start, end) + taken)


def caps_hold_in_every_window_of_periods(schedule):
    """What a cost in progress lets a VP use beyond its cap is taken from the periods that follow."""
    costs, stay = schedule.scenario.host.costs, schedule.scenario.host.scheduling.longest_stay
    for (partition, vp), rows in schedule.by_vp():
        block = schedule.blocks.get(partition)
        if block is None or block.processor.cap == 100:
            continue
        period, cap = schedule.scenario.host.scheduling.cap_period, schedule.cap_ns(partition)
        used = use_by_period(rows, period, schedule.end_ns, schedule.phases[partition, vp])
        excess = 0
        for use in used:
            excess = max(0, excess + use - cap)
            assert excess <= costs.dispatch + costs.context_switch + stay


def use_by_period(rows, period, end_ns, phase=0):
    """LP time in each period that begins at `phase` and every `period` before and after; the first is the one before `phase`."""
    used = np.zeros((end_ns - phase) // period + 2, np.int64)
    for start, end in zip(rows.start_ns + period - phase, rows.end_ns + period - phase, strict=True):
        for index in range(start // period, end // period + 1):
            used[index] += max(0, min(end, (index + 1) * period) - max(start, index * period))
    return used


@st.composite
def grouped(draw):
    """Hosts of which some guests are in CPU groups with caps, on all LPs or on some."""
    text = draw(scenarios(schedulers=("classic",), numa=False))
    lps = lps_of(text["host"])
    groups = []
    for index in range(draw(st.integers(1, 2))):
        on = sorted(draw(st.sets(st.integers(0, lps - 1), max_size=lps)))
        cap = f"{draw(st.integers(5, 95))} %"
        groups.append({"name": f"group{index}", "cap": cap, "logical_processors": on})
    text["host"]["cpu_group"] = groups
    for block in text["partition"]:
        group = draw(st.sampled_from([None, *groups]))
        if group is not None:
            block["processor"]["group"] = group["name"]
            own = set(block["processor"].get("affinity", [])) & set(group["logical_processors"] or range(lps))
            block["processor"]["affinity"] = sorted(own or group["logical_processors"])
            block["processor"].pop("reserve", None)
    return text


@settings(max_examples=40)
@given(grouped())
def test_every_schedule_with_groups_is_possible(text):
    schedule = Schedule(text)
    rows_are_in_order(schedule)
    nobody_is_in_two_places(schedule)
    affinity_is_obeyed(schedule)
    run_times_agree_with_the_counters(schedule)
    no_lp_idles_while_a_vp_waits_for_it(schedule)
    caps_hold_in_every_window_of_periods(schedule)
    groups_keep_to_their_places(schedule)


def groups_keep_to_their_places(schedule):
    """No more VPs of a group run at once than its cap buys."""
    for group in schedule.scenario.host.cpu_group:
        members = [name for name, block in schedule.blocks.items() if block.processor.group == group.name]
        lps = len(group.logical_processors) or len(schedule.lps)
        rows = schedule.rows[schedule.rows.partition.isin(members)]
        edges = sorted([(end, -1) for end in rows.end_ns] + [(start, 1) for start in rows.start_ns])
        running = np.cumsum([change for _, change in edges])
        assert max(running, default=0) <= ceil(Fraction(group.cap) * lps / 100)
