"""Runs of the program held against queues with known averages: no costs, no root load.

Every figure is the mean of independent replications (seeds), after a warm-up, with its standard error. It must lie
within 4 standard errors of the closed form: a correct program with other seeds would fail in 3 of 1000 figures (8
replications, Student's t) or 1 in 1200 (20); these seeds are fixed. Each test also bounds the error itself, so that a
program that is wrong by more than five times that bound cannot pass.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import log

import pytest

from tests.devices import adapter, disk, on_nic, on_volume
from tests.simulation import (
    MS,
    US,
    S,
    closed,
    exponential,
    fixed,
    guest,
    lognormal,
    ns,
    opened,
    run,
    scenario,
)
from tests.statistical.closed_forms import (
    bounded_throughput,
    estimate,
    machine_repairman,
    mg1_response,
    mmc_response,
    processor_sharing_response,
)

SERVICE = MS


@dataclass(frozen=True)
class Effort:
    """How many seeds, how many requests each, and the largest standard error relative to the closed form."""

    seeds: int
    requests: int
    error: float


QUICK = Effort(8, 60_000, 0.012)
LONG = Effort(20, 1_000_000, 0.002)
EFFORTS = pytest.mark.parametrize(
    "effort", [pytest.param(QUICK, id="quick"), pytest.param(LONG, id="long", marks=pytest.mark.statistical)]
)


def agree(values, expected, effort, bias=0.0):
    """Assert that the mean of `values` is the expected one; `bias` is a relative error that the method itself has."""
    found = estimate(values)
    assert found.error <= effort.error * expected
    assert abs(found.mean - expected) <= 4 * found.error + bias * expected


def web(effort, load, service=None, servers=1, quantum=None):
    """Outcomes of an open guest, a replication each; `load` is that of each of its VPs."""
    gap = SERVICE / load / servers
    order = {"order": "round-robin"} if quantum else {}
    workload = opened(exponential(gap), service or exponential(SERVICE), **order)
    block = guest("web", servers, workload, guest={"quantum": ns(quantum or S)})
    duration = gap * effort.requests
    for seed in range(effort.seeds):
        yield run(scenario(duration, servers, [block], warm_up=ns(duration / 50), seed=seed)).of("web")


@EFFORTS
@pytest.mark.parametrize("servers", [1, 2, 4])
def test_poisson_arrivals_and_exponential_service(servers, effort):
    """M/M/1 and M/M/c: Erlang's C."""
    load = 0.7
    expected = mmc_response(load * servers / SERVICE, SERVICE, servers)
    outcomes = list(web(effort, load, servers=servers))
    agree([found.response_mean_ns for found in outcomes], expected, effort)
    busy = [found.guest_run_ns / (found.guest_run_ns + found.idle_ns) for found in outcomes]
    agree(busy, load, effort)


INSTANT = fixed(1)


def through_the_root(effort, load, **io):
    """Outcomes of a guest whose requests need next to nothing of itself; what else they need is `io`."""
    gap = SERVICE / load
    path = {"completion": fixed(0), "device": fixed(0), "work": INSTANT} | io
    block = guest("web", 1, opened(exponential(gap), INSTANT), io=path)
    duration, root = gap * effort.requests, {"virtual_processors": 1}
    for seed in range(effort.seeds):
        times = {"warm_up": ns(duration / 50), "seed": seed}
        yield run(scenario(duration, 2, [block], root=root, **times)).of("web")


@EFFORTS
@pytest.mark.parametrize("load", [0.3, 0.7])
def test_requests_through_one_root_vp(load, effort):
    """The path reduced to one server, the VSP on the only root VP: M/M/1."""
    found = [
        outcome.response_mean_ns
        for outcome in through_the_root(effort, load, network=True, work=exponential(SERVICE))
    ]
    agree(found, mmc_response(load / SERVICE, SERVICE, 1), effort)


@EFFORTS
@pytest.mark.parametrize("servers", [1, 3])
def test_ios_at_a_device(servers, effort):
    """The path reduced to the device: M/M/c, as the requests of a light guest are Poisson."""
    load = 0.7
    time = exponential(SERVICE * servers)
    found = [
        outcome.io_latency_mean_ns
        for outcome in through_the_root(effort, load, per_request=1, device=time, servers=servers)
    ]
    agree(found, mmc_response(load / SERVICE, SERVICE * servers, servers), effort)


