"""Traps: which counter each path moves, what a tick, an interrupt, an idle transition costs, and what an enlightenment saves."""

import numpy as np
import pytest

from components.traps import GPA_MAPS, REP_ELEMENTS
from hvecs.engine.build import build
from systems.hypercalls.continuations import call_for_elements
from systems.kernels.jit import njit
from tests.simulation import (
    FREE,
    IDLE,
    MS,
    US,
    S,
    always_runnable,
    closed,
    exponential,
    fixed,
    guest,
    ns,
    opened,
    parsed,
    run,
    scenario,
)

NO_MIX = {"preset": "none"}
BUSY = closed(3, 300 * MS, exponential(2 * MS), exponential(MS))


def alone(vps=1, workload=BUSY, *, lps=2, duration=S, costs=None, **block):
    """One guest on a host without root load; without a mix of instructions unless told otherwise."""
    block = {"intercepts": NO_MIX} | block
    text = scenario(duration, lps, [guest("g", vps, workload, **block)], costs=costs or {"preset": "default"})
    return run(text)


def counts(result):
    """The counters of the guest's VPs, summed."""
    frame = result["virtual_processor"]
    return frame.select_dtypes("number").sum()


def test_an_idle_transition_is_a_hlt_that_costs_its_price():
    costs = {"preset": "none", "hlt": "6 us"}
    workload = opened(fixed(10 * MS), fixed(MS))
    found = counts(alone(workload=workload, lps=1, costs=costs, guest={"tick": "0 s"}))
    assert found.hlt_instructions == 99  # the request that arrives at the end is still served
    assert found.hypervisor_run_ns == 99 * 6 * US
    assert found.total_intercepts == found.hlt_instructions


def test_a_busy_vp_takes_every_tick():
    found = counts(alone(workload=always_runnable(), guest={"tick": "10 ms"}))
    assert found.ticks_due == found.ticks_delivered == found.synthetic_interrupts
    assert found.ticks_due in {99, 100}
    assert found.ticks_skipped == 0
    assert found.external_interrupts == found.ticks_delivered


def test_a_vp_that_waits_catches_ticks_up_and_skips_the_rest():
    """Two VPs on one LP, 100 ms each in turn: up to ten ticks are missed at a time, three are caught up."""
    guests = [
        guest(name, 1, always_runnable(), guest={"tick": "10 ms", "tick_backlog": 3}, intercepts=NO_MIX)
        for name in "ab"
    ]
    result = run(scenario(10 * S, 1, guests, scheduling={"slice": "100 ms"}))
    found = counts(result)
    assert found.ticks_due == pytest.approx(2000, abs=20)
    assert found.ticks_skipped == pytest.approx(700, abs=20)
    assert found.ticks_due == found.ticks_delivered + found.ticks_skipped + found.ticks_backlog
    partitions = result["partition"].set_index("partition")
    assert partitions.ticks_skipped["a"] + partitions.ticks_skipped["b"] == found.ticks_skipped


def test_an_idle_vps_clock_stands_still_unless_the_guest_keeps_its_ticks():
    still = counts(alone(workload=IDLE))
    ticking = counts(alone(workload=IDLE, guest={"tick": "10 ms", "idle_ticks": True}))
    assert still.ticks_due == still.dispatches == still.total_intercepts == 0
    assert ticking.ticks_due == 100  # the last, at the end, has still to be served
    assert ticking.dispatches == ticking.hlt_instructions == 99
    assert ticking.external_interrupts == 0  # no guest code ran


def test_an_idle_windows_guest_costs_less_than_one_percent_of_a_cpu():
    """As Microsoft states [WSD processor-performance], with its clock ticking on both VPs."""
    result = alone(2, IDLE, duration=10 * S, guest={"idle_ticks": True})
    found = counts(result)
    assert 100 < found.total_intercepts / 10 < 2400
    assert 0 < found.total_run_pct < 1


