"""What may change between the start of a sweep and its resumption, and what is said of the rest."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import takewhile
from typing import Any, Final

from hvecs import __version__
from hvecs.output.schema import SCHEMA_VERSION
from hvecs.spec.problems import show
from hvecs.sweep.manifest import SweepManifest
from hvecs.sweep.plan import Plan, Run, batches, describe

_FREE: Final = {"name", "purpose"}


class ChangedError(ValueError):
    """A sweep cannot be resumed because it is another one now; `changes` says what changed, a line each."""

    def __init__(self, changes: tuple[str, ...]) -> None:
        super().__init__("; ".join(changes))
        self.changes = changes


def extended(plan: Plan, manifest: SweepManifest) -> tuple[Plan, SweepManifest]:
    """Give the plan and the manifest of a sweep that is resumed: what it had, then what the plan adds.

    More replications, more points of a random or Sobol design, and more values of a grid or zip are additions: all that
    was there is kept, with its numbers. Fewer replications than are there change nothing.

    Raises:
        ChangedError: anything else differs.
    """
    try:
        changes = tuple(_changes(plan, manifest))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ChangedError(("the scenario in its manifest is not one that hvecs wrote",)) from error
    if changes:
        raise ChangedError(changes)
    numbers = {repr(_plain(point)): number for number, point in enumerate(manifest.points)}
    known = {run.run for run in manifest.runs}
    order = [numbers.setdefault(repr(_plain(point)), len(numbers)) for point in plan.points]
    gone = len(manifest.points) - sum(number < len(manifest.points) for number in order)
    lost = [run for run in manifest.runs if run.run not in {each.run for each in plan.runs}]
    if gone:
        raise ChangedError((f"{gone} points of it are no longer in the sweep",))
    if any(run.replication < len(plan.seeds) for run in lost):
        raise ChangedError((f"{len(lost)} runs of it are other ones now: a file that they read has changed",))
    placed = dict(zip(order, range(len(order)), strict=True))
    points = tuple(plan.points[placed[number]] for number in range(len(numbers)))
    scenarios = tuple(plan.scenarios[placed[number]] for number in range(len(numbers)))
    new = tuple(Run(run.run, order[run.point], run.replication) for run in plan.runs if run.run not in known)
    runs = (*manifest.runs, *new)
    added = tuple(batches(len(manifest.runs), len(runs), len(manifest.batches)))
    cut = (*manifest.batches, *added)
    seeds = max(plan.seeds, manifest.seeds, key=len)
    together = replace(plan, points=points, scenarios=scenarios, runs=runs, batches=cut, seeds=seeds)
    if not new:
        return together, manifest
    more = replace(
        manifest.reopened(),
        sweep=describe(plan.sweep),
        points=points,
        seeds=seeds,
        runs=runs,
        batches=cut,
    )
    return together, more


def _changes(plan: Plan, manifest: SweepManifest) -> Iterator[str]:
    """Say what changed that may not change."""
    if manifest.version != __version__:
        yield f"it was begun by hvecs {manifest.version}; this is {__version__}"
    if manifest.schema_version != SCHEMA_VERSION:
        yield f"its tables have version {manifest.schema_version}; this hvecs writes {SCHEMA_VERSION}"
    yield from _differences("scenario", _read(manifest.base), _read(plan.base))
    yield from _sweep_changes(manifest.sweep, describe(plan.sweep))
    columns = {column.name: column.type for column in plan.runs_table.columns}
    if manifest.paths == plan.paths and dict(manifest.columns) != columns:
        changed = {
            name
            for name in {**columns, **manifest.columns}
            if columns.get(name) != manifest.columns.get(name)
        }
        yield f"the table runs would have other columns: {', '.join(sorted(changed)[:5])}"
    if manifest.tables != plan.tables:
        yield f"the tables were {', '.join(manifest.tables)}, and are {', '.join(plan.tables)}"


def _sweep_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Compare sweep files, but for what may grow."""
    was, now = _flat(_allowed(old, new)), _flat(_allowed(new, old))
    yield from _differences("", was, now)


def _allowed(sweep: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out of a sweep file what may differ from another."""
    table = {
        key: value for key, value in sweep["sweep"].items() if key not in {*_FREE, "scenario", "replications"}
    }
    design = table["design"]
    if design != "latin-hypercube":
        del table["points"]  # random and Sobol points only grow, and a grid has none
    axes = [dict(axis) for axis in sweep["axis"]]
    if design in {"grid", "zip"} and other["sweep"]["design"] == design:
        for axis, twin in zip(axes, other["axis"], strict=False):
            if axis["values"] and twin["values"]:
                axis["values"] = ()
            known = {level["name"] for level in twin.get("levels", ())}
            axis["levels"] = [level for level in axis.get("levels", ()) if level["name"] in known]
    return {"sweep": table, "axis": axes, "outcome": list(sweep["outcome"])}


def _differences(prefix: str, old: Any, new: Any) -> Iterator[str]:
    """Say which values of two nested tables differ."""
    was, now = _flat(old), _flat(new)
    for key in dict.fromkeys((*was, *now)):
        if was.get(key) != now.get(key):
            path = f"{prefix}.{key}".lstrip(".") if prefix != "scenario" else key
            yield f"{path} was {_shown(was.get(key))} and is {_shown(now.get(key))}"


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    """Give every scalar of nested tables and arrays by its path."""
    if isinstance(value, Mapping):
        inner = {f"{path}.{key}" if path else str(key): each for key, each in value.items()}
    elif isinstance(value, list | tuple):
        inner = {f"{path}[{index}]": each for index, each in enumerate(value)}
    else:
        return {path: value}
    return {key: each for at, deeper in inner.items() for key, each in _flat(deeper, at).items()}


def _shown(value: Any) -> str:
    return "absent" if value is None else show(value)


def _read(resolved: str | None) -> dict[str, Any]:
    """Read a resolved scenario, the hashes of files with code included, which stand in comments at the top."""
    if resolved is None:
        return {}
    heads = takewhile(lambda line: line.startswith("#"), resolved.splitlines())
    parts = (line.partition(": SHA-256 ") for line in heads)
    return tomllib.loads(resolved) | {
        f"the file of {head.strip('# ')}": digest for head, _, digest in parts if digest
    }


def _plain(value: Any) -> Any:
    """Give lists for tuples: JSON knows no difference."""
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return {key: _plain(each) for key, each in value.items()} if isinstance(value, dict) else value