@EFFORTS
@pytest.mark.parametrize(("name", "cv"), [("lognormal", 1.5), ("fixed", 0)])
def test_poisson_arrivals_and_any_service(name, cv, effort):
    """M/G/1 in order of arrival: Pollaczek and Khinchine. Rare long requests need more of them, and err more."""
    load = 0.6
    service = {"lognormal": lognormal(SERVICE, cv), "fixed": fixed(SERVICE)}[name]
    enough = Effort(effort.seeds, 3 * effort.requests, 2 * effort.error) if cv else effort
    found = [outcome.response_mean_ns for outcome in web(enough, load, service)]
    agree(found, mg1_response(load / SERVICE, SERVICE, cv), enough)


@EFFORTS
def test_percentiles_of_an_exponential_response(effort):
    """The response of M/M/1 is exponential; the histogram's buckets add up to 0.4 %."""
    load = 0.5
    mean = mmc_response(load / SERVICE, SERVICE, 1)
    outcomes = list(web(effort, load))
    for p in (50, 95, 99):
        found = [getattr(outcome, f"response_p{p}_ns") for outcome in outcomes]
        agree(found, -mean * log(1 - p / 100), effort, bias=0.004)


@EFFORTS
def test_turns_become_processor_sharing_as_the_quantum_shrinks(effort):
    """M/G/1 in turns lies between order of arrival and processor sharing, ever nearer to the latter.

    All quanta see the same requests. A turn of a fiftieth of the mean service is within 1 % of sharing.
    """
    load, cv = 0.6, 1.5
    few = Effort(effort.seeds, effort.requests // 4, 2 * effort.error)
    means = [
        [outcome.response_mean_ns for outcome in web(few, load, lognormal(SERVICE, cv), quantum=quantum)]
        for quantum in (100 * S, 4 * MS, MS, 200 * US, 20 * US)
    ]
    for longer, shorter in pairwise(means):
        assert all(a > b for a, b in zip(longer, shorter, strict=True))
    agree(means[0], mg1_response(load / SERVICE, SERVICE, cv), Effort(few.seeds, few.requests, 3 * few.error))
    agree(means[-1], processor_sharing_response(load / SERVICE, SERVICE), few, bias=0.01)


@EFFORTS
@pytest.mark.parametrize(("threads", "servers"), [(6, 1), (18, 2), (30, 4)])
@pytest.mark.parametrize("native", [False, True], ids=["hosted", "native"])
def test_threads_that_compute_and_sleep(threads, servers, native, effort):
    """The machine-repairman model M/M/c//N, by exact mean value analysis; a server is a VP with an LP to itself."""
    service, think = 8 * MS, 54 * MS
    expected = machine_repairman(threads, servers, service, think)
    block = guest("jobs", servers, closed(threads, 10_000 * S, exponential(service), exponential(think)))
    duration = effort.requests / expected.throughput
    utilisation, response, throughput = [], [], []
    for seed in range(effort.seeds):
        mode = {"hypervisor": "none"} if native else {}
        result = run(scenario(duration, servers, [block], seed=seed, **mode))
        found, job = result.of("jobs"), result["job"].iloc[0]
        throughput.append(job.bursts / duration)
        utilisation.append(found.guest_run_ns / duration / servers)
        response.append(job.queue_wait_per_burst_ns + found.work_ns / job.bursts)
    agree(throughput, expected.throughput, effort)
    agree(utilisation, expected.utilisation, effort)
    agree(response, expected.response, effort)


@EFFORTS
def test_the_number_in_the_system_is_rate_times_response(effort):
    """Little's law on averages: the number seen at samples that fall anywhere, against arrivals and response times."""
    gap, few = SERVICE / 0.7, Effort(effort.seeds, effort.requests, 3 * effort.error)
    text = scenario(
        gap * effort.requests, 1, [guest("web", 1, opened(exponential(gap), exponential(SERVICE)))]
    )
    ratios = []
    for seed in range(effort.seeds):
        text["scenario"] |= {"seed": seed, "sample": ns(71_828_182)}
        result = run(text)
        found = result.of("web")
        product = found.arrivals / result.outcome.measured_ns * found.response_mean_ns
        ratios.append(result["request"].in_system.mean() / product)
    agree(ratios, 1, few)


@pytest.mark.parametrize(("vps", "order"), [(1, "fifo"), (2, "fifo"), (3, "round-robin")])
def test_the_number_in_the_system_is_the_sum_of_responses(vps, order):
    """Little's law on one path, to the nanosecond, at each sample that finds the system empty.

    Requests are in the guest's queue or on a VP, so the time that both were occupied is the sum of response times.
    """
    workload = opened(exponential(MS), exponential(0.6 * vps * MS), order=order)
    block = guest("web", vps, workload, guest={"quantum": "100 us"})
    result = run(scenario(20 * S, vps, [block], sample="7 ms", seed=3))
    requests, mine, vp_times = result["request"], result["guest"], result["partition"]
    vp_times = vp_times[vp_times.partition == "web"].reset_index(drop=True)
    queued = mine.processor_queue_mean * mine.interval_ns
    occupied = (queued + vp_times.guest_run_ns).cumsum()
    responses = (requests.response_mean_ns.fillna(0) * requests.completions).cumsum()
    empty = requests.in_system == 0
    assert empty.sum() > 100
    assert occupied[empty].to_numpy() == pytest.approx(responses[empty].to_numpy(), abs=1)


def test_the_closed_forms_themselves():
    """Each against another way to the same figure."""
    assert mmc_response(0.5, 1, 1) == pytest.approx(1 / (1 - 0.5))
    assert mmc_response(1.5, 1, 2) == pytest.approx(1 / (1 - 0.75**2))
    assert mg1_response(0.5, 1, 1) == pytest.approx(mmc_response(0.5, 1, 1))
    for threads, servers, service, think in [(5, 1, 1, 2), (18, 2, 8, 54), (7, 3, 2, 5)]:
        weight, weights = 1.0, [1.0]
        for n in range(threads):  # the balance between n and n + 1 threads at the servers
            weight *= (threads - n) / think * service / min(n + 1, servers)
            weights.append(weight)
        throughput = sum(min(n, servers) * p for n, p in enumerate(weights)) / service / sum(weights)
        found = machine_repairman(threads, servers, service, think)
        assert found.throughput == pytest.approx(throughput)
        assert found.response == pytest.approx(threads / throughput - think)


SHARED = pytest.mark.parametrize(
    "effort",
    [
        pytest.param(Effort(6, 15_000, 0.03), id="quick"),
        pytest.param(Effort(20, 300_000, 0.005), id="long", marks=pytest.mark.statistical),
    ],
)


@SHARED
@pytest.mark.parametrize(("places", "order"), [(1, "fair"), (3, "fair"), (3, "fifo")])
def test_two_guests_on_one_volume_are_one_stream(places, order, effort):
    """M/M/c with the sum of their rates, whoever is served first: 30 % and 40 % of what the volume serves."""
    rates = [0.3 * places / SERVICE, 0.4 * places / SERVICE]
    blocks = [disk(name, exponential(1 / rate)) for name, rate in zip("ab", rates, strict=True)]
    duration = effort.requests / sum(rates)
    volume = {"parallel": places, "latency": exponential(SERVICE), "order": order}
    means = []
    for seed in range(effort.seeds):
        found = run(on_volume(duration, blocks, volume, seed=seed))["storage"]
        means.append(found.latency_mean_ns.item())
    agree(means, mmc_response(sum(rates), SERVICE, places), effort, bias=0.002)


@SHARED
@pytest.mark.parametrize("load", [0.5, 0.9, 1.0, 1.5, 2.0, 5.0])
def test_a_ring_of_packets_is_a_queue_of_bounded_length(load, effort):
    """M/M/1/K: what the root takes of two guests' packets, in times of its rate; K = 10."""
    work = 100 * US
    gap = 2 * work / load
    io = {"work": exponential(work), "request_size": "0 B", "response_size": "0 B"}
    blocks = [adapter(name, exponential(gap), **io) for name in "ab"]
    duration = effort.requests * work / load
    nic = {"vmq": False, "ring": 10, "packet_cost": "0 s"}
    rates = []
    for seed in range(effort.seeds):
        found = run(on_nic(duration, blocks, nic, seed=seed))["virtual_switch"]
        rates.append(found.packets_received.item() * work / duration)
    agree(rates, bounded_throughput(load, 10), effort, bias=0.001)
