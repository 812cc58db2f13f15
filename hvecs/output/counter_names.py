"""The names of the Windows counters of Hyper-V, by counter set, as the published lists spell them [TLFS2 J, WE, LIST]."""

from typing import Final

from hvecs.output.vp_counter_names import VIRTUAL_PROCESSOR

_HYPERVISOR = (
    "Logical Processors",
    "Partitions",
    "Total Pages",
    "Virtual Processors",
    "Monitored Notifications",
    "Modern Standby Entries",
    "Platform Idle Transitions",
    "HypervisorStartupCost",
)

_LOGICAL_PROCESSOR = (
    "% Total Run Time",
    "% Guest Run Time",
    "% Hypervisor Run Time",
    "% Idle Time",
    "% C1 Time",
    "% C2 Time",
    "% C3 Time",
    "C1 Transitions/sec",
    "C2 Transitions/sec",
    "C3 Transitions/sec",
    "Context Switches/sec",
    "Context Switch Time",
    "Hardware Interrupts/sec",
    "Inter-Processor Interrupts/sec",
    "Inter-Processor Interrupts Sent/sec",
    "Scheduler Interrupts/sec",
    "Timer Interrupts/sec",
    "Total Interrupts/sec",
    "Processor Halts/sec",
    "Monitor Transition Cost",
    "Root Vp Index",
    "Parking Status",
    "Frequency",
    "% of Max Frequency",
    "Scheduler Local Run List Size",
    "Posted Interrupt Notifications/sec",
)

_PARTITION = (
    "Virtual Processors",
    "Virtual TLB Pages",
    "Address Spaces",
    "Deposited Pages",
    "GPA Pages",
    "GPA Space Modifications/sec",
    "Virtual TLB Flush Entires/sec",  # Windows' own spelling; tools that match names rely on it
    "Recommended Virtual TLB Size",
    "4K GPA pages",
    "2M GPA pages",
    "1G GPA pages",
    "4K device pages",
    "2M device pages",
    "1G device pages",
    "Attached Devices",
    "Device Interrupt Mappings",
    "I/O TLB Flushes/sec",
    "I/O TLB Flush Cost",
    "Device Interrupt Errors",
    "Device DMA Errors",
    "Device Interrupt Throttle Events",
    "Skipped Timer Ticks",
    "Nested TLB Size",
    "Recommended Nested TLB Size",
    "Nested TLB Free List Size",
    "Nested TLB Trimmed Pages/sec",
)

_DYNAMIC_MEMORY_BALANCER = (
    "Available Memory",
    "Available Memory For Balancing",
    "Average Pressure",
    "System Current Pressure",
    "Added Memory",
    "Removed Memory",
    "Memory Add Operations",
    "Memory Remove Operations",
)

_DYNAMIC_MEMORY_VM = (
    "Physical Memory",
    "Guest Visible Physical Memory",
    "Guest Available Memory",
    "Added Memory",
    "Removed Memory",
    "Memory Add Operations",
    "Memory Remove Operations",
    "Current Pressure",
    "Average Pressure",
    "Maximum Pressure",
    "Minimum Pressure",
    "Smart Paging Working Set Size",
)

_STORAGE_DEVICE = (
    "Read Operations/Sec",
    "Write Operations/Sec",
    "Read Bytes/sec",
    "Write Bytes/sec",
    "Read Count",
    "Write Count",
    "Flush Count",
    "Error Count",
    "Queue Length",
    "Lower Queue Length",
    "Latency",
    "Lower Latency",
    "Throughput",
    "Normalized Throughput",
    "Minimum IO Rate",
    "Maximum IO Rate",
    "Maximum Bandwidth",
    "IO Quota Replenishment Rate",
    "Byte Quota Replenishment Rate",
    "Quota Replenishment Rate",
)

_DIRECTIONS = (
    "Bytes/sec",
    "Bytes Received/sec",
    "Bytes Sent/sec",
    "Packets/sec",
    "Packets Received/sec",
    "Packets Sent/sec",
    "Directed Packets Received/sec",
    "Directed Packets Sent/sec",
    "Broadcast Packets Received/sec",
    "Broadcast Packets Sent/sec",
    "Multicast Packets Received/sec",
    "Multicast Packets Sent/sec",
    "Dropped Packets Incoming/sec",
    "Dropped Packets Outgoing/sec",
    "Extensions Dropped Packets Incoming/sec",
    "Extensions Dropped Packets Outgoing/sec",
)

_NETWORK_ADAPTER = (*_DIRECTIONS, "IPsec offload Bytes Sent/sec", "IPsec offload Bytes Receive/sec")

_SWITCH = (
    *_DIRECTIONS,
    "Packets Flooded",
    "Packets Flooded/sec",
    "Learned Mac Addresses",
    "Learned Mac Addresses/sec",
    "Purged Mac Addresses",
    "Purged Mac Addresses/sec",
    "Number of Send Channel Moves/sec",
    "Number of VMQ Moves/sec",
)

COUNTER_SETS: Final = {
    "Hyper-V Hypervisor": _HYPERVISOR,
    "Hyper-V Hypervisor Logical Processor": _LOGICAL_PROCESSOR,
    "Hyper-V Hypervisor Virtual Processor": VIRTUAL_PROCESSOR,
    "Hyper-V Hypervisor Root Virtual Processor": VIRTUAL_PROCESSOR,
    "Hyper-V Hypervisor Partition": _PARTITION,
    "Hyper-V Hypervisor Root Partition": _PARTITION,
    "Hyper-V Dynamic Memory Balancer": _DYNAMIC_MEMORY_BALANCER,
    "Hyper-V Dynamic Memory VM": _DYNAMIC_MEMORY_VM,
    "Hyper-V Dynamic Memory Integration Service": ("Maximum Memory, Mbytes",),
    "Hyper-V VM Vid Partition": (
        "Physical Pages Allocated",
        "Preferred NUMA Node Index",
        "Remote Physical Pages",
    ),
    "Hyper-V VM Vid Numa Node": ("PageCount", "ProcessorCount"),
    "Hyper-V Virtual Machine Health Summary": ("Health Ok", "Health Critical"),
    "Hyper-V Virtual Machine Bus": ("Interrupts Received/sec", "Interrupts Sent/sec", "Throttle Events"),
    "Hyper-V Virtual Storage Device": _STORAGE_DEVICE,
    "Hyper-V Virtual Network Adapter": _NETWORK_ADAPTER,
    "Hyper-V Virtual Switch": _SWITCH,
    "System": ("Processor Queue Length",),
    "Processor": ("% Processor Time",),
    "Memory": (
        "Available MBytes",
        "Committed Bytes",
        "Pages/sec",
        "Pages Input/sec",
        "Standby Cache Normal Priority Bytes",
        "Modified Page List Bytes",
        "Free & Zero Page List Bytes",
    ),
}
"""Names by counter set; the last three are not Hyper-V's: they are measured inside the guest, and only these names of them matter here."""
