"""Which NUMA node holds the memory of a guest, and where its VPs therefore belong.

A guest is put on the node that has the fewest VPs of those with room for its memory, of equals on that with the most memory left; and on as
few nodes as hold its memory and its VPs. Microsoft names neither rule nor order; that a guest keeps to one node where spanning is
off is documented [WSD non-uniform-memory-access].
"""

from collections.abc import Sequence
from dataclasses import replace
from heapq import heappop, heappush

from hvecs.engine.plan import PartitionPlan, VpPlan
from hvecs.spec.host import Host
from hvecs.spec.room import node_preference

Plans = tuple[PartitionPlan, ...]


def lps_per_node(host: Host) -> int:
    """Return how many LPs each node has."""
    return host.lps // host.numa_nodes


def place_on_nodes(host: Host, plans: Plans) -> Plans:
    """Give every VP of the partitions of `host` its ideal node and, where spanning is off, the LPs of that node only.

    Root VPs belong where they are tied. Guests are looked at in the order of their starts; one that is stopped gives its memory back, one
    that does not fit takes none.
    """
    nodes, per_node = host.numa_nodes, lps_per_node(host)
    if nodes == 1:
        return plans
    capacity = (host.memory - host.root_reserve_bytes) // nodes
    left, vps, on = [capacity] * nodes, [0] * nodes, list[tuple[int, int, list[int], list[int]]]()
    placed = list(plans)
    for row in sorted(range(len(plans)), key=lambda row: plans[row].start_ns):
        plan = plans[row]
        if plan.vps[0].tied_lp >= 0:
            placed[row] = _tied(plan, per_node)
            continue
        while on and on[0][0] <= plan.start_ns:
            _, share, freed, gone = heappop(on)
            for node in freed:
                left[node] += share
            for node in gone:
                vps[node] -= 1
        chosen = _nodes_for(plan, left, vps, per_node, spanning=host.numa_spanning)
        placed[row] = _on(plan, chosen, per_node, spanning=host.numa_spanning)
        share = plan.memory_bytes // len(chosen)
        if plan.memory_bytes <= sum(left):
            for node in chosen:
                left[node] -= share
            come = [vp.node for vp in placed[row].vps]
            for node in come:
                vps[node] += 1
            heappush(on, (plan.stop_ns, share, chosen, come))
    return tuple(placed)


def _tied(plan: PartitionPlan, per_node: int) -> PartitionPlan:
    return replace(plan, vps=tuple(replace(vp, node=vp.tied_lp // per_node) for vp in plan.vps))


def _nodes_for(
    plan: PartitionPlan, left: Sequence[int], vps: Sequence[int], per_node: int, *, spanning: bool
) -> list[int]:
    """Return the fewest nodes that hold the guest, that with room and fewest `vps` first; one where spanning is off."""
    allowed = {lp // per_node for lp in plan.vps[0].lps} or set(range(len(left)))
    order = sorted(allowed, key=lambda node: node_preference(node, left, vps, plan.memory_bytes))
    count = 1
    while spanning and count < len(order):
        if (
            sum(left[node] for node in order[:count]) >= plan.memory_bytes
            and len(plan.vps) <= count * per_node
        ):
            break
        count += 1
    return order[:count]


def _on(plan: PartitionPlan, nodes: Sequence[int], per_node: int, *, spanning: bool) -> PartitionPlan:
    """Deal the VPs out to the nodes in equal runs, the two threads of a virtual core to one node."""
    firsts = [index if vp.fellow < 0 else min(index, vp.fellow) for index, vp in enumerate(plan.vps)]
    vps = [
        replace(vp, node=nodes[first * len(nodes) // len(plan.vps)])
        for first, vp in zip(firsts, plan.vps, strict=True)
    ]
    return replace(plan, vps=tuple(vps if spanning else [_kept_to_its_node(vp, per_node) for vp in vps]))


def _kept_to_its_node(vp: VpPlan, per_node: int) -> VpPlan:
    of_node = range(vp.node * per_node, (vp.node + 1) * per_node)
    return replace(vp, lps=tuple(lp for lp in of_node if not vp.lps or lp in vp.lps))
