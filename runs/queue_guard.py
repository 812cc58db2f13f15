"""A controller: the weight of "web" doubles while its queue is long, and halves once it is short."""

import esper
import numpy as np

from components import OpenWorkload, RequestTimes, VpControls, VpIdentity
from hvecs.output.table import Table, text, whole
from systems import System

LONG, SHORT = 32, 8
LEAST, MOST = 100, 1600


class QueueGuard(System):
    """Looks at the requests in "web" ten times a second."""

    after = "Scheduling"
    every = 100_000_000
    reads = frozenset({OpenWorkload, RequestTimes, VpIdentity})
    writes = frozenset({VpControls})
    table = Table(
        "queue_guard",
        "the weights that the controller has set; one row a change",
        (
            whole("time_ns", "ns", "when"),
            text("partition", "the guest"),
            whole("in_system", "count", "requests in it"),
            whole("weight", "", "its weight from then on"),
        ),
    )

    def process(self, until: int) -> None:
        """Set the weight by the requests in the guest at `until`."""
        first, *_ = entities = self.host.vps_of("web")
        guest = esper.component_for_entity(first, VpIdentity).owner
        found = esper.get_components(OpenWorkload, RequestTimes)
        times = next(times for _, (workload, times) in found if workload.owner == guest)
        waiting = int(times.arrivals - times.completions - times.failed - times.dropped)
        vps = [esper.component_for_entity(vp, VpControls) for vp in entities]
        before = int(vps[0].weight)
        weight = (
            min(MOST, 2 * before)
            if waiting > LONG
            else max(LEAST, before // 2)
            if waiting < SHORT
            else before
        )
        if weight == before:
            return
        for vp in vps:
            vp.weight = weight
        rows = {"time_ns": [until], "partition": ["web"], "in_system": [waiting], "weight": [weight]}
        self.host.write("queue_guard", {name: np.array(row) for name, row in rows.items()})
