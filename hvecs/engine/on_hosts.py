"""Which host entities are on, where there are several: as of when a sample was taken, for guests may come to others."""

from collections.abc import Callable

import numpy as np

from hvecs.engine.columns import Array
from hvecs.engine.world import World
from hvecs.output.labels import Labels

HOST_OF = "layouts.host"
"""The field that says on which host a partition is."""

Read = Callable[[str], Array]


class OnHosts:
    """The hosts of entities, and sums over those of each host. `read` gives a field of all entities: samples x entities."""

    def __init__(self, world: World) -> None:
        """Note what does not change: where LPs, cores and memory are."""
        w, m = world.tables, world.memory
        self.names = np.array(world.host_names, object)
        self.several = len(self.names) > 1
        self.costs_differ = bool((w.charge_ns[::2] != w.charge_ns[0]).any())
        """Whether what a charge costs a guest depends on its host."""
        self.roots = np.asarray(w.hosts.root)
        self.native = bool(self.roots[0] < 0)
        """Whether it is a bare machine, which has no root."""
        self.fixed: dict[str, Array] = {
            "host": np.arange(len(self.names)),
            "logical processor": np.asarray(w.lp_topology.host),
            "memory node": np.asarray(m.nodes.host),
            "network": np.arange(len(w.switches)) * len(self.names) // max(1, len(w.switches)),
        }
        self._first = {
            "lp_topology.root_vp": w.layouts.first_vp[self.roots],
            "memory.partitions.preferred_node": np.asarray(w.hosts.first_node),
        }
        self._owners = {
            "partition": np.arange(len(w.layouts)),
            "virtual processor": np.asarray(w.vp_identity.owner),
            "dynamic guest": np.asarray(m.dynamic.owner),
            "demanding guest": np.asarray(m.demand.owner),
            "open guest": np.asarray(w.open.owner),
        }

    def of(self, kind: str, read: Read) -> Array:
        """Return the hosts of all entities of a kind: samples x entities, or one row where they never change."""
        if kind in self.fixed:
            return self.fixed[kind][None, :]
        return read(HOST_OF)[:, self._owners[kind]]

    def summed(self, values: Array, kind: str, read: Read) -> Array:
        """Sum values of all entities of a kind over those of each host: samples x hosts."""
        if not self.several:
            return values.sum(axis=1, keepdims=True)
        hosts = self.of(kind, read)
        sums = [np.where(hosts == host, values, 0).sum(axis=1) for host in range(len(self.names))]
        return np.stack(sums, axis=1)

    def renumbers(self, field: str) -> bool:
        """Tell whether a field holds rows that `numbered` turns into other numbers."""
        return self.several and field in self._first

    def numbered(self, field: str, values: Array, kind: str, read: Read) -> Array:
        """Turn rows, where a field holds those, into the numbers that their host gives them; other values stay as they are."""
        if not self.renumbers(field):
            return values
        return np.where(values < 0, values, values - self._first[field][self.of(kind, read)])

    def labels(self, hosts: Array) -> Labels:
        """Name hosts by their numbers."""
        return Labels(np.asarray(hosts).astype(np.int32), self.names)
