"""SMT and virtual cores: work is spread over cores, by the hypervisor and by guests, and comes to cores that become idle."""

import numpy as np
import pytest

from tests.simulation import MS, S, always_runnable, closed, fixed, guest, run, scenario

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


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("scheduler", ["classic", "core", "root", "none"])
def test_more_load_raises_nobodys_throughput(scheduler, seed):
    """Random always-runnable guests on SMT hosts, costs none; the guest added is named last."""
    rng = np.random.default_rng(seed)
    for _ in range(4):
        host = {"sockets": 1, "cores_per_socket": int(rng.integers(1, 5)), "threads_per_core": 2}
        sizes = [int(n) for n in rng.integers(1, 4, size=rng.integers(2, 6))]
        if scheduler == "none":
            pairs = [one_native(host, sizes[:count]) for count in (len(sizes) - 1, len(sizes))]
            before, after = (
                run(text)["job"].work_ns.sum() / sum(sizes[:n])
                for n, text in zip((len(sizes) - 1, len(sizes)), pairs, strict=True)
            )
            assert after <= 1.01 * before
            continue
        guests = [guest(f"g{i}", n, always_runnable(n)) for i, n in enumerate(sizes)]
        fewer, all_of_them = (
            run(scenario(20 * S, host, of, scheduler=scheduler))["job"].work_ns.to_numpy()
            for of in (guests[:-1], guests)
        )
        gain = all_of_them[:-1] / fewer
        assert gain.mean() <= 1.01


def one_native(host, sizes):
    """The bare machine with one system: its threads are those of all."""
    return scenario(20 * S, host, [guest("g", 1, always_runnable(sum(sizes)))], hypervisor="none")
