r"""The tables of devices that guests share: volumes and the disks of guests on them, NICs and the adapters of guests.

Windows' set `\Hyper-V Virtual Storage Device` has an instance a virtual disk; which unit its averages have is what the tools that read them say [X1].
"""

from hvecs.output.leading_columns import ENTITY, PARTITION_NAME, TIME, sampled
from hvecs.output.source import Computed, Rate, from_fields
from hvecs.output.table import Column, Table, null, of_field, rate, real, text, whole

_DISK = r"\Hyper-V Virtual Storage Device(*)"
_NOTHING_DONE = "when no I/O was completed"


def _counted(name: str, doc: str, field: str) -> Column:
    """Declare the column of a count in DiskTimes."""
    return whole(name, "count", doc, None, from_fields(f"disk_times.{field}"))


def _transfers(prefix: str) -> tuple[Column, ...]:
    """Declare what a disk, or all on a volume, were asked for and have done; `prefix` is that of their counters, empty where there are none."""

    def path(name: str) -> str | None:
        return rf"{prefix}\{name}" if prefix else None

    return (
        _counted("submitted", "I/Os that came", "submitted"),
        _counted("bytes_submitted", "bytes of those", "submitted_bytes"),
        _counted("reads", "reads completed", "reads"),
        rate("reads", "reads completed", path("Read Operations/Sec")),
        _counted("writes", "writes completed", "writes"),
        rate("writes", "writes completed", path("Write Operations/Sec")),
        _counted("bytes_read", "bytes of the reads completed", "read_bytes"),
        rate("bytes_read", "bytes of the reads completed", path("Read Bytes/sec")),
        _counted("bytes_written", "bytes of the writes completed", "written_bytes"),
        rate("bytes_written", "bytes of the writes completed", path("Write Bytes/sec")),
        _counted(
            "cancelled",
            "I/Os that their guest, turned off or restarted, left before they were begun",
            "cancelled",
        ),
        _counted("bytes_cancelled", "bytes of those", "cancelled_bytes"),
        of_field(
            "queue_length",
            "count",
            "I/Os that had come and were not completed, those in service included, at the end of the interval",
            "disks.outstanding",
            path("Queue Length"),
        ),
        of_field("bytes_outstanding", "count", "bytes of those", "disks.outstanding_bytes"),
        real(
            "normalized_operations_per_sec",
            "1/s",
            "normalised operations of the I/Os completed (storage.normalisation, storage.counting)",
            path("Normalized Throughput"),
            Computed(("disk_times.operations",)),
        ),
        null(
            real(
                "latency_mean_ns",
                "ns",
                "mean time from its coming to its completion, of the I/Os completed",
                None,
                Computed(("disk_times.latency_ns", "reads", "writes")),
            ),
            _NOTHING_DONE,
        ),
    )


STORAGE = Table(
    "storage",
    "What the disks of all guests on each shared volume have done, one row a sample and volume.",
    (
        *TIME,
        text("instance", "name of the volume"),
        ENTITY,
        *_transfers(""),
    ),
    "storage",
)

VIRTUAL_STORAGE_DEVICE = Table(
    "virtual_storage_device",
    "The disks of guests on shared volumes, one row a sample and guest.",
    (
        *sampled("csv1-web.vhdx, of the volume and the partition"),
        PARTITION_NAME,
        text("storage", "name of the volume"),
        *_transfers(_DISK),
        null(
            real(
                "latency_s",
                "s",
                "the same mean in seconds, as the counter has it",
                rf"{_DISK}\Latency",
                Computed(("latency_mean_ns",)),
            ),
            _NOTHING_DONE,
        ),
        of_field(
            "minimum_iops", "1/s", "its minimum; 0 for none", "disks.minimum", rf"{_DISK}\Minimum IO Rate"
        ),
        of_field(
            "maximum_iops", "1/s", "its maximum; 0 for none", "disks.maximum", rf"{_DISK}\Maximum IO Rate"
        ),
        of_field(
            "maximum_bandwidth",
            "B/s",
            "its maximum of bytes; 0 for none",
            "disks.maximum_bytes",
            rf"{_DISK}\Maximum Bandwidth",
        ),
        whole(
            "insufficient_throughput",
            "count",
            "1 if the disk has a minimum, had I/Os enough for it, completed or waiting, in the guest too, and completed less than 99 % of it over the "
            "interval, by more than one I/O: the status InsufficientThroughput [SQOS]; else 0",
            None,
            Computed(
                (
                    "disks.minimum",
                    "disks.outstanding_operations",
                    "disks.unsent",
                    "disk_times.operations",
                    "reads",
                    "writes",
                )
            ),
        ),
    ),
    "virtual disk",
)

