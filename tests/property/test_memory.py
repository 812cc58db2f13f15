"""Memory in random schedules: frames are conserved and have one owner each, bounds hold, results do not depend on the path."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from components import NEVER
from components.memory import BALLOONED, FREE, GUEST, HYPERVISOR, ROOT
from hvecs.engine.build import build
from systems.memory.balloon import balloon_floor
from systems.memory.frames import count_small_pages
from tests.simulation import (
    MS,
    S,
    always_runnable,
    closed,
    constant,
    dynamic,
    exponential,
    guest,
    mib,
    ns,
    opened,
    parsed,
    run,
    scenario,
)

PERIOD = 20 * MS


def demands(draw, most_mib, duration_ns):
    kind = draw(st.sampled_from(["constant", "ramp", "steps", "diurnal"]))
    size = st.integers(0, most_mib).map(mib)
    time = st.integers(1, duration_ns).map(ns)
    more = {
        "working_set": f"{draw(st.integers(0, 100))} %",
        "access": draw(st.sampled_from(["uniform", "zipf"])),
        "access_rate": draw(st.sampled_from(["100 /s", "3000 /s"])),
        "file_cache": draw(size),
    }
    if kind == "constant":
        return {"kind": kind, "committed": draw(size), **more}
    if kind == "ramp":
        return {
            "kind": kind,
            "from": draw(size),
            "to": draw(size),
            "over": draw(time),
            "start": draw(time),
            **more,
        }
    if kind == "diurnal":
        low, high = sorted(draw(st.tuples(st.integers(0, most_mib), st.integers(0, most_mib))))
        return {
            "kind": kind,
            "low": mib(low),
            "high": mib(high),
            "period": "1 min",
            "peak": draw(time),
            **more,
        }
    times = sorted(draw(st.sets(st.integers(0, duration_ns), min_size=1, max_size=5)))
    return {"kind": kind, "steps": [{"at": ns(at), "committed": draw(size)} for at in times], **more}


def evens(low, high):
    """Multiples of 2 MiB."""
    return st.integers(low // 2, high // 2).map(lambda half: 2 * half)


def bounds(duration_ns):
    """What a restart lies between."""
    return ("start", 0), ("stop", duration_ns)


WORK = [
    {"kind": "idle"},
    always_runnable(2),
    closed(3, 80 * MS, exponential(3 * MS), exponential(2 * MS)),
    opened(exponential(4 * MS), exponential(2 * MS)),
]


@st.composite
def hosts(draw):
    duration = draw(st.integers(100 * MS, 500 * MS))
    blocks = []
    for number in range(draw(st.integers(1, 5))):
        demand = demands(draw, 600, duration)
        work = draw(st.sampled_from(WORK))
        if draw(st.integers(0, 3)):
            startup = draw(evens(64, 400))
            block = dynamic(f"g{number}", startup, demand, work, weight=draw(st.integers(0, 10_000)))
            settings_ = block["dynamic_memory"]
            settings_["minimum"] = mib(draw(evens(32, startup)))
            settings_["maximum"] = mib(draw(evens(startup, 1200)))
            settings_["buffer"] = f"{draw(st.integers(5, 300))} %"
        else:
            block = guest(f"g{number}", 1, work, memory=mib(draw(evens(2, 400))), memory_demand=demand)
        block["guest"] = {
            "profile": draw(st.sampled_from(["linux", "windows-server-2022"])),
            "hot_add": draw(st.integers(0, 3)) > 0,
            "boot": draw(st.sampled_from(["0 s", "700 us", "30 ms"])),
        }
        if draw(st.integers(0, 3)) == 0:
            block["guest"]["page_file"] = draw(st.sampled_from(["0 B", "100 MiB"]))
        if draw(st.booleans()):
            start = draw(st.integers(0, duration))
            block["start"] = ns(start)
            if draw(st.booleans()):
                block["stop"] = ns(start + draw(st.integers(1, duration)))
        if draw(st.booleans()):
            first, last = (
                int(block.get(key, f"{default} ns").split()[0]) for key, default in bounds(duration)
            )
            if last - first > 1:
                block["restart"] = ns(draw(st.integers(first + 1, last - 1)))
        blocks.append(block)
    nodes = draw(st.sampled_from([1, 1, 2]))
    return scenario(
        duration,
        2,
        blocks,
        costs={"preset": draw(st.sampled_from(["none", "default"])), "paging_io": "3 ms"},
        step=ns(draw(st.sampled_from([10 * MS, 7_777_777]))),
        sample=ns(draw(st.sampled_from([20 * MS, 33 * MS]))),
        seed=draw(st.integers(0, 100)),
        trace=["memory_operation"],
        host={
            "memory": mib(draw(st.integers(450, 1000))),
            "root_reserve": mib(draw(st.integers(0, 40))),
            "page": draw(st.sampled_from(["2 MiB", "2 MiB", "4 KiB"])),
            "numa_nodes": nodes,
            "numa_spanning": draw(st.booleans()),
            "dynamic_memory": {
                "period": ns(PERIOD),
                "first_report": ns(draw(st.sampled_from([0, 15 * MS, 45 * MS]))),
                "policy": draw(st.sampled_from(["pressure", "weight"])),
                "most_added": mib(draw(st.sampled_from([2, 64, 1024]))),
                "most_removed": mib(draw(st.sampled_from([2, 64, 1024]))),
                "report": ns(draw(st.sampled_from([MS, PERIOD, 50 * MS]))),
                "online": ns(draw(st.sampled_from([0, 3 * MS, 55 * MS]))),
                "surplus": draw(st.sampled_from(["kept", "taken"])),
                "start_policy": draw(st.sampled_from(["retry", "retry", "cluster", "once"])),
                "start_retry": ns(draw(st.sampled_from([7 * MS, PERIOD, 60 * MS]))),
                "start_timeout": ns(draw(st.sampled_from([11 * MS, 2 * PERIOD, S]))),
                "deadband": draw(st.sampled_from(["0 %", "0.5 %", "10 %"])),
            },
        },
    )


def fits(text):
    """Leave out guests that could never start, which are refused."""
    host = text["host"]
    room = int(host["memory"].split()[0]) - int(host["root_reserve"].split()[0])
    room = room if host["numa_spanning"] else room // host["numa_nodes"]
    for block in text["partition"]:
        own = block.get("memory") or block["dynamic_memory"]["startup"]
        if int(own.split()[0]) > room:
            return False
    return True


def plain(kernel):
    """The Python function behind a kernel."""
    return getattr(kernel, "py_func", kernel)


def check(world):
    """Hold the frames against what partitions and nodes say of them."""
    m, w = world.memory, world.tables
    frames, parts = m.frames, m.partitions
    assert not ((frames.state == FREE) ^ (frames.owner == -1)).any()
    assert not ((frames.state == FREE) ^ (frames.page == -1)).any()
    free = np.concatenate([m.free[n.first_frame : n.first_frame + n.free] for n in m.nodes])
    assert len(set(free.tolist())) == len(free)
    assert np.array_equal(np.sort(free), np.flatnonzero(frames.state == FREE))
    assert m.nodes.frames.sum() == len(frames)
    backed = np.flatnonzero(m.pages)
    owners = np.searchsorted(parts.first_page, backed, side="right") - 1
    of = m.pages[backed] - 1
    assert len(set(of.tolist())) == len(of) == len(frames) - len(free)
    assert np.array_equal(frames.owner[of], owners)
    assert np.array_equal(frames.page[of], backed - parts.first_page[owners])
    for row in range(len(parts)):
        p = parts[row]
        own = frames[frames.owner == row]
        held = own[(own.state == GUEST) | (own.state == ROOT)]
        assert p.held == len(held)
        assert p.ballooned == (own.state == BALLOONED).sum()
        assert p.touched == own.touched.sum() <= p.held
        if row:
            away = (held.node != p.preferred_node).sum() if p.virtual_nodes == 1 else 0
            assert p.remote == away
            assert p.visible <= p.most_pages
            out = p.out_blocks * m.parameters[0].block + p.out_pieces
            assert p.held == p.visible - out
            assert 0 <= p.lent <= p.out_blocks * m.parameters[0].block
            small = own[own.state == GUEST].size_class == 1
            remainder = p.visible % m.parameters[0].block
            assert small.sum() + remainder * (p.held > 0) == world_small(world, row)
            if not m.parameters[0].spanning and p.virtual_nodes == 1:
                assert p.remote == 0
    assert (frames.state == HYPERVISOR).sum() == m.state[0].hypervisor_frames
    for d in m.dynamic:
        p = parts[d.owner]
        if p.held:
            assert p.held >= min(d.minimum, p.startup)
            assert p.held <= d.maximum
        else:
            assert d.reports_from_ns == NEVER or not w.lifetimes.running[d.owner]


def world_small(world, row):
    counts = np.zeros(len(world.memory.partitions), np.int64)
    count_small_pages(world.memory, counts)
    return counts[row]


@given(hosts().filter(fits))
@settings(max_examples=60)
def test_frames_are_conserved_and_have_one_owner_after_every_operation(text):
    world = build(parsed(text))
    clock = world.tables.clock[0]
    check(world)
    now = 0
    while now < clock.end_ns and not world.is_finished():
        now = min(now + PERIOD // 2, int(clock.end_ns))
        before = world.memory.partitions.held.copy()
        boots = world.memory.partitions.boots.copy()
        world.advance(now)
        check(world)
        for d in world.memory.dynamic:
            p = world.memory.partitions[d.owner]
            if p.held < before[d.owner] and p.held and p.boots == boots[d.owner]:
                floor = plain(balloon_floor)(world.memory, int(d.owner)) if d.keeps_floor else 0
                assert p.held >= max(d.minimum, floor)


@given(hosts().filter(fits))
@settings(max_examples=25)
def test_both_paths_and_any_step_give_the_same(text):
    fused = run(text)
    assert fused.same_as(run(text, fused=False))
    halved = text | {"scenario": text["scenario"] | {"step": ns(3_333_333)}}
    assert fused.same_as(run(halved))


def test_an_idle_guest_with_its_memory_changes_nothing_for_others():
    work = closed(3, 800 * MS, exponential(3 * MS), exponential(2 * MS))
    busy = guest("busy", 2, work)
    alone = run(scenario(2 * S, 2, [busy]))
    beside = run(scenario(2 * S, 2, [busy, dynamic("idle", 256, constant(100), minimum="32 MiB")]))
    columns = ["time_ns", "vp", "guest_run_ns", "ready_ns", "idle_ns", "dispatches"]
    of_busy = beside["virtual_processor"].query("partition == 'busy'")
    assert alone["virtual_processor"][columns].equals(of_busy[columns])


@st.composite
def steady_hosts(draw):
    """Guests whose demand is the same from 60 s on, with and without enough memory for all."""
    blocks = []
    for number in range(draw(st.integers(2, 5))):
        startup = draw(evens(256, 1024))
        demand = {"kind": "ramp", "from": mib(draw(evens(32, 800))), "to": mib(draw(evens(32, 2000)))}
        demand |= {"over": "10 s", "start": "50 s", "working_set": f"{draw(st.integers(0, 100))} %"}
        block = dynamic(f"g{number}", startup, demand, weight=draw(st.integers(0, 10_000)))
        block["dynamic_memory"]["minimum"] = mib(draw(evens(32, startup)))
        block["dynamic_memory"]["buffer"] = f"{draw(st.integers(5, 100))} %"
        block["guest"]["profile"] = draw(st.sampled_from(["linux", "none"]))
        blocks.append(block)
    started = sum(int(block["dynamic_memory"]["startup"].split()[0]) for block in blocks)
    host = {"memory": mib(started + draw(evens(512, 6000))), "root_reserve": "512 MiB"}
    host["dynamic_memory"] = {
        "policy": draw(st.sampled_from(["pressure", "weight"])),
        "surplus": draw(st.sampled_from(["kept", "taken"])),
        "most_removed": draw(st.sampled_from(["64 MiB", "256 MiB", "1 GiB"])),
    }
    trace = ["memory_operation"]
    return scenario(400 * S, 2, blocks, host=host, step="1 s", sample="100 s", trace=trace)


@given(steady_hosts())
@settings(max_examples=25)
def test_steady_guests_see_no_operation_once_they_have_settled(text):
    """At 64 MiB a second 8 GiB have changed hands 128 s after the last change, at 60 s; from 250 s on nothing moves."""
    operations = run(text).tables["memory_operation"]
    assert len(operations) >= len(text["partition"])
    assert operations[operations.time_ns > 250 * S].empty
