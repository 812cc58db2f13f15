"""The cost of an event does not grow with the number of hosts: sixteen hosts in one run against sixteen runs of one of them."""

import statistics
import time

import pytest

from hvecs.engine import simulate
from tests.simulation import MS, S, constant, dynamic, exponential, guest, mib, opened, parsed, scenario

HOSTS = 16
LPS = 16
LONGEST = 1.3
ROUNDS = 3


def _guests(name):
    """Guests with threads, with requests and I/O, and with Dynamic Memory: two VPs an LP."""
    threads = {
        "kind": "closed",
        "threads": 4,
        "work": "100 h",
        "compute": exponential(8 * MS),
        "sleep": exponential(12 * MS),
    }
    requests = opened(exponential(4 * MS), exponential(2 * MS))
    return [
        guest(f"{name}-threads", 4, threads, count=4),
        guest(
            f"{name}-requests",
            2,
            requests,
            count=4,
            io={"per_request": 1},
            processor={"reserve": "10 %", "cap": "80 %"},
        ),
        *(
            dynamic(f"{name}-memory-{n}", 512, constant(400 + n), requests, vps=2, maximum=mib(1024))
            for n in range(4)
        ),
    ]


def _text(hosts, duration_ns):
    names = [f"h{number}" for number in range(hosts)]
    guests = [block | {"host": name} for name in names for block in _guests(name)]
    if hosts == 1:
        guests = [{key: value for key, value in block.items() if key != "host"} for block in guests]
    more = {"root": {"profile": "windows-server-2022"}, "costs": {"preset": "default"}, "sample": "1 s"}
    text = scenario(duration_ns, LPS, guests, **more)
    if hosts > 1:
        text["host"] = [text["host"] | {"name": name} for name in names]
    return parsed(text)


class _Nowhere:
    def write(self, table, columns):
        """Drop it."""


def _cpu_s(hosts, duration_ns):
    found = _text(hosts, duration_ns)
    begin = time.process_time()
    simulate(found, _Nowhere())
    return time.process_time() - begin


@pytest.mark.bench
def test_sixteen_hosts_cost_little_more_than_sixteen_runs_of_one():
    simulate(_text(1, MS), _Nowhere())
    simulate(_text(HOSTS, MS), _Nowhere())
    ratios = []
    for _ in range(
        ROUNDS
    ):  # a half of the single runs on each side of the common one, as the machine has other things to do
        alone = sum(_cpu_s(1, 10 * S) for _ in range(HOSTS // 2))
        many = _cpu_s(HOSTS, 10 * S)
        alone += sum(_cpu_s(1, 10 * S) for _ in range(HOSTS // 2))
        ratios.append(many / alone)
        print(
            f"CPU: {HOSTS} runs of one host {alone:.2f} s, {HOSTS} hosts {many:.2f} s, ratio {ratios[-1]:.2f}"
        )
    ratio = statistics.median(ratios)
    assert ratio <= LONGEST