def test_a_second_interrupt_of_a_kind_coalesces_while_the_first_is_pending():
    """The only LP belongs to another guest for 50 ms at a time; of the requests that arrive meanwhile one interrupts."""
    guests = [
        guest("busy", 1, always_runnable(), intercepts=NO_MIX),
        guest("web", 1, opened(fixed(MS), fixed(10 * US)), intercepts=NO_MIX, guest={"tick": "0 s"}),
    ]
    result = run(scenario(S, 1, guests, scheduling={"slice": "50 ms"}))
    web = result["virtual_processor"].set_index("partition").loc["web"]
    assert web.interrupts_raised == 1000
    assert web.interrupts_coalesced > 900
    assert web.interrupts_raised == web.virtual_interrupts + web.interrupts_coalesced + web.interrupts_pending


LOADED = {"cpuid": "10 /s", "time_readings": "5000 /s", "remote_flushes": "2000 /s", "broadcasts": "1000 /s"}
PATHS = {
    "synthetic_timers": ("io_instructions", "synthetic_interrupts"),
    "reference_tsc": ("msr_accesses", None),
    "apic_assist": ("eoi_accesses", None),
    "flush_hypercall": ("ipis_sent", "remote_flushes"),
    "cluster_ipi": ("msr_accesses", "cluster_ipis"),
}


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_enlightenment_moves_the_counter_that_it_should(name, seed):
    """Off: more of the plain path's counter, none of the enlightened one's, and more hypervisor time, or waiting."""
    text = scenario(
        S,
        4,
        [guest("g", 4, closed(4, 300 * MS, exponential(2 * MS)), intercepts=LOADED, guest={"tick": "1 ms"})],
        costs={"preset": "default"},
        seed=seed,
    )
    on = run(text)
    text["partition"][0]["enlightenments"] = {name: False}
    off = run(text)
    plain, enlightened = PATHS[name]
    assert counts(off)[plain] > 1.1 * counts(on)[plain]
    if enlightened:
        assert counts(on)[enlightened] > 0
        assert counts(off)[enlightened] == 0
    if (
        name == "flush_hypercall"
    ):  # what it costs is the wait for answers, in guest time; while all VPs run that is little
        assert off.of("g").answer_wait_ns > 0 == on.of("g").answer_wait_ns
    else:
        assert off.of("g").hypervisor_run_ns > on.of("g").hypervisor_run_ns
    moved = {plain, enlightened}
    for other in {"cpuid_instructions", "emulated_instructions", "vtl_calls", "heat_hints"} - moved:
        assert counts(off)[other] == pytest.approx(counts(on)[other], rel=0.1)


@pytest.mark.parametrize("seed", range(3))
def test_a_guest_without_enlightenments_is_slower(seed):
    text = scenario(
        2 * S,
        4,
        [guest("g", 4, BUSY, intercepts={"preset": "server"})],
        costs={"preset": "default"},
        seed=seed,
    )
    on = run(text).of("g")
    text["partition"][0]["enlightenments"] = dict.fromkeys(PATHS, False)
    off = run(text).of("g")
    assert off.elapsed_ns > 1.01 * on.elapsed_ns
    assert off.work_ns == on.work_ns


def test_the_stretch_of_a_lone_busy_guest_follows_from_its_counters():
    """Elapsed time is work at the guest's speed, and the hypervisor time that the counters add up to."""
    mix = {"preset": "server"}
    costs = {"preset": "default", "nested_paging": "0 %", "interference": "0 %", "cache_refill": "0 us"}
    found = alone(1, closed(1, S, exponential(3 * MS)), lps=1, duration=5 * S, costs=costs, intercepts=mix)
    vp = counts(found)
    overhead = vp.total_intercepts * vp.total_intercepts_cost_ns + 1 * US * vp.dispatches
    overhead += 3 * US * vp.context_switches
    elapsed = found.of("g").elapsed_ns
    assert elapsed == pytest.approx(S + overhead, abs=10 * US)
    assert elapsed / S > 1.04


