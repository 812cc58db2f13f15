"""Random drains, migrations and failures: memory, guests, requests and time are conserved over all hosts, at every sample."""

import random

import numpy as np
import pytest

from components.memory import FREE
from components.migration import COPYING, FAILED, LAST_COPY
from components.partition import SAVED
from components.virtual_processor import CAPPED, NO_CAP, READY, RUNNING
from hvecs.engine.build import build
from tests.host_clusters import agrees_with_the_table_of_migrations, cluster, migrate, of_host
from tests.property.test_conservation import every_nanosecond_has_one_account
from tests.simulation import (
    MS,
    S,
    always_runnable,
    closed,
    constant,
    dynamic,
    exponential,
    guest,
    ns,
    opened,
    parsed,
    run,
)

HOSTS = ("a", "b", "c")
DURATION = 6 * S
ACTIONS = 100


def scenario_of(seed, actions=ACTIONS, *, smt=False):
    """Three small hosts, two of them with SMT if asked for, guests of every kind, a tier over two of them, and so many actions at random times."""
    random.seed(seed)
    load = opened(exponential(4 * MS), exponential(MS)) | {"dirty_rate": "400 MiB/s"}
    busy = always_runnable() | {"dirty_rate": "700 MiB/s"}
    finite = closed(2, 40 * S, exponential(3 * MS), exponential(2 * MS)) | {"dirty_rate": "3 GiB/s"}
    guests = [
        guest(
            "open",
            2,
            load,
            memory="96 MiB",
            io={"per_request": 1, "network": True},
            processor={"reserve": "10 %"},
        ),
        guest("busy", 1, busy, memory="64 MiB", processor={"weight": 300}),
        guest("finite", 2, finite, memory="128 MiB", processor={"cap": "70 %"}, priority="high"),
        dynamic("grows", 64, constant(150), load, maximum="256 MiB", priority="low"),
        guest("tier", 1, {"kind": "idle"}, count=2, memory="64 MiB", host="b"),
        guest("none", 1, load, memory="64 MiB", priority="none"),
        guest("late", 1, load, memory="64 MiB", start="2 s", stop="5 s"),
        guest("saved", 1, busy, memory="64 MiB"),
        guest("started", 1, load, memory="64 MiB"),
    ]
    text = cluster(
        DURATION,
        guests,
        [*events(actions)],
        hosts=HOSTS,
        migration={"blackout": "7 ms", "transfer_cost": "1 ms", "option": "compression", "passes": 3},
        host={
            "memory": "768 MiB",
            "root_reserve": "128 MiB",
            "dynamic_memory": {"period": "50 ms", "first_report": "10 ms"},
            "save_bandwidth": "2 GiB/s",
        },
        costs={"preset": "default"},
        root={"background_cpu": "2 %"},
        sample="50 ms",
        step="1 ms",
        trace=["memory_operation"],
    )
    text["tier"] = [
        {
            "name": "t",
            "rate": "200 /s",
            "service": exponential(2 * MS),
            "guests": ["tier"],
            "retries": 1,
            "timeout": "300 ms",
        }
    ]
    if seed % 2 == 0:
        share_a_network(text)
    if smt:
        schedule_by_core(text)
    return text | {"cluster": {"detection": "25 ms", "restart_delay": "40 ms", "restart_pause": "200 ms"}}


def schedule_by_core(text):
    """Schedule core by core on all hosts, of which two have SMT: there VPs that share no virtual core take a core each."""
    for host in text["host"]:
        host["scheduler"] = "core"
        host["threads_per_core"] = 1 if host["name"] == "b" else 2
        host["logical_processors"] = 4
    for block in text["partition"]:
        if block["name"] in ("finite", "grows"):
            block["processor"] = block.get("processor", {}) | {"threads_per_core": 1}
    text["partition"].append(guest("pair", 2, always_runnable(), memory="64 MiB", host="c"))


