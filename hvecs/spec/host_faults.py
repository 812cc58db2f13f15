"""Rules of several hosts: names that tell them apart, and what is the same on all of them."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from hvecs.spec.host import Host
from hvecs.spec.host_tables import HOST
from hvecs.spec.problems import DIFFERENT, Fault, Steps, show
from hvecs.spec.scenario import Scenario
from hvecs.spec.table import Table, kind_of

_ALIKE: Final[tuple[tuple[tuple[str, ...], Callable[[Host], Any]], ...]] = (
    (("hypervisor",), lambda host: host.hypervisor),
    (("scheduler",), lambda host: host.scheduler_used),
    (("systems",), lambda host: host.systems),
    (("page",), lambda host: host.page),
    (("limits",), lambda host: host.limits),
    (("live_migration", "network"), lambda host: host.live_migration.network),
    (("scheduling", "wait_buckets"), lambda host: host.scheduling.wait_buckets),
)
"""Keys with one value for all hosts, and what of a host that is: one program runs for all of them, and writes the same columns."""


def host_faults(scenario: Scenario) -> Iterator[Fault]:
    """Find names that do not tell hosts apart, and values that should be the same on all of them."""
    hosts = scenario.hosts
    for index, host in enumerate(hosts):
        if host.name in Host.model_fields:
            message = f"{show(host.name)} is a key of [host], so that paths could not name this host; expected another name"
            yield Fault((HOST, index, "name"), message)
    if len(hosts) == 1:
        return
    yield from _names(hosts)
    yield from _alike(hosts)
    if scenario.host.hypervisor == "none":
        message = 'the native baseline (host.hypervisor = "none") is one machine; expected one [host]'
        yield Fault((HOST, 1), message, ((HOST, 0, "hypervisor"),))


def _names(hosts: tuple[Host, ...]) -> Iterator[Fault]:
    taken: dict[str, int] = {}
    for index, host in enumerate(hosts):
        at: Steps = (HOST, index, "name")
        if host.name is None:
            yield Fault(at, "missing; expected the name of each of several hosts")
            continue
        first = taken.setdefault(host.name.lower(), index)
        if first != index:
            message = f"{show(host.name)} is that of host[{first}] too; expected {DIFFERENT}"
            yield Fault(at, message, ((HOST, first, "name"),))


def _alike(hosts: tuple[Host, ...]) -> Iterator[Fault]:
    for keys, value in _ALIKE:
        at: Steps = (HOST, 0, *keys)
        wanted = value(hosts[0])
        for index, host in enumerate(hosts[1:], 1):
            if value(host) != wanted:
                message = f"expected {_written(hosts[0], keys, wanted)}, as of {show(hosts[0].name)}: it is the same on all hosts"
                yield Fault((HOST, index, *keys), message, (at,))


def _written(host: Host, keys: tuple[str, ...], value: Any) -> str:
    """Write a value of a key as the file has it; of an array the word is enough."""
    if isinstance(value, tuple):
        return "the same array" if value else "none"
    table: Table = host
    for key in keys[:-1]:
        table = getattr(table, key)
    kind = kind_of(type(table).model_fields[keys[-1]])
    return show(kind.write(value)) if kind else show(value)
