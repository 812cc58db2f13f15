"""The sampled counters of live migrations, by examples worked by hand in the middle of a pass, and against the table of migrations."""

from itertools import pairwise

import pytest

from hvecs.interop.paths import CounterPath
from hvecs.interop.targets import target_of
from hvecs.output.counters import catalogue
from hvecs.output.written import tables_of
from tests.host_clusters import agrees_with_the_table_of_migrations, cluster, migrate, of_host
from tests.simulation import MS, S, always_runnable, guest, parsed, run

GIB = 2**30
LIVE, MOVES = "live_migration", "migration"
ADDED = [
    "bytes_read",
    "uncompressed_bytes_sent",
    "bytes_sent_for_compression",
    "compressed_bytes_sent",
    "tcp_bytes_sent",
    "smb_bytes_sent",
    "tcp_bytes_received",
    "uncompressed_bytes_received",
    "compressed_bytes_received",
    "bytes_decompressed",
    "bytes_written",
]


def runner(name, memory="1 GiB", rate=0.0):
    """A guest whose one VP always runs, and writes at so many times 1 GiB/s."""
    workload = always_runnable() | {"dirty_rate": f"{round(rate * GIB)} B/s"}
    return guest(name, 1, workload, memory=memory, host="a")


def rows(result, role, *columns):
    table = result[LIVE]
    return [tuple(row) for row in table[table.role == role][list(columns)].itertuples(index=False)]


