"""Why counters of Windows have no column: the first rule whose pattern fits set and name says it."""

import re
from typing import Final

_RULES: Final = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (
            r"Forward|Emulation|VM(CLEAR|PTRLD|PTRST|READ|WRITE|XOFF|XON)|Inv(Ept|Vpid)|Nested|MBEC",
            "no virtualization inside guests",
        ),
        (r"\\(% )?C[123] |Frequency|Parking|Halts|Standby|Idle Transitions", "no power states of processors"),
        (r"Posted Interrupt", "interrupts are delivered by the hypervisor, none posted by the processor"),
        (
            r"Storage Device.*(Read|Write) Count",
            "the rate is there, and the number in each interval beside it",
        ),
        (r"Storage Device.*Flush Count", "I/Os are reads and writes"),
        (r"Storage Device.*Error Count", "no I/O fails at a device"),
        (
            r"Storage Device.*Lower",
            "of the storage below the virtual disk: the table storage has a row a volume",
        ),
        (
            r"Storage Device.Throughput",
            "what it counts is stated both ways, normalised operations and I/Os",
        ),
        (
            r"Storage Device.*Replenishment",
            "its unit is not published: maximum_iops and storage.throttle_period are the quota",
        ),
        (r"(Adapter|Switch).*(Broadcast|Multicast|Directed)", "packets are not told apart by address"),
        (r"(Adapter|Switch).*Extensions", "switches have no extensions"),
        (
            r"(Adapter|Switch).*Dropped Packets Outgoing",
            "nothing that a guest sends is dropped: it waits for the link",
        ),
        (r"(Adapter|Switch).*IPsec", "no encryption is modelled"),
        (
            r"Switch.*(Received|Sent)/sec",
            "which of its ports they count is not published: packets_received and packets_sent are those of guests",
        ),
        (r"Switch.*(Flooded|Mac Addresses|Moves)", "queues and addresses stay where they are"),
        (r"Live Migration.*CPU Cap", "a guest is not slowed down while its memory is sent"),
        (
            r"Live Migration.*(Pending|to be Compressed|Buffer Count|buffer count)",
            "bytes count at both ends as they cross: what its root has still to do for them is not told apart by buffer",
        ),
        (r"Live Migration.*Thread", "the threads of a migration are work of the root, on any of its VPs"),
        (r"I/O TLB|[Dd]evice|Device Interrupt", "no devices are assigned to guests"),
        (
            r"TLB|Page Table|Address Domain|GVA|Guest Page Faults",
            "addresses are translated by the processor (SLAT), so there is no virtual TLB",
        ),
        (r"% Guest Idle Time|% Total Core Run Time", "its exact meaning is not published"),
        (
            r"APIC|Intercept Messages|Other Messages|Reflected",
            "interrupt controllers and messages are modelled only as far as they cost time",
        ),
        (r"Hypercalls|Physical Address", "no such hypercalls are made"),
        (
            r"Virtual Machine Bus",
            "signals are counted where they are sent (virtual_processor.signalled_events)",
        ),
        (r"1G ", "memory is mapped in pages of 4 KiB and 2 MiB"),
        (r"Vid Numa Node|Integration Service", "a setting, which scenario.toml has"),
    )
)
_OTHER: Final = "nothing in the model is behind it"


def why_absent(counter_set: str, name: str) -> str:
    """Say why a counter that is not modelled is not."""
    path = f"{counter_set}\\{name}"
    return next((reason for pattern, reason in _RULES if pattern.search(path)), _OTHER)


SETS_NOT_LISTED: Final = {
    "Hyper-V DataStore": (46, "volumes have no files: the table storage has a row a volume"),
    "Hyper-V Legacy Network Adapter": (6, "adapters are synthetic, none is emulated"),
    "Hyper-V Replica VM": (3, "no replication"),
    "Hyper-V VM Remoting": (2, "no consoles"),
    "Hyper-V VM Save, Snapshot, and Restore": (
        6,
        "saving has a time and memory, no counters of its own: see the tables event and memory_operation",
    ),
    "Hyper-V Virtual IDE Controller (Emulated)": (4, "disks are synthetic, none is emulated"),
    "Hyper-V Virtual Network Adapter Drop Reasons": (
        50,
        "packets are dropped for full rings and guests that are off only",
    ),
    "Hyper-V Virtual SMB": (17, "volumes are not told apart by protocol"),
    "Hyper-V Virtual Switch Port": (2, "ports are the adapters of guests"),
    "Hyper-V Virtual Switch Processor": (1, "a setting: network.vmq"),
    "Hyper-V Worker Virtual Processor": (2, "the worker process is part of the root's own load"),
}
"""Sets of which no counter is listed: how many counters the public lists and tools name, and why there are none here."""
