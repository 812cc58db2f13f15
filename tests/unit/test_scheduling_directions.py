"""Change one parameter, and what must follow follows."""

from itertools import pairwise

import pytest

from tests.simulation import (
    FREE,
    MS,
    US,
    S,
    always_runnable,
    closed,
    exponential,
    fixed,
    guest,
    opened,
    run,
    scenario,
)


def pair(first=None, second=None, **more):
    """Two guests with the same work on one LP, each with its own processor settings."""
    job = closed(2, 500 * MS, exponential(8 * MS), exponential(MS))
    guests = [
        guest(name, 1, job, processor=processor or {}) for name, processor in (("a", first), ("b", second))
    ]
    return run(scenario(10 * S, 1, guests, **more))


@pytest.mark.parametrize("preset", ["none", "default"])
def test_more_weight_is_not_slower(preset):
    elapsed = [
        pair({"weight": weight}, costs={"preset": preset}).of("a").elapsed_ns
        for weight in (10, 100, 300, 5000)
    ]
    slack = 1 if preset == "none" else 1.005  # where the end is the other's too, costs and sleeps decide
    assert all(heavier <= slack * lighter for lighter, heavier in pairwise(elapsed))
    assert elapsed[-1] < 0.65 * elapsed[0]


def test_a_larger_switch_cost_is_more_hypervisor_time():
    times = [pair(costs=FREE | {"context_switch": cost}).of("a") for cost in ("0 us", "3 us", "30 us")]
    hypervisor = [found.hypervisor_run_ns for found in times]
    assert hypervisor[0] == 0
    assert hypervisor == sorted(set(hypervisor))
    assert times[2].elapsed_ns > times[0].elapsed_ns


def test_a_dispatch_cost_is_paid_at_every_dispatch():
    result = pair(costs=FREE | {"dispatch": "7 us"})
    for name in "ab":
        assert result.of(name).hypervisor_run_ns == 7 * US * result.of(name).dispatches


def test_a_switch_cost_is_paid_at_every_switch():
    result = pair(costs=FREE | {"context_switch": "7 us"})
    assert (
        sum(result.of(name).hypervisor_run_ns for name in "ab")
        == 7 * US * result.outcome.lps[0].context_switches
    )


def test_a_wake_up_delays_each_dispatch_from_idle_and_is_lp_time_only():
    web = opened(fixed(MS), fixed(100 * US))
    found = run(scenario(100.5 * MS, 1, [guest("a", 1, web)], costs=FREE | {"lp_wake_up": "5 us"}))
    assert found.of("a").dispatches == 100
    assert found.of("a").wait_ns == found.of("a").ready_ns == 100 * 5 * US
    assert found.of("a").hypervisor_run_ns == 0
    assert found.outcome.lps[0].hypervisor_run_ns == 100 * 5 * US
    assert found.of("a").response_mean_ns == 105 * US


def test_a_smaller_slice_is_more_dispatches():
    dispatches = [
        pair(scheduling={"slice": length}).of("a").dispatches for length in ("20 ms", "5 ms", "1 ms")
    ]
    assert dispatches == sorted(set(dispatches))


def test_a_slice_that_ends_with_nobody_waiting_is_no_dispatch():
    found = run(scenario(S, 2, [guest("a", 2, always_runnable(2))]))
    assert found.of("a").dispatches == 2


def test_a_cap_holds_back_even_on_an_idle_host():
    found = run(scenario(S, 4, [guest("a", 1, always_runnable(), processor={"cap": "30 %"})])).of("a")
    assert (found.guest_run_ns, found.capped_ns, found.ready_ns) == (300 * MS, 700 * MS, 0)


def test_a_tighter_cap_is_slower_and_spares_the_neighbour():
    found = [pair({"cap": f"{cap} %"}) for cap in (100, 40, 20)]
    capped = [result.of("a").capped_ns for result in found]
    elapsed = [result.of("a").elapsed_ns for result in found]
    neighbour = [result.of("b").elapsed_ns for result in found]
    assert capped[0] == 0
    assert capped == sorted(set(capped))
    assert elapsed == sorted(set(elapsed))
    assert neighbour == sorted(set(neighbour), reverse=True)


def test_root_load_is_served_first_and_costs_guests_time():
    elapsed = [pair(root={"background_cpu": f"{load} %"}) for load in (0, 10, 40)]
    times = [found.of("a").elapsed_ns for found in elapsed]
    assert times == sorted(set(times))
    root = elapsed[2].of("Root")
    assert root.wait_ns == 0  # without costs nothing keeps a root VP from its LP
    assert root.guest_run_ns == pytest.approx(0.4 * elapsed[2].outcome.simulated_ns, rel=0.1)


def test_affinity_keeps_a_vm_on_its_lps():
    busy = [guest("a", 2, always_runnable(2), processor={"affinity": [2]}), guest("b", 2, always_runnable(2))]
    found = run(scenario(S, 4, busy))
    assert [lp.guest_run_ns for lp in found.outcome.lps] == [S, S, S, 0]
    assert found.of("a").guest_run_ns == S
    assert found.of("b").guest_run_ns == 2 * S


