"""The vocabulary in which charges are declared: what is counted, in which column, and what it costs."""

from typing import Final, Literal, NamedTuple

Kind = Literal["intercept", "hypercall", "other"]


class Cost(NamedTuple):
    """One cost of the model: its key in [host.costs], unit, default as written in a file, meaning, and where that is from."""

    name: str
    unit: str
    default: str
    doc: str
    source: str


class Charge(NamedTuple):
    """Something that costs hypervisor time whenever it happens.

    `column` counts it, in `VpTraps` and in the output tables. `windows` is Windows' name of a class of intercepts; `classes` are
    the columns of `HYPERCALL_CLASSES` in which a hypercall counts. `part_of` is the column whose mean cost includes this one.
    `root_cost` is what the root pays where that differs.
    """

    column: str
    kind: Kind
    doc: str
    cost: Cost
    root_cost: Cost
    windows: str = ""
    classes: tuple[str, ...] = ()
    part_of: str = ""


def hypervisor_cost(name: str, default: str, doc: str, source: str) -> Cost:
    """Declare a cost in hypervisor time of the VP that causes it."""
    return Cost(name, "ns", default, f"{doc}; hypervisor time of the VP", source)


HYPERCALL_CLASSES: Final = {
    "long_spin_waits": ("Long Spin Wait Hypercalls/sec", "notifications of a long spin"),
    "virtual_mmu_hypercalls": ("Virtual MMU Hypercalls/sec", "address-space switches and flushes"),
    "virtual_interrupt_hypercalls": ("Virtual Interrupt Hypercalls/sec", "cluster interrupts and retargets"),
    "synthetic_interrupt_hypercalls": ("Synthetic Interrupt Hypercalls/sec", "signals over VMBus"),
    "virtual_processor_hypercalls": ("Virtual Processor Hypercalls/sec", "changes of the trust level"),
    "gpa_space_hypercalls": ("GPA Space Hypercalls/sec", "guest pages mapped and unmapped"),
    "other_hypercalls": ("Other Hypercalls/sec", "memory deposited with the hypervisor and taken back"),
    "extended_hypercalls": ("Extended Hypercalls/sec", "memory heat hints"),
    "address_space_switches": ("Address Space Switches/sec", "address-space switches by hypercall"),
    "address_space_flushes": ("Address Space Flushes/sec", "flushes of address translations by hypercall"),
}
"""The classes in which Windows counts hypercalls: column, Windows' name of its rate, meaning."""
