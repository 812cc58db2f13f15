"""Hosts with devices that guests share, for tests: guests whose requests are nothing but I/Os or messages, and a root that takes no time."""

from typing import Any

from tests.simulation import US, Block, fixed, guest, opened, scenario

QUIET = {"tick": "0 s"}
NO_MIX = {"preset": "none"}
NO_TIME = fixed(0)


def disk(name: str, arrivals: Block, **io: Any) -> Block:
    """A guest each of whose requests is one I/O on the volume csv1, of 1 us before it and nothing after it."""
    path = {"storage": "csv1", "per_request": 1, "completion": NO_TIME, "queue_depth": 1_000_000}
    return _guest(name, arrivals, path | io)


def adapter(name: str, arrivals: Block, **io: Any) -> Block:
    """A guest whose requests come by the NIC nic1, each 1 us of work."""
    return _guest(name, arrivals, {"network": "nic1"} | io)


def _guest(name: str, arrivals: Block, io: Block) -> Block:
    keys = {"count", "start", "stop", "restart", "virtual_processors"} & io.keys()
    more = {key: io.pop(key) for key in keys}
    path = {"work": fixed(US)} | io
    workload = opened(arrivals, path.pop("service", fixed(US)))
    block = guest(name, more.pop("virtual_processors", 1), workload, io=path, **more)
    return block | {"guest": block["guest"] | QUIET | {"boot": "0 s"}, "intercepts": NO_MIX}


def on_volume(duration_ns: float, guests: list[Block], volume: Block, **more: Any) -> Block:
    """A host of 16 LPs with these guests and one shared volume, csv1."""
    root = {"intercepts": NO_MIX, "virtual_processors": 4} | more.pop("root", {})
    return scenario(duration_ns, 16, guests, root=root, **more) | {"storage": [{"name": "csv1"} | volume]}


def on_nic(duration_ns: float, guests: list[Block], nic: Block, **more: Any) -> Block:
    """A host of 16 LPs with these guests and one shared NIC, nic1."""
    root = {"intercepts": NO_MIX, "virtual_processors": 4} | more.pop("root", {})
    return scenario(duration_ns, 16, guests, root=root, **more) | {"network": [{"name": "nic1"} | nic]}
