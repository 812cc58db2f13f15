"""SMT and virtual cores: work is spread over cores, by the hypervisor and by guests, and comes to cores that become idle."""

import numpy as np
import pytest

from tests.simulation import MS, S, always_runnable, closed, exponential, fixed, guest, run, scenario

SHAPES = {
    "two cores": {"sockets": 1, "cores_per_socket": 2, "threads_per_core": 2},
    "five cores": {"sockets": 1, "cores_per_socket": 5, "threads_per_core": 2},
    "two sockets": {"sockets": 2, "cores_per_socket": 2, "threads_per_core": 2},
    "two nodes": {"sockets": 2, "cores_per_socket": 2, "threads_per_core": 2, "numa_nodes": 2},
}


def cores_of(host):
    return host["sockets"] * host["cores_per_socket"]


def as_many_threads_as_cores(name, host):
    """One guest with a thread for each core, and VPs for each LP; under the core scheduler these are virtual cores."""
    cores = cores_of(host)
    vps = cores if name == "classic by VPs" else 2 * cores
    return guest("g", vps, closed(cores, cores * S, fixed(7 * MS)), memory="1 GiB")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["native", "classic by VPs", "core", "root by VPs"])
def test_busy_threads_have_a_core_each_while_there_are_idle_ones(shape, name):
    host = SHAPES[shape]
    more = {"hypervisor": "none"} if name == "native" else {"scheduler": name.split()[0]}
    if name == "root by VPs":
        name = "classic by VPs"
    result = run(scenario(10 * S, host, [as_many_threads_as_cores(name, host)], **more))
    assert result.of("g").elapsed_ns == pytest.approx(S, abs=20 * MS)


@pytest.mark.parametrize("scheduler", ["classic", "root"])
@pytest.mark.parametrize("rebalance_ms", [1, 10, 200])
def test_a_core_that_becomes_idle_takes_one_of_a_shared_core_in_time(scheduler, rebalance_ms):
    """Of four VPs on two cores, the first and the third to start share one; the others stop."""
    host = SHAPES["two cores"]
    guests = [guest(f"g{i}", 1, always_runnable(), **({"stop": "100 ms"} if i % 2 else {})) for i in range(4)]
    rows = run(
        scenario(
            S,
            host,
            guests,
            scheduler=scheduler,
            scheduling={"rebalance": f"{rebalance_ms} ms"},
            trace=["dispatch"],
        )
    )["dispatch"]
    last = rows[rows.end_ns == S]
    assert sorted(last.lp // 2) == [0, 1]
    assert sorted(last.start_ns) == [0, (100 + rebalance_ms) * MS]


def test_a_native_thread_moves_to_a_core_that_becomes_idle():
    """Of three threads of 1 s two share a core, at half speed as SMT gains nothing here, until the third is done.

    Each has 500 ms left then; 10 ms later, in which they have done 5 ms each, one moves.
    """
    host = SHAPES["two cores"] | {"smt_yield": 1.0}
    native = run(scenario(10 * S, host, [guest("g", 1, closed(3, 3 * S, fixed(S)))], hypervisor="none"))
    assert native.of("g").elapsed_ns == pytest.approx(S + 10 * MS + S // 2 - 5 * MS, abs=MS)


SEEDS = range(3)


@pytest.mark.parametrize("host", range(5))
@pytest.mark.parametrize("scheduler", ["classic", "core", "root", "none"])
def test_more_load_raises_nobodys_throughput(scheduler, host):
    """Always-runnable threads of one code on random SMT hosts, costs none; the guest added is named last. For each guest, in the mean over seeds."""
    rng = np.random.default_rng(host)
    sockets = int(rng.integers(1, 3))
    shape = {"sockets": sockets, "cores_per_socket": int(rng.integers(1, 4)), "threads_per_core": 2}
    shape |= {"numa_nodes": sockets if rng.integers(2) else 1}
    sizes = [int(n) for n in rng.integers(1, 5, size=rng.integers(2, 6))]
    gains = [
        throughput(scheduler, shape, sizes, seed)[: len(sizes) - 1]
        / throughput(scheduler, shape, sizes[:-1], seed)
        for seed in SEEDS
    ]
    assert np.mean(gains, axis=0).max() <= 1.01


def throughput(scheduler, host, sizes, seed):
    """Work done (ns) by each guest in 10 s; on the bare machine, where one system has all the threads, by those of each size."""
    if scheduler == "none":
        guests = [guest("g", 1, busy(sum(sizes)))]
        more = {"hypervisor": "none"}
    else:
        guests = [guest(f"g{i}", n, busy(n)) for i, n in enumerate(sizes)]
        more = {"scheduler": scheduler}
    done = run(scenario(10 * S, host, guests, seed=seed, **more))["job"].work_ns.to_numpy()
    return done if len(done) == len(sizes) else np.array(sizes) * (done[0] / sum(sizes))


def busy(threads):
    return closed(threads, 8_000 * 3_600 * S, exponential(7 * MS))
