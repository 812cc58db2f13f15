"""No tick is lost; what it costs to arm a timer; rates without a lid; what an idle system does by itself."""

import pytest

from tests.simulation import (
    FREE,
    IDLE,
    MS,
    US,
    S,
    always_runnable,
    closed,
    fixed,
    guest,
    opened,
    run,
    scenario,
)

NO_MIX = {"preset": "none"}


def counts(result):
    """The counters of the guests' VPs, summed."""
    return result["virtual_processor"].select_dtypes("number").sum()


def one(workload, costs, *, vps=1, duration=S, root=None, **block):
    block = {"intercepts": NO_MIX} | block
    return run(
        scenario(duration, 2, [guest("g", vps, workload, **block)], costs=FREE | costs, root=root or {})
    )


@pytest.mark.parametrize(("tick", "cost"), [(1000, 500), (1572, 880), (1000, 900), (997, 3)])
def test_ticks_due_while_ticks_are_paid_for_lengthen_the_burst(tick, cost):
    """A burst of b takes b / (1 - cost / tick), up to a tick; all ticks of that time are due, and delivered."""
    burst, sleep = 1500 * US, MS
    found = counts(
        one(
            closed(1, 8_000 * 3_600 * S, fixed(burst), fixed(sleep)),
            {"external_interrupt": f"{cost} ns"},
            guest={"tick": f"{tick} ns"},
        )
    )
    busy = found.guest_run_ns + found.hypervisor_run_ns
    stretched = burst / (1 - cost / tick)
    assert busy / S == pytest.approx(stretched / (stretched + sleep), rel=0.005)
    assert found.ticks_due == pytest.approx(busy / tick, rel=0.002)  # a part of a tick at each end of a burst
    assert found.ticks_due == found.ticks_delivered + found.ticks_skipped + found.ticks_backlog
    assert found.hypervisor_run_ns + found.unpaid_ns == cost * found.external_interrupts


@pytest.mark.parametrize(
    ("period", "hlt"), [(100 * US, 270 * US), (MS, 30 * US), (250 * US, 250 * US), (MS, 0)]
)
def test_a_clock_that_ticks_while_idle_loses_no_tick(period, hlt):
    """Whatever falls due on the way to idle, of one period or several: each is due once, and late at the worst, also at the end."""
    found = counts(
        one(
            closed(1, 8_000 * 3_600 * S, fixed(300 * US), fixed(700 * US)),
            {"hlt": f"{hlt} ns"},
            guest={"tick": f"{period} ns", "idle_ticks": True, "tick_backlog": 1000},
        )
    )
    assert S // period - 1 - hlt // period <= found.ticks_due <= S // period
    assert found.ticks_due == found.ticks_delivered + found.ticks_skipped + found.ticks_backlog


@pytest.mark.parametrize("writes", [0, 1, 3])
def test_a_one_shot_clock_is_armed_at_every_tick(writes):
    found = counts(
        one(
            always_runnable(),
            {"msr_access": "440 ns"},
            guest={"tick": "10 ms", "one_shot_ticks": True, "timer_writes": writes},
        )
    )
    assert found.ticks_delivered in {99, 100}
    assert found.msr_accesses == writes * found.ticks_delivered
    assert found.hypervisor_run_ns + found.unpaid_ns == 440 * found.msr_accesses


@pytest.mark.parametrize("writes", [0, 1, 2])
def test_a_sleep_costs_the_arming_of_its_timer(writes):
    workload = closed(1, 8_000 * 3_600 * S, fixed(MS), fixed(9 * MS))
    found = counts(one(workload, {"msr_access": "1 us"}, guest={"tick": "0 s", "timer_writes": writes}))
    assert found.msr_accesses == 100 * writes
    assert found.virtual_interrupts == 100


def test_an_emulated_timer_is_not_armed_by_msr():
    workload = closed(1, 8_000 * 3_600 * S, fixed(MS), fixed(9 * MS))
    found = counts(one(workload, {}, guest={"tick": "0 s"}, enlightenments={"synthetic_timers": False}))
    assert found.msr_accesses == 0
    assert found.io_instructions == 3 * found.virtual_interrupts


