"""`hvecs show topology`: sockets and LPs, which VPs may run where, and what is promised to them."""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.options import Changes, change_options, json_option, talk_options
from hvecs.cli.scenarios import read_scenario
from hvecs.cli.text import aligned, digits, percent
from hvecs.spec import Partition, Scenario

_GIB = 2**30
_ANY = "any"


@click.command("topology")
@click.argument("file", metavar="SCENARIO", type=click.Path(path_type=Path))
@change_options
@json_option
@talk_options
def command(file: Path, changes: Changes, *, as_json: bool) -> None:
    """Print the LPs of a host, and who may run where.

    Sockets with their LPs and root VPs, CPU groups, the LPs and shares of each guest, what is reserved and what memory is left.
    """
    topology = describe(read_scenario(file, changes))
    if as_json:
        print_json(topology)
    else:
        print_answer(_text(topology))


def describe(scenario: Scenario) -> dict[str, Any]:
    """Give sockets, CPU groups, guests and totals as plain data; an empty list of LPs means any."""
    host = scenario.host
    groups = {group.name: group for group in host.cpu_group}
    reserved = sum(b.guests * b.virtual_processors * b.processor.reserve for b in scenario.partition) / 100
    root = host.lps if scenario.root.virtual_processors == "all" else int(scenario.root.virtual_processors)
    return {
        "lps": host.lps,
        "sockets": [
            list(range(first, first + host.lps_per_socket))
            for first in range(0, host.lps, host.lps_per_socket)
        ],
        "root_vps": 0 if host.hypervisor == "none" else root,
        "cpu_groups": [
            {"name": g.name, "lps": list(g.logical_processors), "cap_pct": g.cap} for g in host.cpu_group
        ],
        "guests": [_guest(block, groups) for block in scenario.partition],
        "vps": sum(block.guests * block.virtual_processors for block in scenario.partition),
        "reserved_lps": reserved,
        "numa_nodes": host.numa_nodes,
        "memory_bytes": host.memory,
        "root_reserve_bytes": 0 if host.hypervisor == "none" else host.root_reserve_bytes,
        "guest_memory_bytes": sum(block.guests * block.startup_memory for block in scenario.partition),
    }


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
    parts = ["\n".join(_sockets(topology))]
    if topology["cpu_groups"]:
        head = ("CPU group", "LPs", "cap %")
        rows = [(g["name"], spans(g["lps"]), percent(g["cap_pct"])) for g in topology["cpu_groups"]]
        parts.append(aligned([head, *rows], right={2}))
    titles = ("guests", "count", "VPs", "on LPs", "reserve %", "cap %", "weight", "GiB")
    table = [
        (
            guest["name"] + (f" ({guest['group']})" if guest["group"] else ""),
            *(str(guest[key]) for key in ("count", "vps")),
            spans(guest["lps"]),
            *(percent(guest[key]) for key in ("reserve_pct", "cap_pct")),
            str(guest["weight"]),
            digits(guest["memory_bytes"] / _GIB),
        )
        for guest in topology["guests"]
    ]
    parts.append(aligned([titles, *table], right={1, 2, 4, 5, 6, 7}))
    parts.append(_totals(topology))
    return "\n\n".join(parts)


def _sockets(topology: dict[str, Any]) -> Iterable[str]:
    """Draw each socket as a row of its LPs, R where a root VP is tied to one."""
    for number, lps in enumerate(topology["sockets"]):
        cells = [f"{lp}R" if lp < topology["root_vps"] else str(lp) for lp in lps]
        wide = max(len(cell) for cell in cells)
        for first in range(0, len(cells), 16):
            name = f"socket {number}" if first == 0 else ""
            row = " ".join(f"[{cell:>{wide}}]" for cell in cells[first : first + 16])
            yield f"{name:<10}{row}"
    if topology["root_vps"]:
        yield f"{'':<10}R: the root VP of that number is tied to the LP and served there at once"
    else:
        yield f"{'':<10}no hypervisor: the guest's threads run on all LPs, whatever its VPs"


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
    return (
        f"{vps}; {digits(topology['reserved_lps'])} LPs reserved\n"
        f"{digits(topology['memory_bytes'] / _GIB)} GiB of memory: {', '.join(memory)}"
        + (f"\n{nodes} NUMA nodes with {share} GiB each" if nodes > 1 else "")
    )


def spans(lps: list[int]) -> str:
    """Write LP numbers as ranges, "0-3,8"; "any" for none."""
    if not lps:
        return _ANY
    runs = [[lp for _, lp in run] for _, run in groupby(enumerate(lps), key=lambda pair: pair[1] - pair[0])]
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
