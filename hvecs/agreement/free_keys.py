"""Keys of a scenario that a fit may change: what each is, how it is written, and which guests' counters it moves."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Final

from hvecs.agreement.figures import Figures
from hvecs.interop.fit import IPIS, TRAPS
from hvecs.interop.paths import ROOT
from hvecs.spec import Scenario
from hvecs.spec.kinds import Either, Kind, Number, Wrong
from hvecs.spec.partition import Partition
from hvecs.spec.paths import key_text, read_path
from hvecs.spec.problems import show
from hvecs.spec.scenario import guest_names
from hvecs.spec.sweep_points import inline
from hvecs.spec.table import Table, fields_of, is_array, kind_of, tag_of
from hvecs.spec.units import Quantity

_LEAST_RUN: Final = 1e-5
"""LPs below which a guest counts as idle, so that its traps tell nothing."""
_DIGITS: Final = 6
_INSIDE: Final = 1e-6
"""How far from a bound that a value may not reach itself, as a share of it."""

LOADS: Final = (
    ("workload", "rate"),
    ("workload", "arrivals", "mean"),
    ("workload", "service", "mean"),
    ("workload", "compute", "mean"),
    ("workload", "sleep", "mean"),
    ("root", "background_cpu"),
    ("root", "measured_cpu"),
)
SCALES: Final = (
    ("workload", "rate"),
    ("workload", "service", "mean"),
    ("root", "background_cpu"),
    ("root", "measured_cpu"),
)
"""Keys that CPU time is proportional to."""


@dataclass(frozen=True)
class FreeKey:
    """One key: `steps` from the top of the file or of its block, the value it has, and the tags that tables on the way have.

    `block` is the name of the block it is of; `guests` are the partitions, in lower case, whose counters it moves, none for all.
    `trap` names the intercept whose rate it is. `named` tells whether the user asked for it.
    """

    path: str
    block: str | None
    steps: tuple[str, ...]
    kind: Kind
    value: float
    guests: tuple[str, ...]
    tags: tuple[tuple[tuple[str, ...], str], ...] = ()
    named: bool = False

    @property
    def trap(self) -> str | None:
        """The intercept whose rate this is; None for other keys."""
        of_mix = self.steps[:-1] in {("intercepts",), ("root", "intercepts")}
        return self.steps[-1] if of_mix and self.steps[-1] in TRAPS else None

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the largest value that the file may have."""
        kind = _quantity(self.kind)
        assert isinstance(kind, Quantity | Number)  # noqa: S101 - find_key takes no others
        open_ends = (isinstance(kind, Number) or kind.above, isinstance(kind, Quantity) and kind.below)
        inwards = (1 + _INSIDE, 1 - _INSIDE)
        low, high = (
            end * by if is_open else end
            for end, by, is_open in zip((kind.low, kind.high), inwards, open_ends, strict=True)
        )
        return float(low), float(high) or inf

    def held(self, value: float) -> float:
        """Give the value as a file can hold it: within its bounds, in whole units or six digits."""
        low, high = self.bounds
        kind = _quantity(self.kind)
        whole = isinstance(kind, Quantity) and bool(kind.whole)
        rounded = round(value) if whole else float(f"{value:.{_DIGITS}g}")
        return min(max(rounded, low), high)

    def text(self, value: float) -> str:
        """Write a value as it stands in a file."""
        return inline(self.kind.write(self.held(value)))

    def settings(self, value: float) -> Iterator[str]:
        """Give the settings that lay a value over the scenario."""
        head = "" if self.block is None else f"partition.{key_text(self.block)}."
        for steps, tag in self.tags:
            yield f"{head}{'.'.join(steps)}={inline(tag)}"
        yield f"{head}{'.'.join(self.steps)}={self.text(value)}"