_ADAPTER = r"\Hyper-V Virtual Network Adapter(*)"
_SWITCH = r"\Hyper-V Virtual Switch(*)"


def _crossed(name: str, doc: str, field: str) -> Column:
    """Declare the column of a count in AdapterTimes."""
    return whole(name, "count", doc, None, from_fields(f"adapter_times.{field}"))


def _messages(adapter: str, switch: str) -> tuple[Column, ...]:
    """Declare what came and went by an adapter, or by all of a switch, whose counters are those of the set `adapter`, or `switch`, if given."""

    def path(name: str, *, also_of_switch: bool = False) -> str | None:
        prefix = adapter or (switch if also_of_switch else "")
        return rf"{prefix}\{name}" if prefix else None

    dropped = "packets for guests that found a ring full, or their guest off or restarted"
    return (
        _crossed("packets_arrived", "packets for guests that crossed the receiving link", "arrived_packets"),
        _crossed("packets_received", "packets for guests that the root took", "received_packets"),
        rate("packets_received", "packets for guests that the root took", path("Packets Received/sec")),
        _crossed("bytes_received", "bytes of those", "received_bytes"),
        rate("bytes_received", "bytes for guests that the root took", path("Bytes Received/sec")),
        _crossed("packets_sent", "packets of guests that crossed the sending link", "sent_packets"),
        rate("packets_sent", "packets of guests that crossed the sending link", path("Packets Sent/sec")),
        _crossed("bytes_sent", "bytes of those", "sent_bytes"),
        rate("bytes_sent", "bytes of guests that crossed the sending link", path("Bytes Sent/sec")),
        real(
            "packets_per_sec",
            "1/s",
            "packets received and sent",
            path("Packets/sec", also_of_switch=True),
            Rate(("packets_received", "packets_sent")),
        ),
        real(
            "bytes_per_sec",
            "1/s",
            "bytes received and sent",
            path("Bytes/sec", also_of_switch=True),
            Rate(("bytes_received", "bytes_sent")),
        ),
        _crossed("dropped_incoming", dropped, "dropped_packets"),
        rate("dropped_incoming", dropped, path("Dropped Packets Incoming/sec", also_of_switch=True)),
        _crossed("bytes_dropped", "bytes of those", "dropped_bytes"),
        of_field(
            "in_ring",
            "count",
            "packets in receive queues, whose work in the root is not done, at the end of the interval",
            "adapters.in_ring",
        ),
        of_field(
            "answers_outstanding",
            "count",
            "answers that guests have handed over and that have not left the link, at the end of the interval",
            "adapters.to_send",
        ),
    )


VIRTUAL_NETWORK_ADAPTER = Table(
    "virtual_network_adapter",
    "The adapters of guests at the virtual switches of shared NICs, one row a sample and guest.",
    (
        *sampled("web_Network Adapter, without the identifiers that Windows adds"),
        PARTITION_NAME,
        text("network", "name of the NIC"),
        *_messages(_ADAPTER, ""),
    ),
    "virtual adapter",
)

VIRTUAL_SWITCH = Table(
    "virtual_switch",
    "What came and went by all adapters of each shared NIC, one row a sample and NIC.",
    (
        *TIME,
        text("instance", "name of the NIC, which is that of its switch"),
        ENTITY,
        *_messages("", _SWITCH),
    ),
    "network",
)

DEVICE_TABLES = (STORAGE, VIRTUAL_STORAGE_DEVICE, VIRTUAL_NETWORK_ADAPTER, VIRTUAL_SWITCH)
