"""Requests followed one by one: each response equals, to the nanosecond, what a few lines of queueing say of it."""

import heapq
from collections import deque
from itertools import count

import numpy as np
import pytest

from hvecs.engine.streams import stable_id, stream_key
from systems.kernels.philox import uniform
from tests.simulation import FREE, MS, US, S, exponential, guest, ns, opened, run, scenario

SEED = 5
GAP, SERVICE = 900 * US, 800 * US


def drawn(stream, mean):
    """The durations (ns) that the guest "web" draws from a stream, exponential: the inverse of its distribution."""
    key, who = np.uint64(stream_key(SEED, stream)), np.uint64(stable_id("web", "requests", 0))
    for number in count():
        yield max(1, int(-mean * np.log1p(-uniform(key, who, number)) + 0.5))


def requests(until, mean_service):
    """Arrival and work of each request that arrives up to a time."""
    now = 0
    for gap, work in zip(drawn("arrival", GAP), drawn("service", mean_service), strict=False):
        now += gap
        if now > until:
            return
        yield now, work


def in_order_of_arrival(arriving, servers):
    """When each request arrives and leaves, first come first served."""
    free = [0] * servers
    for arrival, work in arriving:
        leaves = max(arrival, heapq.heappop(free)) + work
        heapq.heappush(free, leaves)
        yield arrival, leaves


def in_turns(arriving, quantum):
    """When each request arrives and leaves, if one server gives each a quantum in turn, and a fresh one to whom is alone."""
    coming, waiting, now = deque(arriving), deque(), 0
    while coming or waiting:
        if not waiting:
            now = max(now, coming[0][0])
        while coming and coming[0][0] <= now:
            arrival, work = coming.popleft()
            waiting.append((arrival, work))
        arrival, work = waiting.popleft()
        turn = min(quantum, work)
        now += turn
        while coming and coming[0][0] < now:  # who comes at the end of a turn stands behind whose turn it was
            waiting.append(coming.popleft())
        if turn == work:
            yield arrival, now
        else:
            waiting.append((arrival, work - turn))


def check(result, paths):
    """Compare with the request table, sample by sample."""
    table = result["request"]
    arrivals, leaves = np.array(sorted(paths)).T
    ends = table.time_ns.to_numpy()
    sample = np.searchsorted(ends, leaves)
    within = sample < len(ends)
    completions = np.bincount(sample[within], minlength=len(ends))
    responses = np.bincount(sample[within], (leaves - arrivals)[within], minlength=len(ends))
    assert table.completions.tolist() == completions.tolist()
    assert (
        table.arrivals.tolist() == np.bincount(np.searchsorted(ends, arrivals), minlength=len(ends)).tolist()
    )
    assert (table.response_mean_ns.fillna(0) * table.completions).to_numpy() == pytest.approx(
        responses, abs=1
    )
    assert completions.sum() > 2000


@pytest.mark.parametrize(("vps", "threads"), [(1, 0), (2, 0), (4, 0), (4, 2), (2, 7)])
def test_requests_in_order_of_arrival(vps, threads):
    servers = min(vps, threads or vps)
    workload = opened(exponential(GAP), exponential(SERVICE * servers), threads=threads)
    text = scenario(2 * S, vps, [guest("web", vps, workload)], sample="13 ms", seed=SEED)
    check(run(text), in_order_of_arrival(requests(2 * S, SERVICE * servers), servers))


@pytest.mark.parametrize("quantum", [100 * US, 333_333, 3 * MS])
def test_requests_in_turns(quantum):
    workload = opened(exponential(GAP), exponential(SERVICE), order="round-robin")
    block = guest("web", 1, workload, guest={"quantum": ns(quantum)})
    check(
        run(scenario(2 * S, 1, [block], sample="13 ms", seed=SEED)),
        in_turns(requests(2 * S, SERVICE), quantum),
    )


def test_requests_behind_a_wake_up_and_a_dispatch():
    """A VP that finds the queue empty goes idle, and the next request pays for waking and dispatching it."""
    costs = FREE | {"lp_wake_up": "20 us", "dispatch": "7 us"}
    workload = opened(exponential(GAP), exponential(SERVICE))
    text = scenario(2 * S, 1, [guest("web", 1, workload)], costs=costs, sample="13 ms", seed=SEED)

    def paths():
        free = -1
        for arrival, work in requests(2 * S, SERVICE):
            free = (arrival + 27 * US if arrival >= free else free) + work
            yield arrival, free

    check(run(text), paths())
