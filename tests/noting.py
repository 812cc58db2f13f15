"""Neighbours of a kernel that note their calls and do nothing else."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest


def noting(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, *names: str, result: Any = None
) -> list[tuple[Any, ...]]:
    """Put in the place of functions of `module` ones that return `result`; give the list of their calls, each the name and the whole numbers it was given."""
    calls: list[tuple[Any, ...]] = []

    def replaced(name: str) -> Callable[..., Any]:
        def note(*given: Any) -> Any:
            calls.append((name, *(int(each) for each in given if isinstance(each, int | np.integer))))
            return result

        return note

    for name in names:
        monkeypatch.setattr(module, name, replaced(name))
    return calls
