r"""The tables of devices that guests share: volumes, and the disks of guests on them.

Windows' set `\Hyper-V Virtual Storage Device` has an instance a virtual disk; which unit its averages have is what the tools that read them say [X1].
"""

from hvecs.output.leading_columns import ENTITY, PARTITION_NAME, TIME, sampled
from hvecs.output.source import Computed, from_fields
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
            "1 if the disk has a minimum, had I/Os enough for it, completed or waiting, and completed less than 99 % of it over the "
            "interval, by more than one I/O: the status InsufficientThroughput [SQOS]; else 0",
            None,
            Computed(
                ("disks.minimum", "disks.outstanding_operations", "disk_times.operations", "reads", "writes")
            ),
        ),
    ),
    "virtual disk",
)

DEVICE_TABLES = (STORAGE, VIRTUAL_STORAGE_DEVICE)
