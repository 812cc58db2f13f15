"""When in the cap period each VP has its cap renewed, as the scheduler has it."""

from components import PartitionLayout, VpControls
from hvecs.engine.build import build


def cap_phases(scenario):
    """The phase (ns) of each guest VP, by guest and number."""
    world = build(scenario)
    layouts, controls = world.columns[PartitionLayout], world.columns[VpControls]
    first = len(layouts) - len(scenario.guests())
    return {
        (found.name, vp): int(controls[layouts[row].first_vp + vp].cap_phase_ns)
        for row, found in enumerate(scenario.guests(), start=first)
        for vp in range(found.block.virtual_processors)
    }
