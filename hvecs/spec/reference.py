"""Every key of scenario and sweep files, for printing; generated from the models, so that it cannot differ from them."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pydantic.fields import FieldInfo

from hvecs.spec.costs import COSTS, Costs
from hvecs.spec.distributions import Deterministic, Empirical, Exponential, Lognormal, Pareto, Uniform
from hvecs.spec.host_paths import host_and_keys
from hvecs.spec.host_tables import HOST
from hvecs.spec.kinds import Choice, Kind
from hvecs.spec.paths import read_path
from hvecs.spec.problems import Steps, listing, show
from hvecs.spec.scenario import Scenario
from hvecs.spec.sizes import FixedSize
from hvecs.spec.sweep import Sweep
from hvecs.spec.table import Table, fields_of, is_array, kind_of, tables_of, tag_of

REQUIRED = "required"
NOT_YET = "not supported yet"
BY = {
    "preset": "as the preset says",
    "profile": "as the profile says",
    "intercepts.preset": "as intercepts.preset says",
    "workload.kind": "as the workload is",
}
"""The default of a key that another key decides, by that key."""
_DECIDED: Mapping[str, str] = {
    "root.memory_bound": BY["intercepts.preset"],
    "root.working_set": BY["intercepts.preset"],
    "root.intercepts.preset": show("root"),
    "partition.workload.memory_bound": BY["intercepts.preset"],
    "partition.workload.working_set": BY["intercepts.preset"],
    "partition.intercepts.preset": BY["workload.kind"],
}
"""Defaults that no model of one table knows, by path."""
_REFUSED = ("root.workload.memory_bound", "root.workload.working_set", "root.workload.lock.")
"""Paths, or beginnings of them, of a model that serves another table too, in which alone they are keys."""
_NAMED = ("partition", "event")
"""Arrays of tables whose paths hold a name."""
DISTRIBUTION = "<distribution>"
"""Stands for the path of any key that holds a distribution."""


class Key(NamedTuple):
    """One key of a scenario or sweep file.

    `when` is the choice that the key belongs to, `default` is as written in a file, `unit` is that of the value
    once read, `status` says what is not built yet; each is empty where there is nothing to say.
    """

    path: str
    type: str
    default: str
    unit: str
    description: str
    when: str
    status: str


def scenario_keys() -> Iterator[Key]:
    """List every key in the order of the models, those of distributions last."""
    yield _extends("scenario")
    for each in _table(Scenario, "", ""):
        if not each.path.startswith(_REFUSED):
            yield each._replace(default=_DECIDED.get(each.path, each.default))
    yield from _alternatives(
        (Deterministic, Exponential, Uniform, Lognormal, Pareto, Empirical), DISTRIBUTION, ""
    )


def sweep_keys() -> Iterator[Key]:
    """List every key of a sweep file in the order of the models."""
    yield _extends("sweep")
    yield from _table(Sweep, "", "")


def _extends(kind: str) -> Key:
    what = f"a {kind} file, beside this one, whose keys hold where this one does not give them"
    return Key("extends", "the name of a file", "", "", what, "", "")


def keys_like(text: str) -> list[Key]:
    """List the keys whose path holds `text`; a path with the name or the place of a block in it, as `--set` takes it, is that of its key."""
    steps = read_path(text) or ()
    places = [place for place, step in enumerate(steps) if isinstance(step, int)]
    named = [1] if len(steps) > 2 and _is_named(steps) else []  # noqa: PLR2004 - the array, the name and a key
    plain = ".".join(str(step) for place, step in enumerate(steps) if place not in {*places, *named})
    keys = list(scenario_keys())
    return [key for key in keys if text in key.path] or [key for key in keys if plain and plain in key.path]


def _is_named(steps: Steps) -> bool:
    """Tell whether the second step of a path is the name of a block, or of a host."""
    return steps[0] in _NAMED or (steps[0] == HOST and host_and_keys(steps)[0] is not None)


def _table(table: type[Table], path: str, when: str) -> Iterator[Key]:
    for name, field in fields_of(table).items():
        if name == table.tag_key:
            continue
        inner, at = tables_of(field), f"{path}.{name}" if path else name
        if len(inner) == 1:
            given = f"[{at}] is given" if _is_optional(field) else ""
            yield from _table(inner[0], at, " and ".join(filter(None, (when, given))))
        elif inner and inner[0] is FixedSize:
            yield _key(field, at, "a size, or a distribution of sizes", when, _default(field))
        elif inner and inner[0].tag_key == "distribution":
            yield _key(field, at, "a distribution", when, _default(field))
        elif inner:
            yield from _alternatives(inner, at, str(field.default["kind"]) if field.default else "")
        else:
            yield from _scalar(table, name, at, when)


def _alternatives(tables: tuple[type[Table], ...], path: str, default: str) -> Iterator[Key]:
    tag = tables[0].tag_key
    words = listing([tag_of(table) for table in tables])
    kinds = " ".join(f"{tag_of(table)}: {(table.__doc__ or '').splitlines()[0]}" for table in tables)
    yield Key(f"{path}.{tag}", words, show(default) if default else REQUIRED, "", kinds, "", "")
    for table in tables:
        yield from _table(table, path, f'{tag} = "{tag_of(table)}"')


def _scalar(table: type[Table], name: str, path: str, when: str) -> Iterator[Key]:
    field = table.model_fields[name]
    kind = kind_of(field)
    words = kind.words if kind else ""
    default = _default(field)
    for chooser in ("preset", "profile"):
        decides = chooser in table.model_fields and kind_of(table.model_fields[chooser]) is not None
        if field.is_required() and decides and not is_array(table.model_fields[chooser]):
            default = BY[chooser]
    if table is Costs:
        default = next((show(cost.default) for cost in COSTS if cost.name == name), default)
    yield _key(field, path, f"array of: {words}" if is_array(field) else words, when, default)


def _key(field: FieldInfo, path: str, words: str, when: str, default: str) -> Key:
    kind = kind_of(field)
    return Key(path, words, default, kind.unit if kind else "", field.description or "", when, _status(kind))


def _is_optional(field: FieldInfo) -> bool:
    """Tell whether a table may be left out: then what it requires is required only where it stands."""
    return not field.is_required() and field.default is None


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return REQUIRED
    match field.default:
        case None:
            return ""
        case dict() as table:
            return (
                "{ " + ", ".join(f"{key} = {show(value)}" for key, value in table.items()) + " }"
                if table
                else "{}"
            )
        case ():
            return "[]"
    return show(field.default)


def _status(kind: Kind | None) -> str:
    planned = kind.planned if isinstance(kind, Choice) else ()
    return f"{NOT_YET}: {', '.join(map(show, planned))}" if planned else ""
