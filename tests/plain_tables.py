"""Kernels as plain Python on tables of a few rows."""

import sys
from collections.abc import Iterator
from typing import Any

import numba
import numpy as np
import pytest

from systems import EVENTS, SCHEDULE
from systems.policies.classic import CLASSIC
from systems.policy import Policy
from systems.state.tables import COMPONENTS, Tables
from tests.warm import begun


@pytest.fixture(scope="module")
def plain_python() -> Iterator[None]:
    """Put the function that a kernel was compiled from in its place, wherever it is called; undo that at the end.

    What begins a world is loaded before: no kernel can be compiled that calls what is plain Python.
    """
    if not numba.config.DISABLE_JIT:
        begun()
    with pytest.MonkeyPatch.context() as patch:
        put_plain(patch, "systems")
        yield


def put_plain(patch: pytest.MonkeyPatch, room: str) -> None:
    """Put plain Python in the place of the kernels that modules of a room name."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == room:
            for key, value in vars(module).copy().items():
                if hasattr(value, "py_func"):
                    patch.setattr(module, key, value.py_func)


def tables(**given: Any) -> Tables:
    """Tables of one row each, at their defaults, and what is given."""
    others = dict.fromkeys(set(Tables._fields) - COMPONENTS.keys(), np.zeros(0, np.int64))
    return Tables(
        **others
        | {
            "policy": _plain_policy(CLASSIC),
            "schedule": SCHEDULE,
            "first_slot": np.zeros(len(EVENTS), np.int64),
        }
        | {name: component.table(1) for name, component in COMPONENTS.items()}
        | given
    )


def plain_tables_of(world: Any) -> Tables:
    """The tables of a world that was built, and may have run, for kernels as plain Python."""
    w: Tables = world.tables
    return w._replace(policy=_plain_policy(w.policy), schedule=_PlainSchedule())


def _plain_policy(policy: Policy) -> Policy:
    return Policy(**{name: getattr(hook, "py_func", hook) for name, hook in policy._asdict().items()})


class _PlainSchedule:
    """The schedule, its kernels as plain Python."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(SCHEDULE, name)
        return getattr(found, "py_func", found)
