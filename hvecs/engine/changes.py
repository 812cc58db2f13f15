"""Build what is changed while the host runs, and say at the end what became of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

import components
from components import NOBODY
from components import change as kinds
from components.virtual_processor import NO_CAP
from hvecs.engine.columns import Columns
from hvecs.engine.cpu_groups import group_rows
from hvecs.engine.memory import whole_frames
from hvecs.engine.named import constant
from hvecs.engine.plan import OpenPlan, PartitionPlan
from hvecs.engine.world import World
from hvecs.spec.changes import LATER, RESTORE, SET, changes_of
from hvecs.spec.changes import Change as Given
from hvecs.spec.rates import from_then_on, named_rates, product
from hvecs.spec.reserves import kept_reserve
from hvecs.spec.scenario import Scenario
from hvecs.spec.tier import Tier
from hvecs.spec.units import Duration
from hvecs.spec.workload import OpenWorkload as OpenSpec

Plans = Sequence[PartitionPlan]
Amount = Callable[["_Builder", Given], int]

_ALL_PCT: Final = 100
_MOST_REFUSED: Final = 5
_RESULTS: Final = np.array(kinds.CHANGE_RESULTS, object)


class _Builder:
    """What amounts are worked out from."""

    def __init__(self, plans: Plans, scenario: Scenario) -> None:
        self.scenario = scenario
        self.rows = {plan.name: row for row, plan in enumerate(plans)}
        self.hosts = {plan.name: scenario.hosts[plan.host] for plan in plans}
        self.host_rows = {str(host.name): row for row, host in enumerate(scenario.hosts)}
        self.groups = group_rows(scenario)
        self.tiers = {tier.name: row for row, tier in enumerate(scenario.tier)}
        self.blocks = {guest.name: guest.block for guest in scenario.guests()}

    def row_of(self, given: Given) -> int:
        """Give the row of what a change is made to."""
        if given.of_host:
            return self.host_rows[given.target]
        if given.of_group:
            return self.groups[given.host, given.target]
        return (self.tiers if given.of_tier else self.rows)[given.target]

    def cap(self, given: Given) -> int:
        period = self.hosts[given.target].scheduling.cap_period
        return NO_CAP if given.value >= _ALL_PCT else round(period * given.value / 100)

    def reserve(self, given: Given) -> int:
        host = self.hosts[given.target]
        kept = kept_reserve(self.blocks[given.target], host, given.value)
        return round(host.scheduling.cap_period * kept / 100)

    def group_cap(self, given: Given) -> int:
        host = self.scenario.hosts[given.host]
        group = next(group for group in host.cpu_group if group.name == given.target)
        lps = len(group.logical_processors) or host.lps
        return (
            NO_CAP if given.value >= _ALL_PCT else round(host.scheduling.cap_period * lps * given.value / 100)
        )

    def pages(self, given: Given) -> int:
        return -(-int(given.value) // self.scenario.host.page)

    def frames(self, given: Given) -> int:
        return whole_frames(given.value, self.scenario.host.page, up=given.keys[-1] == "minimum")


def _as_it_is(_: _Builder, given: Given) -> int:
    return int(given.value)


def _nothing(_: _Builder, given: Given) -> int:  # noqa: ARG001 - takes what the others take
    return 0


_SETTINGS: Final[Mapping[tuple[str, ...], tuple[int, Amount]]] = {
    ("processor", "weight"): (kinds.WEIGHT, _as_it_is),
    ("processor", "cap"): (kinds.CAP, _Builder.cap),
    ("processor", "reserve"): (kinds.RESERVE, _Builder.reserve),
    ("cap",): (kinds.GROUP_CAP, _Builder.group_cap),
    ("memory",): (kinds.STATIC_MEMORY, _Builder.pages),
    ("rate",): (kinds.RATE, _nothing),
    ("workload", "rate"): (kinds.RATE, _nothing),
    ("workload", "profile"): (kinds.RATE, _nothing),
    ("dynamic_memory", "minimum"): (kinds.MINIMUM, _Builder.frames),
    ("dynamic_memory", "maximum"): (kinds.MAXIMUM, _Builder.frames),
    ("dynamic_memory", "buffer"): (kinds.BUFFER, _nothing),
    ("dynamic_memory", "weight"): (kinds.MEMORY_WEIGHT, _as_it_is),
}


def build_changes(world: World, plans: Plans, scenario: Scenario) -> None:
    """Make a row for each change, in order of time, and the stretches of time that rates and lives are made of."""
    changes = changes_of(scenario)
    builder = _Builder(plans, scenario)
    world.spawn("change", len(changes))
    followers = _followers(changes)
    for number, (row, given) in enumerate(zip(world.columns[components.Change], changes, strict=True)):
        row.at_ns = given.at
        row.target = builder.row_of(given)
        if given.action == SET:
            row.kind, amount = _SETTINGS[given.keys]
            row.amount = amount(builder, given)
            row.share = given.value / 100 if row.kind == kinds.BUFFER else 0.0
        else:
            row.kind = constant(kinds, given.action)
            row.then = followers.get(number, NOBODY)
            row.amount = NOBODY if given.to is None else builder.host_rows[given.to]
    _build_rates(world, plans, builder, changes)
    _build_spans(world, plans)


def _followers(changes: Sequence[Given]) -> dict[int, int]:
    """Give the row of the change that follows each start of a guest that was saved: its resumption, at a time that is not known yet."""
    restores = [row for row, change in enumerate(changes) if change.action == RESTORE]
    return dict(zip(restores, (row for row, change in enumerate(changes) if change.at == LATER), strict=True))


def _build_rates(world: World, plans: Plans, builder: _Builder, changes: Sequence[Given]) -> None:
    """Note the rates of open workloads over time: what profiles and traces say, those that events set included, times what events set."""
    end = builder.scenario.scenario.duration
    steps = {
        row: list(plan.workload.rates.until(end))
        for row, plan in enumerate(plans)
        if isinstance(plan.workload, OpenPlan) and plan.workload.rates is not None
    }
    for given in changes:
        if given.keys == ("workload", "profile"):
            rates = named_rates(given.value)
            own = [(0, 1.0)] if rates is None else list(rates.until(end))
            row = builder.row_of(given)
            steps[row] = from_then_on(steps.get(row, [(0, 1.0)]), given.at, own)
    for row, own in _set_rates(builder, changes).items():
        steps[row] = product(steps.get(row, [(0, 1.0)]), own)
    found: list[tuple[int, float]] = []
    for row, own in steps.items():
        opened = world.columns[components.OpenWorkload][
            world.columns[components.PartitionLayout][row].requests
        ]
        opened.first_step, opened.steps = len(found), len(own)
        opened.most_times = max(times for _, times in own)
        found += own
    for filled, tier in zip(world.columns[components.Tier], builder.scenario.tier, strict=True):
        own = _rates_of_tier(tier, end, changes)
        if own:
            filled.first_step, filled.steps = len(found), len(own)
            found += own
    world.make(components.RateStep, len(found))[:] = found


def _rates_of_tier(tier: Tier, end: int, changes: Sequence[Given]) -> list[tuple[int, float]]:
    """Give the rate of a tier over time, in times of the file's; nothing where it never changes."""
    own = [] if tier.rates is None else list(tier.rates.until(end))
    set_to = [given for given in changes if given.of_tier and given.target == tier.name]
    if not set_to or tier.rate is None:
        return own
    return product(own or [(0, 1.0)], [(0, 1.0), *((each.at, each.value / tier.rate) for each in set_to)])


