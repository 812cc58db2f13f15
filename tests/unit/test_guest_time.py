"""What a guest measures of itself: its clock stands still for nobody, so waiting for an LP looks like running."""

import pytest

from tests.simulation import FREE, MS, US, S, always_runnable, closed, fixed, guest, opened, run, scenario


def seen_by(name, text):
    """% Processor Time of one guest, as the guest sees it, over the whole run."""
    frame = run(text)["guest"]
    return frame.processor_time_pct[frame.partition == name].item()


def test_a_preempted_vp_looks_busy_to_its_guest():
    """Two guests share one LP: the hypervisor gives each half, and each believes to have it all."""
    guests = [guest(name, 1, always_runnable()) for name in "ab"]
    text = scenario(S, 1, guests)
    assert run(text).of("a").guest_run_ns == S // 2
    assert seen_by("a", text) == 100
    assert seen_by("b", text) == 99  # it had yet to begin in its first 10 ms


def test_a_capped_vp_looks_busy_to_its_guest():
    assert seen_by("a", scenario(S, 2, [guest("a", 1, always_runnable(), processor={"cap": "30 %"})])) == 100


def test_a_vp_that_wakes_looks_idle_until_it_runs():
    """A request of 100 us each ms, behind a wake-up of 300 us and a dispatch of 50 us: the guest sees 10 %."""
    costs = FREE | {"lp_wake_up": "300 us", "dispatch": "50 us"}
    text = scenario(1000 * MS + 500 * US, 1, [guest("a", 1, opened(fixed(MS), fixed(100 * US)))], costs=costs)
    found = run(text).of("a")
    assert (found.guest_run_ns, found.hypervisor_run_ns, found.ready_ns) == (100 * MS, 50 * MS, 300 * MS)
    assert seen_by("a", text) == pytest.approx(100 * 100 / 1000.5)


def test_a_vp_that_waits_behind_another_after_idling_looks_idle():
    """A request each 30 ms waits for the end of the neighbour's slice; of that the guest sees nothing."""
    guests = [guest("a", 1, opened(fixed(30 * MS), fixed(MS))), guest("b", 1, always_runnable())]
    text = scenario(3015 * MS, 1, guests)
    found = run(text).of("a")
    assert found.ready_ns > 50 * MS
    assert seen_by("a", text) == pytest.approx(100 * found.guest_run_ns / (3015 * MS))


def test_a_burst_that_the_root_interrupts_looks_longer_to_its_guest():
    """What the root takes in the midst of a burst is added to the burst."""
    web = opened(fixed(20 * MS), fixed(10 * MS))
    text = scenario(10 * S, 1, [guest("a", 1, web)], root={"background_cpu": "30 %"})
    found = run(text).of("a")
    assert found.ready_ns > 0.1 * found.guest_run_ns
    truly = 100 * found.guest_run_ns / (10 * S)
    assert truly + 5 < seen_by("a", text) <= truly + 100 * found.ready_ns / (10 * S)


def test_a_guest_measures_only_while_it_is_on():
    frame = run(
        scenario(
            S,
            2,
            [guest("a", 2, opened(fixed(MS), fixed(MS)), start="300 ms", stop="700 ms")],
            sample="200 ms",
        )
    )["guest"]
    seen = frame.processor_time_pct.tolist()
    assert seen[1] == pytest.approx(100 * 99 / 200)  # one of two VPs, from 301 ms to 400 ms, of 100 ms on
    assert seen[2:4] == [pytest.approx(50), pytest.approx(50)]
    assert frame.processor_time_pct.isna().tolist() == [True, False, False, False, True]


def test_the_queue_holds_what_has_no_vp():
    """Five threads that never sleep on two VPs: three wait at any time."""
    result = run(scenario(S, 2, [guest("a", 2, always_runnable(5))], sample="130 ms"))
    assert set(result["guest"].processor_queue_length) == {3}
    assert set(result["guest"].processor_queue_mean) == {3.0}


def test_waits_in_the_queue_are_counted_to_the_nanosecond():
    """Three bursts of 10 ms at once on one VP wait 0, 10 and 20 ms."""
    result = run(scenario(S, 1, [guest("a", 1, closed(3, 30 * MS, fixed(10 * MS), fixed(S)))], sample="4 ms"))
    job = result["job"].iloc[0]
    assert (job.bursts, job.queue_wait_ns, job.queue_wait_per_burst_ns) == (3, 30 * MS, 10 * MS)
    assert (result["guest"].processor_queue_mean * result["guest"].interval_ns).sum() == pytest.approx(
        30 * MS
    )
    assert result["guest"].processor_queue_length.tolist() == [2, 2, 1, 1, 0, 0, 0, 0]