def share_a_network(text):
    """Let migrations go by a NIC of which half of the time messages of two guests, that stay where they are, take up both directions."""
    for host in text["host"]:
        host["live_migration"] = host["live_migration"] | {"network": "lan", "buffer": "8 MiB"}
    text["network"] = [{"name": "lan", "bandwidth": "8 Gbit/s", "packet": "64 KiB"}]
    io = {"network": "lan", "request_size": "1 MiB", "response_size": "1 MiB"}
    load = opened(exponential(2 * MS), exponential(MS / 5))
    text["partition"] += [
        guest(f"by-{host}", 1, load, memory="64 MiB", host=host, io=io, priority="none") for host in "ab"
    ]


def events(actions):
    """Actions that each host, and each guest, is ready for, in order of time."""
    states = dict.fromkeys(HOSTS, "up")
    is_on = {"saved": True, "started": True}
    for number in range(actions):
        at = round(DURATION * 0.95 * (number + random.random()) / actions)  # noqa: S311
        if random.random() < 0.2:  # noqa: S311
            name = random.choice(list(is_on))  # noqa: S311
            off = "save" if name == "saved" else "stop"
            yield {"at": ns(at), "action": off if is_on[name] else "start", "partition": name}
            is_on[name] = not is_on[name]
            continue
        if random.random() < 0.4:  # noqa: S311
            yield migrate(at, random.choice(["open", "busy", "finite", "grows", "none"]))  # noqa: S311
            continue
        host = random.choice(HOSTS)  # noqa: S311
        choices = {"up": ["drain", "fail"], "drained": ["undrain", "fail"], "failed": ["recover"]}[
            states[host]
        ]
        action = random.choice(choices)  # noqa: S311
        states[host] = {"drain": "drained", "fail": "failed"}.get(action, "up")
        yield of_host(at, action, host)


def check(world):
    """Hold the frames and the VPs against what is said of guests and hosts."""
    m, w = world.memory, world.tables
    frames, parts, hosts = m.frames, m.partitions, w.layouts.host
    free = np.concatenate([m.free[n.first_frame : n.first_frame + n.free] for n in m.nodes])
    assert np.array_equal(np.sort(free), np.flatnonzero(frames.state == FREE))
    node_host = m.nodes.host[frames.node]
    used = np.zeros(len(frames), np.int64)
    for pages, where in ((m.pages, hosts), (m.there, w.migrations.target)):
        backed = np.flatnonzero(pages > 0)  # those below are on disk
        owners = np.searchsorted(parts.first_page, backed, side="right") - 1
        of = pages[backed] - 1
        used[of] += 1
        assert np.array_equal(frames.owner[of], owners)
        assert np.array_equal(node_host[of], where[owners])
    assert np.array_equal(used, frames.state != FREE)  # each frame has one owner, and is counted once
    residents = [
        w.residents[s.first_resident : s.first_resident + s.residents].tolist() for s in w.host_states
    ]
    assert sorted(row for own in residents for row in own) == list(range(len(parts)))
    assert all(hosts[guest] == host for host, own in enumerate(residents) for guest in own)
    running = np.flatnonzero(w.vps.state == RUNNING)
    assert np.array_equal(w.lp_topology.host[w.vps.lp[running]], hosts[w.vp_identity.owner[running]])
    assert np.array_equal(w.vp_identity.host, hosts[w.vp_identity.owner])
    for s in w.migration_states:
        assert 0 <= s.under_way <= 2
    in_memory = (w.lifetimes.running > 0) & (w.lifetimes.saved != SAVED)
    in_memory[: len(HOSTS)] = False  # the roots
    assert not (w.migration_states.state[hosts[in_memory]] == FAILED).any()
    check_links(w)
    check_demand(w)
    reserves = w.layouts.vps * w.vp_controls.reserve_ns[w.layouts.first_vp]
    for host, s in enumerate(w.host_states):
        held = reserves[(hosts == host) & (w.lifetimes.running > 0) & (w.lifetimes.saved == 0)].sum()
        coming = reserves[(w.migrations.target == host) & (w.migrations.stage >= 2)].sum()
        assert s.reserved_ns == held + coming