def _set_rates(builder: _Builder, changes: Sequence[Given]) -> dict[int, list[tuple[int, float]]]:
    """Give what events make of the rates of guests, by row: from when on, how many times that of the file."""
    found: dict[int, list[tuple[int, float]]] = {}
    for given in changes:
        if given.keys == ("workload", "rate"):
            workload = builder.blocks[given.target].workload
            assert isinstance(workload, OpenSpec) and workload.rate  # noqa: PT018, S101 - a rule of the events
            found.setdefault(builder.row_of(given), [(0, 1.0)]).append(
                (given.at, given.value / workload.rate)
            )
    return found


def _build_spans(world: World, plans: Plans) -> None:
    """Note the lives of each partition after its first."""
    found: list[tuple[int, int]] = []
    for row, plan in enumerate(plans):
        if plan.later:
            lifetime = world.columns[components.Lifetime][row]
            lifetime.next_span, lifetime.last_span = len(found), len(found) + len(plan.later) - 1
            found += plan.later
    world.make(components.LifeSpan, len(found))[:] = found


def event_rows(world: World, scenario: Scenario) -> Columns:
    """Return the columns of the table of events: a row for each change whose time has come."""
    rows, now = world.tables.changes, int(world.tables.clock[0].now_ns)
    made = [
        (given, int(row.result))
        for given, row in zip(changes_of(scenario), rows, strict=True)
        if row.result != kinds.AHEAD and given.at <= now and given.shown
    ]
    return {
        "time_ns": np.array([given.at for given, _ in made], np.int64),
        "partition": _texts(given.target if given.of_guest else None for given, _ in made),
        "action": _texts(
            given.text if given.action != SET and given.text else given.action for given, _ in made
        ),
        "path": _texts(given.path or None for given, _ in made),
        "value": _texts(given.value_text for given, _ in made),
        "result": _texts(str(_RESULTS[result]) for _, result in made),
    }


def refused(world: World, scenario: Scenario) -> list[str]:
    """Say which events of the scenario the host did not make, or not wholly: the first few of them."""
    made = zip(changes_of(scenario), world.tables.changes, strict=True)
    bad = [
        f"{given.target}: {given.path or given.text or given.action} at {Duration().write(given.at)}: {_RESULTS[row.result]}"
        for given, row in made
        if given.shown and row.result > kinds.DONE
    ]
    more = [f"and {len(bad) - _MOST_REFUSED} more events were refused; see table event"]
    return [*bad[:_MOST_REFUSED], *(more if len(bad) > _MOST_REFUSED else [])]


def _texts(values: Any) -> Any:
    return np.array(list(values), object)
