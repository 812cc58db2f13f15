"""How tests take a kernel by itself: the tables of a small host that has not begun to run, its timers, and neighbours that note their calls."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from hvecs.engine.build import build
from hvecs.engine.world import World
from systems.kernels import heap
from systems.kernels.heap import Heap
from systems.state.tables import Tables
from tests.plain_tables import plain_tables_of
from tests.simulation import Block, S, parsed, scenario

_WORLDS: dict[str, World] = {}
"""Hosts that were built, by their scenarios."""


def host_tables(lps: int | Block, *guests: Block, **more: Any) -> Tables:
    """Tables, a test's own, of a host that has not begun to run; VPs of the root come first."""
    return tables_of_text(scenario(S, lps, guests, **more))


def tables_of_text(text: Block) -> Tables:
    """Tables, a test's own, of the hosts of a scenario that have not begun to run; each scenario is built once."""
    if (key := repr(text)) not in _WORLDS:
        _WORLDS[key] = build(parsed(text))
    w = plain_tables_of(_WORLDS[key])
    own = {name: _copy(value) for name, value in w._asdict().items() if name not in ("policy", "schedule")}
    for matrix, table in (("trap_counts", "vp_traps"), ("wait_buckets", "vp_waits")):  # the same memory
        own[matrix] = own[table].view(np.int64).reshape(own[matrix].shape)
    return w._replace(**own)


def _copy(value: Any) -> Any:
    return Heap(*(column.copy() for column in value)) if isinstance(value, Heap) else value.copy()


def timer(w: Tables, event: int, row: int) -> int | None:
    """When the timer of `event` for entity `row` is due; None if it is not set."""
    slot = w.first_slot[event] + row
    return int(heap.key_of(w.timers, 0, slot)) if w.timers.position[slot] >= 0 else None


def with_hook(w: Tables, calls: list[tuple[Any, ...]], name: str, returns: Iterable[Any]) -> Tables:
    """The tables with a hook of the policy that notes its calls and returns one of `returns` after the other."""
    following = iter(returns)

    def noted(_: Tables, *given: Any) -> Any:
        calls.append((name, *given))
        return next(following)

    return w._replace(policy=w.policy._replace(**{name: noted}))
