"""Keys without effect: given another value than the default where nothing reads it."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from hvecs.spec.changes import changes_of, given
from hvecs.spec.partition import Partition
from hvecs.spec.problems import Fault
from hvecs.spec.scenario import Scenario
from hvecs.spec.table import Table, kind_of
from hvecs.spec.workload import ClosedWorkload, OpenWorkload, has_spin_lock


class _Host(NamedTuple):
    """A key of [host], and when it is read."""

    path: tuple[str, ...]
    reads: Callable[[Scenario], bool]
    why: str


class _Guest(NamedTuple):
    """A key of [[partition]], and when it is read."""

    path: tuple[str, ...]
    reads: Callable[[Scenario, Partition], bool]
    why: str


def _has_hypervisor(scenario: Scenario) -> bool:
    return scenario.host.hypervisor != "none"


def _has_caps(scenario: Scenario) -> bool:
    host = scenario.host
    processors = [block.processor for block in scenario.partition]
    own = any(each.cap < 100 or each.reserve > 0 for each in processors)  # noqa: PLR2004 - 100 % is no cap
    later = any(change.keys[-1:] in (("cap",), ("reserve",)) for change in changes_of(scenario))
    return own or later or any(group.cap < 100 for group in host.cpu_group)  # noqa: PLR2004


def _has_reserves(scenario: Scenario) -> bool:
    own = any(block.processor.reserve > 0 for block in scenario.partition)
    return own or any(change.value > 0 for change in given(scenario, "processor", "reserve"))


_NATIVE = "the bare machine has no hypervisor"
_KEYS_OF_HOST = (
    _Host(("scheduler",), _has_hypervisor, _NATIVE),
    _Host(("scheduling", "slice"), _has_hypervisor, _NATIVE),
    _Host(("scheduling", "longest_stay"), _has_hypervisor, _NATIVE),
    _Host(("scheduling", "cap_period"), _has_caps, "no guest has a cap or a reserve, and no CPU group a cap"),
    _Host(
        ("scheduling", "reserve"),
        _has_reserves,
        "no guest has a reserve",
    ),
    _Host(
        ("scheduling", "long_spin"),
        lambda scenario: any(_notifies(block) for block in scenario.partition),
        "no guest tells of long spins",
    ),
    _Host(
        ("scheduling", "wake_boost"),
        lambda scenario: scenario.host.scheduler_used not in ("classic", "core"),
        "only the root scheduler has priorities",
    ),
    _Host(
        ("smt_yield",),
        lambda scenario: scenario.host.threads_per_core > 1,
        "the cores of the host have one thread",
    ),
    _Host(
        ("paging_channels",),
        lambda scenario: any(block.memory_demand is not None for block in scenario.partition),
        "no guest has a memory_demand, and so none pages",
    ),
)
_KEYS_OF_GUEST = (
    _Guest(
        ("processor", "threads_per_core"),
        lambda scenario, _: (
            scenario.host.scheduler_used not in ("classic", "root")
            and scenario.host.threads_per_core > 1
            and _has_hypervisor(scenario)
        ),
        "only the core scheduler, on a host with SMT, has virtual cores",
    ),
    _Guest(
        ("guest", "quantum"),
        lambda _, block: (
            isinstance(block.workload, ClosedWorkload)
            or (isinstance(block.workload, OpenWorkload) and block.workload.order == "round-robin")
        ),
        'only threads, and requests in the order "round-robin", take turns',
    ),
    _Guest(
        ("guest", "spin_retry_time"), lambda _, block: _notifies(block), "the guest tells of no long spins"
    ),
    _Guest(("guest", "idle_ticks"), lambda _, block: block.guest.tick > 0, "the guest's clock does not tick"),
    _Guest(
        ("guest", "tick_backlog"), lambda _, block: block.guest.tick > 0, "the guest's clock does not tick"
    ),
    _Guest(
        ("guest", "timer_accesses"),
        lambda _, block: not block.enlightenments.synthetic_timers,
        "the guest has synthetic timers",
    ),
)


def without_effect(scenario: Scenario) -> Iterator[Fault]:
    """Find keys with another value than their default that nothing reads in this scenario."""
    for key in _KEYS_OF_HOST:
        if _is_changed(scenario.host, key.path) and not key.reads(scenario):
            yield Fault(("host", *key.path), f"has no effect: {key.why}")
    for index, block in enumerate(scenario.partition):
        for each in _KEYS_OF_GUEST:
            if _is_changed(block, each.path) and not each.reads(scenario, block):
                yield Fault(("partition", index, *each.path), f"has no effect: {each.why}")
    used = {block.processor.group for block in scenario.partition}
    for index, group in enumerate(scenario.host.cpu_group):
        if group.name not in used:
            yield Fault(("host", "cpu_group", index, "name"), "has no effect: no guest is in this group")


def _notifies(block: Partition) -> bool:
    return block.enlightenments.long_spin_wait and has_spin_lock(block.workload)


def _is_changed(table: Table, path: tuple[str, ...]) -> bool:
    """Tell whether a key was given, and differs from its default."""
    for step in path[:-1]:
        table = getattr(table, step)
    field = type(table).model_fields[path[-1]]
    kind = kind_of(field)
    default = kind.read(field.default) if kind is not None else field.default
    return path[-1] in table.model_fields_set and bool(getattr(table, path[-1]) != default)
