"""A schedule: the systems in their order and the events in theirs, and the kernels that follow from the two.

A schedule is written down once, in `systems/__init__.py`. What follows from it is generated here as the source of a few kernels, each of
which calls the declared ones by name in the declared order. Kernels reach it as `w.schedule`: `w.schedule.tick` is the number of the event
named tick, settled when they are compiled, as the policy's hooks are.
"""

import dis
import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from types import CodeType
from typing import Any

from components.archetypes import ARCHETYPES
from systems.declarations import MOMENTS, Account, Event, FollowUp, TaskKind, Workload
from systems.kernels.jit import part
from systems.kernels.numba_ext.hooks import hooks
from systems.state.tables import OK
from systems.system import Kernel, System


@hooks
class Schedule:
    """The systems, the events and what follows from them.

    Raises ValueError where the parts do not fit together; `missing` finds what kernels name and the schedule lacks.
    """

    def __init__(
        self,
        systems: Iterable[type[System]],
        events: Iterable[Event],
        follow_ups: Iterable[FollowUp],
        tasks: Iterable[TaskKind],
        workloads: Iterable[Workload],
        accounts: Iterable[Account],
        loop: Kernel,
    ) -> None:
        """Bind the parts; `loop` is the kernel (w, m, until) -> status that lets all events of a step happen."""
        self.systems, self.events = tuple(systems), tuple(events)
        self.follow_ups, self.accounts = tuple(follow_ups), tuple(accounts)
        self.tasks, self.workloads = tuple(tasks), tuple(workloads)
        self.loop = loop
        self._check()
        owners = [system for system in self.systems if self.owned_by(system)]
        self.last_owner = owners[-1]
        self.in_step = tuple(self._turns())
        self.kernels = len(self.in_step)
        sources = self._sources()
        kernels = [kernel for _, calls in sources for kernel in calls]
        texts = "\n".join([*(text for text, _ in sources), digest_of(kernels)])
        self.name = f"schedule {hashlib.sha256(texts.encode()).hexdigest()[:16]}"
        for text, calls in sources:
            made = _compiled(text, calls)
            setattr(self, _code(made).co_name, made)
        for number, event in enumerate(self.events):
            if hasattr(self, event.name):
                raise ValueError(
                    f"no event can be named {event.name}: a schedule has an attribute of that name"
                )
            setattr(self, event.name, number)

    @property
    def task_kinds(self) -> tuple[TaskKind, ...]:
        """All kinds of tasks: those that many have, and then those that one kind of workload alone has."""
        return (*self.tasks, *(task for each in self.workloads for task in each.tasks))

    def owned_by(self, system: type[System]) -> tuple[str, ...]:
        """Name what happens inside a step that belongs to `system`: its events, its follow-ups, how its tasks' work ends."""
        further = [_name(each.kernel) for each in self.follow_ups if each.system is system]
        further += [_name(each.done) for each in self.task_kinds if each.system is system]
        return (*(event.name for event in self.events if event.system is system), *dict.fromkeys(further))

    def without(self, name: str) -> "Schedule":
        """Return this schedule without the system, or the event, of this name; raises ValueError where others need it."""
        systems = [each for each in self.systems if each.__name__ != name]
        events = [each for each in self.events if each.name != name]
        changed = self._with(systems, events)
        for event, kernel in changed.missing():
            raise ValueError(f"{kernel} needs the event {event}, which is not in the schedule")
        return changed

    def with_system(self, system: type[System], after: str) -> "Schedule":
        """Return this schedule with a further system that has its turn after the one named."""
        place = [each.__name__ for each in self.systems].index(after) + 1
        return self._with([*self.systems[:place], system, *self.systems[place:]], self.events)

    def _with(self, systems: Iterable[type[System]], events: Iterable[Event]) -> "Schedule":
        """Return this schedule with these systems and events in the place of its own."""
        return Schedule(
            systems, events, self.follow_ups, self.tasks, self.workloads, self.accounts, self.loop
        )

    def missing(self) -> Iterator[tuple[str, str]]:
        """Give what kernels read of `w.schedule` and is not there, each with the name of the kernel that does."""
        kernels = [kernel for _, calls in self._sources() for kernel in calls]
        for kernel in _reached(kernels, lambda each: _is_of_model(_function_of(each).__module__)):
            for name in _read_of_schedule(_code(kernel)):
                if not hasattr(self, name):
                    yield name, _name(kernel)

    def _check(self) -> None:
        names = [event.name for event in self.events]
        if len(set(names)) < len(names) or any(not name.isidentifier() for name in names):
            raise ValueError(f"every event needs a name of its own: {', '.join(names)}")
        for entries, what in ((self.task_kinds, "task"), (self.workloads, "workload")):
            kinds = [each.kind for each in entries]
            if len(set(kinds)) < len(kinds):
                raise ValueError(f"every kind of {what} needs one entry: {kinds}")
        workloads = [each.name for each in self.workloads]
        if len(set(workloads)) < len(workloads):
            raise ValueError(f"every workload needs a name of its own: {', '.join(workloads)}")
        owned = [(event.name, event.system) for event in self.events]
        owned += [(_name(each.kernel), each.system) for each in self.follow_ups]
        owned += [(_name(each.done), each.system) for each in self.task_kinds]
        owned += [(f"workload {each.name}", each.system) for each in self.workloads]
        owned += [(_name(each.kernel), each.system) for each in self.accounts]
        for what, system in owned:
            if system not in self.systems:
                raise ValueError(f"{what} belongs to {system.__name__}, which is not among the systems")
        for event in self.events:
            if event.entity not in ARCHETYPES:
                raise ValueError(f"event {event.name}: there is no kind of entity {event.entity!r}")

    def _turns(self) -> Iterator[tuple[type[System], Kernel]]:
        """Give the kernels of a step in order; all events happen at the turn of the last system that owns any."""
        for system in self.systems:
            if system.kernel is not None:
                yield system, system.kernel
            if system is self.last_owner:
                yield system, self.loop

    def _sources(self) -> list[tuple[str, list[Kernel]]]:
        """Write the generated kernels: each as its source, in which `k0`, `k1` ... are the kernels that follow it."""
        begins = [system.begin for system in self.systems if system.begin is not None]
        ends = [system.ends_step for system in self.systems if system.ends_step is not None]
        single = [event.entity == "simulation" for event in self.events]
        happen = [f"event == {n}: k{n}(w, {'' if one else 'row, '}now)" for n, one in enumerate(single)]
        done = [
            f"kind == {each.kind}: return k{n}(w, vp, task, now)" for n, each in enumerate(self.task_kinds)
        ]
        lost = [f"kind == {each.kind}: k{n}(w, task)" for n, each in enumerate(self.task_kinds)]
        follow = [f"stage == {each.stage}: k{n}(w, task, now)" for n, each in enumerate(self.follow_ups)]
        return [
            _function("begin(w)", [f"k{n}(w)" for n in range(len(begins))], begins),
            _function(
                "step_end(w, m, now, end)",
                [*(f"end = min(end, k{n}(w, m, now))" for n in range(len(ends))), "return end"],
                ends,
            ),
            _function("step(w, m, last, until)", _step(self.kernels), [kernel for _, kernel in self.in_step]),
            _function("happen(w, event, row, now)", _chain(happen), [each.kernel for each in self.events]),
            _function("follow(w, task, stage, now)", _chain(follow), [e.kernel for e in self.follow_ups]),
            _function(
                "done(w, kind, vp, task, now)",
                [*_chain(done), "return 0"],
                [each.done for each in self.task_kinds],
            ),
            _function("lose(w, kind, task)", _chain(lost), [each.lost for each in self.task_kinds]),
            *(self._moment(name) for name in MOMENTS),
            _function(
                "account(w, vp, now)",
                [f"k{n}(w, vp, now)" for n in range(len(self.accounts))],
                [each.kernel for each in self.accounts],
            ),
        ]

    def _moment(self, name: str) -> tuple[str, list[Kernel]]:
        kernels = {each.kind: getattr(each, name) for each in self.workloads if getattr(each, name)}
        cases = [f"kind == {kind}: k{n}(w, guest, now)" for n, kind in enumerate(kernels)]
        return _function(
            f"{name}(w, guest, now)",
            ["kind = w.layouts[guest].workload", *_chain(cases)],
            [*kernels.values()],
        )


