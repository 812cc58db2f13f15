"""`hvecs show topology`: sockets and LPs, which VPs may run where, and what is promised to them."""

from collections.abc import Iterable, Mapping
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.options import Changes, change_options, json_option, talk_options
from hvecs.cli.scenarios import read_scenario
from hvecs.cli.text import aligned, digits, percent
from hvecs.spec import Partition, Scenario
from hvecs.spec.one_host import OneHost, one_by_one
from hvecs.spec.placement import placement
from hvecs.spec.topology import root_lps

_GIB = 2**30
_ANY = "any"
_LPS_A_ROW = 16


@click.command("topology")
@click.argument("file", metavar="SCENARIO", type=click.Path(path_type=Path))
@change_options
@json_option
@talk_options
def command(file: Path, changes: Changes, *, as_json: bool) -> None:
    """Print the LPs of a host, and who may run where.

    Sockets with their LPs and root VPs, CPU groups, the LPs and shares of each guest, what is reserved and what memory is left. Several
    hosts stand one under another, each with the guests that are on it when they are started first.
    """
    topology = describe(read_scenario(file, changes))
    if as_json:
        print_json(topology)
    else:
        hosts = topology.get("hosts", [topology])
        print_answer("\n\n\n".join(map(_text, hosts)))


def describe(scenario: Scenario) -> dict[str, Any]:
    """Give sockets, CPU groups, guests and totals of the host as plain data, of several `hosts` each with its name; an empty list of LPs means any."""
    if len(scenario.hosts) == 1:
        return _described(scenario)
    hosts = one_by_one(scenario, placement(scenario))
    return {
        "hosts": [{"name": one.name} | _described(one.scenario, _blocks_of(scenario, one)) for one in hosts]
    }


def _blocks_of(scenario: Scenario, one: OneHost) -> dict[str, str]:
    """Give what the guests of each block on a host are called together, by the names of the blocks of that host alone: web-0,2-4."""
    found = {}
    for index, pieces in groupby(zip(one.blocks, one.scenario.partition, strict=True), lambda each: each[0]):
        block, names = scenario.partition[index], [piece.name for _, piece in pieces]
        if names == [block.name]:
            found[block.name] = block.name
            continue
        numbers = [int(name.removeprefix(f"{block.name}-")) for name in names]
        found |= dict.fromkeys(names, f"{block.name}-{spans(numbers)}")
    return found


