"""What an idle root does by itself: settled as a rate, exactly, and holding no guest back."""

import pytest

from tests.simulation import (
    FREE,
    IDLE,
    MS,
    US,
    S,
    always_runnable,
    exponential,
    fixed,
    guest,
    opened,
    run,
    scenario,
)

NO_MIX = {"preset": "none"}
ACTIVE = {"profile": "windows-server-2022"}


def test_an_idle_root_shows_what_was_measured():
    """On 16 LPs, lightly used [WSL issue 6982]."""
    text = scenario(10 * S, 16, [guest("g", 1, IDLE)], root=ACTIVE, costs={"preset": "default"}, sample="1 s")
    rows = run(text)["root_virtual_processor"]
    root = rows.sum(numeric_only=True) / 10
    assert 37_000 <= root.total_intercepts <= 39_000
    assert 10_000 <= root.dispatches <= 16_000
    assert root.hypercalls == pytest.approx(11_800, rel=0.05)
    assert root.msr_accesses == pytest.approx(24_700, rel=0.05)
    assert root.synthetic_interrupts == pytest.approx(1_700, rel=0.05)
    assert rows.wait_per_dispatch_ns.between(3_100, 3_300).all()


def lone(duration, **root):
    """An LP with its root VP: a wake-up each ms, of 2 us to wake, then 9 us, and 5 us more for a HLT at every other one."""
    costs = FREE | {
        "root_wake_up": "2 us",
        "dispatch": "1 us",
        "signal_event": "3 us",
        "msr_access": "2 us",
        "root_hlt": "5 us",
    }
    keys = {
        "idle_wakes": "1000 /s",
        "wake_hypercalls": 2,
        "wake_accesses": 1,
        "wakes_per_hlt": 2,
        "wakes_per_interrupt": 3,
    }
    text = scenario(duration, 1, [guest("g", 1, IDLE)], root=ACTIVE | keys | root, costs=costs)
    result = run(text)
    return result["root_virtual_processor"].iloc[0], result["logical_processor"].iloc[0]


@pytest.mark.parametrize(
    ("ns", "counted", "times_us"),
    [
        (2 * US, (0, 0, 0), (0, 2, 0)),
        (3 * US, (1, 1, 1), (1, 2, 13)),
        (16 * US, (1, 1, 1), (14, 2, 0)),
        (MS, (1, 1, 1), (14, 2, 0)),
        (1003 * US, (2, 1, 1), (14 + 1, 4, 8)),
        (5 * MS, (5, 3, 2), (5 * 9 + 3 * 5, 10, 0)),
    ],
)
def test_each_wake_up_is_counted_and_paid_to_the_nanosecond(ns, counted, times_us):
    """Dispatches, HLT, synthetic interrupts; hypervisor run time, wait, unpaid."""
    vp, lp = lone(ns)
    assert (vp.dispatches, vp.hlt_instructions, vp.synthetic_interrupts) == counted
    assert (vp.signalled_events, vp.msr_accesses) == (2 * vp.dispatches, vp.dispatches)
    assert (vp.hypervisor_run_ns, vp.ready_ns, vp.unpaid_ns) == tuple(each * US for each in times_us)
    busy = (times_us[0] + times_us[1]) * US
    assert vp.idle_ns == lp.idle_ns == ns - busy
    assert lp.hypervisor_run_ns == busy
    assert vp.wait_ns == vp.dispatches * 2 * US


def test_it_holds_no_guest_back():
    """The guest's requests take as long, to the ns, whatever an idle root does."""
    web = guest("web", 1, opened(exponential(MS), exponential(100 * US)), intercepts=NO_MIX)

    def requests(root):
        return run(scenario(5 * S, 2, [web], root=root, costs={"preset": "default"}))["request"]

    assert requests(ACTIVE | {"idle_wakes": "5000 /s"}).equals(requests({}))


def test_a_busy_lp_is_not_woken():
    text = scenario(S, 1, [guest("g", 1, always_runnable(), intercepts=NO_MIX)], root=ACTIVE)
    assert run(text).of("Root").dispatches == 0


def test_it_wakes_no_faster_than_it_can():
    vp, lp = lone(10 * MS, idle_wakes="10000000 /s")
    assert vp.dispatches == pytest.approx(10 * MS / (16 * US), rel=0.01)
    assert lp.idle_ns < 0.2 * 10 * MS


def test_a_root_vp_takes_longer_to_wake_than_one_of_a_guest():
    costs = FREE | {"lp_wake_up": "1 us", "root_wake_up": "7 us"}
    io = {"network": True, "work": fixed(10 * US)}
    web = guest("web", 1, opened(fixed(MS), fixed(100 * US)), io=io, intercepts=NO_MIX, guest={"tick": "0 s"})
    result = run(scenario(S, 2, [web], costs=costs, root={"intercepts": NO_MIX}))
    assert result["virtual_processor"].wait_per_dispatch_ns.item() == US
    assert result["root_virtual_processor"].wait_per_dispatch_ns.dropna().eq(7 * US).all()
    assert result["request"].response_mean_ns.item() == (7 + 10 + 1 + 100) * US


def test_wake_ups_for_which_there_is_no_time_are_counted():
    """One every 10 us is asked for, and each takes 2 + 9 + 5 us and 1 ns: in 16.001 ms 1,000 take place, of 1,600."""
    vp, _ = lone(16_001 * US, idle_wakes="100000 /s")
    assert vp.dispatches == 1000
    assert vp.wakes_skipped == 600
    vp, _ = lone(5 * MS)
    assert vp.wakes_skipped == 0
