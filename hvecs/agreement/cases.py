"""The registry of cases: one file each in `hvecs/cases`, with a scenario, what is expected of it, and where that is from.

A file has a scenario's tables, in which `extends` names a file of `hvecs/cases/hosts`; [case] with title, source and, if not 3, the number
of seeds; and an [[expect]] for each figure: the outcome as a sweep's [[outcome]] has it, its unit, and either `value` with a
`tolerance_pct`, or bounds `low` and `high`. `kind` is "fitted" where the parameters were fitted to the figure, "predicted" where they were
not, "exact" where a closed form gives it. To add a case is to add a file.
"""

import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import tomli_w

from hvecs.spec import Scenario, load
from hvecs.spec.sweep import SweepOutcome

_FOLDER: Final = Path(str(files("hvecs"))) / "cases"
_SEEDS: Final = 3
UNITS: Final[Mapping[str, float]] = {
    "min": 60e9,
    "s": 1e9,
    "ms": 1e6,
    "us": 1e3,
    "ns": 1.0,
    "%": 1.0,
    "MiB": 1.0,
    "/s": 1.0,
    "": 1.0,
}
"""What one of each unit is in that of the column."""
KINDS: Final = ("fitted", "predicted", "exact")


@dataclass(frozen=True)
class Expected:
    """One figure of a case, in its unit, with the bounds within which the simulated mean agrees with it."""

    what: str
    kind: str
    outcome: SweepOutcome
    unit: str
    low: float
    high: float
    value: float | None = None


@dataclass(frozen=True)
class Case:
    """One case: the tables of its scenario, what is expected of it, and the number of seeds to run it with."""

    name: str
    title: str
    source: str
    seeds: int
    expected: tuple[Expected, ...]
    tables: Mapping[str, Any]

    def scenario(self, seed: int, settings: Sequence[str] = ()) -> Scenario:
        """Return the scenario with another seed, and settings laid over it."""
        tables = dict(self.tables)
        if "extends" in tables:
            tables["extends"] = str(_FOLDER / "hosts" / tables["extends"])
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"{self.name}.toml"
            file.write_text(tomli_w.dumps(tables), encoding="utf-8")
            return load(file, [f"scenario.seed={seed}", *settings])


def read_cases() -> dict[str, Case]:
    """Return every case by its name, in the order of the names.

    Raises:
        ValueError: a file is no case; its name comes first.
    """
    found = (
        read_case(path.stem, path.read_text(encoding="utf-8")) for path in sorted(_FOLDER.glob("*.toml"))
    )
    return {case.name: case for case in found}


def read_case(name: str, text: str) -> Case:
    """Return the case of a file's text.

    Raises:
        ValueError: it is none.
    """
    tables = tomllib.loads(text)
    try:
        about, expected = tables.pop("case"), tables.pop("expect")
        case = Case(
            name,
            about.pop("title"),
            about.pop("source"),
            about.pop("seeds", _SEEDS),
            tuple(_expected(each) for each in expected),
            tables,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{name}: {error}") from error
    if about:
        raise ValueError(f"{name}: [case]: unknown {', '.join(about)}")
    return case


def _expected(given: dict[str, Any]) -> Expected:
    what, kind, unit = given.pop("what"), given.pop("kind"), given.pop("unit")
    if kind not in KINDS or unit not in UNITS:
        raise ValueError(f"{what}: kind is one of {KINDS} and unit one of {tuple(UNITS)}")
    value, tolerance = given.pop("value", None), given.pop("tolerance_pct", None)
    if (value is None) != (tolerance is None) or (value is None and not {"low", "high"} & given.keys()):
        raise ValueError(f"{what}: expected value and tolerance_pct, or low or high")
    around = 0.0 if value is None else abs(value) * tolerance / 100
    low = given.pop("low", float("-inf")) if value is None else value - around
    high = given.pop("high", float("inf")) if value is None else value + around
    outcome = SweepOutcome.model_validate({"name": "expected", **given})
    return Expected(what, kind, outcome, unit, low, high, value)