def check_demand(w):
    """Hold what is wanted of the LPs of each pool against what its VPs that want to run can use: two LPs where a VP takes a core."""
    identity, controls = w.vp_identity, w.vp_controls
    periods = w.parameters.cap_period_ns[identity.host]
    smt = np.array([w.lp_topology.sibling[host.first_lp] >= 0 for host in w.hosts])
    by_core = smt & (w.policy.name == "core")
    alone = by_core[identity.host] & (identity.fellow < 0) & (identity.tied_lp < 0)
    can_use = np.where(controls.cap_ns == NO_CAP, periods, controls.cap_ns) * (1 + alone)
    assert np.array_equal(controls.want_ns, can_use)
    wants = np.isin(w.vps.state, (READY, RUNNING, CAPPED)) & (controls.pool >= 0)
    wanted = np.bincount(controls.pool[wants], can_use[wants], len(w.affinity_sets))
    assert np.array_equal(w.affinity_sets.wanted_ns, wanted)


def check_links(w):
    """Hold what messages are said to leave of each link against what the migrations by it have."""
    assert (w.migration_ends.pending >= 0).all()
    stages, waits = w.migrations.stage, w.migrations.waits > 0
    sending = np.isin(stages, (COPYING, LAST_COPY)) & ~waits
    for row, x in enumerate(w.migration_links):
        host = (w.migrations.source, w.migrations.target)[row % 2]
        taken = w.migrations.share[sending & (host == row // 2)].sum()
        assert taken <= x.most
        if x.link >= 0:
            assert w.links[x.link].taken == taken


@pytest.mark.parametrize(("seed", "smt"), [(1, False), (2, False), (5, True)])
def test_memory_guests_and_requests_are_conserved_through_a_hundred_drains_and_failures(seed, smt):
    text = scenario_of(seed, smt=smt)
    world = build(parsed(text))
    step, end = 10 * MS, DURATION
    for until in range(step, end + 1, step):
        world.advance(until)
        check(world)
        if world.is_finished():
            break


@pytest.mark.parametrize(("seed", "smt"), [(1, False), (2, False), (5, True)])
def test_time_and_requests_are_conserved_at_every_sample(seed, smt):
    result = run(scenario_of(seed, smt=smt))
    every_nanosecond_has_one_account(result)
    table = result["request"]
    for _, rows in table.groupby("partition"):
        gone = rows.completions + rows.failed + rows.dropped
        assert (rows.arrivals.cumsum() == gone.cumsum() + rows.in_system).all()
    tier = result["tier"]
    assert (tier.arrivals.cumsum() == (tier.completions + tier.failed).cumsum() + tier.in_system).all()
    moves = result["migration"]
    assert set(moves.outcome) >= {"done", "cancelled", "restarted"}
    done = moves[moves.outcome == "done"]
    for _, own in (
        moves[moves.outcome.isin(["done", "restarted", "registered"])]
        .sort_values("time_ns")
        .groupby("partition")
    ):
        assert (own.source.to_numpy()[1:] == own.target.to_numpy()[:-1]).all()  # at one place at a time
    assert (done.bytes_sent >= done.bytes_held).all()
    agrees_with_the_table_of_migrations(result)


@pytest.mark.parametrize("seed", [3, 4])
def test_how_time_is_cut_changes_nothing(seed):
    text = scenario_of(seed, 30)
    text["scenario"]["duration"] = ns(2 * S)
    text["event"] = [each for each in text["event"] if int(each["at"].split()[0]) < 2 * S]
    first = run(text)
    halved = text | {"scenario": text["scenario"] | {"step": "500 us"}}
    assert first.same_as(run(halved))
    assert first.same_as(run(text, fused=False))
