"""A larger pool of tasks, with what stands beside each of its rows."""

from typing import Any

from systems.state.rings import make_rings
from systems.state.tables import POOL, TIER_POOL, Tables


def longer_pool(tables: Tables, rows: int) -> dict[str, Any]:
    """Return the tables of a pool of so many rows, which begin as those of the present one; what tiers keep only where there are any."""
    pool = POOL | (TIER_POOL if len(tables.tiers) else {})
    longer = {name: _longer(getattr(tables, name), component.table(rows)) for name, component in pool.items()}
    if not len(tables.tiers):
        return longer
    lists = len(tables.tiers) + len(tables.members)
    return longer | {
        "tier_lists": _longer(tables.tier_lists, make_rings(rows, lists)),
        "due_lists": _longer(tables.due_lists, make_rings(rows, len(tables.tiers))),
    }


def _longer(old: Any, new: Any) -> Any:
    new[: len(old)] = old
    return new
