"""Build the processors of all hosts: cache domains with their clocks, NUMA nodes and cores."""

from collections.abc import Sequence
from typing import Any

import numpy as np

import components
from hvecs.engine.hosts import HostPlan
from hvecs.engine.numa import lps_per_node
from hvecs.engine.plan import PartitionPlan, is_native
from hvecs.engine.world import World
from hvecs.spec.host import Host
from systems.guest.cache_domain import FULL_SPEED

_MOST_SHARE = 128  # an LP that could ask for so many times the bandwidth of its domain asks for all of it, whatever its code

Array = np.ndarray[Any, np.dtype[np.int64]]


def build_domains(world: World, hosts: Sequence[HostPlan], plans: tuple[PartitionPlan, ...]) -> None:
    """Make the cache domains of every socket, and in each a clock for every code that partitions run, told apart by `memory_bound`."""
    shapes = [_Domains(each.host) for each in hosts]
    world.spawn("cache domain", sum(shape.count for shape in shapes))
    codes = sorted({plan.memory_bound_pct for plan in plans})
    bound = np.array([_in_bits(code / 100) for code in codes], np.int64)
    domains, topology = world.columns[components.CacheDomain], world.columns[components.LpTopology]
    world.spawn("code clock", len(domains) * len(codes))
    clocks = world.columns[components.CodeClock]
    domains.first_clock, domains.clocks = np.arange(len(domains)) * len(codes), len(codes)
    clocks.domain = np.repeat(np.arange(len(domains)), len(codes))
    clocks.bound = np.tile(bound, len(domains))
    first = 0
    for each, shape in zip(hosts, shapes, strict=True):
        topology.host[each.lps] = each.number
        topology.domain[each.lps] = first + shape.of_lp
        own = slice(first, first + shape.count)
        domains.host[own], domains.cache_bytes[own] = each.number, each.host.cache.size
        domains.bus_share[own] = _bus_shares(each.host, np.bincount(shape.of_lp))
        paging = 0.0 if is_native(each.alone) else each.host.costs.nested_paging / 100
        waiting = np.rint(bound * (1 + paging)).astype(np.int64)
        clocks.waiting[own.start * len(codes) : own.stop * len(codes)] = np.tile(waiting, shape.count)
        first += shape.count


class _Domains:
    """The cache domains of a host: how many, and of each LP which."""

    def __init__(self, host: Host) -> None:
        lps, per_socket, per_cache = np.arange(host.lps), host.lps_per_socket, host.lps_per_cache
        of_socket = -(-per_socket // per_cache)
        self.of_lp: Array = lps // per_socket * of_socket + lps % per_socket // per_cache
        self.count: int = host.socket_count * of_socket


def fill_code(world: World, plans: tuple[PartitionPlan, ...]) -> None:
    """Say of every partition what its code is like."""
    codes = sorted({plan.memory_bound_pct for plan in plans})
    guests = world.columns[components.GuestScheduler]
    guests.code = [codes.index(plan.memory_bound_pct) for plan in plans]
    guests.memory_bound = [_in_bits(plan.memory_bound_pct / 100) for plan in plans]
    guests.working_set_bytes = [plan.working_set_bytes for plan in plans]


def _in_bits(share: float) -> int:
    bits: int = round(FULL_SPEED * share)
    return bits


def _bus_shares(host: Host, lps_in: Array) -> Array:
    """Return which part (2^-20) of a domain's bandwidth one LP can ask for, given the LPs of each domain."""
    bandwidth = host.memory_bus.bandwidth * lps_in / lps_per_node(host)
    shares: Array = np.rint(FULL_SPEED * np.minimum(_MOST_SHARE, host.memory_bus.per_processor / bandwidth))
    return shares.astype(np.int64)


def build_cores(world: World, hosts: Sequence[HostPlan]) -> None:
    """Make the NUMA nodes, pair the LPs of each core, and set the pace of busy siblings."""
    world.spawn("NUMA node", sum(len(each.nodes) for each in hosts))
    topology, nodes = world.columns[components.LpTopology], world.columns[components.NumaNode]
    for each in hosts:
        host, per_node = each.host, lps_per_node(each.host)
        numbers = np.arange(host.lps)
        if host.threads_per_core > 1:
            topology.sibling[each.lps] = (numbers ^ 1) + each.first_lp
        topology.node[each.lps] = numbers // per_node + each.first_node
        nodes.first_lp[each.nodes] = each.first_lp + np.arange(host.numa_nodes) * per_node
        nodes.lps[each.nodes] = per_node
        pace = round(FULL_SPEED * host.smt_yield / 2)
        world.columns[components.Costs].sibling_pace[each.number] = max(1, pace)
