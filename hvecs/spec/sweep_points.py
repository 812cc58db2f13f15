"""Points: the scenario of a sweep with the values of its axes laid over it, each validated once."""

import json
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hvecs.spec.checks import rule_faults
from hvecs.spec.datafiles import DataFiles
from hvecs.spec.files import read_tree
from hvecs.spec.loading import Further, load, load_advised
from hvecs.spec.nodes import plain
from hvecs.spec.overrides import Overrides, Setting
from hvecs.spec.paths import key_text
from hvecs.spec.policy_file import found_policy
from hvecs.spec.problems import Problem
from hvecs.spec.scenario import Scenario
from hvecs.spec.system_files import found_systems


class PointLoader:
    """Makes the scenario of each point; the files are read once.

    `sets` are settings that hold for every point, before those of the point. Files that a point names are relative to
    `folder`, that of the sweep file. `further` is as for `hvecs.spec.load`.
    """

    def __init__(
        self, path: Path, sets: Sequence[str] = (), folder: Path = Path(), further: Further | None = None
    ) -> None:
        self._path = path
        self._folder = folder
        self._further = further
        self._sets = tuple(sets)
        self._tree, problems = read_tree(path)
        self._readable = not problems
        self._data_files = DataFiles()

    def load(self, settings: Sequence[str]) -> Scenario:
        """Give the scenario with `settings` (`path=value`) laid over it.

        Raises:
            SpecError: it is invalid; all problems are located as `hvecs.spec.load` does.
        """
        return self._fast(self._all(settings)) or load(self._path, self._all(settings), self._further)

    def advice(self, settings: Sequence[str]) -> tuple[Problem, ...]:
        """Give what to warn of in a valid point, located."""
        return load_advised(self._path, self._all(settings))[1]

    def _all(self, settings: Sequence[str]) -> tuple[str | Setting, ...]:
        return (*self._sets, *(Setting(each, self._folder) for each in settings))

    def _fast(self, sets: Sequence[str | Setting]) -> Scenario | None:
        """Give the scenario, or None if anything at all is wrong."""
        overrides = Overrides(self._tree)
        if not self._readable or overrides.apply(sets):
            return None
        filled_in, no_policy = found_policy(self._data_files.filled_in(overrides.tree))
        filled_in, no_systems = found_systems(filled_in)
        if no_policy or no_systems or self._data_files.faults or self._data_files.problems:
            self._data_files = DataFiles()
            return None
        try:
            scenario = Scenario.model_validate(plain(filled_in))
        except ValidationError:
            return None
        further = self._further(scenario) if self._further else ()
        return None if next(chain(rule_faults(scenario), further), None) else scenario


def setting(path: str, value: Any) -> str:
    """Write an axis' path and one of its values as `--set` takes them."""
    return f"{path}={inline(value)}"


def inline(value: Any) -> str:
    """Write a value of TOML on one line."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case dict():
            return "{ " + ", ".join(f"{key_text(key)} = {inline(each)}" for key, each in value.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(map(inline, value)) + "]"
    return str(value)


def value_text(value: Any) -> str:
    """Write a value of an axis, or the name of a level, for people: a string without its quotes, anything else as TOML."""
    return value if isinstance(value, str) else inline(value)
