"""Which of the tables a run writes."""

from typing import Final

from hvecs.output.host_column import with_host
from hvecs.output.schema import TABLES
from hvecs.output.table import Table
from hvecs.spec import Scenario
from hvecs.spec.moving import guests_may_move

_ALWAYS: Final = ("logical_processor", "guest", "request", "job")
_WITH_HYPERVISOR: Final = (
    "virtual_processor",
    "root_virtual_processor",
    "partition",
    "hypervisor",
    "dynamic_memory_balancer",
    "dynamic_memory_vm",
    "vid_partition",
)

_STORAGE: Final = ("storage", "virtual_storage_device")
_NETWORK: Final = ("virtual_network_adapter", "virtual_switch")


def tables_of(scenario: Scenario) -> tuple[Table, ...]:
    """Give the tables that a run of `scenario` writes, beside `runs`; of several hosts, with a column for the host."""
    tables = (TABLES[name] for name in _names(scenario))
    return tuple(tables) if len(scenario.hosts) == 1 else tuple(map(with_host, tables))


def _names(scenario: Scenario) -> tuple[str, ...]:
    further = (*(("event",) if scenario.event else ()), *(("tier",) if scenario.tier else ()))
    if guests_may_move(scenario):
        further = (*further, "live_migration", "migration")
    if scenario.host.hypervisor == "none":
        return (*_ALWAYS, *further)
    devices = (*(_STORAGE if scenario.storage else ()), *(_NETWORK if scenario.network else ()))
    return (*_ALWAYS, *_WITH_HYPERVISOR, *devices, *scenario.scenario.trace, *further)
