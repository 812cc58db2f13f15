from collections.abc import Mapping
from typing import NamedTuple


class PlannedKey(NamedTuple):
    """A key that is documented but not built yet, of a table that is refused as a whole."""

    name: str
    type: str
    default: str
    description: str


PLANNED_KEYS: Mapping[str, tuple[PlannedKey, ...]] = {
    "partition.workload": (
        PlannedKey("file", "the name of a file", "", "utilisation over time, of a trace"),
    ),
    "partition.dynamic_memory": (
        PlannedKey("startup", "a size", "", "memory at the start"),
        PlannedKey("minimum", "a size", "", "least memory"),
        PlannedKey("maximum", "a size", "", "most memory"),
        PlannedKey("buffer", "a percentage", '"20 %"', "memory beyond what is committed, 5 to 2000 %"),
        PlannedKey("weight", "a whole number", "5000", "share when memory is short, 0 to 10000"),
    ),
    "partition.memory_demand": (
        PlannedKey("kind", '"constant", "ramp", "steps", "diurnal" or "trace"', "", "shape over time"),
        PlannedKey("from", "a size", "", "committed memory at first"),
        PlannedKey("to", "a size", "", "committed memory at last"),
        PlannedKey("over", "a duration", "", "how long the change takes"),
        PlannedKey("start", "a duration", "", "when the change begins"),
        PlannedKey("working_set", "a percentage", "", "share of committed memory touched steadily"),
    ),
}
"""Keys inside what the models refuse as not supported yet, by the path of the table that holds them.

A default is given only where one is documented; a test compares the paths with the models.
"""
