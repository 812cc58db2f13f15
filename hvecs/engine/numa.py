"""Which NUMA node holds the memory of a guest, and where its VPs therefore belong.

A guest is put on the node with the most memory left, and on as few nodes as hold its memory and its VPs. Microsoft names neither
rule nor order; that a guest keeps to one node where spanning is off is documented [WSD non-uniform-memory-access].
"""

from collections.abc import Sequence
from dataclasses import replace

from hvecs.engine.plan import PartitionPlan, VpPlan
from hvecs.spec.scenario import Scenario

Plans = tuple[PartitionPlan, ...]


def lps_per_node(scenario: Scenario) -> int:
    """Return how many LPs each node has."""
    return scenario.host.lps // scenario.host.numa_nodes


def place_on_nodes(scenario: Scenario, plans: Plans) -> Plans:
    """Give every VP its ideal node and, where spanning is off, the LPs of that node only.

    Root VPs belong where they are tied. Guests that do not start are left out.
    """
    nodes, per_node = scenario.host.numa_nodes, lps_per_node(scenario)
    if nodes == 1:
        return plans
    left = [(scenario.host.memory - scenario.host.root_reserve_bytes) // nodes] * nodes
    placed = []
    for plan in plans:
        if plan.vps[0].tied_lp >= 0:
            placed.append(_tied(plan, per_node))
        elif not plan.fits:
            placed.append(plan)
        else:
            chosen = _nodes_for(plan, left, per_node, spanning=scenario.host.numa_spanning)
            for node in chosen:
                left[node] -= plan.memory_bytes // len(chosen)
            placed.append(_on(plan, chosen, per_node, spanning=scenario.host.numa_spanning))
    return tuple(placed)


def _tied(plan: PartitionPlan, per_node: int) -> PartitionPlan:
    return replace(plan, vps=tuple(replace(vp, node=vp.tied_lp // per_node) for vp in plan.vps))


def _nodes_for(plan: PartitionPlan, left: Sequence[int], per_node: int, *, spanning: bool) -> list[int]:
    """Return the fewest nodes, those with most memory left first, that hold the guest; one where spanning is off."""
    allowed = {lp // per_node for lp in plan.vps[0].lps} or set(range(len(left)))
    order = sorted(allowed, key=lambda node: (-left[node], node))
    count = 1
    while spanning and count < len(order):
        if (
            sum(left[node] for node in order[:count]) >= plan.memory_bytes
            and len(plan.vps) <= count * per_node
        ):
            break
        count += 1
    return sorted(order[:count])


def _on(plan: PartitionPlan, nodes: Sequence[int], per_node: int, *, spanning: bool) -> PartitionPlan:
    """Deal the VPs out to the nodes in equal runs."""
    vps = [replace(vp, node=nodes[index * len(nodes) // len(plan.vps)]) for index, vp in enumerate(plan.vps)]
    return replace(plan, vps=tuple(vps if spanning else [_kept_to_its_node(vp, per_node) for vp in vps]))


def _kept_to_its_node(vp: VpPlan, per_node: int) -> VpPlan:
    of_node = range(vp.node * per_node, (vp.node + 1) * per_node)
    return replace(vp, lps=tuple(lp for lp in of_node if not vp.lps or lp in vp.lps))
