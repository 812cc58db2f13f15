"""Loads over time as they are simulated: when requests arrive by a profile, what a trace asks for."""

import numpy as np
import pytest

from tests.simulation import MS, S, always_runnable, exponential, fixed, guest, ns, opened, run, scenario

SECONDS = 30


def profile(*points):
    return tuple({"at": ns(at * S), "times": times} for at, times in points)


def traced(times, demand, **more):
    return {
        "kind": "trace",
        "times": [ns(at * S) for at in times],
        "demand": demand,
        "unit": "cpus",
        "burst": fixed(10 * MS),
        **more,
    }


def added(text, column, table="request"):
    """What each sample of the run added."""
    rows = run(text)[table]
    return rows[rows.partition == "web"][column].to_numpy()


@pytest.mark.parametrize("hypervisor", ["hyper-v", "none"])
def test_requests_arrive_by_the_profile(hypervisor):
    """Each second one, but twice as fast from 9.5 s on and not at all from 20 s to 25 s.

    Half of the tenth second passes twice as fast: the tenth arrives at 9.75 s, the next ones at 10.25 s and so on to the thirtieth at
    19.75 s. Half a second of the next has passed then by 20 s, so it arrives at 25.5 s.
    """
    load = opened(fixed(S), fixed(MS), profile=profile((0, 1), (9.5, 2), (20, 0), (25, 1)))
    text = scenario(SECONDS * S, 2, [guest("web", 1, load)], sample="100 ms", hypervisor=hypervisor)
    found = np.cumsum(added(text, "arrivals"))
    times = (0.9, 1.1, 9.7, 9.8, 10.2, 10.3, 19.7, 19.8, 25.4, 25.6, 26.4, 26.6)
    expected = (0, 1, 9, 10, 10, 11, 29, 30, 30, 31, 31, 32)
    assert tuple(found[round(10 * at) - 1] for at in times) == expected


def test_a_poisson_process_follows_its_profile():
    """1,000 and 3,000 arrivals are expected in the halves of 20 s, none between; five standard deviations either way."""
    load = opened(exponential(10 * MS), fixed(1), profile=profile((0, 1), (10, 0), (12, 3)))
    found = added(scenario(22 * S, 1, [guest("web", 1, load)], sample="1 s"), "arrivals")
    assert abs(found[:10].sum() - 1000) < 5 * 1000**0.5
    assert found[10:12].sum() == 0
    assert abs(found[12:].sum() - 3000) < 5 * 3000**0.5


def test_a_trace_asks_for_the_processor_time_that_it_says():
    """Half a processor, one and a half, none, and again: with even bursts to the length of one burst a VP."""
    load = traced((0, 2, 4, 5), (0.5, 1.5, 0), spacing="even", repeat=True)
    busy = added(scenario(10 * S, 2, [guest("web", 2, load)], sample="1 s"), "guest_run_ns", "partition")
    assert busy == pytest.approx([each * S for each in (0.5, 0.5, 1.5, 1.5, 0) * 2], abs=20 * MS)


def test_a_trace_that_ends_leaves_its_guest_idle():
    load = traced((1, 3), (2,), spacing="even", scale=0.5, stretch=2)
    busy = added(scenario(10 * S, 2, [guest("web", 2, load)], sample="1 s"), "guest_run_ns", "partition")
    assert busy == pytest.approx([0, 0, S, S, S, S, 0, 0, 0, 0], abs=20 * MS)


def test_a_trace_with_random_bursts_asks_for_it_in_the_mean():
    """10,000 bursts of 1 ms in 20 s: five standard deviations of their number and lengths, 1.4 % each, either way."""
    load = traced((0, 20), (0.5,)) | {"burst": exponential(MS)}
    busy = added(scenario(20 * S, 2, [guest("web", 2, load)], sample="20 s"), "guest_run_ns", "partition")
    assert busy.sum() == pytest.approx(10 * S, rel=5 * (2 / 10_000) ** 0.5)


def test_per_cent_are_of_all_vps():
    load = traced((0, 2), (50,), spacing="even") | {"unit": "%"}
    busy = added(scenario(2 * S, 4, [guest("web", 4, load)], sample="2 s"), "guest_run_ns", "partition")
    assert busy == pytest.approx([4 * S], abs=40 * MS)


def test_how_time_is_cut_changes_no_arrival():
    load = opened(exponential(3 * MS), fixed(MS), profile=profile((0, 0.5), (0.3, 0), (0.4, 2)))
    guests = [guest("web", 2, load), guest("late", 1, load, start=ns(250 * MS))]
    tables = [
        run(scenario(S, 2, guests, sample="1 s", step=step, trace=["dispatch"]), fused=fused)["dispatch"]
        for step, fused in (("1 s", True), ("7 ms", True), ("50 ms", False))
    ]
    assert len(tables[0]) > 100
    assert tables[0].equals(tables[1])
    assert tables[0].equals(tables[2])


def test_an_event_multiplies_the_profile():
    """From 4 s on at three times the rate of the file, of which the profile takes half from 6 s on."""
    load = {"kind": "open", "rate": "1000 /s", "service": fixed(1000), "profile": profile((0, 1), (6, 0.5))}
    text = scenario(8 * S, 2, [guest("web", 1, load)], sample="2 s")
    text["event"] = [{"at": "4 s", "set": {"partition.web.workload.rate": "3000 /s"}}]
    expected = np.array([2000, 2000, 6000, 3000])
    assert np.all(np.abs(added(text, "arrivals") - expected) < 5 * expected**0.5)


@pytest.mark.parametrize("step", ["10 ms", "1 s"])
def test_a_rate_that_rises_while_a_guest_boots_makes_no_request_of_before(step):
    """The first gap, of minutes at the rate of the file, lies beyond the stop; at that of the event it ends right after the boot, at 3003 ms."""
    load = {"kind": "open", "rate": "0.1 /s", "service": fixed(1000)}
    system = {"boot": "2003 ms", "boot_cpu": "0 s"}
    text = scenario(
        6 * S, 1, [guest("web", 1, load, start="1 s", stop="5 s", guest=system)], sample="1 s", step=step
    )
    text["event"] = [{"at": "500 ms", "set": {"partition.web.workload.rate": "1000 /s"}}]
    rows = run(text)["request"]
    found = rows[rows.partition == "web"].arrivals.to_numpy()
    assert found[:3].sum() == 0
    assert np.all(np.abs(found[3:5] - 1000) < 5 * 1000**0.5)
    assert found[5:].sum() == 0


def test_a_guest_is_idle_by_its_own_clock_while_it_boots_again():
    """Its VP was busy when it was restarted at 1 s; the boot of a second asks for no processor time."""
    block = guest("web", 1, always_runnable(), restart="1 s", guest={"boot": "1 s", "boot_cpu": "0 s"})
    rows = run(scenario(3 * S, 1, [block], sample="500 ms"))["guest"]
    busy = rows[rows.partition == "web"].processor_time_pct.to_numpy()
    assert busy == pytest.approx([100, 100, 0, 0, 100, 100])
