"""What is wrong with the axes of a sweep although each value by itself is valid."""

from collections.abc import Iterable, Iterator

from hvecs.spec.kinds import Wrong
from hvecs.spec.problems import Fault, Steps, show
from hvecs.spec.sweep import Axis, Sweep
from hvecs.spec.sweep_ranges import Range, read_range

_SEED = "scenario.seed"
_NO_SEED = "seeds come from [sweep] seed and replications; expected another key"


def range_of(axis: Axis) -> Range | None:
    """Give the range of an axis; None if it has values or levels. Raises Wrong if it will not do."""
    return None if axis.choices else read_range(axis.range, log=axis.scale == "log")


def axis_faults(sweep: Sweep) -> Iterator[Fault]:
    """Find axes that say too little or too much, and keys that two of them set."""
    for index, axis in enumerate(sweep.axis):
        steps: Steps = ("axis", index)
        yield from _of_levels(axis, steps) if axis.levels or axis.name else _of_values(axis, steps)
    yield from repeated([axis.path for axis in sweep.axis], "axis", "path")
    yield from repeated([axis.name for axis in sweep.axis], "axis", "name")
    yield from _set_twice(sweep)


def repeated(names: Iterable[str | None], table: str, key: str) -> Iterator[Fault]:
    """Find names that stand for two tables of an array; None stands for none."""
    first_with: dict[str, int] = {}
    for index, name in enumerate(names):
        if name is not None and first_with.setdefault(name, index) != index:
            first = f"{table}[{first_with[name]}]"
            yield Fault((table, index, key), f"{show(name)} is that of {first} too; expected another {key}")


def _of_values(axis: Axis, steps: Steps) -> Iterator[Fault]:
    if not axis.path:
        yield Fault((*steps, "path"), "missing; expected a path, or a name with levels")
    elif axis.path == _SEED:
        yield Fault((*steps, "path"), _NO_SEED)
    if axis.values and axis.range:
        yield Fault((*steps, "range"), "given beside values; expected one of them")
    elif not axis.values and not axis.range:
        yield Fault((*steps, "values"), "missing; expected values or range")
    try:
        range_of(axis) if axis.range else None
    except Wrong as wrong:
        yield Fault((*steps, "range"), str(wrong))
    yield from _each_once(axis.values, (*steps, "values"))


def _of_levels(axis: Axis, steps: Steps) -> Iterator[Fault]:
    if not axis.name:
        yield Fault((*steps, "name"), "missing; expected the name of an axis that has levels")
    if not axis.levels:
        yield Fault((*steps, "levels"), "missing; an axis with a name has levels")
    for key in ("path", "values", "range"):
        if getattr(axis, key):
            yield Fault((*steps, key), "given beside a name with levels; expected one of them")
    for index, level in enumerate(axis.levels):
        if _SEED in level.set:
            yield Fault((*steps, "levels", index, "set", _SEED), _NO_SEED)
    yield from _each_once([level.name for level in axis.levels], (*steps, "levels"))


def _each_once(values: Iterable[object], steps: Steps) -> Iterator[Fault]:
    seen: set[object] = set()
    for index, value in enumerate(values):
        if _key(value) in seen:
            yield Fault((*steps, index), f"{show(value)} is given twice; expected each value once")
        seen.add(_key(value))


def _key(value: object) -> object:
    """Give what tells values apart; tables, which have no hash, by their text."""
    return repr(value) if isinstance(value, dict | tuple) else value


def _set_twice(sweep: Sweep) -> Iterator[Fault]:
    """Find keys of levels that another axis sets too: which of the two held would not be seen."""
    owners: dict[str, int] = {axis.path: index for index, axis in enumerate(sweep.axis) if axis.path}
    for index, axis in enumerate(sweep.axis):
        for number, level in enumerate(axis.levels):
            for path in level.set:
                if owners.setdefault(path, index) != index:
                    message = f"axis[{owners[path]}] sets it too; expected each key in one axis"
                    yield Fault(("axis", index, "levels", number, "set", path), message)
