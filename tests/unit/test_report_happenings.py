"""What a report says of events, of the parts of responses, and of shared devices: exact figures from small tables."""

import pyarrow as pa
import pytest

from hvecs.report import devices, response_parts
from hvecs.report.happenings import happenings
from hvecs.report.moves import moves
from hvecs.report.palette import Palette

MS = 1_000_000
SECOND = 1_000_000_000


class Held:
    """A run that holds the given tables, the first second of it warm-up."""

    warm_up_ns = SECOND

    def __init__(self, **tables):
        self.tables = {name: pa.table(columns) for name, columns in tables.items()}
        self.palette = Palette()

    def read(self, table, columns):
        found = self.tables.get(table)
        return None if found is None else found.select(columns)

    held = read


def event(second, guest, result, path=None, value=None):
    return (second * SECOND, guest, "set" if path else "pause", path, value, result)


def events(*rows):
    names = ("time_ns", "partition", "action", "path", "value", "result")
    return Held(event=dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def test_what_was_refused_stands_first_and_is_counted():
    run = events(
        event(5, "batch", "done", "partition.batch.processor.weight", "400"),
        event(7, "web", "no reserve", "partition.web.processor.reserve", "90 %"),
        event(8, "web", "done"),
    )
    (lead,) = happenings(run)
    assert (lead.title, lead.tone) == ("What events changed; 1 of 3 not as asked", "warn")
    assert lead.rows == (
        ("7 s", "web", "set", "partition.web.processor.reserve = 90 %", "no reserve"),
        ("5 s", "batch", "set", "partition.batch.processor.weight = 400", "done"),
        ("8 s", "web", "pause", "", "done"),
    )
    assert lead.lines == ()


def test_the_host_is_named_that_an_action_is_of_and_that_a_guest_is_sent_to():
    run = events(
        (SECOND, None, "drain", None, "hv1", "done"),
        (2 * SECOND, "web", "migrate", None, "hv2", "done"),
        (3 * SECOND, "db", "migrate", None, None, "done"),
        (4 * SECOND, None, "fail", None, "hv2", "done"),
    )
    (lead,) = happenings(run)
    assert lead.head == ("at", "guest or host", "action", "setting", "result")
    assert lead.rows == (
        ("1 s", "hv1", "drain", "", "done"),
        ("2 s", "web", "migrate", "to hv2", "done"),
        ("3 s", "db", "migrate", "", "done"),
        ("4 s", "hv2", "fail", "", "done"),
    )


def test_only_the_first_events_stand_on_the_page():
    (lead,) = happenings(events(*(event(second, "web", "done") for second in range(30))))
    assert (lead.title, lead.tone, len(lead.rows)) == ("What events changed", "plain", 12)
    assert lead.lines == ("18 more in table event.",)
    assert not list(happenings(Held()))


def tiers(*rows):
    """Tables of tiers with rows of time (s), name, completions, work and I/O (ms of all of them)."""
    parts = dict.fromkeys(response_parts._PARTS, 0)
    table = [
        {"time_ns": second * SECOND, "tier": name, "completions": done, **parts}
        | {"native_ns": work * MS, "io_ns": io * MS}
        for second, name, done, work, io in rows
    ]
    return Held(tier={name: [row[name] for row in table] for name in table[0]})


def test_the_parts_of_a_response_are_means_of_the_requests_after_the_warm_up():
    run = tiers(
        (1, "shop", 9, 900, 900), (2, "shop", 10, 10, 30), (3, "shop", 10, 10, 30), (3, "db", 40, 40, 0)
    )
    (drawing,) = response_parts.drawings(run)
    assert drawing.title == "shop: 4 ms a request, 75 % of it I/O"
    assert not list(response_parts.drawings(tiers((1, "shop", 9, 9, 9), (2, "shop", 0, 0, 0))))
    assert not list(response_parts.drawings(Held()))


def sampled(rows, *names):
    columns = dict(zip(("instance", *names), map(list, zip(*rows, strict=True)), strict=True))
    every = {"time_ns": [SECOND] * len(rows), "interval_ns": [SECOND] * len(rows)}
    return every | columns


def test_the_disk_that_waits_longest_and_the_nic_that_carries_most_are_named():
    run = Held(
        virtual_storage_device=sampled(
            [("csv1-a.vhdx", 2 * MS, 7), ("csv1-b.vhdx", 5 * MS, 3), ("csv1-c.vhdx", None, 0)],
            "latency_mean_ns",
            "queue_length",
        ),
        virtual_switch=sampled([("nic", float(3 << 20), 0)], "bytes_per_sec", "dropped_incoming"),
        virtual_network_adapter=sampled([("web_Network Adapter", 0)], "dropped_incoming"),
    )
    assert [drawing.title for drawing in devices.drawings(run)] == [
        "csv1-b.vhdx waits longest for the disk: 5 ms in the mean",
        "csv1-a.vhdx has the most I/Os outstanding: 7 I/Os in the mean",
        "nic carries the most: 3 MiB/s in the mean",
    ]


@pytest.mark.parametrize("lost", [0, 12])
def test_lost_packets_are_drawn_where_there_are_any(lost):
    run = Held(virtual_network_adapter=sampled([("web_Network Adapter", lost)], "dropped_incoming"))
    titles = [drawing.title for drawing in devices.drawings(run)]
    assert titles == (["web_Network Adapter loses the most: 12 packets in the mean"] if lost else [])


def migrations(*rows):
    names = "time_ns", "partition", "source", "target", "bytes_sent", "brownout_ns", "blackout_ns", "outcome"
    return Held(migration=dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def test_migrations_that_were_not_done_stand_first_then_guests_that_stood_still_longest():
    run = migrations(
        (3 * SECOND, "web", "a", "b", 1 << 30, SECOND, 50 * MS, "done"),
        (4 * SECOND, "db", "a", "c", 3 << 30, 2 * SECOND, 2 * SECOND, "done"),
        (5 * SECOND, "big", "a", None, 0, 0, 0, "no host"),
    )
    (lead,) = moves(run)
    assert lead.title == "Guests that changed hosts, or were to; 1 of 3 not by a migration that was done"
    assert lead.rows == (
        ("5 s", "big", "a", "", "0 MiB", "0 ns", "0 ns", "no host"),
        ("4 s", "db", "a", "c", "3 GiB", "2 s", "2 s", "done"),
        ("3 s", "web", "a", "b", "1 GiB", "1 s", "50 ms", "done"),
    )


def test_of_many_migrations_the_first_twelve_are_told_and_the_rest_counted():
    rows = [(n * SECOND, f"g{n}", "a", "b", 1 << 20, MS, MS, "done") for n in range(1, 15)]
    (lead,) = moves(migrations(*rows))
    assert (lead.title, lead.tone) == ("Guests that changed hosts, or were to", "plain")
    assert (len(lead.rows), lead.lines) == (12, ("2 more in table migration.",))
    assert list(moves(Held())) == []
