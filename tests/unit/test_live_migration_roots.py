"""Roots that are behind with their work for live migrations hold them up: examples worked by hand."""

import pytest

from hvecs.spec import live_migration
from systems.state import copies
from tests.host_clusters import agrees_with_the_table_of_migrations, cluster, migrate, of_host
from tests.simulation import IDLE, MS, S, guest, run

CHUNK_NS = 3_906_250
"""4 MiB at 1 GiB/s."""
SLOW = {"transfer_cost": "10 ms"}
"""40 ms of each root for a piece of 4 MiB, ten times what it takes on the network."""


def idle(name, memory="1 GiB", **more):
    return guest(name, 1, IDLE, memory=memory, host="a", **more)


def moved(result):
    return result["migration"].to_dict("records")


def test_a_piece_is_the_same_for_the_specification_and_the_model():
    assert live_migration.CHUNK == copies.CHUNK == 4 << 20


@pytest.mark.parametrize("pieces", [1, 2, 16])
def test_no_more_is_sent_while_a_root_is_behind(pieces):
    """256 pieces, each sent once the root has done the one so many before; the guest goes on when the roots have done the last."""
    text = SLOW | {"buffer": f"{4 * pieces} MiB"}
    row = moved(run(cluster(15 * S, [idle("g")], [migrate(S, "g", "b")], lps=1, migration=text)))[0]
    done = [0.0] * 257
    sent = [0.0] * 257
    for piece in range(1, 257):
        free = done[max(0, piece - pieces)]
        sent[piece] = max(sent[piece - 1], free) + CHUNK_NS
        done[piece] = max(done[piece - 1], sent[piece]) + 40 * MS
    assert row["brownout_ns"] == sent[256]
    assert row["brownout_ns"] + row["blackout_ns"] == done[256]
    assert (row["bytes_sent"], row["outcome"]) == (1 << 30, "done")


@pytest.mark.parametrize("slow", ["a", "b"])
def test_the_guest_goes_on_once_the_slower_of_both_roots_has_done_all(slow):
    """64 pieces of 40 ms, the first there when it has been sent; the other root has nothing to do."""
    one = {"option": "tcp", "bandwidth": "1 GiB/s", "blackout": "0 s", "buffer": "1 GiB"}
    own = {
        name: {"live_migration": one | {"transfer_cost": "10 ms" if name == slow else "0 s"}} for name in "ab"
    }
    row = moved(run(cluster(5 * S, [idle("g", "256 MiB")], [migrate(S, "g", "b")], lps=1, own=own)))[0]
    assert row["brownout_ns"] == S // 4
    assert row["brownout_ns"] + row["blackout_ns"] == CHUNK_NS + 64 * 40 * MS


def test_a_root_with_enough_vps_is_never_behind():
    row = moved(
        run(
            cluster(
                4 * S, [idle("g")], [migrate(S, "g", "b")], lps=16, migration=SLOW | {"blackout": "50 ms"}
            )
        )
    )[0]
    assert (row["brownout_ns"], row["blackout_ns"]) == (S, 50 * MS)


def test_while_one_waits_for_a_root_another_has_the_link():
    """b is slow, c is not: g to b leaves the link of a to h nine tenths of the time."""
    own = {
        name: {
            "live_migration": {
                "option": "tcp",
                "bandwidth": "1 GiB/s",
                "blackout": "0 s",
                "buffer": "4 MiB",
                "transfer_cost": cost,
            }
        }
        for name, cost in (("b", "10 ms"), ("c", "0 s"))
    }
    guests = [idle("g", "256 MiB"), idle("h", "512 MiB")]
    events = [migrate(S, "g", "b"), migrate(S, "h", "c")]
    rows = {
        row["partition"]: row
        for row in moved(run(cluster(6 * S, guests, events, hosts=("a", "b", "c"), lps=1, own=own)))
    }
    alone = S // 2
    assert alone < rows["h"]["brownout_ns"] < alone * 1.15
    assert rows["g"]["brownout_ns"] > 63 * 40 * MS


