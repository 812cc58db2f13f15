"""SMT and NUMA speed, and where VPs run on hosts with several nodes."""

import pytest

from tests.simulation import MS, S, always_runnable, closed, fixed, guest, run, scenario

NODES = {"sockets": 2, "cores_per_socket": 2, "numa_nodes": 2}
GIB = 2**30


def imbalance(**host):
    """Four busy guests of one VP and one large idle guest, beside which none has room on its node of two LPs."""
    guests = [guest("large", 1, {"kind": "idle"}, memory="30 GiB")]
    guests += [guest(f"g{i}", 1, always_runnable(), memory="1 GiB") for i in range(4)]
    return scenario(S, NODES | host, guests)


def test_spanning_off_keeps_run_time_on_the_node_and_spanning_on_does_not():
    off, on = run(imbalance(numa_spanning=False)), run(imbalance(numa_spanning=True))
    assert (off["virtual_processor"].remote_run_ns == 0).all()
    assert on["virtual_processor"].remote_run_ns.sum() == 2 * S
    busy = off["logical_processor"].set_index("lp").guest_run_ns
    assert busy.loc[[0, 1]].sum() == 0
    assert busy.loc[[2, 3]].sum() == 2 * S


def test_a_balanced_host_runs_every_vp_at_home_even_with_spanning():
    guests = [guest(f"g{i}", 1, always_runnable(), memory="1 GiB") for i in range(4)]
    assert (run(scenario(S, NODES, guests))["virtual_processor"].remote_run_ns == 0).all()


@pytest.mark.parametrize("slower", [0, 30, 100])
def test_remote_memory_costs_its_documented_share_of_speed(slower):
    """VPs that always run remotely do 1 / (1 + cost) of the work of those at home."""
    text = imbalance(numa_spanning=True)
    text["host"]["costs"] = {"preset": "none", "remote_memory": f"{slower} %"}
    result = run(text)
    vps = result["virtual_processor"].set_index("partition")
    work = result["job"].set_index("partition").work_ns
    for name in ("g0", "g1", "g2", "g3"):
        speed = 1 / (1 + slower / 100) if vps.remote_run_ns[name] else 1
        assert work[name] == pytest.approx(speed * S, abs=7 * MS)
    assert (vps.remote_run_ns == S).sum() == 2


@pytest.mark.parametrize("smt_yield", [1.0, 1.31, 2.0])
@pytest.mark.parametrize("hypervisor", ["hyper-v", "none"])
def test_two_busy_siblings_do_the_work_of_smt_yield_and_one_that_of_a_core(smt_yield, hypervisor):
    host = {"sockets": 1, "cores_per_socket": 1, "threads_per_core": 2, "smt_yield": smt_yield}
    for threads in (1, 2):
        work = closed(threads, 1000 * S, fixed(MS))
        result = run(scenario(S, host, [guest("g", 2, work)], hypervisor=hypervisor))
        expected = S if threads == 1 else smt_yield * S
        assert result["job"].work_ns[0] == pytest.approx(expected, abs=2 * MS)


def test_a_guest_too_large_for_a_node_has_vps_on_both():
    """Its VPs are dealt out to the nodes, and each is at home on its own."""
    result = run(scenario(S, NODES, [guest("wide", 4, always_runnable(4), memory="4 GiB")]))
    assert (result["virtual_processor"].remote_run_ns == 0).all()
    assert (result["logical_processor"].guest_run_ns == S).all()


def test_fellows_belong_to_one_node():
    """Six VPs on two nodes: two virtual cores on one, one on the other, none of them cut."""
    host = {"sockets": 2, "cores_per_socket": 2, "threads_per_core": 2, "numa_nodes": 2, "scheduler": "core"}
    result = run(scenario(S, host, [guest("wide", 6, always_runnable(6), memory="4 GiB")]))
    assert (result["virtual_processor"].remote_run_ns == 0).all()


def test_a_guest_that_starts_later_keeps_to_the_node_that_has_become_free():
    guests = [
        guest("a", 1, always_runnable(), memory="24 GiB", stop="100 ms"),
        guest("b", 1, always_runnable(), memory="24 GiB"),
        guest("c", 2, always_runnable(2), memory="24 GiB", start="200 ms"),
    ]
    result = run(scenario(S, NODES | {"numa_spanning": False}, guests))
    vps = result["virtual_processor"]
    assert (vps.remote_run_ns == 0).all()
    assert vps[vps.partition == "c"].guest_run_ns.min() > 0.7 * S
