"""Keys without effect: given another value than the default where nothing reads it."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from hvecs.spec.changes import changes_of, given
from hvecs.spec.event import FAIL, RESTART, START
from hvecs.spec.host import Root
from hvecs.spec.host_tables import HOST
from hvecs.spec.one_host import OneHost
from hvecs.spec.partition import GuestSystem, Partition
from hvecs.spec.problems import Fault
from hvecs.spec.profiles import PROFILES
from hvecs.spec.scenario import Scenario, guest_names
from hvecs.spec.table import Table, kind_of
from hvecs.spec.tier_guests import started_by_tiers, takes_turns
from hvecs.spec.workload import ClosedWorkload, RequestWorkload, has_spin_lock, is_ticket_lock


class _Key(NamedTuple):
    """A key of [host] or [root], and when it is read."""

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


def _is_root_scheduled(scenario: Scenario) -> bool:
    return _has_hypervisor(scenario) and scenario.host.scheduler_used == "root"


def _has_spin_lock(scenario: Scenario) -> bool:
    return any(has_spin_lock(block.workload) for block in scenario.partition)


def _has_demand(scenario: Scenario) -> bool:
    """Tell whether what a partition commits is modelled: without that, memory is not looked at each period, and no partition pages."""
    root = scenario.root
    own = root.memory_demand is not None or root.commit_per_guest > 0
    return (own and _has_hypervisor(scenario)) or any(
        block.memory_demand is not None or block.dynamic_memory is not None for block in scenario.partition
    )


_NATIVE = "the bare machine has no hypervisor"
_REFINEMENTS = ("lock_extension", "recent", "interrupt_threshold", "interrupt_window")
_KEYS_OF_HOST = (
    *(
        key
        for name in _REFINEMENTS
        for key in (
            _Key(("scheduling", name), _has_hypervisor, _NATIVE),
            _Key(
                ("scheduling", name),
                lambda scenario: not _is_root_scheduled(scenario),
                "the system of the root schedules, not the hypervisor",
            ),
        )
    ),
    _Key(("scheduling", "lock_extension"), _has_spin_lock, "no guest has a spin lock"),
    *(
        _Key(("scheduling", name), lambda scenario: scenario.host.lps > 1, "the host has one LP")
        for name in ("recent", "interrupt_threshold")
    ),
    _Key(
        ("scheduling", "interrupt_window"),
        lambda scenario: scenario.host.scheduling.interrupt_threshold > 0,
        "interrupt_threshold is 0: they are not counted",
    ),
    _Key(("scheduler",), _has_hypervisor, _NATIVE),
    _Key(("scheduling", "slice"), _has_hypervisor, _NATIVE),
    _Key(("scheduling", "longest_stay"), _has_hypervisor, _NATIVE),
    _Key(("scheduling", "cap_period"), _has_caps, "no guest has a cap or a reserve, and no CPU group a cap"),
    _Key(
        ("scheduling", "reserve"),
        _has_reserves,
        "no guest has a reserve",
    ),
    _Key(
        ("scheduling", "long_spin"),
        lambda scenario: any(block.spins_long and not block.halts_at_locks for block in scenario.partition),
        "no guest tells of long spins",
    ),
    _Key(
        ("scheduling", "wake_boost"),
        lambda scenario: scenario.host.scheduler_used not in ("classic", "core"),
        "only the root scheduler has priorities",
    ),
    _Key(
        ("smt_yield",),
        lambda scenario: scenario.host.threads_per_core > 1,
        "the cores of the host have one thread",
    ),
    _Key(("numa_spanning",), lambda scenario: scenario.host.numa_nodes > 1, "the host has one NUMA node"),
    *(
        _Key(
            ("dynamic_memory", name),
            lambda scenario: any(block.dynamic_memory is not None for block in scenario.partition),
            "no guest has Dynamic Memory",
        )
        for name in ("policy", "most_added", "most_removed", "surplus")
    ),
    _Key(("dynamic_memory", "period"), _has_demand, "no memory is balanced and no demand is modelled"),
    _Key(("paging_channels",), _has_demand, "no demand for memory is modelled, and so nobody pages"),
)
_KEYS_OF_ROOT = (
    *(_Key((name,), _has_hypervisor, "the bare machine has no root") for name in Root.model_fields),
    _Key(
        ("page_file",),
        lambda scenario: (
            scenario.root.memory_demand is not None
            or scenario.root.commit_per_guest > 0
            or not _has_hypervisor(scenario)
        ),
        "what the root commits is not modelled (root.memory_demand, root.commit_per_guest)",
    ),
)
_KEYS_OF_GUEST = (
    _Guest(
        ("processor", "threads_per_core"),
        lambda scenario, _: (
            scenario.host.scheduler_used not in ("classic", "root")
            and any(host.threads_per_core > 1 for host in scenario.hosts)
            and _has_hypervisor(scenario)
        ),
        "only the core scheduler, on a host with SMT, has virtual cores",
    ),
    _Guest(
        ("guest", "quantum"),
        lambda scenario, block: (
            isinstance(block.workload, ClosedWorkload)
            or (isinstance(block.workload, RequestWorkload) and block.workload.order == "round-robin")
            or takes_turns(scenario, block)
        ),
        'only threads, and requests in the order "round-robin", take turns',
    ),
    _Guest(
        ("guest", "spin_retry_time"), lambda _, block: block.spins_long, "the guest tells of no long spins"
    ),
    _Guest(
        ("guest", "long_spin"),
        lambda _, block: block.spins_long and is_ticket_lock(block.workload),
        "only threads that share a ticket lock, of a guest with long_spin_wait, halt",
    ),
    _Guest(
        ("guest", "boot"),
        lambda scenario, block: _boots(scenario, block) and _has_hypervisor(scenario),
        "a guest that runs from the beginning is up",
    ),
    _Guest(
        ("guest", "hot_add"),
        lambda _, block: block.dynamic_memory is not None,
        "the guest's memory is static",
    ),
    _Guest(
        ("guest", "page_file"),
        lambda _, block: block.memory_demand is not None or block.dynamic_memory is not None,
        "the guest has no memory_demand",
    ),
    _Guest(("guest", "idle_ticks"), lambda _, block: block.guest.tick > 0, "the guest's clock does not tick"),
    _Guest(
        ("guest", "tick_backlog"), lambda _, block: block.guest.tick > 0, "the guest's clock does not tick"
    ),
    _Guest(
        ("guest", "one_shot_ticks"), lambda _, block: block.guest.tick > 0, "the guest's clock does not tick"
    ),
    _Guest(
        ("guest", "timer_writes"),
        lambda _, block: block.enlightenments.synthetic_timers,
        "the guest has no synthetic timers",
    ),
    _Guest(
        ("guest", "wake_accesses"),
        lambda _, block: block.guest.idle_wakes > 0 and not _ticks_when_idle(block),
        "no timer of its own wakes an idle VP of the guest",
    ),
    _Guest(
        ("guest", "idle_wakes"),
        lambda _, block: not _ticks_when_idle(block),
        "idle VPs take clock interrupts",
    ),
    _Guest(
        ("workload", "serial"),
        lambda _, block: isinstance(block.workload, ClosedWorkload) and block.workload.threads > 1,
        "the workload has one thread, which does all",
    ),
    _Guest(
        ("workload", "serial_phases"),
        lambda _, block: isinstance(block.workload, ClosedWorkload) and block.workload.serial > 0,
        "no part of the work is serial",
    ),
    _Guest(("io", "ring"), lambda _, block: bool(block.io.network), "no request comes from the network"),
    _Guest(("io", "queue_depth"), lambda _, block: block.io.per_request > 0, "no request makes I/Os"),
    _Guest(("io", "device_class"), lambda _, block: block.io.per_request > 0, "no request makes I/Os"),
    _Guest(
        ("io", "device_class"),
        lambda _, block: (
            block.io.per_request == 0 or len({*PROFILES[block.guest.profile].devices.values()}) > 1
        ),
        "the guest's system treats all devices alike",
    ),
    _Guest(
        ("guest", "timer_accesses"),
        lambda _, block: not block.enlightenments.synthetic_timers,
        "the guest has synthetic timers",
    ),
)


def without_effect(scenario: Scenario, hosts: Sequence[OneHost]) -> Iterator[Fault]:
    """Find keys with another value than their default that nothing reads; those of hosts, where no host reads what it was given."""
    for key in _KEYS_OF_HOST:
        changed = [one for one in hosts if is_changed(one.scenario.host, key.path)]
        if not any(key.reads(one.scenario) for one in changed):
            for one in changed:
                yield Fault((HOST, one.number, *key.path), f"has no effect: {key.why}")
    for key in _KEYS_OF_ROOT:
        if is_changed(scenario.root, key.path) and not key.reads(scenario):
            yield Fault(("root", *key.path), f"has no effect: {key.why}")
    for index, block in enumerate(scenario.partition):
        for each in _KEYS_OF_GUEST:
            if is_changed(block, each.path) and not each.reads(scenario, block):
                yield Fault(("partition", index, *each.path), f"has no effect: {each.why}")


def _boots(scenario: Scenario, block: Partition) -> bool:
    """Tell whether a guest of `block` is started after the beginning of the run, or restarted, or its host may fail."""
    if block.start > 0 or block.restart is not None or any(event.action == FAIL for event in scenario.event):
        return True
    names = set(guest_names(block))
    return bool(names & started_by_tiers(scenario)) or any(
        change.action in (START, RESTART) and change.target in names for change in changes_of(scenario)
    )


def _ticks_when_idle(block: Partition) -> bool:
    return block.guest.idle_ticks and block.guest.tick > 0


def is_changed(table: Table, path: tuple[str, ...]) -> bool:
    """Tell whether a key was given, and differs from its default."""
    for step in path[:-1]:
        table = getattr(table, step)
    return path[-1] in table.model_fields_set and bool(getattr(table, path[-1]) != _default(table, path[-1]))


def _default(table: Table, name: str) -> object:
    """Give what a key is if it is not given, as the model holds it; where a profile or a mix decides that, by those of the table."""
    if isinstance(table, Root) and name not in ("profile", "intercepts"):
        return getattr(_plain_root(table.profile, table.intercepts.preset), name)
    if isinstance(table, Root):
        return getattr(Root(), name)
    field = type(table).model_fields[name]
    default = (
        PROFILES[table.profile].keys[name]
        if isinstance(table, GuestSystem) and field.is_required()
        else field.default
    )
    kind = kind_of(field)
    return default if kind is None or default is None else kind.read(default)


def _plain_root(profile: str, mix: str) -> Root:
    return Root.model_validate({"profile": profile, "intercepts": {"preset": mix}})
