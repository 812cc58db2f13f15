r"""The table of the counters of live migrations under way: those of `\Hyper-V VM Live Migration` that follow from the model's state.

Windows publishes names, no meanings: what each counts here is said in its meaning. Pending bytes, buffers and threads are left out
(`hvecs show counters`).
"""

from dataclasses import replace

from hvecs.output.leading_columns import PARTITION_NAME, sampled
from hvecs.output.source import Computed
from hvecs.output.table import Column, Table, of_field, rate, text

_SET = r"\Hyper-V VM Live Migration(*)"


def _added(name: str, doc: str, field: str, counter: str | None = None) -> tuple[Column, ...]:
    """Declare what an interval added to a field of MigrationTimes, and its rate, for which Windows may have a counter."""
    path = counter and rf"{_SET}\{counter}/sec"
    return of_field(name, "count", doc, f"migration_times.{field}"), rate(name, doc, path)


def _total(name: str, doc: str, field: str, counter: str) -> Column:
    """Declare what the migration has sent from its beginning on, as the counter without a rate has it."""
    return of_field(
        name, "count", f"{doc}, since the migration began", f"migration_ends.{field}", rf"{_SET}\{counter}"
    )


LIVE_MIGRATION = Table(
    "live_migration",
    "Each live migration, one row a sample at the host that sends and one at the host that receives, if it was under way in the interval or "
    "begins as it ends; what the interval added, and how the rest stands at its end, or stood when the migration ended.",
    (
        *sampled("web:VM Live Migration"),
        PARTITION_NAME,
        text("role", "source: the row is of the host that sends; target: of that which receives"),
        replace(text("peer", "name of the host at the other end"), source=Computed(("migration_ends.peer",))),
        of_field(
            "brownout_ns",
            "ns",
            "time of the interval in which memory was sent while the guest ran",
            "migration_times.brownout_ns",
        ),
        of_field(
            "blackout_ns",
            "ns",
            "time of the interval in which the guest stood still for the migration",
            "migration_times.blackout_ns",
        ),
        of_field(
            "transfer_pass",
            "count",
            "at the source: number of the pass over the memory, from 1; what is sent while the guest stands still is one more",
            "migration_ends.number",
            rf"{_SET}\Transfer Pass: Number",
        ),
        of_field(
            "is_blackout",
            "count",
            "at the source: 1 while the guest stands still, else 0",
            "migration_ends.is_blackout",
            rf"{_SET}\Transfer Pass: Is blackout",
        ),
        of_field(
            "dirty_pages",
            "count",
            "at the source: 4 KiB pages that the pass has to send, in the first all that the guest holds; at which time in a pass Windows counts "
            "them is not published",
            "migration_ends.pages",
            rf"{_SET}\Transfer pass: Dirty Page Count",
        ),
        *_added("bytes_read", "at the source: memory sent", "read", "Memory Walker: Bytes Read"),
        *_added(
            "uncompressed_bytes_sent",
            "at the source: memory sent as it is",
            "plain",
            "Memory Walker: Uncompressed Bytes Sent",
        ),
        _total(
            "uncompressed_bytes_sent_total",
            "at the source: memory sent as it is",
            "plain",
            "Memory Walker: Uncompressed Bytes Sent",
        ),
        *_added(
            "bytes_sent_for_compression",
            "at the source: memory sent compressed",
            "to_compress",
            "Memory Walker: Bytes Sent for Compression",
        ),
        _total(
            "bytes_sent_for_compression_total",
            "at the source: memory sent compressed",
            "to_compress",
            "Memory Walker: Bytes Sent for Compression",
        ),
        *_added(
            "compressed_bytes_sent",
            "at the source: bytes on the network for memory sent compressed",
            "compressed",
            "Compressor: Compressed Bytes Sent",
        ),
        _total(
            "compressed_bytes_sent_total",
            "at the source: bytes on the network for memory sent compressed",
            "compressed",
            "Compressor: Compressed Bytes Sent",
        ),
        *_added("tcp_bytes_sent", "at the source: bytes sent by TCP", "tcp", "TCP Transport: Bytes Sent"),
        *_added(
            "smb_bytes_sent", "at the source: bytes sent by SMB Direct", "smb", "SMB Transport: Bytes Sent"
        ),
        _total(
            "smb_bytes_sent_total",
            "at the source: bytes sent by SMB Direct",
            "smb",
            "SMB Transport: Bytes Sent",
        ),
        *_added(
            "tcp_bytes_received",
            "at the target: bytes received by TCP",
            "tcp_in",
            "TCP Transport: Bytes Received",
        ),
        *_added(
            "uncompressed_bytes_received",
            "at the target: memory received as it is",
            "plain_in",
            "Receiver: Uncompressed Bytes Received",
        ),
        *_added(
            "compressed_bytes_received",
            "at the target: bytes on the network for memory received compressed",
            "compressed_in",
            "Receiver: Compressed Bytes Received",
        ),
        *_added(
            "bytes_decompressed",
            "at the target: memory received compressed",
            "decompressed",
            "Receiver: Decompressed Bytes",
        ),
        *_added("bytes_written", "at the target: memory received", "written", "Receiver: Bytes Written"),
    ),
    "migration end",
)
