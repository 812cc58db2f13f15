"""A larger pool of requests: what tiers keep of each of its rows."""

from typing import Any

from components import Attempt, Visit
from systems.state.rings import make_rings
from systems.state.tables import Tables


def longer_pool(tables: Tables, rows: int) -> dict[str, Any]:
    """Return what tiers keep of each row of the pool of requests, for a pool of so many rows; nothing where there are no tiers."""
    if not len(tables.tiers):
        return {}
    lists = len(tables.tiers) + len(tables.members)
    return {
        "visits": _longer(tables.visits, Visit.table(rows)),
        "attempts": _longer(tables.attempts, Attempt.table(rows)),
        "tier_lists": _longer(tables.tier_lists, make_rings(rows, lists)),
        "due_lists": _longer(tables.due_lists, make_rings(rows, len(tables.tiers))),
    }


def _longer(old: Any, new: Any) -> Any:
    new[: len(old)] = old
    return new
