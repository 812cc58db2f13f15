"""The work of closed workloads counts as far as it is done."""

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
    ns,
    run,
    scenario,
)

HUGE = 8_000 * 3_600 * S
QUIET = {"tick": "0 s"}


def work_of(block, duration, **more):
    return run(scenario(duration, 2, [block], **more))["job"].work_ns.item()


def test_a_burst_under_way_counts_as_far_as_it_has_come():
    block = guest("g", 1, closed(1, HUGE, fixed(10 * MS)), guest=QUIET)
    assert work_of(block, 34.5 * MS) == 34.5 * MS


def test_threads_that_wait_for_a_vp_count_too():
    """Two threads on one VP, 3 ms each in turn: at 10 ms the one has done 3 + 3, and the other 3 + 1 of its burst of 100."""
    block = guest("g", 1, closed(2, HUGE, fixed(100 * MS)), guest=QUIET | {"quantum": "3 ms"})
    assert work_of(block, 10 * MS) == 10 * MS


def test_a_thread_that_spins_or_is_parked_counts_what_it_has_done_before():
    """Bursts of 3 ms end with 2 ms inside the lock; at 2.5 ms one is 1.5 ms inside, and the other stands before it."""
    for kind in ("spin", "ticket", "park"):
        lock = {"share": "100 %", "hold": "2 ms", "kind": kind}
        block = guest("g", 2, closed(2, HUGE, fixed(3 * MS)) | {"lock": lock}, guest=QUIET)
        assert work_of(block, 2.5 * MS) == 2.5 * MS + MS


def test_a_stop_counts_it_as_well():
    block = guest("g", 1, closed(1, HUGE, fixed(10 * MS)), guest=QUIET, stop=ns(17 * MS))
    assert work_of(block, 50 * MS) == 17 * MS


@pytest.mark.parametrize("seed", [1, 2])
def test_work_is_guest_time_where_nothing_slows_it(seed):
    block = guest("g", 2, closed(5, HUGE, exponential(7 * MS), exponential(MS)), guest=QUIET)
    found = run(scenario(S + 321 * US, 1, [block], costs=FREE, seed=seed)).of("g")
    assert found.work_ns == found.guest_run_ns


def test_a_ticket_lock_suffers_from_waiters_that_do_not_run():
    """Beside busy VPs that take LPs from some of the guest's, a spin lock goes to whoever runs, a ticket lock waits for the next in order."""

    def work(kind, hogs):
        lock = {"share": "100 %", "hold": "20 us", "kind": kind}
        load = closed(4, HUGE, exponential(200 * US)) | {"lock": lock}
        blocks = [guest("g", 4, load, guest=QUIET, enlightenments={"long_spin_wait": False})]
        if hogs:
            blocks.append(guest("hog", hogs, always_runnable(hogs), guest=QUIET))
        return run(scenario(2 * S, 4, blocks, root={"background_cpu": "1 %"})).of("g").work_ns

    assert work("ticket", 0) == pytest.approx(work("spin", 0), rel=0.02)
    assert work("ticket", 3) < 0.6 * work("spin", 3)