def test_an_intercept_for_the_parent_suspends_the_vp_and_costs_root_time():
    mix = {"preset": "none", "emulated_devices": "1000 /s"}
    root = {"background_cpu": "0 %", "intercept_work": fixed(30 * US)}
    text = scenario(S, 2, [guest("g", 1, always_runnable(), intercepts=mix)], root=root)
    result = run(text)
    g = result["virtual_processor"].iloc[0]
    assert g.io_messages == g.io_instructions == g.total_messages
    assert g.io_messages == pytest.approx(
        1000 * g.guest_run_ns / S, abs=10
    )  # those of the last slice are to come
    assert g.io_messages > 900
    assert g.suspended_ns == g.intercepted_ns == result["root_virtual_processor"].guest_run_ns.sum()
    assert g.intercepted_ns == g.io_messages * 30 * US
    assert result["guest"].processor_time_pct.item() == 100  # its clock goes on


def test_messages_for_one_root_vp_wait_for_its_slot():
    """Eight VPs whose messages all go to the only root VP: one that finds the slot full is fetched by an MSR access."""
    mix = {"preset": "none", "emulated_devices": "5000 /s"}
    root = {"background_cpu": "0 %", "virtual_processors": 1, "intercepts": NO_MIX}
    text = scenario(S, 9, [guest("g", 8, always_runnable(8), intercepts=mix)], root=root)
    vp = run(text)["root_virtual_processor"].iloc[0]
    assert 0 < vp.msr_accesses < 200  # the slot is free again once the root VP has been interrupted
    assert vp.guest_run_ns > 0.6 * S


@njit
def _map(w, elements, now):
    call_for_elements(w, 0, GPA_MAPS, elements, now)