def _function(head: str, body: list[str], kernels: list[Kernel]) -> tuple[str, list[Kernel]]:
    return f"def {head}:\n" + "".join(f"    {line}\n" for line in body or ["pass"]), kernels


def _chain(cases: list[str]) -> list[str]:
    return [f"{'elif' if n else 'if'} {case}" for n, case in enumerate(cases)]


def _step(kernels: int) -> list[str]:
    """Write the body of a step: Clock.place says how many kernels have had their turn in it, and `last` how many shall."""
    lines = ["clock = w.clock[0]"]
    for n in range(kernels):
        lines += [
            f"if clock.place == {n} and last > {n}:",
            f"    status = k{n}(w, m, until)",
            f"    if status != {OK}: return status",
            f"    clock.place = {n + 1}",
        ]
    done = [f"if clock.place == {kernels}:", "    clock.place = 0", "    clock.stepped_ns = until"]
    return [*lines, *done, f"return {OK}"]


def _compiled(source: str, kernels: list[Kernel]) -> Kernel:
    names = {f"k{n}": kernel for n, kernel in enumerate(kernels)}
    exec(compile(source, "<schedule>", "exec"), names)  # noqa: S102 - our own text, from our own declaration
    function = next(value for name, value in names.items() if name == source[4 : source.index("(")])
    return part(function)


