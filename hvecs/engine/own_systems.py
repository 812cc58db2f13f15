"""Systems of one's own: loaded from the files that a scenario names, checked, and put among those of the model."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from hvecs.engine.policies import line_in
from hvecs.output.schema import TABLES
from hvecs.output.table import Table
from hvecs.spec import Problem, SpecError
from hvecs.spec.scenario import Scenario
from hvecs.spec.system_files import system_of
from hvecs.user_code import CodeNotAllowed, execute
from systems import SCHEDULE, System
from systems.schedule import Schedule

_OFTEN = ("step", "period", "sample")


def load_systems(scenario: Scenario) -> list[System]:
    """Return the systems that a scenario names, made; their files are executed, with leave.

    Raises:
        CodeNotAllowed: there is no leave to execute them.
        SpecError: a file cannot be executed, or what it holds under that name is no system that fits.
    """
    loaded: list[System] = []
    for index, named in enumerate(scenario.host.systems):
        path, name = system_of(named)
        try:
            loaded.append(_loaded(path, name))
            in_order(SCHEDULE, loaded)
        except CodeNotAllowed:
            raise
        except Exception as error:
            line = line_in(path, error)
            text = str(error) if isinstance(error, MisfitError) else f"{type(error).__name__}: {error}"
            raise SpecError((Problem(str(path), line, f"host.systems[{index}]", text),)) from error
    return loaded


class MisfitError(ValueError):
    """A system of the user's own does not say what it must."""


def _loaded(path: Path, name: str) -> System:
    module, _ = execute(path)
    found = getattr(module, name, None)
    if not (isinstance(found, type) and issubclass(found, System)):
        raise MisfitError(f"no system is named {name}; expected a subclass of systems.System of that name")
    return found()


def own_tables(systems: Iterable[System]) -> list[Table]:
    """Return the tables that systems of one's own add to the output.

    Raises:
        ValueError: one is no table, or has a name that is taken.
    """
    found: list[Table] = []
    for system in systems:
        table, name = system.table, type(system).__name__
        if table is None:
            continue
        if not isinstance(table, Table) or not table.name.isidentifier() or not table.columns:
            raise ValueError(
                f"system {name}: table must be an hvecs.output.table.Table with columns and a plain name"
            )
        if table.name in TABLES or table.name in {each.name for each in found}:
            raise ValueError(f"system {name}: there is a table {table.name} already")
        found.append(table)
    return found


def in_order(schedule: Schedule, own: Sequence[System]) -> list[System]:
    """Return the systems of `schedule`, made, with each of the user's own behind the one that it names.

    Raises:
        ValueError: one of them does not say where it stands, how often it is called, or what it does.
    """
    ordered: list[System] = [kind() for kind in schedule.systems]
    for system in own:
        names = [type(each).__name__ for each in ordered]
        problem = _problem(system, names)
        if problem is not None:
            raise MisfitError(f"system {type(system).__name__}: {problem}")
        place = names.index(system.after) + 1
        while place < len(ordered) and ordered[place] in own and ordered[place].after == system.after:
            place += 1
        ordered.insert(place, system)
    return ordered


def _problem(system: System, names: list[str]) -> str | None:
    """Say what is wrong with a system of the user's own."""
    if type(system).__name__ in names:
        return "there is one of that name already"
    if system.after not in names:
        return f"after = {system.after!r} names no system; there are {', '.join(names)}"
    if type(system).process is System.process or system.kernel is not None:
        return "expected a method process(self, until), and no kernel"
    every = system.every
    if every not in _OFTEN and not (isinstance(every, int) and not isinstance(every, bool) and every > 0):
        return f"every = {every!r}; expected {', '.join(map(repr, _OFTEN))}, or a number of ns"
    return None