def test_intercepts_have_no_lid():
    """Two million a second of guest time, at 250 ns each: half of the VP's time, and no count is lost."""
    found = counts(
        one(
            always_runnable(),
            {"msr_access": "250 ns"},
            intercepts={"preset": "none", "msr": "2000000 /s"},
            guest={"tick": "0 s"},
        )
    )
    assert found.msr_accesses == pytest.approx(found.guest_run_ns / 500, rel=0.02)
    assert found.hypervisor_run_ns + found.unpaid_ns == 250 * found.msr_accesses


IDLE_RATES = {"windows-server-2022": 12 * 20, "windows-server-2012r2": 12 * 64, "linux": 2 * 25, "none": 0}


@pytest.mark.parametrize("profile", IDLE_RATES)
def test_an_idle_system_exits_as_its_profile_says(profile):
    """HLT, the arming of the next timer, and ten more accesses at each wake-up of Windows; a VP wakes in its own phase."""
    result = run(
        scenario(20 * S, 4, [guest("g", 2, IDLE, guest={"profile": profile})], costs={"preset": "default"})
    )
    found = counts(result)
    assert found.total_intercepts / 20 == pytest.approx(2 * IDLE_RATES[profile], rel=0.01)
    assert found.guest_run_ns + found.hypervisor_run_ns < 0.01 * 20 * S
    assert found.virtual_interrupts == found.dispatches
    if profile.startswith("windows"):
        assert 360 <= found.total_intercepts / 20 <= 2400
    if profile == "linux":
        assert 20 <= found.virtual_interrupts / 20 / 2 <= 30


@pytest.mark.parametrize("profile", ["windows-server-2022", "linux"])
def test_an_idle_system_costs_others_its_own_time_and_its_dispatches(profile):
    """A busy VP alone on the only LP: what it loses is what the idle one runs, a switch back for each, and cold caches for as long."""
    costs = {"preset": "default", "nested_paging": "0 %", "interference": "0 %"}

    def ran(system):
        guests = [
            guest("busy", 1, always_runnable(), intercepts=NO_MIX, guest={"tick": "0 s"}),
            guest("idle", 2, IDLE, guest={"profile": system}),
        ]
        result = run(scenario(10 * S, 1, guests, costs=costs))
        return result.of("busy"), result.of("idle")

    alone, nothing = ran("none")
    beside, idle = ran(profile)
    assert nothing.dispatches == nothing.guest_run_ns + nothing.hypervisor_run_ns == 0
    assert idle.dispatches > 100
    own = idle.guest_run_ns + idle.hypervisor_run_ns
    lost = alone.guest_run_ns - beside.guest_run_ns
    assert own < lost <= own + (beside.dispatches + 1) * (1 + 3) * US + idle.dispatches * MS / 1000
    assert beside.guest_run_ns + beside.hypervisor_run_ns + own <= 10 * S


def test_a_busy_vp_is_not_woken_by_the_timers_of_an_idle_system():
    found = counts(
        one(always_runnable(), {}, guest={"profile": "windows-server-2022", "tick": "0 s"}, duration=2 * S)
    )
    assert found.virtual_interrupts == found.msr_accesses == 0


def test_idle_wake_ups_stop_with_the_guest():
    block = guest("g", 1, IDLE, guest={"profile": "linux", "boot": "0 s"}, start="200 ms", stop="600 ms")
    found = run(scenario(S, 1, [block])).of("g")
    assert found.dispatches == 10


def test_requests_keep_an_idle_system_awake():
    """Wake-ups are those of an idle VP: one that serves a request every 10 ms for 9 ms of them has few."""
    system = {"profile": "linux", "tick": "0 s"}
    found = counts(one(opened(fixed(10 * MS), fixed(9 * MS)), {}, guest=system, duration=4 * S))
    assert found.virtual_interrupts < 400 + 30