def digest_of(kernels: Iterable[Kernel]) -> str:
    """Hash what kernels do, in their order: the name of each; of those that are a user's own, and that these call, the code with the constants it names."""
    kernels = list(kernels)
    modules = {_function_of(kernel).__module__ for kernel in kernels}
    digest = hashlib.sha256()
    for kernel in kernels:
        digest.update(f"{_place(kernel)}\n".encode())

    def is_own(function: Any) -> bool:
        module = _function_of(function).__module__
        return not _is_of_model(module) and (module in modules or hasattr(function, "py_func"))

    for kernel in sorted(_reached(kernels, is_own), key=_place):
        function = _function_of(kernel)
        if not _is_of_model(function.__module__):
            code = function.__code__
            named = [function.__globals__.get(name) for name in code.co_names]
            named = [value if isinstance(value, int | float | str | tuple) else None for value in named]
            digest.update(repr((code.co_name, code.co_code, code.co_names, _consts(code), named)).encode())
    return digest.hexdigest()[:16]


def _is_of_model(module: str) -> bool:
    return module.startswith("systems.")


def _place(kernel: Kernel) -> str:
    function = _function_of(kernel)
    return f"{function.__module__}.{function.__qualname__}"


def _consts(code: CodeType) -> list[Any]:
    """Return the constants of a function, the same in every process: sets have no order of their own."""
    values = [value for value in code.co_consts if not isinstance(value, CodeType)]
    return [sorted(value, key=repr) if isinstance(value, frozenset) else value for value in values]


def _function_of(kernel: Kernel) -> Any:
    return getattr(kernel, "py_func", kernel)


def _code(kernel: Kernel) -> CodeType:
    code: CodeType = _function_of(kernel).__code__
    return code


def _name(kernel: Kernel) -> str:
    return _code(kernel).co_name


def _reached(kernels: Iterable[Kernel], is_ours: Callable[[Any], bool]) -> Iterator[Kernel]:
    """Give these kernels and all of ours that they call by name, directly or not."""
    waiting, seen = list(kernels), set[int]()
    while waiting:
        kernel = waiting.pop()
        function = _function_of(kernel)
        if id(function) in seen:
            continue
        seen.add(id(function))
        yield kernel
        named = (function.__globals__.get(name) for name in function.__code__.co_names)
        waiting += [each for each in named if hasattr(_function_of(each), "__code__") and is_ours(each)]


def _read_of_schedule(code: CodeType) -> list[str]:
    """Name the attributes that are read of an attribute `schedule`."""
    steps = [step for step in dis.get_instructions(code) if step.opname in ("LOAD_ATTR", "LOAD_METHOD")]
    return [str(two.argval) for one, two in pairwise(steps) if one.argval == "schedule"]