def test_a_pass_and_the_blackout_in_the_middle():
    """1 GiB at 1 GiB/s from 1 s on, written at half of that: pass 1 until 2 s, pass 2 of 0.5 GiB until 2.5 s, 0.25 GiB until 2.75 s."""
    text = cluster(
        4 * S, [runner("g", rate=0.5)], [migrate(S, "g", "b")], sample="300 ms", migration={"passes": 2}
    )
    result = run(text)
    sent = [GIB * tenths // 10 for tenths in (0, 2, 5, 8, 11, 14, 17)] + [7 * GIB // 4]
    added = [after - before for before, after in pairwise(sent)]
    assert rows(result, "source", "time_ns", "transfer_pass", "is_blackout", "dirty_pages", "bytes_read") == [
        (1200 * MS, 1, 0, 1 << 18, added[0]),
        (1500 * MS, 1, 0, 1 << 18, added[1]),
        (1800 * MS, 1, 0, 1 << 18, added[2]),
        (2100 * MS, 2, 0, 1 << 17, added[3]),
        (2400 * MS, 2, 0, 1 << 17, added[4]),
        (2700 * MS, 3, 1, 1 << 16, added[5]),
        (3000 * MS, 3, 1, 1 << 16, added[6]),
    ]
    times = rows(result, "target", "brownout_ns", "blackout_ns", "bytes_written", "tcp_bytes_received")
    assert [time[2:] for time in times] == [(each, each) for each in added]
    assert [time[0] // MS for time in times] == [200, 300, 300, 300, 300, 100, 0]
    assert [time[1] // MS for time in times] == [0, 0, 0, 0, 0, 200, 50]
    table = result[LIVE]
    assert table.uncompressed_bytes_sent_total[table.role == "source"].tolist() == sent[1:]
    assert table.bytes_read_per_sec[table.role == "source"].tolist() == [each / 0.3 for each in added]
    assert set(zip(table.host, table.role, table.peer, strict=True)) == {
        ("a", "source", "b"),
        ("b", "target", "a"),
    }
    assert set(table.instance) == {"g:VM Live Migration"}
    agrees_with_the_table_of_migrations(result)


@pytest.mark.parametrize("ratio", [2, 3])
def test_what_is_compressed_is_counted_on_both_sides_of_the_compressor(ratio):
    """LPs are idle, so all of it is compressed: 1 GiB/s on the network stands for `ratio` GiB/s of memory."""
    text = {
        "option": "compression",
        "ratio": float(ratio),
        "compression_cost": "0 s",
        "decompression_cost": "0 s",
    }
    result = run(
        cluster(2 * S, [runner("g")], [migrate(S, "g", "b")], lps=4, sample="100 ms", migration=text)
    )
    memory = [min(GIB, ratio * GIB * tenth // 10) for tenth in range(1, 6)]
    memory = memory[: memory.index(GIB) + 1]
    columns = "bytes_sent_for_compression_total", "compressed_bytes_sent_total", "uncompressed_bytes_sent"
    assert rows(result, "source", *columns) == [
        (each, each // ratio, 0)
        for each in (0, *memory)  # it begins with a sample
    ]
    end = result[LIVE].iloc[-2:]
    assert end.bytes_decompressed.tolist() == [0, memory[-1] - memory[-2]]
    assert end.bytes_written.tolist() == [0, memory[-1] - memory[-2]]
    assert end.tcp_bytes_received.tolist() == [0, memory[-1] // ratio - memory[-2] // ratio]
    agrees_with_the_table_of_migrations(result)


def test_memory_sent_as_it_is_where_no_lp_is_idle_is_told_from_what_is_compressed():
    text = {"option": "compression", "compression_cost": "4 ms", "decompression_cost": "0 s"}
    result = run(cluster(3 * S, [runner("g")], [migrate(S, "g", "b")], lps=2, sample="70 ms", migration=text))
    source = result[LIVE][lambda table: table.role == "source"]
    assert (source.bytes_read == source.uncompressed_bytes_sent + source.bytes_sent_for_compression).all()
    assert (source.tcp_bytes_sent == source.uncompressed_bytes_sent + source.compressed_bytes_sent).all()
    assert source.uncompressed_bytes_sent.sum() > 0 < source.compressed_bytes_sent.sum()
    assert (
        source.compressed_bytes_sent_total.iloc[-1] == source.bytes_sent_for_compression_total.iloc[-1] // 2
    )
    agrees_with_the_table_of_migrations(result)


def test_smb_counts_no_bytes_of_tcp():
    text = cluster(3 * S, [runner("g")], [migrate(S, "g", "b")], sample="400 ms", migration={"option": "smb"})
    result = run(text)
    sent = [GIB * tenths // 10 for tenths in (2, 6, 10)]
    assert rows(result, "source", "smb_bytes_sent_total", "tcp_bytes_sent") == [(each, 0) for each in sent]
    assert result[LIVE].tcp_bytes_received.sum() == 0
    agrees_with_the_table_of_migrations(result)


def test_a_migration_that_begins_with_the_sample_has_a_row_and_one_that_waits_has_none():
    guests = [runner("x", "512 MiB"), runner("y", "512 MiB")]
    result = run(
        cluster(
            3 * S,
            guests,
            [migrate(S, "x", "b"), migrate(S, "y", "b")],
            sample="1 s",
            migration={"simultaneous": 1},
        )
    )
    assert rows(result, "source", "time_ns", "partition", "transfer_pass", "bytes_read") == [
        (S, "x", 1, 0),
        (2 * S, "x", 2, GIB // 2),
        (2 * S, "y", 2, GIB // 2),
    ]


def test_migrations_within_one_interval_are_counted_together_and_shown_where_the_last_one_was():
    events = [migrate(S, "g", "b"), migrate(1500 * MS, "g", "a"), migrate(1900 * MS, "g", "b")]
    result = run(cluster(5 * S, [runner("g", "256 MiB")], events, sample="5 s"))
    assert result[MOVES].time_ns.tolist() == [1250 * MS, 1750 * MS, 2150 * MS]
    assert rows(result, "source", "host", "peer", "bytes_read", "uncompressed_bytes_sent_total") == [
        ("a", "b", 3 * GIB // 4, GIB // 4)
    ]
    agrees_with_the_table_of_migrations(result)


def test_a_migration_that_is_broken_off_has_sent_what_it_had_by_then():
    """Stopped 0.3 s and a little after it began, in the middle of a chunk."""
    at = 1_300_000_777
    stop = {"at": f"{at} ns", "action": "stop", "partition": "g"}
    result = run(cluster(2 * S, [runner("g")], [migrate(S, "g", "b"), stop], sample="200 ms"))
    assert result[MOVES].bytes_sent.tolist() == [GIB * (at - S) // S]
    assert result[MOVES].outcome.tolist() == ["cancelled"]
    agrees_with_the_table_of_migrations(result)


@pytest.mark.parametrize("option", ["tcp", "compression"])
def test_when_samples_are_taken_changes_no_migration(option):
    guests = [runner(f"g{n}", "300 MiB", 0.3) for n in range(3)]
    costs = {"option": option, "ratio": 2.7, "transfer_cost": "1 ms", "compression_cost": "2 ms"}
    text = cluster(3 * S, guests, [of_host(S, "drain", "a")], lps=3, migration=costs)
    seldom, often = (
        run(text | {"scenario": text["scenario"] | {"sample": sample}}) for sample in ("3 s", "7 ms")
    )
    assert seldom[MOVES].equals(often[MOVES])
    for column in ADDED:
        of_both = [each[LIVE].groupby(["partition", "role"])[column].sum() for each in (seldom, often)]
        assert of_both[0].equals(of_both[1])
    agrees_with_the_table_of_migrations(often)


def test_only_a_run_in_which_guests_may_move_has_the_table():
    still = parsed(cluster(S, [runner("g")]))
    moving = parsed(cluster(2 * S, [runner("g")], [migrate(S, "g", "b")]))
    assert LIVE not in [table.name for table in tables_of(still)]
    assert LIVE in [table.name for table in tables_of(moving)]


def test_the_counters_that_follow_from_state_have_columns_and_the_others_say_why_they_have_none():
    own = [each for each in catalogue() if each.counter_set == "Hyper-V VM Live Migration"]
    absent = {each.name: each.modelled for each in own if each.column is None}
    assert (len(own), len(absent)) == (33, 15)
    assert "slowed down" in absent["Transfer pass: CPU Cap"]
    assert not [name for name, why in absent.items() if "nothing in the model" in why]


@pytest.mark.parametrize(
    ("instance", "name"),
    [("web:VM Live Migration", "web"), ("a (b):vm live migration#1", "a (b)#1"), ("web", None)],
)
def test_a_log_of_a_host_is_read_as_the_same_columns(instance, name):
    path = CounterPath("HV1", "Hyper-V VM Live Migration", instance, "Transfer Pass: is Blackout")
    found = target_of(path, of_host=True)
    if name is None:
        assert found is None
        return
    assert (found.table, found.column) == (LIVE, "is_blackout")
    assert (found.instance.instance, found.instance.partition) == (f"{name}:VM Live Migration", name)
