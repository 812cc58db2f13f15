"""Neighbours of a kernel that note their calls and do nothing else."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest


def noting(patch: pytest.MonkeyPatch, place: Any, *names: str, result: Any = None) -> list[tuple[Any, ...]]:
    """Put in the place of functions of `place` ones that return `result`; give the list of their calls, each the name and the whole numbers it was given."""
    calls: list[tuple[Any, ...]] = []
    for name in names:
        patch.setattr(place, name, _note(calls, result, name), raising=False)
    return calls


def noting_one(patch: pytest.MonkeyPatch, place: Any, name: str, result: Any = None) -> list[tuple[Any, ...]]:
    """Do so for one function; its name is left out of its calls."""
    calls: list[tuple[Any, ...]] = []
    patch.setattr(place, name, _note(calls, result))
    return calls


def _note(calls: list[tuple[Any, ...]], result: Any, *name: str) -> Callable[..., Any]:
    def note(*given: Any) -> Any:
        calls.append((*name, *(int(each) for each in given if isinstance(each, int | np.integer))))
        return result

    return note
