"""Page frames: their entities, NUMA nodes, the root and the hypervisor."""

import esper
import numpy as np
import pytest

from components import PageFrame
from components.memory import GUEST, HYPERVISOR, ROOT
from hvecs.engine.build import build
from hvecs.spec.host import Host
from tests.simulation import (
    IDLE,
    MS,
    S,
    always_runnable,
    closed,
    constant,
    dynamic,
    exponential,
    fixed,
    guest,
    mib,
    opened,
    parsed,
    run,
    scenario,
)


def started(guests, **host):
    """A world in which the guests that start at once have started."""
    world = build(parsed(scenario(S, 6, guests, host=host)))
    world.advance(MS)
    return world


def held(world):
    return world.memory.partitions.held.tolist()


def test_every_frame_asked_for_has_an_entity_whose_component_is_its_row():
    world = started([guest("a", 1, IDLE, memory="64 MiB")], memory="1 GiB", root_reserve="128 MiB")
    frame = int(np.flatnonzero(world.memory.frames.owner == 1)[0])
    entity = world.frame_entity(frame)
    assert entity == world.frame_entity(frame) != world.frame_entity(0)
    row = esper.component_for_entity(entity, PageFrame)
    assert (row.owner, row.state) == (1, GUEST)
    world.memory.frames.touched[frame] = 1
    assert row.touched == 1
    assert entity not in np.concatenate(list(world.entities.values()))
    with pytest.raises(IndexError, match="512 page frames"):
        world.frame_entity(512)