def find_key(scenario: Scenario, path: str) -> FreeKey:
    """Find the key of a path such as `partition.web.workload.rate`.

    Raises:
        Wrong: there is none, or it holds no quantity above zero; the text says why.
    """
    steps = read_path(path)
    if steps is None:
        raise Wrong(
            "not a path; expected one such as host.costs.context_switch or partition.NAME.workload.rate"
        )
    top: Table = scenario
    block: Partition | None = None
    if steps[0] == "partition" and len(steps) > 1:
        block = _block(scenario, steps[1])
        top, steps = block, steps[2:]
    names = tuple(step for step in steps if isinstance(step, str))
    if len(names) < len(steps) or not names:
        raise Wrong("not a key that holds a quantity")
    return _found(path, top, block, names)


def _block(scenario: Scenario, step: str | int) -> Partition:
    blocks = scenario.partition
    if isinstance(step, int) and step < len(blocks):
        return blocks[step]
    found = next((each for each in blocks if each.name == step), None)
    if found is not None:
        return found
    whole = next((each.name for each in blocks if step in guest_names(each)), None)
    if whole is not None:
        raise Wrong(f"{show(step)} is one of several guests; expected their block, {show(whole)}")
    raise Wrong(f"there is no partition {show(step)}")


def _found(path: str, top: Table, block: Partition | None, names: tuple[str, ...]) -> FreeKey:
    table: Any = top
    tags: list[tuple[tuple[str, ...], str]] = []
    for at, name in enumerate(names):
        if not isinstance(table, Table) or name not in fields_of(type(table)):
            raise Wrong(f"there is no key {show(name)} in this scenario")
        if table.tag_key == "distribution":
            tags.append(((*names[:at], table.tag_key), tag_of(type(table))))
        field, table = fields_of(type(table))[name], getattr(table, name)
    kind = kind_of(field)
    numeric = isinstance(table, int | float) and not isinstance(table, bool)
    if kind is None or is_array(field) or not isinstance(_quantity(kind), Quantity | Number) or not numeric:
        raise Wrong("it holds no quantity that could be fitted")
    if block is not None:
        guests = tuple(name.lower() for name in guest_names(block))
    else:
        guests = (ROOT.lower(),) if names[0] == "root" else ()
    return FreeKey(
        path,
        None if block is None else block.name,
        names,
        kind,
        float(table),
        guests,
        tuple(tags),
        named=True,
    )


def _quantity(kind: Kind) -> Kind:
    """Give the kind of the numbers among the values of a key."""
    return kind.other if isinstance(kind, Either) else kind


def default_keys(scenario: Scenario, measured: Figures) -> list[FreeKey]:
    """Give the keys that the counters of a capture determine: load and traps of each guest that it has, and of the root."""
    paths = []
    for block in scenario.partition:
        figures = [measured[name.lower()] for name in guest_names(block) if name.lower() in measured]
        if figures:
            head = f"partition.{key_text(block.name)}"
            paths += [f"{head}.workload.{each}" for each in _load_keys(block)]
            paths += [
                f"{head}.intercepts.{each}"
                for each in _counted(figures)
                if each != IPIS or block.virtual_processors > 1
            ]
    if ROOT.lower() in measured:
        paths.append("root.background_cpu" if scenario.root.measured_cpu is None else "root.measured_cpu")
        paths += [f"root.intercepts.{each}" for each in _counted([measured[ROOT.lower()]]) if each != IPIS]
    keys = (find_key(scenario, path) for path in paths)
    return [FreeKey(**{**vars(key), "named": False}) for key in keys]


def _load_keys(block: Partition) -> Iterator[str]:
    workload = block.workload
    if workload.kind == "open":
        if workload.rate is not None:
            yield "rate"
        elif hasattr(workload.arrivals, "mean"):
            yield "arrivals.mean"
        if hasattr(workload.service, "mean"):
            yield "service.mean"
    elif workload.kind == "closed":
        if hasattr(workload.compute, "mean"):
            yield "compute.mean"
        if getattr(workload.sleep, "mean", 0):
            yield "sleep.mean"


def _counted(figures: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Name the intercepts that the capture counts of guests that were busy."""
    busy = [each for each in figures if "guest_run" in each and each["guest_run"].value > _LEAST_RUN]
    for key in TRAPS:
        if any(f"intercepts.{key}" in each for each in busy):
            yield key
