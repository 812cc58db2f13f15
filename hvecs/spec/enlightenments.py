from typing import Annotated

from hvecs.spec.kinds import Switch
from hvecs.spec.table import Table, key


class Enlightenments(Table):
    """What a guest knows about running on Hyper-V; all on for a Windows guest [TLFS-md feature-discovery.md]."""

    long_spin_wait: Annotated[bool, Switch()] = key(
        "tells the hypervisor of long spins on a lock", default=True
    )
    synthetic_timers: Annotated[bool, Switch()] = key(
        "uses the hypervisor's timers; off: an emulated timer, whose every interrupt costs accesses to I/O ports",
        default=True,
    )
    reference_tsc: Annotated[bool, Switch()] = key(
        "reads the time without an intercept; off: every reading is an MSR access", default=True
    )
    apic_assist: Annotated[bool, Switch()] = key(
        "ends most interrupts without an intercept; off: every end of interrupt is an MSR access",
        default=True,
    )
    flush_hypercall: Annotated[bool, Switch()] = key(
        "flushes remote address translations by one hypercall; off: an interrupt to each of the guest's other VPs, for whose answers the sender spins",
        default=True,
    )
    cluster_ipi: Annotated[bool, Switch()] = key(
        "sends interrupts to any number of VPs by one hypercall; off: an MSR access for each VP", default=True
    )