def test_a_long_hypercall_is_broken_into_continuations():
    """1 us an entry and 200 ns a page: 245 pages fit into 50 us."""
    text = scenario(S, 1, [guest("g", 1, IDLE)], costs={"preset": "default"})
    w = build(parsed(text)).tables
    _map(w, 1000, 0)
    entries = -(-1000 // 245)
    assert w.trap_counts[0, GPA_MAPS] == entries
    assert w.trap_counts[0, REP_ELEMENTS] == 1000
    assert w.trap_state[0].unpaid_ns == 0
    assert w.trap_state[0].put_off_ns == entries * US + 1000 * 200


def test_a_long_hypercall_holds_up_neither_interrupts_nor_other_work_of_its_vp():
    """The root maps a large guest for 0.25 s of its only VP; another guest's requests come through that VP meanwhile."""
    web = opened(exponential(2 * MS), exponential(200 * US))
    costs = {"preset": "none", "rep_element": "10 us"}
    root = {"background_cpu": "0 %", "virtual_processors": 1, "intercepts": NO_MIX}
    worst = []
    for memory in ("2 MiB", "50 GiB"):
        late = guest("late", 1, IDLE, memory=memory, start="500 ms")
        front = guest("web", 1, web, intercepts=NO_MIX) | {"io": {"network": True}}
        result = run(scenario(1500 * MS, 3, [front, late], costs=costs, root=root, sample="100 ms"))
        worst.append(result["request"].response_p99_ns.max())
        vp = result["root_virtual_processor"]
        assert vp.hypervisor_run_ns.sum() == 10 * US * vp.rep_elements.sum()
        busy = vp.query("time_ns > 600000000 and time_ns < 900000000")
        assert (busy.interrupts_pending + busy.interrupts_coalesced < busy.virtual_interrupts / 2).all()
    assert worst[1] < worst[0] + MS


def test_first_touches_delay_a_guest_and_do_not_stop_it():
    """Between two stays of 50 us the guest runs for as long: 1 GiB touched at once costs 105 ms, and as much work is done meanwhile."""
    demand = {"kind": "constant", "committed": "1 GiB", "access_rate": "1 /s"}
    block = guest("a", 1, always_runnable(), memory="1 GiB", memory_demand=demand, intercepts=NO_MIX)
    costs = {"preset": "none", "page_zeroing": "400 ns"}
    rows = run(scenario(S, 1, [block], costs=costs, sample="10 ms"))["virtual_processor"]
    early = rows.query("time_ns > 20000000 and time_ns < 200000000")
    assert rows.hypervisor_run_ns.sum() == 400 * (1 << 18)
    assert early.guest_run_ns.tolist() == pytest.approx([5 * MS] * len(early), abs=MS)


def test_what_is_owed_is_paid_in_stays_that_let_others_have_a_turn():
    """A mix that costs 7.5 ms each slice: stays of 50 us, between which the root gets its LP."""
    mix = {"preset": "none", "other": "100000 /s"}
    costs = {"preset": "none", "other_intercept": "7.5 us"}
    text = scenario(
        S,
        1,
        [guest("g", 1, always_runnable(), intercepts=mix)],
        costs=costs,
        root={"background_cpu": "10 %", "background_burst": "100 us", "intercepts": NO_MIX},
    )
    result = run(text)
    root = result["root_virtual_processor"].iloc[0]
    assert root.wait_per_dispatch_ns < 50 * US
    assert result.of("g").hypervisor_run_ns > 0.3 * S


def test_rates_are_counted_exactly_whatever_the_guest_time():
    mix = {"preset": "none", "cpuid": "12345.6 /s"}
    vp = counts(alone(1, always_runnable(), costs=FREE, intercepts=mix, duration=7 * S))
    assert vp.cpuid_instructions == pytest.approx(12345.6 * vp.guest_run_ns / S, abs=130)  # of the last slice
    assert vp.total_intercepts == vp.cpuid_instructions + vp.external_interrupts


@pytest.mark.parametrize("load", [0.5, 0.9])
def test_io_latency_grows_as_the_root_fills(load):
    """Each I/O is 100 us of the only root VP; the guests' other times stay what they are."""

    def latency(gap):
        io = {"per_request": 1, "work": exponential(100 * US), "completion": fixed(0), "device": fixed(0)}
        workload = opened(exponential(gap), fixed(1000))
        guests = [guest(f"g{i}", 1, workload, io=io, intercepts=NO_MIX) for i in range(4)]
        root = {"background_cpu": "0 %", "virtual_processors": 1, "intercepts": NO_MIX}
        result = run(scenario(20 * S, 5, guests, root=root))
        requests = result["request"]
        mean = np.average(requests.io_latency_mean_ns, weights=requests.io_completed)
        return mean, result["root_virtual_processor"].guest_run_pct.iloc[0]

    mean, busy = latency(4 * 100 * US / load)
    light, _ = latency(4 * 100 * US / 0.1)
    assert busy == pytest.approx(100 * load, rel=0.05)
    assert mean > light / (1 - load) * 0.75
    assert light == pytest.approx(100 * US / 0.9, rel=0.05)


def test_io_that_a_device_serves_one_at_a_time_waits_in_order():
    io = {"per_request": 1, "work": fixed(1000), "completion": fixed(0), "device": fixed(MS), "servers": 1}
    workload = opened(fixed(3 * MS), fixed(1000))
    alone_at_device = alone(workload=workload, costs=FREE, io=io, lps=2)
    assert alone_at_device["request"].io_latency_mean_ns.item() == MS + 1000
    crowded = alone(workload=opened(fixed(900 * US), fixed(1000)), costs=FREE, io=io, lps=2)
    wide = alone(workload=opened(fixed(900 * US), fixed(1000)), costs=FREE, io=io | {"servers": 2}, lps=2)
    assert crowded["request"].io_latency_mean_ns.item() > 10 * MS
    assert wide["request"].io_latency_mean_ns.item() == MS + 1000


def test_each_io_signals_twice_and_interrupts_both_sides():
    io = {"per_request": 2, "network": True, "completion": fixed(5 * US)}
    result = alone(workload=opened(fixed(5 * MS), fixed(100 * US)), io=io, lps=2)
    request, g, root = (
        result[table].select_dtypes("number").sum()
        for table in ("request", "virtual_processor", "root_virtual_processor")
    )
    assert request.io_submitted == 2 * request.completions == request.io_completed
    assert g.signalled_events == request.io_submitted
    journeys = request.arrivals + request.io_completed  # but for the one under way at the end
    assert root.signalled_events == pytest.approx(journeys, abs=1)
    assert g.virtual_interrupts == pytest.approx(journeys, abs=20)
    assert root.hardware_interrupts == pytest.approx(journeys, abs=1)


def test_a_stopped_guests_requests_are_dropped_on_their_way_back():
    io = {"per_request": 1, "device": fixed(20 * MS)}
    workload = opened(fixed(MS), fixed(100 * US))
    result = run(
        scenario(200 * MS, 2, [guest("g", 1, workload, io=io, stop=ns(50 * MS))], costs={"preset": "default"})
    )
    assert result.of("g").in_system > 10
    assert result["request"].io_completed.sum() < 40


def crowded(**io):
    """A guest that gets its LP for 20 ms at a time, between those of another; a request arrives every 100 us."""
    path = {"network": True, "work": fixed(1000)} | io
    guests = [
        guest("busy", 1, always_runnable(), intercepts=NO_MIX),
        guest("web", 1, opened(fixed(100 * US), fixed(1000)), io=path, intercepts=NO_MIX),
    ]
    for block in guests:
        block["processor"] = {"affinity": [1]}
    root = {"background_cpu": "0 %", "intercepts": NO_MIX, "virtual_processors": 1}
    costs = {"preset": "none", "msr_access": "440 ns"}
    result = run(scenario(S, 2, guests, root=root, scheduling={"slice": "20 ms"}, costs=costs))
    web = result["virtual_processor"].set_index("partition").loc["web"]
    return result["request"].iloc[0], web, result["root_virtual_processor"].select_dtypes("number").sum()


def test_an_event_flag_needs_no_buffer():
    request, web, root = crowded()
    assert root.signalled_events == pytest.approx(request.arrivals, abs=1)
    assert root.posted_messages == root.message_errors == 0
    assert web.interrupts_coalesced > 0.5 * request.arrivals


def test_messages_wait_for_their_slot_and_are_refused_without_a_buffer():
    """Nothing is lost: what was refused is posted again, and every message takes the slot by itself."""
    request, web, root = crowded(notify="message")
    assert root.signalled_events == 0
    assert root.message_errors > 1000
    assert root.posted_messages - root.message_errors == pytest.approx(request.arrivals, abs=400)
    assert web.interrupts_coalesced == 0
    assert web.msr_accesses > 0.5 * request.arrivals  # ends of messages, as another waited
    assert request.completions > 0.95 * request.arrivals
    _, _, wide = crowded(notify="message", buffers=1000)
    assert wide.message_errors == 0


@pytest.mark.parametrize("vps", [2, 4, 16, 256])
def test_a_busy_vp_with_the_mix_of_a_server_is_in_the_hypervisor_as_long_as_was_measured(vps):
    """9.4 to 17.2 % of the run time of VPs of a production host, median 10.3 % [windows_exporter pull 150]."""
    text = scenario(
        200 * MS,
        vps,
        [
            guest(
                "g",
                vps,
                always_runnable(vps),
                intercepts={"preset": "server"},
                guest={"profile": "windows-server-2022"},
            )
        ],
        costs={"preset": "default"},
    )
    found = run(text).of("g")
    share = found.hypervisor_run_ns / (found.guest_run_ns + found.hypervisor_run_ns)
    assert 0.094 <= share <= 0.172


def test_a_busy_root_is_in_the_hypervisor_as_long_as_was_measured():
    """4.5 % of its run time [windows_exporter issue 205], dispatches and idle transitions left aside."""
    costs = {"preset": "default", "dispatch": "0 s", "context_switch": "0 s", "root_hlt": "0 s"}
    root = {"background_cpu": "50 %", "background_burst": "5 ms"}
    found = run(scenario(10 * S, 2, [guest("g", 1, IDLE)], costs=costs, root=root)).of("Root")
    assert found.hypervisor_run_ns / (found.guest_run_ns + found.hypervisor_run_ns) == pytest.approx(
        0.045, abs=0.005
    )