@pytest.mark.parametrize("page", ["2 MiB", "4 KiB"])
def test_partitions_hold_what_they_start_with_whatever_the_page(page):
    world = started(
        [guest("a", 1, IDLE, memory="100 MiB"), dynamic("b", 64, constant(10))],
        memory="1 GiB",
        root_reserve="128 MiB",
        page=page,
    )
    m = world.memory
    frame = int(m.parameters[0].page_bytes)
    assert len(m.frames) * frame == 1 << 30
    assert [each * frame // 2**20 for each in held(world)[1:]] == [100, 64]
    roots = np.isin(m.frames.state, [ROOT, HYPERVISOR]).sum()
    assert roots * frame == 128 << 20


def test_the_root_reserve_follows_the_published_formula():
    host = Host(logical_processors=1, memory="64 GiB")
    assert host.root_reserve_bytes == (384 + 30 * 64) * 2**20
    result = run(scenario(S, 1, [guest("a", 1, IDLE)], host={"memory": "64 GiB"}))
    root_mib = result["dynamic_memory_balancer"].root_memory_mib.iloc[0]
    deposited = result["partition"].deposited_pages.sum()
    assert root_mib * 2**20 + -(-deposited // 512) * 2**21 == host.root_reserve_bytes
    assert deposited > 0


def test_available_memory_is_what_nobody_holds():
    result = run(
        scenario(
            S, 1, [guest("a", 1, IDLE, memory="1 GiB")], host={"memory": "8 GiB", "root_reserve": "1 GiB"}
        )
    )
    assert result["dynamic_memory_balancer"].available_memory_mib.tolist() == [6144]


def test_a_guest_gets_the_memory_of_the_node_with_most_of_it_free():
    guests = [guest(name, 1, IDLE, memory="1 GiB") for name in "abc"]
    result = run(scenario(S, 6, guests, host={"memory": "4 GiB", "root_reserve": "0 B", "numa_nodes": 2}))
    vid = result["vid_partition"]
    assert vid.preferred_node.tolist() == [0, 1, 0]
    assert vid.remote_pages.sum() == 0
    assert vid.physical_pages.tolist() == [1 << 18] * 3


def test_a_guest_that_spans_nodes_holds_remote_pages():
    guests = [guest(name, 1, IDLE, memory="1536 MiB") for name in "abc"]
    host = {"memory": "6 GiB", "root_reserve": "0 B", "numa_nodes": 3}
    result = run(scenario(S, 6, [*guests, guest("d", 1, IDLE, memory="1 GiB")], host=host))
    assert result["vid_partition"].remote_pages.tolist() == [0, 0, 0, 1 << 17]
    apart = run(
        scenario(S, 6, [*guests, guest("d", 1, IDLE, memory="1 GiB")], host=host | {"numa_spanning": False})
    )
    assert apart["vid_partition"].remote_pages.sum() == 0
    assert not apart.of("d").started


def test_without_spanning_dynamic_memory_stays_within_the_node():
    hungry = dynamic("a", 1024, constant(4096))
    host = {"memory": "4 GiB", "root_reserve": "0 B", "numa_nodes": 2}
    text = scenario(90 * S, 6, [hungry], step="1 s", host=host)
    assert run(text)["vid_partition"].physical_pages.iloc[-1] == 1 << 20
    text["host"]["numa_spanning"] = False
    result = run(text)
    assert result["vid_partition"].physical_pages.iloc[-1] == 1 << 19
    assert result["vid_partition"].remote_pages.iloc[-1] == 0


@pytest.mark.parametrize(("numa", "remote"), [("auto", 0), ("on", 0), ("off", 1 << 18)])
def test_a_guest_with_virtual_numa_knows_where_its_memory_lies(numa, remote):
    wide = guest("a", 1, IDLE, memory="3 GiB", virtual_numa=numa)
    host = {"memory": "4 GiB", "root_reserve": "0 B", "numa_nodes": 2}
    assert run(scenario(S, 6, [wide], host=host))["vid_partition"].remote_pages.tolist() == [remote]


def test_the_share_of_remote_memory_stands_in_a_column():
    wide = guest("a", 1, IDLE, memory="3 GiB", virtual_numa="off")
    world = started([wide], memory="4 GiB", root_reserve="0 B", numa_nodes=2)
    assert world.memory.partitions.remote_share[1] == pytest.approx(1 / 3)


def test_the_bare_machine_has_memory_too():
    block = guest(
        "a",
        1,
        always_runnable(4),
        memory="512 MiB",
        memory_demand=constant(1024, working_set="100 %", access_rate="400 /s"),
    )
    costs = {"preset": "none", "paging_io": "2 ms"}
    result = run(scenario(10 * S, 1, [block], hypervisor="none", costs=costs))
    assert result["guest"].pages_input.sum() == pytest.approx(10 * 400 / 2, rel=0.1)
    assert result["guest"].committed_bytes.tolist() == [2**30]
    assert "vid_partition" not in result.tables


def test_a_guest_that_does_not_start_has_no_requests_and_no_one_waits_for_its_work():
    first = guest("first", 1, closed(1, S, exponential(MS)), memory="900 MiB")
    late = guest("late", 1, closed(1, S, exponential(MS)), memory="200 MiB", start="2500 ms")
    web = guest("web", 1, opened(exponential(MS), exponential(MS)), memory="200 MiB", start="5 ms")
    host = {"memory": "1 GiB", "root_reserve": "0 B"}
    result = run(scenario(10 * S, 1, [first, late, web], host=host))
    assert result.of("first").elapsed_ns == S
    assert result.outcome.simulated_ns == 2500 * MS
    assert result.of("web").arrivals == 0
    job = result["job"].set_index("partition")
    assert job.started_ns.isna().tolist() == [False, True]


def test_counters_of_pages_agree_with_each_other():
    result = run(
        scenario(
            90 * S, 1, [dynamic("a", 512, constant(700)), guest("b", 1, IDLE, memory=mib(256))], step="1 s"
        )
    )
    part = result["partition"].set_index("partition")
    vid, vm = (
        result["vid_partition"].set_index("partition"),
        result["dynamic_memory_vm"].set_index("partition"),
    )
    assert part.gpa_pages[["a", "b"]].to_dict() == vid.physical_pages.to_dict()
    assert (part.gpa_4k_pages + 512 * part.gpa_2m_pages == part.gpa_pages).all()
    assert vm.physical_memory_mib["a"] * 256 == vid.physical_pages["a"]


def test_code_is_slower_by_the_share_of_its_memory_that_is_remote():
    """Of 3 GiB, two thirds lie on the guest's own node 1. It runs there, or, where another has that LP, on node 0."""
    cost = {"preset": "none", "remote_memory": "60 %"}
    host = {"memory": "4 GiB", "root_reserve": "0 B", "numa_nodes": 2}
    job = closed(1, 10 * S, fixed(MS))
    wide = guest("a", 1, job, memory="3 GiB", virtual_numa="off")
    holder = guest("holder", 1, IDLE, memory="1 GiB", processor={"affinity": [0]})
    busy = guest("busy", 1, always_runnable(), memory="2 MiB", processor={"affinity": [1]})
    home = run(scenario(S, 2, [holder, wide], host=host, costs=cost))
    holder["memory"] = "1022 MiB"
    away = run(scenario(S, 2, [holder, busy, wide], host=host, costs=cost))
    for found, remote_run, missing in ((home, 0, 1 / 3), (away, S, 2 / 3)):
        vp = found["virtual_processor"].query("partition == 'a'").iloc[0]
        assert (vp.guest_run_ns, vp.remote_run_ns) == (S, remote_run)
        assert found.of("a").work_ns == pytest.approx(S / (1 + 0.6 * missing), abs=MS)


def test_a_guest_with_virtual_numa_takes_its_memory_where_its_vps_are():
    """5 GiB on two nodes of 4: half from each, so that others of 1 GiB find theirs on both."""
    host = {"memory": "8 GiB", "root_reserve": "0 B", "numa_nodes": 2}
    guests = [
        guest("wide", 2, IDLE, memory="5 GiB"),
        *(guest(name, 1, IDLE, memory="1 GiB") for name in "ab"),
    ]
    vid = run(scenario(S, 4, guests, host=host))["vid_partition"]
    assert vid.remote_pages.sum() == 0
    assert sorted(vid.preferred_node.tolist()[1:]) == [0, 1]


def test_memory_comes_from_the_node_that_has_most_left():
    """A guest that fits on no node takes what it can from the one where there is more."""
    host = {"memory": "6 GiB", "root_reserve": "0 B", "numa_nodes": 2}
    guests = [guest("a", 1, IDLE, memory="2 GiB"), guest("b", 1, IDLE, memory="1536 MiB")]
    guests.append(guest("late", 1, IDLE, memory="2 GiB", start="500 ms"))
    vid = run(scenario(S, 4, guests, host=host, sample="1 s"))["vid_partition"].set_index("partition")
    assert vid.preferred_node["late"] == 1
    assert vid.remote_pages["late"] == (2048 - 1536) * 256
