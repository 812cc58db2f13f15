"""What pydantic found, in words that a user of the file understands."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from hvecs.spec.bounds import MOST_PROBLEMS
from hvecs.spec.problems import Fault, Steps, did_you_mean, listing, nearest, show
from hvecs.spec.scenario import Scenario
from hvecs.spec.table import Table, fields_of, is_array, kind_of, may_be_one, tables_of, tag_of

_TABLES = {
    "distribution": 'a distribution such as { distribution = "exponential", mean = "8 ms" }',
    "kind": 'a workload such as { kind = "idle" }',
}


_MOST_HINTS = 10 * MOST_PROBLEMS


class Finding(NamedTuple):
    """A fault, and the paths that it leaves without a trustworthy value."""

    fault: Fault
    spoils: tuple[Steps, ...]
    missing: bool


class _Spot(NamedTuple):
    """Where in the models an error lies: the file's steps, the table around it and its alternatives."""

    steps: Steps
    owner: type[Table]
    inside: tuple[type[Table], ...]


def findings(error: ValidationError) -> Iterator[Finding]:
    """Translate every error of pydantic's into a fault; what was meant is looked for in the first of them only, for that takes time."""
    for number, each in enumerate(error.errors(include_url=False)):
        if number > _MOST_HINTS and each["type"] == "extra_forbidden":
            steps = _spot(each["loc"]).steps
            yield Finding(Fault(steps, "unknown key"), (steps,), missing=False)
        else:
            yield _finding(each)


def _spot(location: tuple[int | str, ...]) -> _Spot:
    """Follow pydantic's location, which names the chosen alternative of a table after the table itself."""
    steps: Steps = ()
    owner: type[Table] = Scenario
    inside: tuple[type[Table], ...] = (Scenario,)
    for step in location:
        if len(inside) > 1:
            inside = tuple(table for table in inside if tag_of(table) == step)
            continue
        steps = (*steps, step)
        if isinstance(step, str) and inside:
            owner = inside[0]
            field = fields_of(owner).get(step)
            inside = tables_of(field) if field else ()
    return _Spot(steps, owner, inside)


def _finding(error: ErrorDetails) -> Finding:
    spot = _spot(error["loc"])
    steps = spot.steps
    match error["type"]:
        case "extra_forbidden":
            return _unknown_key(spot)
        case "missing":
            return Finding(Fault(steps, f"missing; expected {_expected(spot)}"), (steps,), missing=True)
        case "union_tag_not_found" | "union_tag_invalid":
            return _wrong_tag(spot, error["input"])
        case "spec":
            return Finding(Fault(steps, error["msg"]), (steps,), missing=False)
    message = f"expected {_expected(spot)}; got {show(error['input'])}"
    return Finding(Fault(steps, message), (steps,), missing=False)


def _unknown_key(spot: _Spot) -> Finding:
    """Suggest the key that was meant: of this table, or of one inside it."""
    owner, (*outer, key) = spot.owner, spot.steps
    known = [*(["extends"] if owner is Scenario else []), *fields_of(owner)]
    inner = dict(_keys_inside(owner))
    meant = inner.get(str(key))
    near = nearest(key, known) or nearest(key, inner)
    if meant:
        hint = f'; did you mean "{".".join(meant)}"?'
    elif near:
        hint = f'; did you mean "{near}"?'
        meant = inner.get(near, (near,))
    else:
        of = f' of {owner.tag_key} = "{tag_of(owner)}"' if owner.tag_key else ""
        hint = f"{of}; expected one of {', '.join(known)}"
    spoils = (spot.steps, (*outer, *meant)) if meant else (spot.steps,)
    return Finding(Fault(spot.steps, f"unknown key{hint}"), spoils, missing=False)


def _keys_inside(owner: type[Table]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """List the keys of the tables inside a table with their paths; of keys alike the first stands last."""
    for name, field in reversed(fields_of(owner).items()):
        one = not is_array(field) or may_be_one(field)
        for table in reversed(tables_of(field)) if one else ():
            for key, path in _keys_inside(table):
                yield key, (name, *path)
            for key in table.model_fields:
                yield key, (name, key)


def _wrong_tag(spot: _Spot, given: Any) -> Finding:
    first = spot.inside[0]
    tags = [tag_of(table) for table in spot.inside]
    steps = (*spot.steps, first.tag_key)
    if not isinstance(given, dict) or first.tag_key not in given:
        return Finding(Fault(steps, f"missing; expected {listing(tags)}"), (spot.steps,), missing=True)
    tag = given[first.tag_key]
    message = f"expected {listing(tags)}; got {show(tag)}{did_you_mean(tag, tags)}"
    return Finding(Fault(steps, message), (spot.steps,), missing=False)


def _expected(spot: _Spot) -> str:
    """Say what a key holds: a table, an array, or a value of its kind."""
    field = fields_of(spot.owner).get(str(next((s for s in reversed(spot.steps) if isinstance(s, str)), "")))
    if field is None:
        return "a table"
    element = isinstance(spot.steps[-1], int)
    if is_array(field) and not element and not may_be_one(field):
        kind = kind_of(field)
        path = ".".join(step for step in spot.steps if isinstance(step, str))
        return f"an array, each element {kind.example}" if kind else f"tables, each under [[{path}]]"
    if spot.inside:
        plain = f"a table [{spot.steps[0]}]" if len(spot.steps) == 1 else "a table"
        return spot.inside[0].example or _TABLES.get(spot.inside[0].tag_key, plain)
    kind = kind_of(field)
    return kind.example if kind else "a value"
