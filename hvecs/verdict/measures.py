"""Measures: the figures that rules are about, each made of the rows of one table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

Of = Literal["instance", "partition", "all"]
Aggregate = Literal["mean", "min", "max"]

Array = Any

MINUTE_NS: Final = 60_000_000_000
DEFAULT_BUFFER: Final = 0.2
"""The buffer of Dynamic Memory where nobody changes it [WIN32; NE-MEM]."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure for each instance, each partition, or all rows of a table together.

    `columns` are the ways to it: the first whose columns a table has counts. `of_row` makes one value of them, their sum unless it is
    given. A mean is weighted by the column `weight`; a least or greatest value is that of means over `over_ns` each (0: of samples). Rows
    that lie in the warm-up do not count.
    """

    name: str
    table: str
    columns: tuple[tuple[str, ...], ...]
    unit: str
    doc: str
    of: Of = "instance"
    aggregate: Aggregate = "mean"
    over_ns: int = 0
    weight: str = "interval_ns"
    of_row: Callable[..., Array] | None = None

    @property
    def counter(self) -> str:
        """The table and the first of its columns, `table.column`."""
        return f"{self.table}.{self.columns[0][0]}"


def at_default_buffer(first: Array, held: Array | None = None) -> Array:
    """Give the pressure (%) that a guest would have if its buffer were the default one.

    Of a target and the memory held it is 100 at rest over 1 + buffer, whatever the buffer; of a pressure alone the default is assumed.
    """
    return first if held is None else 100 * first / held / (1 + DEFAULT_BUFFER)


def of_interval(*given: Array) -> Array:
    """Give the sum of times (ns) as a percentage of the interval, which comes last."""
    *times, interval = given
    return 100 * sum(times) / interval


_TOTAL_RUN = (("total_run_pct",), ("guest_run_pct", "hypervisor_run_pct"))
_PRESSURE = (("average_pressure_pct",), ("current_pressure_pct",))

LPS_BUSY = Measure(
    "lps_busy", "logical_processor", _TOTAL_RUN, "%", "% Total Run Time, mean of all LPs", of="all"
)
LPS_WORST_MINUTE = Measure(
    "lps_worst_minute",
    "logical_processor",
    _TOTAL_RUN,
    "%",
    "% Total Run Time of all LPs, in the busiest minute",
    of="all",
    aggregate="max",
    over_ns=MINUTE_NS,
)
LP_BUSY = Measure("lp_busy", "logical_processor", _TOTAL_RUN, "%", "% Total Run Time of an LP")
LP_SWITCHES = Measure(
    "lp_switches",
    "logical_processor",
    (("context_switches_per_sec",),),
    "1/s",
    "Context Switches/sec of an LP, in the busiest 5 minutes",
    aggregate="max",
    over_ns=5 * MINUTE_NS,
)
VP_GUEST_RUN = Measure(
    "vp_guest_run",
    "virtual_processor",
    (("guest_run_pct",),),
    "%",
    "% Guest Run Time of a VP",
)
VP_BUSY = Measure("vp_busy", "virtual_processor", _TOTAL_RUN, "%", "% Total Run Time of a VP")
_WAIT_COLUMNS = (("wait_per_dispatch_ns",),)
GUEST_WAIT = Measure(
    "guest_wait",
    "virtual_processor",
    _WAIT_COLUMNS,
    "ns",
    "CPU Wait Time Per Dispatch of a guest's VPs, mean of their dispatches",
    of="partition",
    weight="dispatches",
)
WAIT_OF_ALL = Measure(
    "wait_of_all",
    "virtual_processor",
    _WAIT_COLUMNS,
    "ns",
    "CPU Wait Time Per Dispatch, mean of the dispatches of all guests",
    of="all",
    weight="dispatches",
)
ROOT_SHARE = Measure(
    "root_share",
    "root_virtual_processor",
    (("guest_run_pct",),),
    "%",
    "% Guest Run Time, mean of all root VPs, in the busiest 5 minutes",
    of="all",
    aggregate="max",
    over_ns=5 * MINUTE_NS,
)
ROOT_VP_BUSY = Measure(
    "root_vp_busy", "root_virtual_processor", (("guest_run_pct",),), "%", "% Guest Run Time of a root VP"
)
REMOTE_PAGES = Measure(
    "remote_pages",
    "vid_partition",
    (("remote_pages",),),
    "pages",
    "Remote Physical Pages of a guest, in 4 KiB",
    of="partition",
)
PRESSURE = Measure(
    "pressure",
    "dynamic_memory_vm",
    _PRESSURE,
    "%",
    "Average Pressure of a guest, in its worst minute",
    of="partition",
    aggregate="max",
    over_ns=MINUTE_NS,
)
BUFFER_PRESSURE = Measure(
    "buffer_pressure",
    "dynamic_memory_vm",
    (("target_mib", "physical_memory_mib"), *_PRESSURE),
    "%",
    "pressure as with a buffer of 20 %, in the worst minute: the target over the memory held, over 1.2",
    of="partition",
    aggregate="max",
    over_ns=MINUTE_NS,
    of_row=at_default_buffer,
)
BALANCED = Measure(
    "balanced",
    "dynamic_memory_balancer",
    _PRESSURE,
    "%",
    "Average Pressure of the guests with Dynamic Memory; there is none where no guest has it",
    of="all",
)
AVAILABLE = Measure(
    "available",
    "dynamic_memory_balancer",
    (("available_memory_mib",),),
    "MiB",
    "Available Memory of the balancer, in its worst minute",
    of="all",
    aggregate="min",
    over_ns=MINUTE_NS,
)
HELD = Measure(
    "held",
    "vid_partition",
    (("physical_pages",),),
    "pages",
    "Physical Pages Allocated of a guest, the most it held",
    of="partition",
    aggregate="max",
)
HELD_DYNAMIC = Measure(
    "held_dynamic",
    "dynamic_memory_vm",
    (("physical_memory_mib",),),
    "MiB",
    "Physical Memory of a guest, the most it held",
    of="partition",
    aggregate="max",
)
PAGING = Measure(
    "paging",
    "guest",
    (("pages_input_per_sec",),),
    "1/s",
    "Pages Input/sec of a guest, in its worst hour",
    of="partition",
    aggregate="max",
    over_ns=60 * MINUTE_NS,
)
MEAN_PAGING = Measure(
    "mean_paging",
    "guest",
    (("pages_input_per_sec",),),
    "1/s",
    "Pages Input/sec of a guest",
    of="partition",
)
WORST_PAGING = Measure(
    "worst_paging",
    "guest",
    (("pages_input_per_sec",),),
    "1/s",
    "Pages Input/sec of a guest, in its worst minute",
    of="partition",
    aggregate="max",
    over_ns=MINUTE_NS,
)
QUEUE = Measure(
    "queue",
    "guest",
    (("processor_queue_mean",), ("processor_queue_length",)),
    "threads",
    "Processor Queue Length of a guest",
    of="partition",
)
READY = Measure(
    "ready",
    "virtual_processor",
    (("ready_ns", "interval_ns"), ("wait_ns", "interval_ns")),
    "%",
    "time that the VPs of a guest were ready and waited for an LP, mean of its VPs",
    of="partition",
    of_row=of_interval,
)
RUN = Measure(
    "run",
    "virtual_processor",
    (("guest_run_ns", "hypervisor_run_ns", "interval_ns"), ("guest_run_ns", "interval_ns")),
    "%",
    "time that the VPs of a guest ran, mean of its VPs",
    of="partition",
    of_row=of_interval,
)
CAPPED = Measure(
    "capped",
    "virtual_processor",
    (("capped_ns", "interval_ns"),),
    "%",
    "time that the VPs of a guest were held back by a cap, mean of its VPs",
    of="partition",
    of_row=of_interval,
)
VP_CAPPED = Measure(
    "vp_capped",
    "virtual_processor",
    (("capped_ns", "interval_ns"),),
    "%",
    "time that a VP was held back by a cap",
    of_row=of_interval,
)

MEASURES: Final = (
    *(
        LPS_BUSY,
        LPS_WORST_MINUTE,
        LP_BUSY,
        LP_SWITCHES,
        VP_GUEST_RUN,
        VP_BUSY,
        GUEST_WAIT,
        WAIT_OF_ALL,
        VP_CAPPED,
    ),
    *(ROOT_SHARE, ROOT_VP_BUSY, REMOTE_PAGES, PRESSURE, BUFFER_PRESSURE, BALANCED, AVAILABLE, HELD),
    *(HELD_DYNAMIC, PAGING, MEAN_PAGING, WORST_PAGING, QUEUE, READY, RUN, CAPPED),
)
"""What is taken of every run."""
