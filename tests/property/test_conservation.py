"""Nothing is lost: every nanosecond of every processor has one account, every dispatch and every request is counted."""

import numpy as np
from hypothesis import given, settings

from components import VpTimes
from tests.property.test_traps import accounting_closes_at_every_sample
from tests.simulation import ROOT_PROFILES, Result, run, scenarios

LP_TIMES = ["guest_run_ns", "hypervisor_run_ns", "idle_ns"]
LOST = [name for name in VpTimes.fields if name.startswith("lost_")]
VP_TIMES = ["guest_run_ns", "hypervisor_run_ns", "ready_ns", "idle_ns", "capped_ns", "suspended_ns"]
SAMPLED = [
    "logical_processor",
    "virtual_processor",
    "root_virtual_processor",
    "partition",
    "guest",
    "request",
    "hypervisor",
]


@settings(max_examples=80)
@given(scenarios(root_profiles=ROOT_PROFILES))
def test_everything_is_accounted_for(text):
    result = run(text)
    accounting_closes_at_every_sample(text, result)
    every_nanosecond_has_one_account(result)
    samples_follow_each_other_to_the_end(result)
    guest_time_of_lps_is_that_of_vps(result)
    guest_time_is_progress_spinning_and_what_was_lost(result)
    partitions_are_the_sum_of_their_vps(result)
    if text["root"]["profile"] == "none":
        counters_agree_with_the_trace(result)
    no_request_is_dropped(result)
    guests_see_between_run_time_and_time_not_idle(result)
    outcomes_are_the_samples_after_the_warm_up(result)


def every_nanosecond_has_one_account(result: Result):
    lps, vps = result["logical_processor"], result.vps
    assert (lps[LP_TIMES].sum(axis=1) == lps.interval_ns).all()
    assert (vps[VP_TIMES].sum(axis=1) == vps.interval_ns).all()
    assert (lps[LP_TIMES] >= 0).all(axis=None)
    assert (vps[[*VP_TIMES, "dispatches", "migrations", "wait_ns", "remote_run_ns"]] >= 0).all(axis=None)
    assert (vps.remote_run_ns <= vps.guest_run_ns + vps.hypervisor_run_ns).all()
    assert (vps.filter(like="wait_bucket_").sum(axis=1) == vps.dispatches).all()


def samples_follow_each_other_to_the_end(result: Result):
    end = result.outcome.simulated_ns
    for table in SAMPLED:
        for _, rows in result[table].groupby("instance"):
            times = rows.time_ns.to_numpy()
            assert (np.diff(times, prepend=0) == rows.interval_ns).all()
            assert (rows.interval_ns > 0).all()
            assert times[-1] == end


def guest_time_of_lps_is_that_of_vps(result: Result):
    lps, vps = (frame.groupby("time_ns") for frame in (result["logical_processor"], result.vps))
    assert lps.guest_run_ns.sum().equals(vps.guest_run_ns.sum())
    assert (
        lps.hypervisor_run_ns.sum() >= vps.hypervisor_run_ns.sum()
    ).all()  # LPs wake up on nobody's behalf


def guest_time_is_progress_spinning_and_what_was_lost(result: Result):
    """To the nanosecond in every row, and never less than nothing."""
    for rows in (result["virtual_processor"], result["root_virtual_processor"], result["partition"]):
        spent = rows[["progress_ns", "spin_ns", "answer_wait_ns", *LOST]]
        assert (spent.sum(axis=1) == rows.guest_run_ns).all()
        assert (spent >= 0).all(axis=None)


def partitions_are_the_sum_of_their_vps(result: Result):
    counters = [
        *VP_TIMES,
        "progress_ns",
        "spin_ns",
        "answer_wait_ns",
        *LOST,
        "dispatches",
        "migrations",
        "wait_ns",
    ]
    vps = result.vps.groupby(["time_ns", "partition"])[counters].sum()
    assert vps.equals(result["partition"].groupby(["time_ns", "partition"])[counters].sum())


def counters_agree_with_the_trace(result: Result):
    """Per sample: a dispatch counts when it begins, at the end of an interval inclusive."""
    vps, lps = result.vps, result["logical_processor"]
    ends = np.sort(vps.time_ns.unique())
    rows = result.dispatches
    rows = rows.assign(
        time_ns=ends[np.searchsorted(ends, rows.start_ns)],
        wait_ns=rows.start_ns - rows.ready_ns,
        migrations=rows.lp != rows.groupby(["partition", "vp"]).lp.shift().fillna(rows.lp),
    )
    traced = rows.groupby(["time_ns", "partition", "vp"]).agg(
        dispatches=("lp", "size"), migrations=("migrations", "sum"), wait_ns=("wait_ns", "sum")
    )
    counted = vps.set_index(["time_ns", "partition", "vp"])[["dispatches", "migrations", "wait_ns"]]
    assert (counted - traced.reindex(counted.index, fill_value=0) == 0).all(axis=None)
    assert len(rows) == counted.dispatches.sum()
    names = rows.partition + "/" + rows.vp.astype(str)
    switches = names != names.groupby(rows.lp).shift()
    traced = switches.groupby([rows.time_ns, rows.lp]).sum()
    counted = lps.set_index(["time_ns", "lp"]).context_switches
    assert (counted - traced.reindex(counted.index, fill_value=0) == 0).all()


def no_request_is_dropped(result: Result):
    for partition, rows in result["request"].groupby("partition"):
        gone = rows.completions + rows.failed + rows.dropped
        assert (rows.in_system == (rows.arrivals - gone).cumsum()).all(), partition
        assert (rows.in_system >= 0).all()
        assert (rows.response_mean_ns.notna() == (rows.completions > 0)).all()


def guests_see_between_run_time_and_time_not_idle(result: Result):
    """By its own clock a guest is busy while it runs, and never while all its VPs are idle; a VP is off to neither."""
    guests, partitions = (
        result[table].set_index(["time_ns", "partition"]) for table in ("guest", "partition")
    )
    mine = partitions.loc[guests.index]
    on_ns = mine.virtual_processors * mine.interval_ns - mine.suspended_ns + mine.intercepted_ns
    assert (guests.processor_time_pct.isna() == (on_ns == 0)).all()
    busy_ns = (guests.processor_time_pct * on_ns / 100)[on_ns > 0]
    assert (busy_ns >= mine.guest_run_ns[on_ns > 0] - 1).all()
    assert (busy_ns <= (on_ns - mine.idle_ns)[on_ns > 0] + 1).all()


def outcomes_are_the_samples_after_the_warm_up(result: Result):
    """Only where a sample ends with the warm-up can the tables tell what came after it."""
    outcome = result.outcome
    since = outcome.simulated_ns - outcome.measured_ns
    vps, lps = (frame[frame.time_ns > since] for frame in (result.vps, result["logical_processor"]))
    if since and since not in set(result["hypervisor"].time_ns):
        return
    for partition in outcome.partitions:
        mine = vps[vps.partition == partition.name]
        for counter in [*VP_TIMES, "dispatches", "migrations", "wait_ns"]:
            assert getattr(partition, counter) == mine[counter].sum()
    for lp in outcome.lps:
        for counter in [*LP_TIMES, "context_switches"]:
            assert getattr(lp, counter) == lps[lps.lp == lp.lp][counter].sum()