def test_a_vm_runs_from_its_start_to_its_stop():
    web = opened(fixed(MS), fixed(10 * MS))
    found = run(scenario(S, 1, [guest("a", 1, web, start="100 ms", stop="350 ms")])).of("a")
    assert (found.guest_run_ns, found.idle_ns, found.suspended_ns) == (249 * MS, MS, 750 * MS)
    assert (found.arrivals, found.completions, found.failed, found.in_system) == (249, 24, 225, 0)


def test_a_run_does_not_wait_for_a_job_that_was_stopped():
    """It ends when the others are done; where there are none, it goes on, as a run without jobs does."""
    stopped = guest("a", 1, always_runnable(), start="100 ms", stop="350 ms")
    assert run(scenario(S, 1, [stopped])).outcome.simulated_ns == S
    for work_ms, end_ms in ((200, 350), (700, 700)):
        job = guest("b", 1, closed(1, work_ms * MS, fixed(MS)))
        assert run(scenario(S, 2, [stopped, job])).outcome.simulated_ns == end_ms * MS


def test_a_thread_limit_bounds_what_runs_at_once():
    gap, service = fixed(MS), fixed(10 * MS)
    limited, free = (
        run(scenario(200 * MS, 8, [guest("a", 8, opened(gap, service, threads=threads))], sample="10 ms"))
        for threads in (3, 0)
    )
    assert limited["logical_processor"].groupby("time_ns").guest_run_ns.sum().max() <= 3 * 10 * MS
    assert free["logical_processor"].groupby("time_ns").guest_run_ns.sum().max() == 8 * 10 * MS
    assert limited.of("a").completions == 3 * 19  # three at a time, each 10 ms, the first at 1 ms
    assert limited.of("a").completions + limited.of("a").in_system == limited.of("a").arrivals == 200
    assert (limited["guest"].processor_queue_length == 0).all()  # they wait outside, not for a VP


def test_round_robin_lets_short_requests_pass_long_ones():
    """One of ten requests is a hundred times as long; with turns, the others need not wait for it."""
    service = {"distribution": "empirical", "values": [*["100 us"] * 9, "10 ms"]}
    fifo, turns = (
        run(
            scenario(
                20 * S,
                1,
                [
                    guest(
                        "a", 1, opened(exponential(2 * MS), service, order=order), guest={"quantum": "100 us"}
                    )
                ],
            )
        ).of("a")
        for order in ("fifo", "round-robin")
    )
    assert turns.response_p50_ns < 0.2 * fifo.response_p50_ns
    assert turns.guest_run_ns == pytest.approx(fifo.guest_run_ns, rel=0.01)


def test_a_guest_quantum_decides_how_long_threads_keep_a_vp():
    """Ten threads with 20 ms each on one VP: the last is done at 200 ms, the first soon only if it may finish."""
    job = closed(10, 200 * MS, fixed(20 * MS), fixed(S))
    first = [
        run(scenario(S, 1, [guest("a", 1, job, guest={"quantum": quantum})], sample="5 ms"))["guest"]
        for quantum in ("30 ms", "1 ms")
    ]
    assert [frame.processor_queue_length[frame.time_ns == 50 * MS].item() for frame in first] == [7, 9]


def test_work_is_done_to_the_last_nanosecond():
    """The last burst is cut, so a job is never more, or less, than its work."""
    found = run(
        scenario(10 * S, 2, [guest("a", 2, closed(3, 123_456_789, exponential(8 * MS), exponential(MS)))])
    )
    assert found.of("a").work_ns == found.of("a").guest_run_ns == 123_456_789


def test_a_wait_is_contention_or_a_waking_lp():
    work = closed(1, S, fixed(5 * MS), fixed(5 * MS))
    costs = FREE | {"lp_wake_up": "2 us"}
    alone = run(scenario(S, 2, [guest("a", 1, work)], costs=costs)).vps.query("partition == 'a'").iloc[-1]
    assert (alone.wake_up_per_dispatch_ns, alone.contention_per_dispatch_ns) == (2_000, 0)
    assert alone.wait_per_dispatch_ns == 2_000
    crowd = [guest(name, 1, always_runnable()) for name in "abc"]
    rows = run(scenario(S, 1, crowd, costs=costs)).vps.query("partition == 'c'").iloc[-1]
    assert rows.contention_per_dispatch_ns == rows.wait_per_dispatch_ns > 15 * MS
    assert rows.wake_up_per_dispatch_ns == 0


def test_no_sibling_is_dispatched_while_a_vm_stops():
    crowd = guest("a", 4, always_runnable(4), stop="103 ms")
    rows = run(scenario(200 * MS, 1, [crowd, guest("b", 1, always_runnable())], trace=["dispatch"]))[
        "dispatch"
    ]
    assert (rows.end_ns > rows.start_ns).all()
    assert (rows.reason == "stopped").sum() == (rows[rows.end_ns == 103 * MS].partition == "a").sum() <= 1


def test_memory_of_a_stopped_vm_goes_to_the_next():
    web = opened(fixed(MS), fixed(100 * US))
    first = guest("first", 1, web, memory="40 GiB", stop="10 ms")
    result = run(scenario(30 * MS, 1, [first, guest("second", 1, web, memory="40 GiB", start="10 ms")]))
    assert result.outcome.warnings == ()
    assert result.of("second").arrivals == 20
    result = run(scenario(30 * MS, 1, [first, guest("second", 1, web, memory="40 GiB", start="9 ms")]))
    assert result.of("second").started is False
    assert "second did not start" in result.outcome.warnings[0]
