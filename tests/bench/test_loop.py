"""CPU time of the loop alone beside other programs that make the same schedule; ratios within one run, shares compared first."""

import importlib.util
import json
import shutil
import statistics
import time

import pytest

from hvecs.engine.build import build
from hvecs.spec import load
from tests.bench.peers import WEIGHTS, InC, by_heapq, by_heapq_lists, by_mesa, by_simpy

S = 1_000_000_000
SIZES = {(8, 4): 60 * S, (64, 16): 60 * S, (512, 64): 20 * S, (2048, 256): 6 * S}
ROUNDS = 5
SHARE = 0.005

SCENARIO = """
[scenario]
name = "loop"
duration = "1 h"
[host]
logical_processors = {lps}
memory = "64 TiB"
limits = "none"
[host.costs]
preset = "none"
[root]
background_cpu = "0 %"
"""
GUEST = """
[[partition]]
name = "g{vp}"
memory = "64 MiB"
processor = {{ weight = {weight} }}
workload = {{ kind = "closed", threads = 1, work = "100 h", compute = {{ distribution = "deterministic", mean = "100 h" }} }}
intercepts = {{ preset = "none" }}
guest = {{ tick = "0 s", quantum = "10 h" }}
"""


def scenario_of(folder, vps, lps):
    """Write the scenario; gives its path."""
    path = folder / f"{vps}.toml"
    guests = "".join(GUEST.format(vp=vp, weight=WEIGHTS[vp % 3]) for vp in range(vps))
    path.write_text(SCENARIO.format(lps=lps) + guests)
    return path


def world_of(folder, vps, lps):
    """Build the world once; a round goes on where the last ended."""
    world = build(load(scenario_of(folder, vps, lps)))
    world.advance(1)
    return world


def hvecs_round(world, end_ns):
    """Run for `end_ns` more; return CPU time (s), dispatches, and run times (ns) of the guests' VPs by this round."""
    w = world.tables
    guests = w.vp_identity.tied_lp < 0
    before = w.vp_times.copy()
    begin_ns = int(w.clock[0].stepped_ns)
    begin = time.process_time()
    world.advance(begin_ns + end_ns)
    spent = time.process_time() - begin
    ran = (w.vp_times.guest_run_ns - before.guest_run_ns)[guests]
    return spent, int((w.vp_times.dispatches - before.dispatches).sum()), ran


def peer_round(peer, vps, lps, end_ns):
    begin = time.process_time()
    ran, dispatches = peer(vps, lps, end_ns)
    return time.process_time() - begin, dispatches, ran


def peers_in(folder):
    """Give the peers that this machine has, by name, each run once."""
    peers = {"heapq": by_heapq, "heapq, run lists": by_heapq_lists}
    if importlib.util.find_spec("simpy"):
        peers["SimPy"] = by_simpy
    if importlib.util.find_spec("mesa"):
        peers["Mesa"] = by_mesa
    if shutil.which("cc"):
        peers["C"], peers["C, run lists"] = InC(folder), InC(folder, "simulate_lists")
    for peer in peers.values():
        peer(8, 4, S)
    return peers


def assert_shares_agree(rounds, end_ns):
    """Every program gives the VPs the same shares, within 0.5 % of an LP in the mean."""
    expected = rounds["heapq"][2]
    for name, (_, _, ran) in rounds.items():
        strays = [abs(int(one) - other) / end_ns for one, other in zip(ran, expected, strict=True)]
        assert statistics.mean(strays) < SHARE, name


@pytest.mark.bench
def test_the_loop_beside_its_peers(tmp_path, record_property):
    peers = peers_in(tmp_path)
    table = {}
    for (vps, lps), end_ns in SIZES.items():
        world = world_of(tmp_path, vps, lps)
        hvecs_round(world, end_ns // 10)
        times = {name: [] for name in ("hvecs", *peers)}
        for _ in range(ROUNDS):
            rounds = {"hvecs": hvecs_round(world, end_ns)}
            rounds |= {name: peer_round(peer, vps, lps, end_ns) for name, peer in peers.items()}
            for name, (spent, _, _) in rounds.items():
                times[name].append(spent)
        assert_shares_agree(rounds, end_ns)
        table[f"{vps}, {lps}"] = {
            name: {
                "ns a dispatch": statistics.median(spent) / rounds[name][1] * 1e9,
                "us a simulated second": statistics.median(spent) / end_ns * 1e15,
            }
            for name, spent in times.items()
        }
    for size, row in table.items():
        ours = row["hvecs"]["us a simulated second"]
        cells = [
            f"{name} {cell['ns a dispatch']:.0f} ns, {cell['us a simulated second'] / ours:.2f}x"
            for name, cell in row.items()
        ]
        print(f"({size}): " + "; ".join(cells))
    record_property("loop", json.dumps(table))
    for size, factor in (("8, 4", 2), ("64, 16", 2), ("2048, 256", 2)):
        row = {name: cell["us a simulated second"] for name, cell in table[size].items()}
        assert row["heapq"] > factor * row["hvecs"]
