"""The bare machine on hosts of any shape: no LP idles beside a thread that waits, whatever the cores and nodes.

Caps, weights and reserves are refused there, and one system's threads take turns by its own quantum; so of the properties of
schedulers it has the conservation of work, and that more load raises nobody's throughput (`test_spreading`).
"""

import heapq
from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulation import (
    MS,
    US,
    S,
    always_runnable,
    closed,
    exponential,
    fixed,
    guest,
    lps_of,
    opened,
    run,
    scenario,
)

SHAPES = st.sampled_from(
    [
        {"logical_processors": 1},
        {"logical_processors": 3},
        {"sockets": 1, "cores_per_socket": 2, "threads_per_core": 2},
        {"sockets": 1, "cores_per_socket": 3, "threads_per_core": 2},
        {"sockets": 2, "cores_per_socket": 2, "numa_nodes": 2},
        {"sockets": 2, "cores_per_socket": 1, "threads_per_core": 2, "numa_nodes": 2},
    ]
)


def native(duration_ns, host, workload, **more):
    return run(scenario(duration_ns, host, [guest("g", 1, workload)], hypervisor="none", **more))


def first_come_first_served(lps, threads, work_ns, burst_ns, sleep_ns):
    """When the last of so much work is done by threads that compute and sleep, each ready one at once on a free LP, or in turn."""
    ready, asleep, running, free, left = deque(), [], [], lps, work_ns
    now = last = 0

    def begin():
        nonlocal left
        if left > 0:
            burst = min(burst_ns, left)
            left -= burst
            ready.append(burst)

    for _ in range(threads):
        begin()
    while ready or asleep or running:
        while ready and free:
            free -= 1
            heapq.heappush(running, now + ready.popleft())
        if running and (not asleep or running[0] <= asleep[0]):
            now = last = heapq.heappop(running)
            free += 1
            if sleep_ns:
                heapq.heappush(asleep, now + sleep_ns)
            else:
                begin()
        else:
            now = heapq.heappop(asleep)
            begin()
    return last


@settings(max_examples=40)
@given(
    SHAPES,
    st.integers(1, 12),
    st.integers(10 * MS, 300 * MS),
    st.integers(50 * US, 12 * MS),
    st.one_of(st.just(0), st.integers(50 * US, 20 * MS)),
)
def test_no_lp_idles_while_a_thread_waits(host, threads, work_ns, burst_ns, sleep_ns):
    """Against a reference, to the nanosecond; the LPs of a core do not slow each other, so that who is where does not matter."""
    work = closed(threads, work_ns, fixed(burst_ns), fixed(sleep_ns) if sleep_ns else None)
    result = native(60 * S, host | {"smt_yield": 2.0}, work)
    lps = lps_of(host)
    assert result.of("g").elapsed_ns == first_come_first_served(lps, threads, work_ns, burst_ns, sleep_ns)
    assert result["logical_processor"].guest_run_ns.sum() == work_ns


@settings(max_examples=20)
@given(SHAPES, st.integers(1, 12), st.sampled_from([1.0, 1.31, 2.0]))
def test_always_runnable_threads_leave_idle_only_lps_beyond_their_number(host, threads, smt_yield):
    """And where there are idle cores no two share one: they do the work of as many cores, or of pairs of siblings."""
    result = native(2 * S, host | {"smt_yield": smt_yield}, always_runnable(threads))
    lps, smt = lps_of(host), host.get("threads_per_core", 1) == 2
    assert result["logical_processor"].idle_ns.sum() == max(0, lps - threads) * 2 * S
    cores = lps // 2 if smt else lps
    shared = max(0, min(threads, lps) - cores)
    alone = min(threads, cores) - shared
    expected = (alone + shared * (smt_yield if smt else 0)) * 2 * S
    assert result["job"].work_ns[0] == pytest.approx(expected, abs=20 * MS)


@settings(max_examples=15)
@given(SHAPES, st.integers(1, 12), st.integers(0, 2**32))
def test_time_is_accounted_for_and_does_not_depend_on_the_step(host, threads, seed):
    work = closed(threads, 300 * MS, exponential(3 * MS), exponential(2 * MS))
    more = {"seed": seed, "sample": "7 ms"}
    usual = native(S, host, work, **more)
    lps = usual["logical_processor"]
    assert (lps.guest_run_ns + lps.idle_ns == lps.interval_ns).all()
    assert native(S, host, work, step="777777 ns", **more).same_as(usual)


@pytest.mark.parametrize("nodes", [2, 4])
def test_requests_of_a_program_go_to_the_node_of_its_memory(nodes):
    """On a nearly idle machine all of them find an LP there, and take the time that they take."""
    web = opened(fixed(10 * MS), fixed(2 * MS))
    host = {"sockets": nodes, "cores_per_socket": 2, "numa_nodes": nodes}
    result = run(scenario(2 * S, host, [guest("web", 1, web, memory="1 GiB")], hypervisor="none"))
    assert set(result["request"].response_mean_ns) == {2 * MS}
    assert (result["logical_processor"].groupby("lp").guest_run_ns.sum() > 0).sum() == 2
