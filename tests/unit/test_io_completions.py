"""Completed I/O runs at once, by the priority that its device gives; what does not fit into rings and queues waits or is dropped."""

import pytest

from tests.simulation import (
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

QUIET = {"tick": "0 s"}
NO_MIX = {"preset": "none"}
ROOT = {"virtual_processors": 1, "intercepts": NO_MIX}


def crossing(system=None, **io):
    """One VP; a request of 1.9 ms every 2 ms, whose I/O comes back 501 us after its work, 401 us into the work of the next."""
    path = {"per_request": 1, "work": fixed(US), "completion": fixed(0), "device": fixed(500 * US)} | io
    workload = opened(fixed(2 * MS), fixed(1900 * US))
    block = guest("g", 1, workload, io=path, guest=QUIET | (system or {}), intercepts=NO_MIX)
    request = run(scenario(S, 2, [block], root=ROOT))["request"]
    return request.response_mean_ns.item()


def test_a_completion_pre_empts_the_request_that_runs():
    assert crossing() == 2401 * US


def test_the_thread_of_a_device_without_an_increment_waits_for_its_turn():
    """The next request runs to its end, 1.5 ms later."""
    assert crossing(device_class="other") == 3900 * US


@pytest.mark.parametrize(("quantum", "response"), [("1 ms", 3000 * US), ("300 us", 2401 * US)])
def test_linux_protects_what_runs_until_its_slice_is_over(quantum, response):
    assert crossing({"profile": "linux", "quantum": quantum, "idle_wakes": "0 /s"}) == response


def test_windows_protects_nothing():
    assert crossing({"profile": "windows-server-2022", "idle_wakes": "0 /s"}) == 2401 * US


@pytest.mark.parametrize("seed", [1, 2])
def test_ios_of_a_busy_guest_take_their_own_time_and_no_more(seed):
    """Two VPs at 84 %: two I/Os of 0.13 ms lengthen the response by little more than that."""
    means = []
    for ios in (0, 2):
        block = guest(
            "s", 2, opened(exponential(S / 280), exponential(6 * MS)), guest=QUIET, io={"per_request": ios}
        )
        request = run(scenario(40 * S, 4, [block], seed=seed))["request"]
        means.append(request.response_mean_ns.item())
    assert 0.26 * MS < means[1] - means[0] < 1.5 * MS


def test_io_beyond_the_queue_waits_in_the_guest():
    """An I/O takes 1.001 ms and two requests a ms ask for one: with one place the guest gets one after the other through."""

    def with_depth(depth):
        path = {
            "per_request": 1,
            "work": fixed(US),
            "completion": fixed(0),
            "device": fixed(MS),
            "queue_depth": depth,
        }
        block = guest("g", 1, opened(fixed(MS / 2), fixed(US)), io=path, guest=QUIET, intercepts=NO_MIX)
        return run(scenario(S, 2, [block], root=ROOT))["request"].iloc[0]

    wide, narrow = with_depth(3), with_depth(1)
    assert wide.io_latency_mean_ns == 1001 * US
    assert wide.io_submitted - wide.io_completed == 2
    assert narrow.io_completed == (S - MS / 2 - US) // (1001 * US)
    assert narrow.io_submitted == narrow.io_completed + 1
    assert narrow.io_latency_mean_ns > 200 * MS


@pytest.mark.parametrize("gap", [4 * MS, 2 * MS, MS, 200 * US])
def test_as_many_requests_are_completed_beyond_what_the_device_can_do_as_at_its_edge(gap):
    """Each makes four I/Os at a device that does one in a ms: 250 a second, whatever comes."""
    path = {
        "per_request": 4,
        "work": fixed(US),
        "completion": fixed(0),
        "device": exponential(MS),
        "servers": 1,
    }
    block = guest("g", 1, opened(fixed(gap), fixed(US)), io=path, guest=QUIET, intercepts=NO_MIX)
    request = run(scenario(20 * S, 2, [block], root=ROOT))["request"].iloc[0]
    assert request.completions / 20 == pytest.approx(250, rel=0.05)
    assert request.arrivals == request.completions + request.in_system


def test_first_ios_wait_behind_those_of_requests_that_have_had_one():
    """A request a ms, two I/Os of 1 ms each, one on its way at a time. While the first is done nothing but the second's first waits, at 2 ms; then the
    second I/Os of both come before the firsts of those that have come meanwhile: 1a 2a 1b 2b 3a 4a 3b 4b.
    """
    path = {
        "per_request": 2,
        "work": fixed(US),
        "completion": fixed(0),
        "device": fixed(MS),
        "queue_depth": 1,
    }
    block = guest("g", 1, opened(fixed(MS), fixed(US)), io=path, guest=QUIET, intercepts=NO_MIX)
    rows = run(scenario(13 * MS, 2, [block], root=ROOT, sample="1 ms"))["request"]
    assert rows.completions.tolist() == [0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1]


@pytest.mark.parametrize(("gap", "ring"), [(100 * US, 4), (50 * US, 4), (50 * US, 1), (2 * MS, 4)])
def test_what_finds_the_ring_full_is_dropped_and_counted(gap, ring):
    """A guest of one VP serves 1000/s, whatever comes; one is on the VP, the ring holds the others."""
    path = {"network": True, "ring": ring, "work": fixed(US)}
    block = guest("g", 1, opened(fixed(gap), fixed(MS)), io=path, guest=QUIET, intercepts=NO_MIX)
    request = run(scenario(S, 2, [block], root=ROOT))["request"].iloc[0]
    assert request.arrivals == request.completions + request.dropped + request.in_system
    assert request.arrivals == S // gap
    assert request.in_system <= ring + 1
    if gap > MS:
        assert request.dropped == 0
    elif ring == 4:
        assert request.completions == (S - gap - US) // MS
    else:  # the next comes through the root only once the last is begun
        assert request.completions == pytest.approx(1000, abs=60)


def test_a_ring_without_a_bound_drops_nothing():
    path = {"network": True, "ring": 0}
    block = guest("g", 1, opened(fixed(100 * US), fixed(MS)), io=path, guest=QUIET)
    request = run(scenario(S, 2, [block], root=ROOT))["request"].iloc[0]
    assert request.dropped == 0
    assert request.in_system > 8000


STORM = {"network": True, "per_request": 4}


def storm(rate, costs, seed):
    """Completions of a guest whose I/O competes with busy guests and the root for four LPs."""
    guests = [
        guest("io", 2, opened(exponential(S / rate), exponential(50 * US)), io=STORM, guest=QUIET),
        guest("cpu", 4, always_runnable(4), guest=QUIET),
    ]
    text = scenario(7 * S, 4, guests, costs=costs, root={"background_cpu": "1 %"}, warm_up="1 s", seed=seed)
    return run(text).of("io").completions / 6


@pytest.mark.parametrize(("costs", "least"), [({"preset": "default"}, 0.8), ({"preset": "none"}, 0.99)])
def test_overload_saturates(costs, least):
    """Far beyond what the guest can do its throughput is what it is at the edge; less what the root spends on what it drops."""
    knee = storm(30_000, costs, 1)
    assert storm(100_000, costs, 1) >= least * knee
    assert knee > 2000


def test_a_turn_ends_though_the_root_takes_the_lp_in_the_middle_of_it():
    """On one LP, which the root takes each ms or so, a VP that wakes waits for turns of 10 ms of two others, not for ever."""
    guests = [
        *(guest(name, 1, always_runnable(), guest=QUIET) for name in "ab"),
        guest("web", 1, opened(fixed(100 * MS), fixed(MS)), guest=QUIET),
    ]
    root = {"background_cpu": "20 %", "background_burst": "200 us", "intercepts": NO_MIX}
    request = run(scenario(4 * S, 1, guests, root=root))["request"]
    assert request.completions.item() >= 38
    assert request.response_mean_ns.item() < 60 * MS


def test_an_idle_guest_has_no_requests_to_drop():
    result = run(scenario(S, 1, [guest("g", 1, IDLE)]))
    assert result.of("g").dropped is None
