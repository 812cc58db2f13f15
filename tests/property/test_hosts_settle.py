"""When migrations, failures, restarts and pauses are over, every guest that is on goes on: nobody waits for what was lost, and time has gone forward."""

import random

import pytest

from tests.host_clusters import cluster, migrate, of_host
from tests.property.test_conservation import every_nanosecond_has_one_account
from tests.simulation import MS, S, closed, exponential, fixed, guest, ns, opened, run

STORM, CALM = 4 * S, 3 * S
GUESTS = ("pages-0", "pages-1", "asks", "messages", "tells")


def scenario_of(seed):
    """Two hosts, one with a slow disk, whose roots are slow; guests that page and are intercepted all the time; for 4 s much happens to them."""
    random.seed(seed)
    pages = {"kind": "constant", "committed": "256 MiB", "access_rate": "300 /s"}
    io = {"work": exponential(20 * MS), "completion": exponential(10 * MS)}
    threads = [closed(number, 1000 * S, fixed(5 * MS)) for number in (1, 2)]
    requests = opened(exponential(20 * MS), exponential(4 * MS))
    guests = [
        guest("pages", 1, threads[0], count=2, memory="128 MiB", memory_demand=pages, io=io),
        guest("asks", 2, requests, memory="128 MiB", memory_demand=pages, io=io | {"per_request": 1}),
        guest("messages", 1, requests, memory="64 MiB", io=io | {"per_request": 2, "notify": "message"}),
        guest(
            "tells",
            2,
            threads[1],
            memory="64 MiB",
            intercepts={"preset": "none", "emulated_devices": "20 /s"},
        ),
    ]
    return cluster(
        STORM + CALM,
        [each | {"host": random.choice("ab")} for each in guests],  # noqa: S311
        list(events()),
        lps=8,
        migration={"blackout": "15 ms"},
        host={"memory": "4 GiB", "root_reserve": "512 MiB"},
        own={
            "a": {"costs": {"preset": "default", "paging_io": "60 ms"}},
            "b": {"costs": {"preset": "default", "paging_io": "1 ms"}},
        },
        root={"intercept_work": exponential(100 * MS)},
        sample="500 ms",
    ) | {"cluster": {"detection": "20 ms", "restart_delay": "40 ms", "restart_pause": "100 ms"}}


def events():
    """Some forty actions, in order; each pause is followed by a resume, each failure by a recovery."""
    at = 100 * MS
    while at < STORM - 200 * MS:
        name, host, draw = random.choice(GUESTS), random.choice("ab"), random.random()  # noqa: S311
        if draw < 0.5:
            yield migrate(at, name)
        elif draw < 0.65:
            yield {"at": ns(at), "action": "restart", "partition": name}
        elif draw < 0.8:
            yield {"at": ns(at), "action": "pause", "partition": name}
            at += random.randrange(60 * MS)  # noqa: S311
            yield {"at": ns(at), "action": "resume", "partition": name}
        else:
            yield of_host(at, "fail", host)
            at += random.randrange(MS, 150 * MS)  # noqa: S311
            yield of_host(at, "recover", host)
        at += random.randrange(MS, 120 * MS)  # noqa: S311


@pytest.mark.parametrize("seed", range(10, 22))
def test_every_guest_goes_on_when_all_is_over(seed):
    result = run(scenario_of(seed))
    every_nanosecond_has_one_account(result)
    last = result.vps[result.vps.time_ns > STORM + CALM - S]
    busy = last[last.partition.isin(("pages-0", "pages-1", "tells"))]  # a VP for each thread
    ran = busy.groupby(["partition", "vp"]).guest_run_ns.sum()
    assert len(ran) == 4
    assert (ran > 0).all(), ran
    request = result["request"]
    gone = request.completions + request.failed + request.dropped
    assert (
        request.arrivals.groupby(request.partition).cumsum()
        == gone.groupby(request.partition).cumsum() + request.in_system
    ).all()
    late = request[request.time_ns > STORM + CALM - S].groupby("partition").completions.sum()
    assert (late > 0).all(), late