def test_a_migration_that_waits_may_be_broken_off_and_asked_for_again():
    stop = {"at": "1300 ms", "action": "stop", "partition": "g"}
    start = {"at": "1400 ms", "action": "start", "partition": "g"}
    events = [migrate(S, "g", "b"), stop, start, migrate(1500 * MS, "g", "b")]
    result = run(cluster(9 * S, [idle("g", "256 MiB")], events, lps=1, migration=SLOW | {"buffer": "16 MiB"}))
    rows = moved(result)
    agrees_with_the_table_of_migrations(result)
    assert [row["outcome"] for row in rows] == ["cancelled", "done"]
    assert rows[1]["bytes_sent"] == 256 << 20


def test_the_work_that_a_failed_root_had_to_do_is_nobodys():
    """a fails while g waits for its root; once it is back, h leaves it as fast as if nothing had been."""
    guests = [idle("g", "256 MiB"), guest("h", 1, IDLE, memory="64 MiB", host="b")]
    events = [
        migrate(S, "g", "b"),
        of_host(1500 * MS, "fail", "a"),
        of_host(2 * S, "recover", "a"),
        migrate(3 * S, "h", "a"),
    ]
    text = cluster(6 * S, guests, events, lps=1, migration=SLOW | {"buffer": "16 MiB"})
    rows = moved(run(text | {"cluster": {"detection": "100 ms"}}))
    assert [(row["partition"], row["outcome"]) for row in rows] == [
        ("g", "cancelled"),
        ("g", "restarted"),
        ("h", "done"),
    ]
    assert rows[2]["brownout_ns"] + rows[2]["blackout_ns"] == CHUNK_NS + 16 * 40 * MS


def test_nor_does_the_guest_wait_for_it_when_it_migrates_again():
    """a fails while it has work to do for g, which is restarted on b and sent back: 64 pieces, as if nothing had been."""
    events = [
        migrate(S, "g", "b"),
        of_host(1500 * MS, "fail", "a"),
        of_host(2 * S, "recover", "a"),
        migrate(3 * S, "g", "a"),
    ]
    text = cluster(9 * S, [idle("g", "256 MiB")], events, lps=1, migration=SLOW | {"buffer": "16 MiB"})
    rows = moved(run(text | {"cluster": {"detection": "100 ms"}}))
    assert [row["outcome"] for row in rows] == ["cancelled", "restarted", "done"]
    assert rows[2]["brownout_ns"] + rows[2]["blackout_ns"] == CHUNK_NS + 64 * 40 * MS


def root_work(options):
    """What the roots of a and b do for 256 MiB that go from a to b, each with its own `options`, in ms of work."""
    own = {
        name: {
            "live_migration": {
                "option": option,
                "bandwidth": "1 GiB/s",
                "blackout": "0 s",
                "transfer_cost": "1 ms",
                "compression_cost": "200 us",
                "decompression_cost": "300 us",
                "ratio": 2.0,
            }
        }
        for name, option in zip("ab", options, strict=True)
    }
    text = cluster(4 * S, [idle("g", "256 MiB")], [migrate(S, "g", "b")], lps=4, own=own)
    roots = run(text)["root_virtual_processor"].groupby("host").guest_run_ns.sum()
    return roots["a"] / MS, roots["b"] / MS


@pytest.mark.parametrize(
    ("options", "work"),
    [
        (("tcp", "compression"), (256, 256)),
        (("compression", "tcp"), (128 + 51.2, 128 + 76.8)),
        (("compression", "compression"), (128 + 51.2, 128 + 76.8)),
        (("smb", "compression"), (0, 0)),
        (("compression", "smb"), (128 + 51.2, 128 + 76.8)),
    ],
)
def test_the_host_that_sends_says_how_and_each_root_works_at_its_own_cost(options, work):
    assert root_work(options) == pytest.approx(work, abs=1e-3)
