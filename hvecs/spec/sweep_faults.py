"""What pydantic found in a sweep file, in words that its user understands."""

from collections.abc import Iterator

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from hvecs.spec.problems import Fault, Steps, did_you_mean, show
from hvecs.spec.sweep import Sweep
from hvecs.spec.table import Table, is_array, kind_of, tables_of


def sweep_faults(error: ValidationError) -> Iterator[Fault]:
    """Translate every error of pydantic's into a fault."""
    for each in error.errors(include_url=False):
        yield Fault(each["loc"], _message(each))


def _message(error: ErrorDetails) -> str:
    steps: Steps = error["loc"]
    owner = _owner(steps)
    match error["type"]:
        case "extra_forbidden":
            known = list(owner.model_fields)
            near = did_you_mean(steps[-1], known) or _elsewhere(steps[-1])
            return "unknown key" + (near or f"; expected one of {', '.join(known)}")
        case "missing":
            return f"missing; expected {_expected(owner, steps)}"
        case "spec":
            return error["msg"]
    return f"expected {_expected(owner, steps)}; got {show(error['input'])}"


def _elsewhere(key: object) -> str:
    """Suggest the table that a key at the top was meant for."""
    owners = {"sweep": "[sweep]", "axis": "[[axis]]", "outcome": "[[outcome]]"}
    for name, field in Sweep.model_fields.items():
        if any(key in table.model_fields for table in tables_of(field)):
            return f"; it belongs to {owners[name]}"
    return ""


def _owner(steps: Steps) -> type[Table]:
    """Find the table that the last step of a path stands in."""
    owner: type[Table] = Sweep
    for step in steps[:-1]:
        field = owner.model_fields.get(step) if isinstance(step, str) else None
        inside = tables_of(field) if field is not None else ()
        owner = inside[0] if inside else owner
    return owner


def _expected(owner: type[Table], steps: Steps) -> str:
    name = next(step for step in reversed(steps) if isinstance(step, str))
    field = owner.model_fields.get(name)
    if field is None:
        return "a table"
    kind = kind_of(field)
    if is_array(field) and not isinstance(steps[-1], int):
        return f"an array, each element {kind.example}" if kind else f"tables, each under [[{name}]]"
    return kind.example if kind else f"a table [{name}]"
