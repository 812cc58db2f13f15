"""Traps: what they cost is paid to the nanosecond, and no interrupt or tick is lost."""

import numpy as np
import pandas as pd
from hypothesis import given, settings

from components.charges import EVERY_CHARGE
from tests.property.test_memory import fits, hosts
from tests.simulation import Result, parsed, run

VP = ["partition", "vp"]


def costs_of(costs, *, root=False):
    """What each charge costs of [host.costs], by the column that counts it."""
    by_column = {
        charge.column: getattr(costs, (charge.root_cost if root else charge.cost).name)
        for charge in EVERY_CHARGE
    }
    return by_column | {"dispatches": costs.dispatch}


def charged(rows, costs):
    """The hypervisor time that the counts of `rows` stand for."""
    names = [name for name in costs if name in rows]
    return rows[names].to_numpy() @ np.array([costs[name] for name in names])


def to_date(frame):
    """The rows of each VP with its counters summed from the start of the run."""
    held = ("unpaid_ns", "interrupts_pending", "ticks_backlog")
    frame = frame.sort_values([*VP, "time_ns"])
    counters = [
        name
        for name in frame.select_dtypes("int64")
        if name not in (*held, *VP, "time_ns", "entity", "interval_ns")
    ]
    sums = frame.groupby(VP)[counters].cumsum()
    return pd.concat([frame[[*VP, "time_ns", *held]], sums], axis=1)


def accounting_closes_at_every_sample(text, result: Result):
    """Of any host: `tests.property.test_conservation` draws them."""
    costs = parsed(text).host.costs
    for table, root in (("virtual_processor", False), ("root_virtual_processor", True)):
        rows = to_date(result[table])
        assert (rows.hypervisor_run_ns + rows.unpaid_ns == charged(rows, costs_of(costs, root=root))).all()
        assert (rows.unpaid_ns >= 0).all()
        no_interrupt_is_lost(rows)
    totals_are_the_sums_of_their_parts(result)
    the_trace_agrees_with_the_counters(result)


@settings(max_examples=40)
@given(hosts().filter(fits))
def test_accounting_closes_where_memory_moves(text):
    """Guests that start, stop, page and swell; first touches, page-ins and the root's calls among what costs."""
    result = run(text)
    costs = parsed(text).host.costs
    for table, root in (("virtual_processor", False), ("root_virtual_processor", True)):
        rows = to_date(result[table])
        assert (rows.hypervisor_run_ns + rows.unpaid_ns == charged(rows, costs_of(costs, root=root))).all()
        no_interrupt_is_lost(rows)
    totals_are_the_sums_of_their_parts(result)


def no_interrupt_is_lost(rows):
    settled = (
        rows.virtual_interrupts + rows.interrupts_pending + rows.interrupts_coalesced + rows.interrupts_lost
    )
    assert (rows.interrupts_raised == settled).all()
    assert (rows.ticks_due == rows.ticks_delivered + rows.ticks_backlog + rows.ticks_skipped).all()


def totals_are_the_sums_of_their_parts(result: Result):
    calls, intercepts, others = (
        [charge.column for charge in EVERY_CHARGE if charge.kind == kind]
        for kind in ("hypercall", "intercept", "other")
    )
    assert len(calls) == 15
    assert len(intercepts) == 14
    assert others == ["rep_elements", "flush_targets", "zeroed_pages", "context_switches"]
    for frame in (result.vps, result["partition"]):
        assert (frame.hypercalls == frame[calls].sum(axis=1)).all()
        assert (frame.total_intercepts == frame[[*intercepts, "hypercalls"]].sum(axis=1)).all()
    counters = [*calls, *intercepts, "total_intercepts", "virtual_interrupts", "ticks_skipped", "unpaid_ns"]
    vps = result.vps.groupby(["time_ns", "partition"])[counters].sum()
    assert vps.equals(result["partition"].groupby(["time_ns", "partition"])[counters].sum())
    lps, switches = result["logical_processor"], result.vps.groupby("time_ns").context_switches.sum()
    assert lps.groupby("time_ns").context_switches.sum().equals(switches)


def the_trace_agrees_with_the_counters(result: Result):
    rows = result.tables.get("intercept")
    if rows is None:
        assert (result.vps.total_intercepts == 0).all()
        return
    assert rows.time_ns.is_monotonic_increasing
    traced = rows.groupby([*VP, "class"])["count"].sum()
    counted = result.vps.melt(VP, value_vars=list(rows["class"].unique()), var_name="class")
    counted = counted.groupby([*VP, "class"])["value"].sum()
    counted = counted[counted > 0].sort_index()
    assert counted.index.tolist() == traced.index.tolist()
    assert (counted.to_numpy() == traced.to_numpy()).all()
    beside = result.vps[["rep_elements", "flush_targets", "zeroed_pages", "context_switches"]].sum().sum()
    assert traced.sum() == result.vps.total_intercepts.sum() + beside