def _described(scenario: Scenario, called: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Give the same of the only host of a scenario; blocks that are `called` the same are one."""
    host = scenario.host
    groups = {group.name: group for group in host.cpu_group}
    reserved = sum(b.guests * b.virtual_processors * b.processor.reserve for b in scenario.partition) / 100
    roots = [] if host.hypervisor == "none" else root_lps(scenario)
    places = _places(scenario)
    return {
        "lps": host.lps,
        "sockets": [
            list(range(first, first + host.lps_per_socket))
            for first in range(0, host.lps, host.lps_per_socket)
        ],
        "threads_per_core": host.threads_per_core,
        "scheduler": "no" if host.hypervisor == "none" else host.scheduler_used,
        "root_vps": len(roots),
        "root_lps": roots,
        "cpu_groups": [
            {"name": g.name, "lps": list(g.logical_processors), "cap_pct": g.cap} for g in host.cpu_group
        ],
        "guests": _together(
            [_guest(block, groups) | places.get(block.name, {}) for block in scenario.partition], called or {}
        ),
        "vps": sum(block.guests * block.virtual_processors for block in scenario.partition),
        "reserved_lps": reserved,
        "numa_nodes": host.numa_nodes,
        "numa_spanning": host.numa_spanning,
        "memory_bytes": host.memory,
        "root_reserve_bytes": 0 if host.hypervisor == "none" else host.root_reserve_bytes,
        "guest_memory_bytes": sum(block.guests * block.startup_memory for block in scenario.partition),
    }


def _together(guests: Iterable[dict[str, Any]], called: Mapping[str, str]) -> list[dict[str, Any]]:
    """Join guests that are called the same: their number, and the nodes and LPs of all."""
    found: dict[str, dict[str, Any]] = {}
    for guest in guests:
        name = called.get(guest["name"], guest["name"])
        before = found.get(name)
        if before is None:
            found[name] = guest | {"name": name}
            continue
        before["count"] += guest["count"]
        for key in ("nodes", "lps"):
            if key in before:
                before[key] = sorted({*before[key], *guest.get(key, ())})
    return list(found.values())


def _places(scenario: Scenario) -> dict[str, dict[str, list[int]]]:
    """Give the NUMA nodes on which the VPs of each block's guests belong, and where they keep to them their LPs.

    Nothing where there is one node.
    """
    if scenario.host.numa_nodes == 1 or scenario.host.hypervisor == "none":
        return {}
    # the plan takes numpy, which most hosts need not wait for
    from hvecs.engine.numa import place_on_nodes  # noqa: PLC0415
    from hvecs.engine.planning import plan_partitions  # noqa: PLC0415

    plans = {plan.name: plan for plan in place_on_nodes(scenario.host, plan_partitions(scenario))}
    found: dict[str, dict[str, set[int]]] = {}
    for guest in scenario.guests():
        place = found.setdefault(guest.block.name, {"nodes": set()})
        for vp in plans[guest.name].vps:
            place["nodes"].add(vp.node)
            if not scenario.host.numa_spanning:
                place.setdefault("lps", set()).update(vp.lps)
    return {name: {key: sorted(of) for key, of in place.items()} for name, place in found.items()}


def _guest(block: Partition, groups: dict[str, Any]) -> dict[str, Any]:
    processor = block.processor
    of_group = groups[processor.group].logical_processors if processor.group else ()
    return {
        "name": block.name,
        "count": block.guests,
        "vps": block.virtual_processors,
        "lps": sorted(processor.affinity or of_group),
        "group": processor.group,
        "reserve_pct": processor.reserve,
        "cap_pct": processor.cap,
        "weight": processor.weight,
        "memory_bytes": block.startup_memory,
    }


def _text(topology: dict[str, Any]) -> str:
    name = [f"host {topology['name']}"] if "name" in topology else []
    parts = ["\n".join([*name, *_sockets(topology)])]
    if topology["cpu_groups"]:
        head = ("CPU group", "LPs", "cap %")
        rows = [(g["name"], spans(g["lps"]), percent(g["cap_pct"])) for g in topology["cpu_groups"]]
        parts.append(aligned([head, *rows], right={2}))
    several = topology["numa_nodes"] > 1
    titles = (
        "guests",
        "count",
        "VPs",
        "on LPs",
        "reserve %",
        "cap %",
        "weight",
        "GiB",
        *(["nodes"] * several),
    )
    table = [
        (
            guest["name"] + (f" ({guest['group']})" if guest["group"] else ""),
            *(str(guest[key]) for key in ("count", "vps")),
            spans(guest["lps"]),
            *(percent(guest[key]) for key in ("reserve_pct", "cap_pct")),
            str(guest["weight"]),
            digits(guest["memory_bytes"] / _GIB),
            *([spans(guest.get("nodes", []))] * several),
        )
        for guest in topology["guests"]
    ]
    if table:
        parts.append(aligned([titles, *table], right={1, 2, 4, 5, 6, 7}))
    parts.append(_totals(topology))
    return "\n\n".join(parts)


def _sockets(topology: dict[str, Any]) -> Iterable[str]:
    """Draw the cores of each socket and NUMA node, a bracket a core; R where a root VP is tied to the LP."""
    wide, node_wide = len(str(topology["lps"] - 1)), 9 if topology["numa_nodes"] > 1 else 0
    per_node, threads = topology["lps"] // topology["numa_nodes"], topology["threads_per_core"]
    for number, lps in enumerate(topology["sockets"]):
        for node, of_node in groupby(lps, key=lambda lp: lp // per_node):
            cores = _in_runs(of_node, threads)
            for first in range(0, len(cores), _LPS_A_ROW // threads):
                name = f"socket {number}" if first == 0 and node * per_node <= lps[0] else ""
                at = f"node {node}" if first == 0 and topology["numa_nodes"] > 1 else ""
                row = cores[first : first + _LPS_A_ROW // threads]
                yield f"{name:<10}{at:<{node_wide}}" + " ".join(_core(core, topology, wide) for core in row)
    if topology["root_lps"]:
        yield f"{'':<10}R: a root VP is tied to the LP and served there at once"
    else:
        yield f"{'':<10}no hypervisor: the guest's threads run on all LPs, whatever its VPs"
    yield f"{'':<10}{_scheduler(topology)}"


def _in_runs(lps: Iterable[int], length: int) -> list[tuple[int, ...]]:
    rest = iter(lps)
    return list(iter(lambda: tuple(islice(rest, length)), ()))


def _core(lps: Iterable[int], topology: dict[str, Any], wide: int) -> str:
    cells = (f"{lp:>{wide}}{'R' if lp in topology['root_lps'] else ' '}" for lp in lps)
    return f"[{' '.join(cells)}]"


def _scheduler(topology: dict[str, Any]) -> str:
    smt = "two LPs a core share its throughput" if topology["threads_per_core"] > 1 else "one LP a core"
    return f"{topology['scheduler']} scheduler; {smt}"


def _totals(topology: dict[str, Any]) -> str:
    left = topology["memory_bytes"] - topology["root_reserve_bytes"] - topology["guest_memory_bytes"]
    ratio = topology["vps"] / topology["lps"]
    vps = f"{topology['vps']} guest VPs on {topology['lps']} LPs, {digits(ratio)} to an LP"
    memory = [
        f"{digits(topology['root_reserve_bytes'] / _GIB)} for the root",
        f"{digits(topology['guest_memory_bytes'] / _GIB)} for guests",
        f"{digits(left / _GIB)} left",
    ]
    nodes = topology["numa_nodes"]
    share = digits(topology["memory_bytes"] / nodes / _GIB)
    keeps = "" if topology["numa_spanning"] else "; each guest keeps to one of them"
    return (
        f"{vps}; {digits(topology['reserved_lps'])} LPs reserved\n"
        f"{digits(topology['memory_bytes'] / _GIB)} GiB of memory: {', '.join(memory)}"
        + (f"\n{nodes} NUMA nodes with {share} GiB each{keeps}" if nodes > 1 else "")
    )


def spans(lps: list[int]) -> str:
    """Write LP numbers as ranges, "0-3,8"; "any" for none."""
    if not lps:
        return _ANY
    runs = [[lp for _, lp in run] for _, run in groupby(enumerate(lps), key=lambda pair: pair[1] - pair[0])]
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
